// The ticks of a reader, kept in this browser: what is read, written, exported, imported and merged.
//
// A record belongs to an entry and to the words of an item, not to its position, so that editing another item
// loses nothing: { slug: { "the item's text, folded": { done, date, at, text } } }.

const PLACE = "ml-foundations:ticks";
const FORMAT = "ml-foundations-ticks";
const VERSION = 1;
const LARGEST = 5_000_000; // characters of a file that may be imported
const DAY = 86_400_000; // milliseconds
const FIRST_DAY = "1900-01-01";

export class TicksError extends Error {}

const LINKED = /`[^`]*`|(?<!!)\[([^[\]]*)\]\([^()\s]*\)/gu;

/** Fold a text as the builder does: no difference of case, spacing or links counts. */
export function fold(text) {
  return text.replace(LINKED, (all, words) => words ?? all).toLowerCase().split(/\s+/u).filter(Boolean).join(" ");
}

/** Return today's date where the reader is, as YYYY-MM-DD. */
export function today(now = new Date()) {
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** Return all records; damaged storage counts as none and is left as it is until the next tick. */
export function load(storage = localStorage) {
  try {
    const text = storage.getItem(PLACE);
    return text === null ? {} : check(JSON.parse(text)).entries;
  } catch {
    return {};
  }
}

/** Keep all records. Throws a TicksError when the browser refuses. */
export function save(entries, storage = localStorage) {
  try {
    storage.setItem(PLACE, JSON.stringify(wrap(entries)));
  } catch {
    throw new TicksError("This browser keeps nothing for this page: storage is full or switched off.");
  }
}

/** Return the records with one item set. */
export function set(entries, slug, item, done, now = new Date()) {
  const record = { done, at: now.getTime(), text: item.text };
  if (done) record.date = today(now);
  return { ...entries, [slug]: { ...entries[slug], [item.key]: record } };
}

/** Return the records without one item. */
export function drop(entries, slug, key) {
  const { [key]: _, ...rest } = entries[slug] ?? {};
  return { ...entries, [slug]: rest };
}

/** Return the record that stands where two speak of one item: the later; of two as late, the tick. */
function later(one, other) {
  if (one.at !== other.at) return other.at > one.at ? other : one;
  return other.done && !one.done ? other : one;
}

/** Join two sets of records; where both know an item, the later change stands. */
export function merge(ours, theirs) {
  const joined = { ...ours };
  let changed = 0;
  for (const [slug, items] of Object.entries(theirs)) {
    joined[slug] = { ...joined[slug] };
    for (const [key, record] of Object.entries(items)) {
      const known = joined[slug][key];
      if (known !== undefined && later(known, record) === known) continue;
      joined[slug][key] = record;
      if ((known?.done ?? false) !== record.done || known?.date !== record.date) changed += 1;
    }
  }
  return { entries: joined, changed };
}

function wrap(entries) {
  return { format: FORMAT, version: VERSION, entries };
}

/** Return the text of a file that `read` understands. */
export function write(entries, now = new Date()) {
  return `${JSON.stringify({ ...wrap(entries), exported: now.toISOString() }, null, 2)}\n`;
}

/**
 * Return { entries, refused } of an exported file: its records, and in words what is wrong with those left out.
 * Throws a TicksError when it is no such file.
 */
export function read(text, now = new Date()) {
  if (text.length > LARGEST) throw new TicksError("The file is far larger than any export of ticks: nothing was imported.");
  let value;
  try {
    value = JSON.parse(text.replace(/^\ufeff/u, ""));
  } catch {
    throw new TicksError("The file is not JSON: choose one that “Export ticks” saved. Nothing was imported.");
  }
  return check(value, now.getTime() + DAY); // clocks and time zones differ by less
}

function check(value, latest = Infinity) {
  if (!isObject(value) || value.format !== FORMAT) {
    throw new TicksError("The file is not an export of ticks: choose one that “Export ticks” saved. Nothing was imported.");
  }
  if (value.version !== VERSION) {
    throw new TicksError(`The file is of version ${value.version}, this page reads version ${VERSION}. Nothing was imported.`);
  }
  if (!isObject(value.entries)) throw new TicksError("The file has no entries. Nothing was imported.");
  const entries = {};
  const refused = [];
  for (const [slug, items] of Object.entries(value.entries)) {
    if (!/^[a-z][a-z0-9_]*$/u.test(slug) || !isObject(items)) {
      refused.push(`“${slug.slice(0, 60)}”, which is no entry with its ticks`);
      continue;
    }
    entries[slug] = {};
    for (const [key, record] of Object.entries(items)) {
      const wrong = fault(key, record, latest);
      if (wrong !== null) {
        refused.push(`“${slug}”, item “${key.slice(0, 60)}”: ${wrong}`);
        continue;
      }
      const { done, date, at = 0, text = key } = record;
      const checked = date === undefined ? { done, at, text } : { done, at, text, date };
      const known = entries[slug][fold(key)];
      entries[slug][fold(key)] = known === undefined ? checked : later(known, checked);
    }
  }
  return { entries, refused };
}

/** Return what is wrong with a record in words, or null. */
function fault(key, record, latest) {
  if (!isObject(record) || typeof record.done !== "boolean" || !key.trim()) return "no text, or neither done nor open";
  const { date, at = 0, text = key } = record;
  if (!Number.isFinite(at) || typeof text !== "string") return "no time or no text where one is expected";
  if (at < 0 || at > latest) return "its time lies in the future, or is none";
  if (date === undefined) return null;
  if (typeof date !== "string" || !isDate(date)) return "its date is none";
  if (Date.parse(date) > latest) return `${date} lies in the future`;
  return date < FIRST_DAY ? `${date} cannot be a day on which something was done` : null;
}

function isDate(text) {
  const time = /^\d{4}-\d{2}-\d{2}$/u.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(text);
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
