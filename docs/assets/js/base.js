// What the builder knew of the entries, joined with what the reader did: who stands how with what, since when.
//
// On a published copy the reader is whoever visits it: their ticks are the records of this browser, and what is
// ticked in the checklists is the keeper's, shown as quiet marks. Served from a checkout, the boxes are the files.

import { served } from "./server.js";
import * as store from "./store.js";

/** The entries of the base in reading order: { slug: { title, room, url, requires, items } }. */
export const entries = window.studyBase ?? {};

const OPEN = Object.freeze({ done: false });
const BEHIND = new Set(["read", "to revisit", "dropped"]);

let ticks = store.load();
let given = {}; // slug to the state that the reader gave to it

/** Whether the files that are served are the reader's own log, and not still the keeper's. */
export let started = true;

/** The records of this browser. */
export function records() {
  return ticks;
}

/** Keep new records; on failure the old ones stand. */
export function keep(changed) {
  store.save(changed);
  ticks = changed;
}

/** Take up what another tab of the site has kept. */
export function reload() {
  ticks = store.load();
}

/** Take up what the server says of the whole log. */
export function take(log) {
  started = log.started;
  given = log.states;
  for (const [slug, items] of Object.entries(log.entries)) follow(slug, items);
}

/** Let the file of one checklist say what is done. */
export function follow(slug, items) {
  if (entries[slug] !== undefined) entries[slug].items = items;
}

/** Return { done, mark, date } of an item as its box shows it. */
export function box(slug, item) {
  return served ? item : (ticks[slug]?.[item.key] ?? OPEN);
}

/** Return { done, mark, date } of an item as far as it is the reader's. */
export function mine(slug, item) {
  return served && item.keeper ? OPEN : box(slug, item);
}

/** Return { done, total, state } of an entry. What was dropped counts neither way. */
export function standing(slug) {
  const all = entries[slug].items.map((item) => ({ counts: item.counts, ...mine(slug, item) }));
  const left = all.filter((item) => item.mark !== "-");
  return { done: left.filter((item) => item.done).length, total: left.length, state: given[slug] ?? derived(all) };
}

/** Return the state that a checklist speaks of, as study/log/states.py derives it. */
function derived(items) {
  const needed = items.filter((item) => item.counts && item.mark !== "-");
  if (needed.length === 0) return items.length === 0 ? "to read" : "dropped";
  if (needed.every((item) => item.done)) return "read";
  return items.some((item) => item.done || item.mark === "/") ? "reading" : "to read";
}

/** Return { done, total } over some entries. */
export function sum(slugs) {
  const counts = slugs.map(standing);
  return {
    done: counts.reduce((total, one) => total + one.done, 0),
    total: counts.reduce((total, one) => total + one.total, 0),
  };
}

/** Return the ticks of this browser whose item is no longer there in these words. */
export function strays(slug) {
  const known = new Set(entries[slug]?.items.map((item) => item.key));
  return Object.entries(ticks[slug] ?? {}).filter(([key, record]) => record.done && !known.has(key));
}

/** Return what to read next and why, by the same rule as `study next`; null when all is read. */
export function next() {
  const slugs = Object.keys(entries);
  const stand = Object.fromEntries(slugs.map((slug) => [slug, standing(slug)]));
  const is = (state) => slugs.filter((slug) => stand[slug].state === state);
  const settled = ({ state, total }) => BEHIND.has(state) || (total === 0 && state === "to read");
  const behind = new Set(slugs.filter((slug) => settled(stand[slug])));
  const ready = slugs.filter((slug) => !behind.has(slug) && entries[slug].requires.every((need) => behind.has(need)));
  const begun = ready.filter((slug) => stand[slug].state === "reading");
  if (begun.length > 0) {
    const share = (slug) => (stand[slug].total > 0 ? stand[slug].done / stand[slug].total : 0);
    const slug = begun.reduce((best, one) => (share(one) > share(best) ? one : best));
    const { done, total } = stand[slug];
    const left = total - done === 1 ? "one step is left" : `${total - done} steps are left`;
    return { slug, reason: `You are in the middle of it: ${done} of ${total} done, ${left}.` };
  }
  for (const waiting of is("reading")) {
    const slug = ready.find((one) => before(waiting).has(one));
    if (slug !== undefined) return { slug, reason: `You have begun “${entries[waiting].title}”, which builds on it.` };
  }
  if (ready.length === 0) {
    const [slug] = is("to revisit");
    return slug === undefined ? null : { slug, reason: "Everything else is read, and this is to revisit." };
  }
  const [slug] = ready;
  const opens = slugs.filter((one) => entries[one].requires.includes(slug)).length;
  const leads = opens > 0 ? `, and ${opens === 1 ? "one entry builds" : `${opens} entries build`} on it` : "";
  return { slug, reason: `${needs(slug, stand)}${leads}.` };
}

function needs(slug, stand) {
  const { requires } = entries[slug];
  if (requires.length === 0) return "It needs nothing before it";
  const read = requires.every((need) => ["read", "to revisit"].includes(stand[need].state));
  return read ? "You have read what it builds on" : "Nothing that it builds on is left to read";
}

function before(slug, found = new Set()) {
  for (const need of entries[slug].requires) {
    if (!found.has(need)) {
      found.add(need);
      before(need, found);
    }
  }
  return found;
}
