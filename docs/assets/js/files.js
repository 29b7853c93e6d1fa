// Export the ticks of this browser as a file, and import such a file: here, or into the files of the checkout.

import * as base from "./base.js";
import { say, show } from "./checklist.js";
import { refresh } from "./progress.js";
import * as server from "./server.js";
import * as store from "./store.js";

/** Make the export and import buttons of the page work. */
export function start() {
  const where = document.querySelector(".ticks-where");
  if (where !== null && server.served) {
    where.textContent =
      "Ticks made on these pages are written to the checklist.md files of your checkout. An export saves them as " +
      "one file; importing such a file ticks its items in yours.";
  }
  for (const tools of document.querySelectorAll(".checklist-tools")) {
    const place = tools.parentElement;
    const file = tools.querySelector("input[type=file]");
    tools.hidden = false;
    tools.querySelector("[data-action=export]").addEventListener("click", () => save(place));
    tools.querySelector("[data-action=import]").addEventListener("click", () => file.click());
    file.addEventListener("change", async () => {
      const [chosen] = file.files;
      if (chosen !== undefined) await take(place, chosen);
      file.value = ""; // so that the same file can be chosen again
    });
  }
}

/** Return what is to be exported: the records of this browser, and what the page shows as done besides. */
function everything() {
  const entries = structuredClone(base.records());
  for (const [slug, { items }] of Object.entries(base.entries)) {
    for (const item of items.filter((one) => one.done)) {
      const record = { done: true, at: item.date ? Date.parse(item.date) : 0, text: item.text };
      if (item.date) record.date = item.date;
      entries[slug] = { [item.key]: record, ...entries[slug] };
    }
  }
  return entries;
}

function save(place) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([store.write(everything())], { type: "application/json" }));
  link.download = `ml-foundations-ticks-${store.today()}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  say(place, `Exported as ${link.download}.`);
}

async function take(place, file) {
  try {
    const imported = store.read(await file.text());
    const changed = server.served ? await send(imported) : mergeIn(imported);
    const words = changed === 1 ? "One tick was imported" : `${changed} ticks were imported`;
    say(place, changed === 0 ? "Nothing new in that file." : `${words} from ${file.name}.`);
  } catch (error) {
    say(place, error.message, true);
  }
  show();
  refresh();
}

function mergeIn(imported) {
  const { entries, changed } = store.merge(base.records(), imported);
  base.keep(entries);
  return changed;
}

async function send(imported) {
  let changed = 0;
  for (const [slug, records] of Object.entries(imported)) {
    for (const item of base.entries[slug]?.items ?? []) {
      if (records[item.key]?.done && !item.done) {
        base.follow(slug, await server.tick(slug, item.text, true));
        changed += 1;
      }
    }
  }
  return changed;
}
