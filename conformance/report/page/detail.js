"use strict";
// The dialog of one cell: the law, the requests, the answers, the decoded responses and what was expected.

const Detail = (() => {
  const dialog = document.getElementById("detail");
  const unpacked = new Map();
  const NO_BODY = html`<p class="note">No body.</p>`;
  const EMPTY = html`<span class="quiet">empty</span>`;
  let latest = 0; // the number of the last run or column that was opened

  // The details are the last part of the page, and most of it: the matrix does not wait for them.
  const whole = new Promise((done) => addEventListener("DOMContentLoaded", done));

  async function unpack(group) {
    if (!unpacked.has(group)) {
      await whole;
      const text = document.getElementById(`packed-${group}`).textContent;
      const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      unpacked.set(group, await new Response(stream).json());
    }
    return unpacked.get(group);
  }

  const pre = (text, label) =>
    html`<pre tabindex="0" role="region" aria-label="${label}"><code>${text}</code></pre>`;

  function request(sent, count) {
    const headers = Object.entries(sent.headers).map(([name, value]) => `${name}: ${value}`);
    const cut = sent.bytes > 65536 ? html`<p class="note">Truncated: the body has ${number(sent.bytes)} bytes.</p>` : "";
    return html`<details open><summary>Request ${count}: <code>${sent.method} ${sent.target}</code></summary>
      ${headers.length ? pre(headers.join("\n"), `headers of request ${count}`) : ""}
      ${sent.body ? pre(pretty(sent.body), `body of request ${count}`) : NO_BODY}${cut}</details>`;
  }

  function answer(received, count, source) {
    const events = eventsOf(received);
    const many = events.length > 1;
    const kind = isEventStream(received) ? "event" : "piece";
    const notes = [
      kind === "event" && received.sent_in > 1 ? `Sent in ${plural(received.sent_in, "piece")}.` : "",
      received.bytes > 65536 ? `Truncated: the answer has ${number(received.bytes)} bytes.` : "",
      received.ending ? `Ending: ${received.ending}.` : "",
    ].filter(Boolean);
    const type = received.headers["content-type"];
    const body = many
      ? html`<ol class="events" tabindex="0" role="list" aria-label="${kind}s of answer ${count}">${events
          .map((event) => html`<li><code>${event}</code></li>`)}</ol>`
      : events[0] ? pre(events[0], `body of answer ${count}`) : NO_BODY;
    return html`<details open><summary>Answer ${count}: <code>${received.status ?? "nothing"}</code>
      <span class="from">${SOURCES[source].word}${many ? `, ${plural(events.length, kind)}` : ""}</span></summary>
      ${type ? html`<p class="note"><code>${type}</code></p>` : ""}${body}
      ${notes.length ? html`<p class="note">${notes.join(" ")}</p>` : ""}</details>`;
  }

  function decoded(checked) {
    const fields = [...new Set([...Object.keys(checked.decoded), ...Object.keys(checked.expected)])];
    const rows = fields.map((field) => {
      const isExpected = field in checked.expected;
      const got = comparable(field, checked.decoded[field]);
      const expected = isExpected ? comparable(field, checked.expected[field]) : "";
      const same = !isExpected || got === expected;
      const plain = (text) => text || EMPTY;
      const full = field === "tool_calls" && !isExpected ? shown(checked.decoded[field]) : got;
      const sign = !isExpected ? "" : same ? html`<span class="good">=<span class="words"> as expected</span></span>` : html`<span class="bad">≠<span class="words"> differs</span></span>`;
      return html`<tr class="${same ? "" : "differs"}"><th scope="row">${field}</th>
        <td><code>${same ? plain(full) : marked(got, expected)}</code></td>
        <td>${!isExpected ? "" : html`<code>${same ? plain(expected) : marked(expected, got)}</code>`}</td>
        <td>${sign}</td></tr>`;
    });
    return html`<div class="decoded"><table><caption>${checked.raised ? "Raised error" : "Decoded response"}</caption>
      <thead><tr><th scope="col">field</th><th scope="col">decoded</th><th scope="col">expected</th>
      <th scope="col"><span class="hidden">compared</span></th></tr></thead><tbody>${rows}</tbody></table></div>`;
  }

  // A response is shown after the exchange that led to it: one to one where the counts agree, else by time.
  function story(transcript, source) {
    const { exchanges, answers, left_out: left } = transcript;
    if (!exchanges.length && !answers.length) return html`<p class="note">The scenario sent nothing and checked no response.</p>`;
    const paired = exchanges.length === answers.length;
    const exchangeOf = (checked, index) => (paired ? index + 1 : Math.min(checked.after, exchanges.length));
    const parts = left ? [html`<p class="note">${plural(left, "earlier exchange")} left out.</p>`] : [];
    for (let count = 0; count <= exchanges.length; count += 1) {
      const responses = answers.filter((checked, index) => exchangeOf(checked, index) === count).map(decoded);
      const wire = count ? [request(exchanges[count - 1].request, count + left), answer(exchanges[count - 1].answer, count + left, source)] : "";
      if (wire || responses.length) parts.push(html`<div class="step">${wire}${responses}</div>`);
    }
    return parts;
  }

  // Both sides of the comparison that failed; the differences are marked where it is an equality.
  function comparison({ got, op, expected }) {
    const sides = op === "==" ? [marked(got, expected), marked(expected, got)] : [got, expected];
    const [first, second] = sides.map((side) => html`<dd><code>${String(side) ? side : EMPTY}</code></dd>`);
    // Only an equality is always written with the actual value first; "in" has it on either side.
    const [left, right] = op === "==" ? ["got", "expected"] : ["left", "right"];
    return html`<h3>Failed comparison</h3><p class="note"><code>${left} ${op} ${right}</code></p>
      <dl class="comparison"><dt>${left}</dt>${first}<dt>${right}</dt>${second}</dl>`;
  }

  function scenarioCode({ code, given }) {
    const names = Object.entries(given).map(([name, value]) => html`<dt><code>${name}</code></dt><dd><code>${value}</code></dd>`);
    return html`<h3>The scenario</h3>${pre(code, "source code of the scenario")}
      ${names.length ? html`<p class="note">Parameters:</p><dl class="given">${names}</dl>` : ""}`;
  }

  function bugs(ids, known) {
    if (!ids.length) return "";
    const items = ids.filter((id) => known[id]).map((id) => {
      const links = known[id].sources.map(({ name, url }, index) => html`${index ? ", " : ""}${link(url, name)}`);
      return html`<li><strong>${id}</strong> ${known[id].title}: ${links}</li>`;
    });
    return html`<h3>Real bugs behind it</h3><ul class="bugs">${items}</ul>`;
  }

  function show(content) {
    dialog.innerHTML = html`<button type="button" class="close" aria-label="Close">✕</button>${content}`;
    dialog.querySelector(".close").addEventListener("click", () => dialog.close());
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    dialog.querySelector(".close").focus();
  }

  async function open(data, run) {
    const [row, column, outcomeNumber, sourceNumber, index, reason] = run;
    const scenario = data.cases[row], target = data.columns[column];
    const outcome = OUTCOMES[data.outcomes[outcomeNumber]], source = data.sources[sourceNumber];
    // Unpacking takes time: if something else was opened meanwhile, that is shown instead.
    const mine = ++latest;
    const details = await unpack(scenario.group);
    if (mine !== latest) return;
    const detail = details[index];
    const { transcript } = detail;
    const command = `${target.command ?? data.command} ${quoted(detail.rerun)}`;
    const facts = [
      ["Answers from", SOURCES[source].long],
      detail.cassette ? ["Recording", `${detail.cassette}, made ${detail.recorded.replace("T", " ").replace("Z", " UTC")}`] : null,
      detail.measured && source !== "script" ? ["Measured", detail.measured] : null,
      ["Took", `${(detail.seconds * 1000).toFixed(0)} ms`],
    ].filter(Boolean);
    show(html`<p class="over">${target.backend}@${target.target}</p>
      <h2 id="detail-title">${data.groups[scenario.group]} / ${scenario.name}</h2>
      <p><span class="badge ${outcome.kind}">${outcome.sign} ${outcome.word}</span></p>
      <p class="law">${namesAsCode(scenario.law)}</p>
      ${reason ? html`<p class="reason ${outcome.kind}">${linked(reason)}</p>` : ""}
      <dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
      <h3>Run it again</h3>
      <div class="command">${pre(command, "command that runs it again")}${navigator.clipboard ? html`<button type="button" id="copy">Copy</button>` : ""}</div>
      ${transcript?.compared ? comparison(transcript.compared) : ""}
      ${detail.traceback ? html`<details${transcript?.compared ? "" : " open"}><summary>Full failure output</summary>${pre(detail.traceback, "full failure output")}</details>` : ""}
      ${bugs(scenario.bugs, data.bugs)}
      <h3>What happened</h3>
      ${transcript ? story(transcript, source) : html`<p class="note">No transcript was recorded.</p>`}
      ${transcript?.demanded?.code ? scenarioCode(transcript.demanded) : ""}`);
    // A page that came over plain HTTP has no clipboard.
    dialog.querySelector("#copy")?.addEventListener("click", ({ target: button }) => {
      navigator.clipboard.writeText(command).then(
        () => { button.textContent = "Copied"; },
        () => { button.textContent = "Not allowed"; },
      );
    });
  }

  function openColumn(data, column) {
    latest += 1;
    const target = data.columns[column];
    const facts = [
      ["Class", target.class ?? ""],
      ["Package", target.package ? `${target.package} ${target.version ?? ""}` : "not an installed package"],
      ["Homepage", link(target.homepage || "none declared")],
      ["Issues", link(target.issues || "none declared")],
      ["Model", target.model ?? ""],
      ["Dialect", target.dialect ?? ""],
      ["Answers from", SOURCES[target.source]?.long ?? ""],
      ["Scenarios", target.scenarios === "core" ? "the core: what every backend must do" : "all that its dialect allows"],
    ];
    show(html`<h2 id="detail-title">${target.backend}@${target.target}</h2>
      <dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
      ${target.source === "live" ? "" : contract(target.tiers)}`);
  }

  // Of a backend; a server that was judged by itself has no contract.
  const contract = (tiers) => html`<h3>The contract</h3>
    <p class="note">What every backend has is the base; each extension is judged for itself, and not at all where a backend lacks it.</p>
    <dl class="tiers">${tiers.map(({ name, kind, words }) => html`<dt>${name}</dt><dd class="${kind}">${words}</dd>`)}</dl>`;

  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  return { open, openColumn };
})();
