"use strict";
// The page: verdict, problems, filters, keyboard, theme. Matrix and dialog have scripts of their own.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const table = byId("table");
const matrix = new Matrix(data, table);
const routes = new Routes(data, byId("route-list"));
const targets = data.columns.filter((each) => !isRoute(each));
const filter = { text: "", backend: "", group: "", outcomes: new Set(), sources: new Set() };

function counted(field, names) {
  return names.map((name, index) => [name, data.runs.filter((run) => run[field] === index).length]);
}

function verdict() {
  const parts = data.parts.map(({ words, others }, index) => {
    const counts = Object.entries(others)
      .map(([name, count]) => html`<span class="${OUTCOMES[name].kind}">${OUTCOMES[name].sign} ${number(count)} ${name}</span> `);
    const pieces = words.split(/([\d,]+)/).map((each, place) => (!index && place % 2 ? html`<strong>${each}</strong>` : each));
    return html`<span class="${index ? "small" : ""}">${pieces} <span class="others">${counts}</span></span>`;
  });
  byId("verdict").innerHTML = html`${parts}<span class="small">${data.extent}</span>`;
  byId("doubts").hidden = !data.doubts.length;
  const switchedOff = data.switched_off.map((words) => html`<li>${words}</li>`);
  byId("doubts").innerHTML = html`${data.doubts.map((doubt) => html`<li>${doubt}</li>`)}
    ${switchedOff.length ? html`<li><details><summary>What was switched off</summary><ul>${switchedOff}</ul></details></li>` : ""}`;
}

function choices(field, names, shownAs, id, chosen) {
  const buttons = counted(field, names).filter(([, count]) => count).map(([name, count]) =>
    html`<button type="button" aria-pressed="false" data-name="${name}"><span class="${shownAs(name).kind ?? ""}">${shownAs(name).sign ?? shownAs(name).letter}</span>
      ${shownAs(name).word} <small>${number(count)}</small></button>`);
  byId(id).insertAdjacentHTML("beforeend", html`<div class="choices">${buttons}</div>`);
  byId(id).addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { name } = button.dataset;
    if (!chosen.delete(name)) chosen.add(name);
    button.setAttribute("aria-pressed", chosen.has(name));
    show();
  });
}

function options(select, all, names) {
  select.innerHTML = html`<option value="">${all}</option>${names.map((name) => html`<option>${name}</option>`)}`;
}

function show() {
  filter.text = byId("text").value;
  filter.backend = byId("backend").value;
  filter.group = byId("group").value;
  const found = matrix.show(filter);
  const { runs } = found;
  routes.show(found);
  const isAll = runs === data.runs.length;
  byId("status").textContent = isAll ? `All ${plural(runs, "run")}.`
    : runs ? `${number(runs)} of ${plural(data.runs.length, "run")}: ${places(found)}.`
    : "No run matches these filters.";
  byId("expand").textContent = matrix.isAnyOpen ? "Close all groups" : "Open all groups";
  pad();
}

function places({ shown, columns, routes: filtered }) {
  const found = new Set([...shown.values()].flatMap((cells) => [...cells]));
  const used = filtered.filter((column) => found.has(column)).length;
  const on = [columns.length && plural(columns.length, "target"), used && plural(used, "route")].filter(Boolean);
  return `${plural(shown.size, "case")} on ${on.join(" and ")}`;
}

function toggle(group) {
  matrix.toggle(group);
  show();
  focus(table.querySelector(`th[data-group="${group}"]`));
}

function focus(cell) {
  if (!cell) return;
  table.querySelectorAll('[tabindex="0"]').forEach((each) => { each.tabIndex = -1; });
  cell.tabIndex = 0;
  cell.focus();
}

function act(cell) {
  if (!cell) return;
  if (cell.dataset.run) Detail.open(data, data.runs[cell.dataset.run]);
  else if (cell.dataset.column) Detail.openColumn(data, Number(cell.dataset.column));
  else if (cell.dataset.group) toggle(Number(cell.dataset.group));
}

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const below = (row, down) => {
  const next = () => table.rows[row.rowIndex + down];
  return next() ?? (down > 0 && matrix.more() ? next() : undefined);
};

function move(cell, [down, right]) {
  const index = cell.cellIndex + right;
  if (right) return focus(cell.parentElement.cells[index]?.hasAttribute("tabindex") ? cell.parentElement.cells[index] : null);
  let row = below(cell.parentElement, down);
  while (row && !row.cells[index]?.hasAttribute("tabindex")) row = below(row, down);
  return focus(row?.cells[index]);
}

const scroll = table.parentElement;

// Keeps a screen of rows ready below what is seen.
function fill() {
  while (scroll.scrollTop + 2 * scroll.clientHeight > scroll.scrollHeight && matrix.more());
}

// A focused cell must not come to lie behind the sticky header or the sticky first column.
function pad() {
  const corner = table.querySelector(".corner");
  scroll.style.scrollPadding = `${table.tHead.offsetHeight}px 0 0 ${corner.offsetWidth}px`;
}

scroll.addEventListener("scroll", fill);
addEventListener("resize", () => { pad(); fill(); });
addEventListener("beforeprint", () => matrix.more(Infinity));

table.addEventListener("click", (event) => {
  const cell = event.target.closest("[tabindex]");
  if (cell && !cell.classList.contains("none")) { focus(cell); act(cell); }
});
table.addEventListener("keydown", (event) => {
  const cell = event.target.closest("[tabindex]");
  if (!cell) return;
  if (STEPS[event.key]) { event.preventDefault(); move(cell, STEPS[event.key]); }
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(cell); }
});
for (const list of ["problem-list", "route-list"]) {
  byId(list).addEventListener("click", (event) => act(event.target.closest("[data-run]")));
}
byId("filters").addEventListener("input", show);
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("clear").addEventListener("click", () => {
  byId("filters").reset();
  for (const chosen of [filter.outcomes, filter.sources]) chosen.clear();
  byId("filters").querySelectorAll("[aria-pressed]").forEach((each) => each.setAttribute("aria-pressed", "false"));
  show();
});
byId("expand").addEventListener("click", () => {
  matrix.toggleAll(!matrix.isAnyOpen);
  show();
});

const THEMES = ["light dark", "light", "dark"];
const THEME_WORDS = { "light dark": "Theme: system", light: "Theme: light", dark: "Theme: dark" };

function theme(name) {
  document.documentElement.style.colorScheme = name;
  byId("theme").textContent = THEME_WORDS[name];
  byId("theme").dataset.theme = name;
}

byId("theme").addEventListener("click", (event) => {
  const next = THEMES[(THEMES.indexOf(event.target.dataset.theme) + 1) % THEMES.length];
  theme(next);
  try { localStorage.setItem("theme", next); } catch { /* some browsers store nothing for local files */ }
});

function remembered() {
  try { return localStorage.getItem("theme"); } catch { return null; }
}

theme(THEMES.includes(remembered()) ? remembered() : THEMES[0]);
const backends = [...new Set(data.columns.map((each) => each.backend))];
options(byId("backend"), "all", [...backends, ...targets.map((each) => `${each.backend}@${each.target}`)]);
byId("routes").hidden = targets.length === data.columns.length;
scroll.hidden = !targets.length;
options(byId("group"), "all", data.groups);
choices(2, data.outcomes, (name) => OUTCOMES[name], "outcomes", filter.outcomes);
choices(3, data.sources, (name) => SOURCES[name], "sources", filter.sources);
verdict();
byId("problems").hidden = !showProblems(data, byId("problem-list"));
show();
