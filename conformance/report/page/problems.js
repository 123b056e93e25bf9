"use strict";
// The problems above the matrix: failures by cause and then by law, then what was not measured, and known gaps.

const SHOWN_CAUSES = 8;
const SHOWN_LAWS = 3;
const SHOWN_OTHERS = 8;

// Fills the list; false where there is no problem.
function showProblems(data, list) {
  const others = ["unmeasured", "known gap"].flatMap((name) =>
    data.runs.flatMap((run, index) => (data.outcomes[run[2]] === name ? [index] : [])));
  const more = others.length > SHOWN_OTHERS ? html`<li class="more">and ${number(others.length - SHOWN_OTHERS)} more: filter by outcome below</li>` : "";
  list.innerHTML = html`${folded(data.causes.map((cause) => causeItem(data, cause)), SHOWN_CAUSES, "cause")}
    ${others.slice(0, SHOWN_OTHERS).map((index) => otherItem(data, index))}${more}`;
  return data.causes.length + others.length > 0;
}

// The first items of a list, and the others behind a line that opens.
function folded(items, count, word) {
  const more = items.slice(count);
  return [...items.slice(0, count), more.length
    ? html`<li class="more"><details><summary>and ${plural(more.length, word)} more</summary><ol>${more}</ol></details></li>` : ""];
}

function causeItem(data, { outcome, cause, count, laws }) {
  const { sign, word, kind } = OUTCOMES[data.outcomes[outcome]];
  const items = laws.map((law) => lawItem(data, law, laws.length > 1));
  return html`<li class="cause"><p><span class="badge ${kind}">${sign} ${plural(count, "case")} ${word}</span> <strong>${namesAsCode(cause)}</strong></p>
    <ol>${folded(items, SHOWN_LAWS, "law")}</ol></li>`;
}

function lawItem(data, { count, run, got, expected, rerun }, isOneOfMany) {
  const [row, column] = data.runs[run];
  const { law } = data.cases[row], command = data.columns[column].command ?? data.command;
  const [before, , after] = aroundDifference(got, expected);
  const mark = before.length + after.length > 2 ? marked : (own) => own; // more in common than quotes
  const sides = expected ? [["got", got, expected], ["expected", expected, got]] : got ? [["got", got, got]] : [];
  const shownSides = sides.map(([name, own, other]) => html`<dt>${name}</dt><dd><code>${mark(own, other)}</code></dd>`);
  return html`<li class="broken">${law ? html`<p>${namesAsCode(law)}${isOneOfMany ? html` <span class="quiet">(${number(count)})</span>` : ""}</p>` : ""}
    ${sides.length ? html`<dl>${shownSides}</dl>` : ""}
    <p class="example"><button type="button" data-run="${run}">e.g. ${place(data, run)}</button>
      <span><span class="quiet">again</span> <code>${`${command} ${quoted(rerun)}`}</code></span></p></li>`;
}

function otherItem(data, index) {
  const [, , outcome, , , reason] = data.runs[index];
  const { sign, word, kind } = OUTCOMES[data.outcomes[outcome]];
  return html`<li><button type="button" class="other" data-run="${index}"><span class="badge ${kind}">${sign} ${word}</span>
    ${place(data, index)} <span class="why">${reason}</span></button></li>`;
}

function place(data, index) {
  const [row, column] = data.runs[index];
  const { name, group } = data.cases[row], { backend, target } = data.columns[column];
  return html`<span class="who">${backend}@${target}</span> <span class="where">${data.groups[group]}/${name}</span>`;
}
