"use strict";
// The dialog of one cell: its law, what was sent, what came back, what became of it, and what was expected.

const Detail = (() => {
  const dialog = document.getElementById("detail");
  const unpacked = new Map();
  let asked = 0;

  async function unpack(group) {
    if (!unpacked.has(group)) {
      const text = document.getElementById(`packed-${group}`).textContent;
      const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      unpacked.set(group, await new Response(stream).json());
    }
    return unpacked.get(group);
  }

  const pre = (text, label) =>
    `<pre tabindex="0" role="region" aria-label="${escaped(label)}"><code>${escaped(text)}</code></pre>`;

  function request(sent, count) {
    const headers = Object.entries(sent.headers).map(([name, value]) => `${name}: ${value}`);
    const cut = sent.bytes > 65536 ? `<p class="note">Cut: the body has ${number(sent.bytes)} bytes.</p>` : "";
    return `<details open><summary>Request ${count}: <code>${escaped(sent.method)} ${escaped(sent.target)}</code></summary>
      ${headers.length ? pre(headers.join("\n"), `headers of request ${count}`) : ""}
      ${sent.body ? pre(pretty(sent.body), `body of request ${count}`) : '<p class="note">No body.</p>'}${cut}</details>`;
  }

  function answer(came, count, source) {
    const events = eventsOf(came);
    const many = events.length > 1;
    const notes = [
      came.sent_in > 1 ? `Sent in ${plural(came.sent_in, "piece")}.` : "",
      came.bytes > 65536 ? `Cut: the answer has ${number(came.bytes)} bytes.` : "",
      came.ending ? `Then: ${came.ending}.` : "",
    ].filter(Boolean);
    const type = came.headers["content-type"];
    const body = many
      ? `<ol class="events" tabindex="0" role="list" aria-label="events of answer ${count}">${events
          .map((event) => `<li><code>${escaped(event)}</code></li>`).join("")}</ol>`
      : events[0] ? pre(events[0], `body of answer ${count}`) : '<p class="note">No body.</p>';
    return `<details open><summary>Answer ${count}: <code>${came.status ?? "nothing"}</code>
      <span class="from">${SOURCES[source].word}${many ? `, ${plural(events.length, "event")}` : ""}</span></summary>
      ${type ? `<p class="note"><code>${escaped(type)}</code></p>` : ""}${body}
      ${notes.length ? `<p class="note">${escaped(notes.join(" "))}</p>` : ""}</details>`;
  }

  function decoded(judged) {
    const fields = [...new Set([...Object.keys(judged.decoded), ...Object.keys(judged.expected)])];
    const rows = fields.map((field) => {
      const isExpected = field in judged.expected;
      const got = comparable(field, judged.decoded[field]);
      const due = isExpected ? comparable(field, judged.expected[field]) : "";
      const same = !isExpected || got === due;
      const plain = (text) => escaped(text) || '<span class="quiet">empty</span>';
      const full = field === "tool_calls" && !isExpected ? shown(judged.decoded[field]) : got;
      const sign = !isExpected ? "" : same ? '<span class="good">=<span class="words"> as expected</span></span>' : '<span class="bad">≠<span class="words"> differs</span></span>';
      return `<tr class="${same ? "" : "differs"}"><th scope="row">${escaped(field)}</th>
        <td><code>${same ? plain(full) : marked(got, due)}</code></td>
        <td>${!isExpected ? "" : `<code>${same ? plain(due) : marked(due, got)}</code>`}</td>
        <td>${sign}</td></tr>`;
    });
    return `<div class="decoded"><table><caption>${judged.raised ? "The error that was raised" : "What the backend made of it"}</caption>
      <thead><tr><th scope="col">field</th><th scope="col">decoded</th><th scope="col">expected</th>
      <th scope="col"><span class="hidden">compared</span></th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
  }

  // An answer stands behind the exchanges that came before it was judged; equal counts belong one to one.
  function story(observation, source) {
    const { exchanges, answers, left_out: left } = observation;
    if (!exchanges.length && !answers.length) return '<p class="note">Nothing was sent, and no answer was judged.</p>';
    const paired = exchanges.length === answers.length;
    const place = (judged, index) => (paired ? index + 1 : Math.min(judged.after, exchanges.length));
    const parts = left ? [`<p class="note">${plural(left, "earlier exchange")} left out.</p>`] : [];
    for (let count = 0; count <= exchanges.length; count += 1) {
      const told = answers.filter((judged, index) => place(judged, index) === count).map(decoded);
      const wire = count ? request(exchanges[count - 1].request, count + left) + answer(exchanges[count - 1].answer, count + left, source) : "";
      if (wire || told.length) parts.push(`<div class="step">${wire}${told.join("")}</div>`);
    }
    return parts.join("");
  }

  // Both sides of what did not hold: of an equality with marks where they part.
  function unheld({ got, op, expected }) {
    const sides = op === "==" ? [marked(got, expected), marked(expected, got)] : [escaped(got), escaped(expected)];
    const [was, due] = sides.map((side) => `<dd><code>${side || '<span class="quiet">empty</span>'}</code></dd>`);
    // Only an equality is written with the answer first; "in" has it on either side.
    const [left, right] = op === "==" ? ["got", "expected"] : ["left", "right"];
    return `<h3>What does not hold</h3><p class="note">Demanded: <code>${left} ${escaped(op)} ${right}</code></p>
      <dl class="unheld"><dt>${left}</dt>${was}<dt>${right}</dt>${due}</dl>`;
  }

  function demanded({ code, given }) {
    const names = Object.entries(given).map(([name, value]) => `<dt><code>${escaped(name)}</code></dt><dd><code>${escaped(value)}</code></dd>`);
    return `<h3>What the scenario demands</h3>${pre(code, "the scenario as it is written")}
      ${names.length ? `<p class="note">Given:</p><dl class="given">${names.join("")}</dl>` : ""}`;
  }

  function bugs(ids, known) {
    if (!ids.length) return "";
    const items = ids.filter((id) => known[id]).map((id) => {
      const links = known[id].sources.map(({ name, url }) =>
        url ? `<a href="${escaped(url)}" rel="noreferrer">${escaped(name)}</a>` : escaped(name));
      return `<li><strong>${escaped(id)}</strong> ${escaped(known[id].title)}: ${links.join(", ")}</li>`;
    });
    return `<h3>Real bugs it stands against</h3><ul class="bugs">${items.join("")}</ul>`;
  }

  const linked = (text) =>
    escaped(text).replace(/https?:\/\/[^\s&<]+/g, (url) => `<a href="${url}" rel="noreferrer">${url}</a>`);

  // A law is written as a docstring is: names stand in double backticks.
  const told = (law) => escaped(law).replace(/``([^`]+)``/g, "<code>$1</code>");

  function put(html) {
    dialog.innerHTML = `<button type="button" class="close" aria-label="Close">✕</button>${html}`;
    dialog.querySelector(".close").addEventListener("click", () => dialog.close());
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    dialog.querySelector(".close").focus();
  }

  async function open(data, run) {
    const [row, column, outcomeNumber, sourceNumber, place, reason] = run;
    const scenario = data.scenarios[row], target = data.columns[column];
    const outcome = OUTCOMES[data.outcomes[outcomeNumber]], source = data.sources[sourceNumber];
    // Unpacking takes its time: what was asked for since then is shown instead.
    const mine = ++asked;
    const details = await unpack(scenario.group);
    if (mine !== asked) return;
    const detail = details[place];
    const seen = detail.observation;
    const command = `${data.command} '${detail.rerun}'`;
    const facts = [
      ["Answers from", SOURCES[source].long],
      detail.cassette ? ["Recording", `${detail.cassette}, made ${detail.recorded.replace("T", " ").replace("Z", " UTC")}`] : null,
      detail.measured ? ["Measured", detail.measured] : null,
      ["Took", `${(detail.seconds * 1000).toFixed(0)} ms`],
    ].filter(Boolean);
    put(`<p class="over">${escaped(target.backend)}@${escaped(target.target)}</p>
      <h2 id="detail-title">${escaped(data.groups[scenario.group])} / ${escaped(scenario.name)}</h2>
      <p><span class="badge ${outcome.kind}">${outcome.sign} ${outcome.word}</span></p>
      <p class="law">${told(scenario.law)}</p>
      ${reason ? `<p class="reason ${outcome.kind}">${linked(reason)}</p>` : ""}
      <dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join("")}</dl>
      <h3>Run it again</h3>
      <div class="command">${pre(command, "command that runs it again")}<button type="button" id="copy">Copy</button></div>
      ${seen?.compared ? unheld(seen.compared) : ""}
      ${detail.words ? `<details${seen?.compared ? "" : " open"}><summary>The failure in full</summary>${pre(detail.words, "the failure in full")}</details>` : ""}
      ${bugs(scenario.bugs, data.bugs)}
      <h3>What happened</h3>
      ${seen ? story(seen, source) : '<p class="note">Nobody took it down.</p>'}
      ${seen?.demanded?.code ? demanded(seen.demanded) : ""}`);
    dialog.querySelector("#copy").addEventListener("click", async (event) => {
      await navigator.clipboard.writeText(command);
      event.target.textContent = "Copied";
    });
  }

  function openColumn(data, column) {
    asked += 1;
    const target = data.columns[column];
    const link = (url) => (url ? `<a href="${escaped(url)}" rel="noreferrer">${escaped(url)}</a>` : "none declared");
    const facts = [
      ["Class", escaped(target.class ?? "")],
      ["Package", escaped(target.package ? `${target.package} ${target.version ?? ""}` : "not installed as one")],
      ["Homepage", link(target.homepage)],
      ["Issues", link(target.issues)],
      ["Model", escaped(target.model ?? "")],
      ["Speaks", escaped(target.dialect ?? "")],
      ["Answers from", escaped(SOURCES[target.source]?.long ?? "")],
      ["Asked", target.scenarios === "core" ? "what every target must do" : "every scenario of its wire"],
    ];
    put(`<h2 id="detail-title">${escaped(target.backend)}@${escaped(target.target)}</h2>
      <dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join("")}</dl>`);
  }

  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  return { open, openColumn };
})();
