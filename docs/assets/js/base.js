// What the builder knew of the entries, joined with the reader's ticks: who is done with what, since when.

import * as store from "./store.js";

/** The entries of the base in reading order: { slug: { title, room, url, requires, items } }. */
export const entries = JSON.parse(document.getElementById("study-base")?.textContent ?? "{}");

let ticks = store.load();

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

/** Let the files of the checkout say what is done, instead of this browser. */
export function follow(slug, items) {
  if (entries[slug] === undefined) return;
  entries[slug].items = items;
  ticks = { ...ticks, [slug]: {} };
}

/** Return { done, date } of an item: what this browser knows, else what the page was built with. */
export function stateOf(slug, item) {
  return ticks[slug]?.[item.key] ?? item;
}

/** Return { done, total } of an entry. */
export function count(slug) {
  const { items } = entries[slug];
  return { done: items.filter((item) => stateOf(slug, item).done).length, total: items.length };
}

/** Return { done, total } over some entries. */
export function sum(slugs) {
  const counts = slugs.map(count);
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
  const counts = Object.fromEntries(slugs.map((slug) => [slug, count(slug)]));
  const behind = new Set(slugs.filter((slug) => counts[slug].done === counts[slug].total));
  const ready = slugs.filter((slug) => !behind.has(slug) && entries[slug].requires.every((need) => behind.has(need)));
  const begun = ready.filter((slug) => counts[slug].done > 0);
  if (begun.length > 0) {
    const share = (slug) => counts[slug].done / counts[slug].total;
    const slug = begun.reduce((best, one) => (share(one) > share(best) ? one : best));
    const { done, total } = counts[slug];
    const left = total - done === 1 ? "one step is left" : `${total - done} steps are left`;
    return { slug, reason: `You are in the middle of it: ${done} of ${total} done, ${left}.` };
  }
  for (const waiting of slugs.filter((slug) => counts[slug].done > 0 && !behind.has(slug))) {
    const slug = ready.find((one) => before(waiting).has(one));
    if (slug !== undefined) return { slug, reason: `You have begun “${entries[waiting].title}”, which builds on it.` };
  }
  if (ready.length === 0) return null;
  const [slug] = ready;
  const opens = slugs.filter((one) => entries[one].requires.includes(slug)).length;
  const needs = entries[slug].requires.length > 0 ? "You have read what it builds on" : "It needs nothing before it";
  const leads = opens > 0 ? `, and ${opens === 1 ? "one entry builds" : `${opens} entries build`} on it` : "";
  return { slug, reason: `${needs}${leads}.` };
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
