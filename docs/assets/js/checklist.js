// The checklist of an entry: ticks kept in this browser, or written to checklist.md when `study serve` is there.

import * as base from "./base.js";
import { refresh } from "./progress.js";
import * as server from "./server.js";
import * as store from "./store.js";

/** Make every checklist of the page work. */
export async function start() {
  const lists = [...document.querySelectorAll(".checklist")];
  try {
    await follow();
  } catch (error) {
    for (const list of lists) say(list, error.message, true);
    return;
  }
  for (const list of lists) begin(list);
  for (const row of steps()) {
    showRow(row);
    row.querySelector("input").addEventListener("change", () => toggle(row));
  }
}

/** Return the items that stand at the end of the section they lead to, too. */
function steps() {
  return document.querySelectorAll(".step > li");
}

/** Take up what changed elsewhere: in the files of the checkout, or in another tab. */
export async function follow() {
  if (server.served) base.take(await server.log());
  else base.reload();
}

/** Show the state of every checklist of the page, as it is known now. */
export function show() {
  for (const list of document.querySelectorAll(".checklist")) showList(list);
  for (const row of steps()) showRow(row);
}

function begin(list) {
  showList(list);
  for (const row of list.querySelectorAll(".items > li")) {
    row.querySelector("input").addEventListener("change", () => toggle(row));
  }
  const where = list.querySelector(".checklist-where");
  where.textContent = server.served ? `Ticks are written to ${list.dataset.source}.` : "Ticks are kept in this browser.";
  if (server.served) showNote(list.querySelector("[data-note]"));
}

async function showNote(place) {
  let note;
  try {
    note = await server.note(place.dataset.note);
  } catch (error) {
    say(place.parentElement, error.message, true);
    return;
  }
  if (note === null) return;
  const title = document.createElement("p");
  title.className = "panel-title";
  title.textContent = "Your note";
  const body = document.createElement("div");
  body.innerHTML = note; // Markdown without HTML of its own, made by the server
  place.replaceChildren(title, body);
  place.hidden = false;
}

const slugOf = (row) => row.closest("[data-entry]").dataset.entry;

function itemOf(row) {
  return base.entries[slugOf(row)].items.find((item) => item.key === row.dataset.key);
}

function showList(list) {
  for (const row of list.querySelectorAll(".items > li")) showRow(row);
  showStrays(list);
}

function showRow(row) {
  const box = row.querySelector("input");
  const item = itemOf(row);
  box.disabled = item === undefined;
  row.title = item === undefined ? "The file has other words here now: build the site again." : "";
  if (item === undefined) return;
  const { done, date, mark } = base.box(slugOf(row), item);
  box.checked = done;
  box.indeterminate = mark === "/";
  row.classList.toggle("is-begun", mark === "/");
  row.classList.toggle("is-dropped", mark === "-");
  const shown = row.querySelector(".done-on");
  shown.textContent = done && date ? date : ({ "/": "begun", "-": "dropped" }[mark] ?? "");
  if (done && date) shown.dateTime = date;
  else shown.removeAttribute("datetime");
}

async function toggle(row) {
  const slug = slugOf(row);
  const list = document.querySelector(`.checklist[data-entry="${slug}"]`);
  const place = row.closest(".step") === null ? list : row;
  const box = row.querySelector("input");
  const item = itemOf(row);
  const done = box.checked;
  row.classList.add("is-saving");
  box.setAttribute("aria-busy", "true");
  try {
    if (server.served) base.follow(slug, await server.tick(slug, item.text, done));
    else base.keep(store.set(base.records(), slug, item, done));
    say(place, server.served ? `Saved in ${list.dataset.source}.` : "Saved in this browser.");
  } catch (error) {
    box.checked = !done;
    say(place, `Not saved: ${error.message}`, true);
  } finally {
    row.classList.remove("is-saving");
    box.removeAttribute("aria-busy");
  }
  show();
  refresh();
}

/** Say something below a checklist, or an item at the end of its section; screen readers are told too. */
export function say(place, words, failed = false) {
  const status = place.querySelector("[role=status]");
  status.textContent = words;
  status.classList.toggle("is-failed", failed);
}

function showStrays(list) {
  const slug = list.dataset.entry;
  const place = list.querySelector(".checklist-strays");
  const strays = server.served ? [] : base.strays(slug);
  place.hidden = strays.length === 0;
  if (strays.length === 0) return;
  const head = document.createElement("p");
  head.textContent = "Ticks of items that have other words now, or are gone:";
  const rows = document.createElement("ul");
  for (const [key, record] of strays) {
    const row = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Drop";
    button.setAttribute("aria-label", `Drop the tick of “${record.text}”`);
    button.addEventListener("click", () => {
      base.keep(store.drop(base.records(), slug, key));
      showList(list);
    });
    row.append(record.date ? `${record.text} (${record.date}) ` : `${record.text} `, button);
    rows.append(row);
  }
  place.replaceChildren(head, rows);
}
