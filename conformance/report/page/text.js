"use strict";
// The words and formats of outcomes, sources, JSON, events and differences. Nothing here touches the page.

const OUTCOMES = {
  passed: { sign: "✓", word: "passed", kind: "good" },
  failed: { sign: "✕", word: "failed", kind: "bad" },
  errored: { sign: "!", word: "errored", kind: "bad" },
  "known gap": { sign: "◆", word: "known gap", kind: "gap" },
  unsupported: { sign: "⊘", word: "unsupported", kind: "quiet" },
  "not judged": { sign: "–", word: "not judged", kind: "quiet" },
  unmeasured: { sign: "?", word: "unmeasured", kind: "gap" },
};

const SOURCES = {
  recording: { letter: "R", word: "recorded", long: "a recording of a real server" },
  live: { letter: "L", word: "live", long: "a real server, in this run" },
  derived: { letter: "D", word: "derived", long: "recordings, broken on purpose" },
  script: { letter: "S", word: "scripted", long: "a script, played by the loopback server" },
};

// A route is asked a small group of cases, over scripts; it has a line of its own and no column.
const isRoute = (column) => column.scenarios === "routes";

class Markup {
  constructor(text) { this.text = text; }
  toString() { return this.text; }
}

const escaped = (value) =>
  String(value).replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);

const markup = (value) => (Array.isArray(value) ? value.map(markup).join("") : value instanceof Markup ? value.text : escaped(value));

// The one way to make markup: html`<b>${value}</b>` escapes every value but markup and lists of markup.
const html = (texts, ...values) => new Markup(texts.reduce((whole, text, index) => whole + markup(values[index - 1]) + text));

// Only https: the address may come from a package or a results file of somebody else.
const link = (url, words = url) => (String(url).startsWith("https://") ? html`<a href="${url}" rel="noreferrer">${words}</a>` : html`${words}`);

// A text with its addresses as links.
const linked = (text) => text.split(/(https:\/\/[^\s<>"']+)/).map((part, index) => (index % 2 ? link(part) : html`${part}`));

// A word for a shell.
const quoted = (word) => `'${word.replaceAll("'", `'"'"'`)}'`;

const number = (value) => value.toLocaleString("en");

const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

// Names are in double backticks in a law, which is a docstring, and in single ones in a cause.
const namesAsCode = (text) => text.split(/(``[^`]+``|`[^`]+`)/).map((part, index) => (index % 2 ? html`<code>${part.replaceAll("`", "")}</code>` : html`${part}`));

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function isEventStream(answer) {
  return (answer.headers["content-type"] || "").includes("event-stream");
}

// The events of a stream, which end with a blank line; of another answer the pieces that it was sent in.
function eventsOf(answer) {
  const whole = answer.pieces.join("");
  if (!isEventStream(answer)) return answer.pieces.length > 1 ? answer.pieces : [pretty(whole)];
  return whole.split(/\r?\n\r?\n/).filter((event) => event !== "");
}

// A text in three parts: the beginning that it shares with another, what differs, the end that it shares.
function aroundDifference(one, other) {
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start += 1;
  let end = 0;
  const room = Math.min(one.length, other.length) - start;
  while (end < room && one[one.length - 1 - end] === other[other.length - 1 - end]) end += 1;
  return [one.slice(0, start), one.slice(start, one.length - end), one.slice(one.length - end)];
}

const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

function compact(text) {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

// Tool calls are compared by name and by parsed arguments; their ids are the server's choice.
function comparable(field, value) {
  if (field !== "tool_calls") return shown(value ?? "");
  return (value || []).map((call) => `${call.name} ${compact(call.arguments)}`).join("\n");
}

// A text with its differences from another marked, line by line if both have as many lines.
function marked(text, other) {
  const lines = text.split("\n"), others = other.split("\n");
  const pairs = lines.length === others.length ? lines.map((line, index) => [line, others[index]]) : [[text, other]];
  return pairs.map(([one, two], index) => {
    const end = index < pairs.length - 1 ? "\n" : "";
    if (one === two) return html`${one}${end}`;
    const [before, own, after] = aroundDifference(one, two);
    return html`${before}<mark>${own || "∅"}</mark>${after}${end}`;
  });
}
