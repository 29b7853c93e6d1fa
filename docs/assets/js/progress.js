// Show the reader's progress wherever the page speaks of it: map, chips, meters, what is next, the timeline.

import { entries, mine, next, standing, started, sum } from "./base.js";
import { served } from "./server.js";

const all = (selector) => document.querySelectorAll(selector);
const steps = ({ done, total }) => (total > 0 ? `${done} of ${total} steps` : "no checklist");
const share = ({ done, total }) => (total > 0 ? done / total : 0);
const className = (state) => `is-${state.replaceAll(" ", "-")}`;
const STATES = ["to read", "reading", "read", "to revisit", "dropped"];

/** Bring everything on the page up to date. */
export function refresh() {
  const slugs = Object.keys(entries);
  if (slugs.length === 0) return;
  for (const slug of slugs) showEntry(slug, standing(slug));
  document.documentElement.classList.toggle("is-keeper", served && started); // whose marks need not be shown twice
  for (const hint of all(".start-hint")) hint.hidden = !served || started;
  const used = new Set(slugs.map((slug) => standing(slug).state));
  for (const key of all("[data-legend]")) key.hidden = STATES.indexOf(key.dataset.legend) > 2 && !used.has(key.dataset.legend);
  for (const meter of all("[data-meter]")) {
    const of = meter.dataset.meter;
    if (of in entries) showMeter(meter, standing(of));
    else showMeter(meter, sum(slugs.filter((slug) => of === "all" || entries[slug].room === of)));
  }
  for (const place of all("[data-next]")) showNext(place);
  for (const place of all("[data-timeline]")) showTimeline(place);
}

function showEntry(slug, counted) {
  for (const element of all(`.map-node[data-entry="${slug}"], .map-row[data-entry="${slug}"], .chip[data-entry="${slug}"], .card[data-entry="${slug}"]`)) {
    element.classList.remove(...STATES.map(className));
    element.classList.add(className(counted.state));
    element.style.setProperty("--share", share(counted));
    element.querySelector(".ring")?.style.setProperty("--share", share(counted));
    if (element.dataset.about !== undefined) {
      const about = `${element.dataset.about}, ${counted.state}, ${steps(counted)})`;
      element.setAttribute("aria-label", about);
      element.querySelector("title").textContent = about;
    }
  }
  for (const element of all(`[data-standing="${slug}"]`)) element.textContent = ` (${counted.state}, ${steps(counted)})`;
  for (const element of all(`[data-state="${slug}"]`)) element.textContent = counted.state;
  for (const element of all(`[data-steps-short="${slug}"]`)) element.textContent = `${counted.done}/${counted.total}`;
}

function showMeter(meter, counted) {
  meter.querySelector(".meter-bar").style.setProperty("--share", share(counted));
  meter.querySelector(".meter-text").textContent = steps(counted);
}

function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function showNext(place) {
  const after = next();
  const shown = place.querySelector(".next-title");
  if (after !== null && shown?.textContent === entries[after.slug].title) {
    place.querySelector(".next-reason").textContent = after.reason;
    return;
  }
  const reason = element("p", after?.reason ?? "Everything is read. Time to teach it.", { class: "next-reason" });
  if (after === null) {
    place.replaceChildren(reason);
    return;
  }
  const { title, url, room, about } = entries[after.slug];
  place.className = `next room-${room}`;
  const link = element("a", title, { class: "next-title", href: url });
  place.replaceChildren(link, element("span", about, { class: "next-about" }), reason);
}

function showTimeline(place) {
  const days = new Map();
  for (const [slug, { items }] of Object.entries(entries)) {
    for (const item of items) {
      const { done, date } = mine(slug, item);
      if (done && date) days.set(date, [...(days.get(date) ?? []), { slug, item }]);
    }
  }
  if (days.size === 0) {
    const ticked = sum(Object.keys(entries)).done > 0;
    const words = ticked ? "No tick has a date yet." : "Nothing is ticked yet. The first step of any entry is a good one.";
    place.replaceChildren(element("p", words, { class: "timeline-empty" }));
    return;
  }
  const list = element("ol", "", { class: "days plain" });
  for (const date of [...days.keys()].sort().reverse()) {
    const day = element("li", "", { class: "day" });
    const ticks = element("ul", "", { class: "plain" });
    for (const { slug, item } of days.get(date)) {
      const { title, url, room } = entries[slug];
      const line = element("li");
      const words = element("span");
      if (item.html === undefined) words.textContent = item.text;
      else words.innerHTML = item.html; // rendered by the builder: a formula, a word in code font
      line.append(element("a", title, { href: `${url}#checklist`, class: `room-${room}` }), " ", words);
      ticks.append(line);
    }
    day.append(element("time", date, { datetime: date }), ticks);
    list.append(day);
  }
  place.replaceChildren(list);
}
