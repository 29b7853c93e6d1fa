// The ticks of a reader, kept in this browser: what is read, written, exported, imported and merged.
//
// A record belongs to an entry and to the words of an item, not to its position, so that editing another item
// loses nothing: { slug: { "the item's text, folded": { done, date, at, text } } }.

const PLACE = "ml-foundations:ticks";
const FORMAT = "ml-foundations-ticks";
const VERSION = 1;
const LARGEST = 5_000_000; // characters of a file that may be imported

export class TicksError extends Error {}

/** Fold a text as the builder does: no difference of case or spacing counts. */
export function fold(text) {
  return text.toLowerCase().split(/\s+/u).filter(Boolean).join(" ");
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
    return text === null ? {} : check(JSON.parse(text));
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

/** Join two sets of records; where both know an item, the later change stands. */
export function merge(ours, theirs) {
  const joined = { ...ours };
  let changed = 0;
  for (const [slug, items] of Object.entries(theirs)) {
    joined[slug] = { ...joined[slug] };
    for (const [key, record] of Object.entries(items)) {
      const known = joined[slug][key];
      if (known === undefined || record.at > known.at) {
        joined[slug][key] = record;
        if (known?.done !== record.done || known?.date !== record.date) changed += 1;
      }
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

/** Return the records of an exported file. Throws a TicksError that says what is wrong with it. */
export function read(text) {
  if (text.length > LARGEST) throw new TicksError("The file is far larger than any export of ticks: nothing was imported.");
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TicksError("The file is not JSON: choose one that “Export ticks” saved. Nothing was imported.");
  }
  return check(value);
}

function check(value) {
  if (!isObject(value) || value.format !== FORMAT) {
    throw new TicksError("The file is not an export of ticks: choose one that “Export ticks” saved. Nothing was imported.");
  }
  if (value.version !== VERSION) {
    throw new TicksError(`The file is of version ${value.version}, this page reads version ${VERSION}. Nothing was imported.`);
  }
  if (!isObject(value.entries)) throw new TicksError("The file has no entries. Nothing was imported.");
  const entries = {};
  for (const [slug, items] of Object.entries(value.entries)) {
    if (!/^[a-z][a-z0-9_]*$/u.test(slug) || !isObject(items)) throw damaged(slug);
    entries[slug] = {};
    for (const [key, record] of Object.entries(items)) entries[slug][fold(key)] = checkRecord(slug, key, record);
  }
  return entries;
}

function checkRecord(slug, key, record) {
  if (!isObject(record) || typeof record.done !== "boolean" || !key.trim()) throw damaged(slug, key);
  const { done, date, at = 0, text = key } = record;
  if (!Number.isFinite(at) || typeof text !== "string") throw damaged(slug, key);
  const kept = { done, at, text };
  if (date === undefined) return kept;
  if (typeof date !== "string" || !isDate(date)) throw damaged(slug, key);
  return { ...kept, date };
}

function isDate(text) {
  const time = /^\d{4}-\d{2}-\d{2}$/u.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(text);
}

function damaged(slug, key) {
  const where = key === undefined ? `“${slug}”` : `“${slug}”, item “${key}”`;
  return new TicksError(`The file is damaged at ${where}. Nothing was imported.`);
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
