"use strict";
// The routes: one line each; its cases are drawn when it opens. It does not know the fields and buttons.

class Routes {
  constructor(data, list) {
    this.data = data;
    this.list = list;
    this.runs = data.columns.map(() => []);
    data.runs.forEach((run, index) => this.runs[run[1]].push(index));
    this.matching = new Map(); // the runs of each route that match the filter
    list.addEventListener("toggle", ({ target }) => {
      if (target.open) target.querySelector("ul").innerHTML = html`${this.cases(Number(target.dataset.route))}`;
    }, true);
  }

  // The lines of the routes in found, each with the cases that match; a line that was open stays open.
  show({ routes, shown }) {
    const open = new Set([...this.list.querySelectorAll("details[open]")].map((each) => each.dataset.route));
    this.matching = new Map(routes.map((column) => [column, this.runs[column].filter((index) => shown.get(this.data.runs[index][0])?.has(column))]));
    const lines = [...this.matching].filter(([, runs]) => runs.length);
    this.list.innerHTML = html`${lines.map(([column, runs]) => this.line(column, runs, open.has(String(column))))}`;
  }

  line(column, runs, isOpen) {
    const { backend, target } = this.data.columns[column];
    const outcomes = runs.map((index) => this.data.outcomes[this.data.runs[index][2]]);
    const passed = outcomes.filter((name) => name === "passed").length;
    const kind = ["bad", "gap", "quiet"].find((each) => outcomes.some((name) => OUTCOMES[name].kind === each)) ?? "good";
    return html`<details data-route="${column}"${isOpen ? " open" : ""}><summary><span class="arrow" aria-hidden="true">▸</span><span class="name">${backend}<b>@${target}</b></span>
      <span class="count ${kind}">${passed}/${runs.length}</span></summary><ul>${isOpen ? this.cases(column) : ""}</ul></details>`;
  }

  cases(column) {
    return this.matching.get(column).map((index) => this.run(index));
  }

  run(index) {
    const [row, , outcome, source] = this.data.runs[index];
    const { name, group } = this.data.cases[row];
    const { sign, word, kind } = OUTCOMES[this.data.outcomes[outcome]], from = SOURCES[this.data.sources[source]];
    return html`<li><button type="button" data-run="${index}"><span class="${kind}">${sign}<span class="hidden"> ${word}</span></span>
      <span class="where">${this.data.groups[group]}/${name}</span><i aria-label="${from.word}">${from.letter}</i></button></li>`;
  }
}
