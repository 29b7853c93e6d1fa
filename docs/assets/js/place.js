// Where the reader was: the entry and the section that they had open last, kept in this browser; home and the log
// offer it. A classic script, so that it works from file:// too.

(() => {
  const PLACE = "ml-foundations:place";
  const entry = document.querySelector(".entry[data-entry]")?.dataset.entry;
  if (entry !== undefined) {
    addEventListener("pagehide", keep);
    addEventListener("scrollend", keep);
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && keep());
  }
  for (const place of document.querySelectorAll("[data-continue]")) offer(place);

  /** Return the heading above what is being read. */
  function current() {
    const shown = [...document.querySelectorAll("article :is(h2, h3, h4)[id]")].filter((one) => one.checkVisibility?.() ?? true);
    const atEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
    const aimed = atEnd ? shown.find((one) => `#${one.id}` === location.hash) : undefined; // it cannot come to the top
    if (aimed !== undefined && aimed.getBoundingClientRect().top < innerHeight) return aimed;
    const line = Math.max(120, innerHeight * 0.2); // where a heading stands that a link led to
    return shown.findLast((one) => one.getBoundingClientRect().top < line);
  }

  function words(heading) {
    const listed = document.querySelector(`.md-nav--secondary a[href$="#${CSS.escape(heading.id)}"] .md-ellipsis`);
    return (listed ?? heading.firstChild).textContent.trim();
  }

  function keep() {
    const heading = current();
    const kept = { entry, pass: document.documentElement.dataset.pass };
    if (heading !== undefined) Object.assign(kept, { section: heading.id, title: words(heading) });
    try {
      localStorage.setItem(PLACE, JSON.stringify(kept));
    } catch {
      // storage is full or switched off: nothing is offered
    }
  }

  function offer(box) {
    let kept;
    try {
      kept = JSON.parse(localStorage.getItem(PLACE));
    } catch {
      return;
    }
    const entries = window.studyBase ?? {};
    const known = Object.hasOwn(entries, kept?.entry) ? entries[kept.entry] : undefined;
    if (known === undefined) return; // nothing was open yet, or the entry is gone
    const pass = /^[123]$/u.test(kept.pass) ? `?pass=${kept.pass}` : "";
    const anchor = /^[\w-]+$/u.test(kept.section) ? `#${kept.section}` : "";
    const link = document.createElement("a");
    link.href = known.url + pass + anchor;
    link.textContent = known.title;
    box.append(link);
    if (anchor && typeof kept.title === "string") box.append(Object.assign(document.createElement("span"), { textContent: kept.title }));
    box.hidden = false;
  }
})();
