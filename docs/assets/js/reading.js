// What the form of a page needs of JavaScript. Without it the page reads the same.

(() => {
  // What is wider than its box scrolls in it: let the keyboard reach it, under a name.
  const BOXES = ".math.display, .md-typeset__scrollwrap, .md-typeset pre > code, .lookup td, .md-typeset figure.plot > p:has(> img)";

  function name(box) {
    if (box.matches(".math")) {
      const number = /^equation-(.+)$/.exec(box.id);
      return number === null ? "Equation" : `Equation ${number[1]}`;
    }
    if (box.matches("pre > code")) return "Code";
    if (box.matches("figure > p")) return "Figure";
    const heading = [...document.querySelectorAll(".md-typeset :is(h1, h2, h3, h4)[id]")]
      .findLast((one) => one.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING);
    const words = heading?.firstChild?.textContent?.trim();
    return words ? `Table: ${words}` : "Table";
  }

  function measure(box) {
    const scrolls = box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX);
    if (scrolls === (box.tabIndex === 0)) return;
    if (scrolls) {
      box.tabIndex = 0;
      if (box.tagName !== "TD") box.role = "group";
      if (box.tagName !== "TD") box.ariaLabel = name(box);
    } else {
      for (const attribute of ["tabindex", "role", "aria-label"]) box.removeAttribute(attribute);
    }
  }

  /** Measure the boxes that are drawn: to ask for the width of any other would lay it out. */
  function measureDrawn(boxes) {
    for (const box of boxes) if (box.checkVisibility({ contentVisibilityAuto: true })) measure(box);
  }

  const sizes = new ResizeObserver((changed) => changed.forEach(({ target }) => measure(target)));
  // The theme puts tables into boxes once the page is there.
  addEventListener("load", () => {
    const boxes = [...document.querySelectorAll(BOXES)];
    for (const box of boxes) sizes.observe(box);
    // A font that comes late widens what is in a box, and the box stays as it is.
    document.fonts.addEventListener("loadingdone", () => measureDrawn(boxes));
  });
  // A part that was not drawn yet has no width to measure.
  document.addEventListener("contentvisibilityautostatechange", ({ skipped, target }) => {
    if (skipped) return;
    if (target.matches(BOXES)) measure(target);
    measureDrawn(target.querySelectorAll(BOXES));
  });

  // On paper everything is unfolded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
})();
