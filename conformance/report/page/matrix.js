"use strict";
// The matrix: the runs that match a filter, as a table. It does not know the fields and buttons.

// Rows that fill a screen, and a few more; a row is 31 pixels high.
const screenful = () => Math.ceil(innerHeight / 31) + 4;

const NOT_RUN = html`<td class="none" tabindex="-1"><span aria-hidden="true">·</span><span class="hidden">not run</span></td>`;

// A filter that leaves no more cases than this shows them at once, in open groups.
const FEW = 40;

class Matrix {
  constructor(data, table) {
    this.data = data;
    this.table = table;
    this.few = false;
    this.opened = new Set(); // groups that were opened in the whole matrix
    this.closed = new Set(); // groups that were closed while a filter shows few cases
    this.words = data.cases.map((each) => {
      const bugs = each.bugs.map((id) => `${id} ${data.bugs[id]?.title ?? ""}`);
      return [`${data.groups[each.group]}/${each.name}`, each.law, ...bugs].join(" ").toLowerCase();
    });
    this.rows = data.cases.map(() => new Array(data.columns.length));
    data.runs.forEach((run, index) => { this.rows[run[0]][run[1]] = index; });
    this.byGroup = data.groups.map(() => []);
    data.cases.forEach((each, row) => this.byGroup[each.group].push(row));
  }

  // What matches the filter: columns, routes, and the matching ones of both for each case that has any.
  matching(filter) {
    const { data } = this;
    const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
    const every = data.columns.map((_, column) => column).filter((column) => {
      const { backend, target } = data.columns[column];
      return !filter.backend || filter.backend === backend || filter.backend === `${backend}@${target}`;
    });
    const columns = every.filter((column) => !isRoute(data.columns[column]));
    const routes = every.filter((column) => isRoute(data.columns[column]));
    const shown = new Map();
    let runs = 0;
    for (const row of this.rows.keys()) {
      if (filter.group && data.groups[data.cases[row].group] !== filter.group) continue;
      const left = words.filter((word) => !this.words[row].includes(word));
      const cells = every.filter((column) => this.matches(this.rows[row][column], left, filter));
      if (cells.length) shown.set(row, new Set(cells));
      runs += cells.length;
    }
    return { columns, routes, shown, runs };
  }

  // Whether a run matches: of the words, those that its case does not have.
  matches(index, words, filter) {
    if (index === undefined) return false;
    const [, column, outcome, source, , reason] = this.data.runs[index];
    if (filter.outcomes.size && !filter.outcomes.has(this.data.outcomes[outcome])) return false;
    if (filter.sources.size && !filter.sources.has(this.data.sources[source])) return false;
    if (!words.length) return true;
    const name = isRoute(this.data.columns[column]) ? this.data.columns[column].target.toLowerCase() : "";
    const text = `${name} ${(reason ?? "").toLowerCase()}`;
    return words.every((word) => text.includes(word));
  }

  isOpen(group) {
    return this.few ? !this.closed.has(group) : this.opened.has(group);
  }

  toggle(group) {
    const toggled = this.few ? this.closed : this.opened;
    if (!toggled.delete(group)) toggled.add(group);
  }

  toggleAll(open) {
    for (const group of this.byGroup.keys()) if (this.isOpen(group) !== open) this.toggle(group);
  }

  show(filter) {
    const found = this.matching(filter);
    const { columns } = found;
    // The cases of the matrix, without those that only routes are asked.
    const shown = new Map([...found.shown].filter(([, cells]) => columns.some((column) => cells.has(column))));
    this.few = shown.size <= FEW && shown.size < this.rows.length;
    if (!this.few) this.closed.clear();
    this.isAnyOpen = false;
    const bodies = [];
    this.byGroup.forEach((rows, group) => {
      const own = rows.filter((row) => shown.has(row));
      if (!own.length) return;
      const isOpen = this.isOpen(group);
      this.isAnyOpen ||= isOpen;
      bodies.push(() => this.groupRow(group, own, { columns, shown }, isOpen));
      if (isOpen) for (const row of own) bodies.push(() => this.caseRow(row, columns, shown.get(row)));
    });
    this.render(columns, { columns, shown }, bodies);
    return found;
  }

  // Makes only as many rows as a screen shows: thousands of cells are slow. more() adds the others.
  render(columns, found, rows) {
    this.rest = rows;
    this.table.innerHTML = html`${this.head(columns)}<tbody class="sums">${this.sums(columns, found)}</tbody><tbody></tbody>`;
    this.more();
    const first = this.table.querySelector("tbody [tabindex]") ?? this.table.querySelector("[tabindex]");
    if (first) first.tabIndex = 0;
  }

  more(count = screenful()) {
    const rows = this.rest.splice(0, count);
    this.table.tBodies[1].insertAdjacentHTML("beforeend", html`${rows.map((row) => row())}`);
    return rows.length > 0;
  }

  head(columns) {
    const heads = columns.map((column) => {
      const { backend, target, problems, failures, passed } = this.data.columns[column];
      const count = problems ? html`<span class="count ${failures ? "bad" : "gap"}">${problems}</span>`
        : passed ? html`<span class="count good">✓</span>` : html`<span class="count quiet">–</span>`;
      const words = problems ? plural(problems, "problem") : passed ? "no problem" : "nothing passed";
      return html`<th scope="col" class="${this.block(column)}" tabindex="-1" data-column="${column}" aria-label="${backend}@${target}, ${words}">
        <span class="label">${backend}<b>@${target}</b></span>${count}</th>`;
    });
    return html`<thead>${this.blocks(columns)}<tr><th scope="col" class="corner">fewest problems first →</th>${heads}</tr></thead>`;
  }

  block(column) {
    return this.data.columns[column].scripted ? "scripted" : "";
  }

  // A line above the heads where only scripts answered some of the targets; these are the last ones.
  blocks(columns) {
    const scripted = columns.filter((column) => this.block(column)).length;
    const asked = columns.length - scripted;
    if (!scripted) return "";
    return html`<tr class="blocks"><td class="corner"></td>${asked ? html`<td colspan="${asked}"></td>` : ""}
      <th scope="colgroup" class="scripted" colspan="${scripted}">${this.data.scripts_only}</th></tr>`;
  }

  groupRow(group, rows, { columns, shown }, isOpen) {
    const cells = columns.map((column) => {
      const runs = rows.filter((row) => shown.get(row).has(column)).map((row) => this.data.runs[this.rows[row][column]]);
      return this.groupCell(group, runs, this.block(column));
    });
    return html`<tr class="group"><th scope="row" tabindex="-1" data-group="${group}" aria-expanded="${isOpen}">
      <span class="arrow" aria-hidden="true">▸</span> ${this.data.groups[group]} <small>${rows.length}</small></th>${cells}</tr>`;
  }

  groupCell(group, runs, block) {
    if (!runs.length) return NOT_RUN;
    const counts = {};
    for (const run of runs) counts[this.data.outcomes[run[2]]] = (counts[this.data.outcomes[run[2]]] ?? 0) + 1;
    const passed = counts.passed ?? 0;
    const others = Object.keys(counts).filter((name) => name !== "passed");
    const kind = ["bad", "gap", "quiet"].find((each) => others.some((name) => OUTCOMES[name].kind === each)) ?? "good";
    const words = [`${passed} of ${runs.length} passed`, ...others.map((name) => `${counts[name]} ${name}`)].join(", ");
    const signs = others.map((name) => `${OUTCOMES[name].sign}${counts[name]}`).join(" ");
    const text = others.length ? html`<b>${signs}</b><small>${passed}/${runs.length}</small>` : `${passed}`;
    return html`<td class="sum ${kind} ${block}" tabindex="-1" data-group="${group}" aria-label="${words}" title="${words}">${text}</td>`;
  }

  caseRow(row, columns, matching) {
    const { name, law } = this.data.cases[row];
    const cells = columns.map((column) => {
      const index = this.rows[row][column];
      if (index === undefined) return NOT_RUN;
      const run = this.data.runs[index];
      const outcome = OUTCOMES[this.data.outcomes[run[2]]], source = SOURCES[this.data.sources[run[3]]];
      const faint = matching.has(column) ? "" : " faint";
      return html`<td class="run ${outcome.kind} ${this.block(column)}${faint}" tabindex="-1" data-run="${index}" aria-label="${outcome.word}, ${source.word}">${outcome.sign}<i>${source.letter}</i></td>`;
    });
    return html`<tr class="case"><th scope="row" title="${law}">${name}</th>${cells}</tr>`;
  }

  sums(columns, { shown }) {
    if (!columns.length || !shown.size) return "";
    const none = () => columns.map(() => [0, 0]);
    const sums = Object.fromEntries(this.data.sources.map((source) => [source, none()]));
    const all = none();
    for (const [row, matching] of shown) {
      columns.forEach((column, index) => {
        if (!matching.has(column)) return;
        const run = this.data.runs[this.rows[row][column]];
        for (const sum of [all[index], sums[this.data.sources[run[3]]][index]]) {
          sum[0] += this.data.outcomes[run[2]] === "passed";
          sum[1] += 1;
        }
      });
    }
    const line = (name, cells) => html`<tr><th scope="row">${name}</th>${
      cells.map(([passed, total]) => html`<td>${total ? html`${passed}<small>/${total}</small>` : "·"}</td>`)}</tr>`;
    const used = this.data.sources.filter((source) => sums[source].some(([, total]) => total));
    return html`${line("passed / all", all)}
      ${used.map((source) => line(html`${SOURCES[source].word} <i>${SOURCES[source].letter}</i>`, sums[source]))}`;
  }
}
