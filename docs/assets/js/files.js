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

/** Return what is to be exported: what the reader changed, here or in the files, and nothing of the keeper's. */
function everything() {
  if (!server.served) return base.records();
  const entries = {};
  for (const [slug, { items }] of Object.entries(base.entries)) {
    for (const item of items.filter((one) => base.mine(slug, one).done)) {
      const record = { done: true, at: item.date ? Date.parse(item.date) : 0, text: item.text };
      if (item.date) record.date = item.date;
      entries[slug] = { ...entries[slug], [item.key]: record };
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
    const { entries, refused } = store.read(await file.text());
    const changed = server.served ? await send(entries) : mergeIn(entries);
    const ticks = changed === 1 ? "One tick was imported" : `${changed} ticks were imported`;
    const message = changed === 0 ? "Nothing new in that file." : `${ticks} from ${file.name}.`;
    const others = refused.length > 1 ? ` and ${refused.length - 1} more` : "";
    const left = refused.length > 0 ? ` Left out: ${refused[0]}${others}.` : "";
    say(place, message + left, refused.length > 0);
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

/** Return the day of a record: as it says, or else the day on which it was made; null where nobody knows. */
function day({ date, at }) {
  return date ?? (at > 0 ? store.today(new Date(at)) : null);
}

async function send(imported) {
  let changed = 0;
  for (const [slug, records] of Object.entries(imported)) {
    for (const item of base.entries[slug]?.items ?? []) {
      const record = records[item.key];
      if (record?.done && !base.mine(slug, item).done) {
        base.follow(slug, await server.tick(slug, item.text, true, day(record)));
        changed += 1;
      }
    }
  }
  return changed;
}
