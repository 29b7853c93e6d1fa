// The little server of `study serve`, if the page comes from it: it says so in a <meta> with a token of the day.

const TOKEN = document.querySelector('meta[name="study-serve"]')?.content;
const TICKS = "/-/ticks"; // where no page is: `study serve` answers there

/** Whether ticks are written to the checklist.md files of a checkout. */
export const served = TOKEN !== undefined;

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(`${TICKS}${path}`, { ...options, headers: { "X-Study-Token": TOKEN, ...options.headers } });
  } catch {
    throw new Error("study serve does not answer: is it still running?");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? `study serve answered ${answer.status}.`);
  return body;
}

/** Return the log as the files have it now: { started, states, entries: { slug: [{ key, text, done, … }] } }. */
export function log() {
  return ask("");
}

/** Return the reader's note on an entry as HTML that the server made safe; null where there is none. */
export async function note(slug) {
  return (await ask(`/${slug}`)).note;
}

/** Tick one item in its file, today, on a date or (null) without one; return the entry's items as they are now. */
export async function tick(slug, text, done, date) {
  const body = JSON.stringify(date === undefined ? { text, done } : { text, done, date });
  return (await ask(`/${slug}`, { method: "POST", headers: { "Content-Type": "application/json" }, body })).items;
}
