// The little server of `study serve`, if the page comes from it: it says so in a <meta> with a token of the day.

const TOKEN = document.querySelector('meta[name="study-serve"]')?.content;

/** Whether ticks are written to the checklist.md files of a checkout. */
export const served = TOKEN !== undefined;

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(`/api/${path}`, { ...options, headers: { "X-Study-Token": TOKEN, ...options.headers } });
  } catch {
    throw new Error("study serve does not answer: is it still running?");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? `study serve answered ${answer.status}.`);
  return body;
}

/** Return every checklist as the files have it now: { slug: [{ key, text, done, date }] }. */
export async function checklists() {
  return (await ask("checklist")).entries;
}

/** Tick one item in its file; return the entry's items as they are now. */
export async function tick(slug, text, done) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text, done }) };
  return (await ask(`checklist/${slug}`, options)).items;
}
