"use strict";
// The routes: one line each, which opens to its cases. It does not know the fields and buttons.

class Routes {
  constructor(data, list) {
    this.data = data;
    this.list = list;
    this.runs = data.columns.map(() => []);
    data.runs.forEach((run, index) => this.runs[run[1]].push(index));
  }

  // The lines of the routes in found, each with the cases that match; a line that was open stays open.
  show({ routes, shown }) {
    const open = new Set([...this.list.querySelectorAll("details[open]")].map((each) => each.dataset.route));
    const lines = routes.map((column) => [column, this.runs[column].filter((index) => shown.get(this.data.runs[index][0])?.has(column))]);
    this.list.innerHTML = html`${lines.filter(([, runs]) => runs.length).map(([column, runs]) => this.line(column, runs, open))}`;
  }

  line(column, runs, open) {
    const { backend, target } = this.data.columns[column];
    const outcomes = runs.map((index) => this.data.outcomes[this.data.runs[index][2]]);
    const passed = outcomes.filter((name) => name === "passed").length;
    const kind = ["bad", "gap", "quiet"].find((each) => outcomes.some((name) => OUTCOMES[name].kind === each)) ?? "good";
    const isOpen = open.has(String(column)) ? " open" : "";
    return html`<details data-route="${column}"${isOpen}><summary><span class="arrow" aria-hidden="true">▸</span><span class="name">${backend}<b>@${target}</b></span>
      <span class="count ${kind}">${passed}/${runs.length}</span></summary><ul>${runs.map((index) => this.run(index))}</ul></details>`;
  }

  run(index) {
    const [row, , outcome, source] = this.data.runs[index];
    const { name, group } = this.data.cases[row];
    const { sign, word, kind } = OUTCOMES[this.data.outcomes[outcome]], from = SOURCES[this.data.sources[source]];
    return html`<li><button type="button" data-run="${index}"><span class="${kind}">${sign}<span class="hidden"> ${word}</span></span>
      <span class="where">${this.data.groups[group]}/${name}</span><i aria-label="${from.word}">${from.letter}</i></button></li>`;
  }
}
