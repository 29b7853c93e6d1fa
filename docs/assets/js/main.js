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
