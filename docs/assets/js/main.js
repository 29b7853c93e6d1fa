// Everything the pages do with JavaScript. Without it they read the same; only ticking needs it.

import * as checklist from "./checklist.js";
import * as files from "./files.js";
import * as map from "./map.js";
import { refresh } from "./progress.js";

map.start();
files.start();
checklist.start().then(refresh);

// A tick in another tab of the site shows here too, and so does coming back to a page the browser had put away.
async function again() {
  try {
    await checklist.follow();
  } catch {
    return; // the server is gone: what was shown last still stands, and the next tick says so
  }
  checklist.show();
  refresh();
}
addEventListener("storage", again);
addEventListener("focus", again);
addEventListener("pageshow", (event) => event.persisted && again());

// What is wider than its box scrolls in it: let the keyboard reach it.
const boxes = document.querySelectorAll(".math.display, .md-typeset__scrollwrap, .md-typeset pre > code");
const sizes = new ResizeObserver((changed) => {
  for (const { target } of changed) {
    if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const box of boxes) sizes.observe(box);

// On paper everything is unfolded.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const details of folded) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of folded) details.open = false;
});
