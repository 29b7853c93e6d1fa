// Where the reader is, in the contents beside the page: the heading above what is being read, of those that are
// there to see. The theme marks one too, but counts folded sections as if they were open; contents.css unmarks it.
// A classic script, so that it works from file:// too.

(() => {
  const links = new Map(); // id of a heading to its links
  for (const link of document.querySelectorAll(".md-nav--secondary .md-nav__link[href*='#']")) {
    const id = decodeURIComponent(link.hash.slice(1));
    links.set(id, [...(links.get(id) ?? []), link]);
  }
  const headings = [...document.querySelectorAll(".md-typeset [id]")].filter((one) => links.has(one.id));
  if (headings.length === 0) return;
  document.documentElement.classList.add("contents-live");

  let here = null;
  let waiting = false;

  /** Return the last heading that has come near the top; at the very end of the page, the last that can be seen. */
  function current() {
    const shown = headings.filter((one) => one.checkVisibility());
    const line = Math.max(120, innerHeight * 0.2); // where a heading stands that a link led to
    const aimed = shown.find((one) => `#${one.id}` === location.hash);
    const atEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
    if (atEnd && aimed !== undefined && aimed.getBoundingClientRect().top < innerHeight) return aimed; // it cannot come to the top
    return shown.findLast((one) => one.getBoundingClientRect().top < line) ?? null;
  }

  /** Bring a link into the part of the contents that is seen; the page itself stays where it is. */
  function follow(link) {
    const box = link.closest(".md-sidebar__scrollwrap");
    if (box === null || !link.checkVisibility()) return;
    const [inner, outer] = [link, box].map((one) => one.getBoundingClientRect());
    if (inner.top >= outer.top && inner.bottom <= outer.bottom) return;
    box.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
  }

  function mark() {
    waiting = false;
    const heading = current();
    if (heading === here) return;
    for (const link of links.get(here?.id) ?? []) {
      link.classList.remove("is-here");
      link.removeAttribute("aria-current");
    }
    here = heading;
    for (const link of links.get(here?.id) ?? []) {
      link.classList.add("is-here");
      link.setAttribute("aria-current", "location");
      follow(link);
    }
  }

  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(mark);
  }

  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);
  new ResizeObserver(soon).observe(document.body); // what folds and opens changes its height
})();
