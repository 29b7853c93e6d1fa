// A look at where a link leads before going there: the equation "(12)", the reference of a citation. It shows when
// the pointer rests on the link or the keyboard comes to it, stays while the pointer is on it, and goes with Escape.

(() => {
  const LINKS = 'a.equation-link, a[href*="bibliography/#"]';
  const REST = 150; // milliseconds of rest before it shows, so that a pointer that passes by opens nothing
  const LEAVE = 250; // and before it goes, so that the pointer can move onto it
  const GAP = 4;
  const SMALLEST = 0.6; // how far a wide equation is made smaller before it has to scroll

  const works = JSON.parse(document.getElementById("study-references")?.textContent ?? "{}");
  const box = document.createElement("div");
  box.className = "preview";
  box.id = "study-preview";
  box.role = "tooltip";
  box.hidden = true;

  let shown = null; // the link whose preview is open
  let timer = 0;

  function content(link) {
    const name = decodeURIComponent(link.hash.slice(1));
    if (link.classList.contains("equation-link")) {
      return document.getElementById(name)?.querySelector(".katex-display")?.cloneNode(true) ?? null;
    }
    return Object.hasOwn(works, name) ? document.createTextNode(works[name]) : null;
  }

  function open(link) {
    clearTimeout(timer);
    if (link === shown) return;
    close();
    const inside = content(link);
    if (inside === null) return;
    if (!box.isConnected) document.body.append(box);
    box.replaceChildren(inside);
    box.classList.toggle("is-equation", link.classList.contains("equation-link"));
    box.style.fontSize = "";
    box.hidden = false;
    if (box.scrollWidth > box.clientWidth) {
      const size = parseFloat(getComputedStyle(box).fontSize);
      box.style.fontSize = `${size * Math.max(SMALLEST, box.clientWidth / box.scrollWidth)}px`;
    }
    link.setAttribute("aria-describedby", box.id);
    shown = link;
    place();
  }

  function place() {
    if (shown === null) return;
    const at = shown.getClientRects()[0];
    if (at === undefined || at.bottom < 0 || at.top > innerHeight) {
      close();
      return;
    }
    const { offsetWidth: width, offsetHeight: height } = box;
    const left = Math.min(Math.max(GAP, at.left + at.width / 2 - width / 2), document.body.clientWidth - width - GAP);
    const header = document.querySelector(".md-header")?.getBoundingClientRect().bottom ?? 0;
    const top = at.top - height - GAP > header ? at.top - height - GAP : at.bottom + GAP;
    box.style.left = `${Math.max(GAP, left)}px`;
    box.style.top = `${top}px`;
  }

  function close() {
    clearTimeout(timer);
    if (shown === null) return;
    shown.removeAttribute("aria-describedby");
    shown = null;
    box.hidden = true;
  }

  function later(act, wait) {
    clearTimeout(timer);
    timer = setTimeout(act, wait);
  }

  const linkAt = (event) => event.target.closest?.(LINKS) ?? null;

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return; // a finger follows the link
    const link = linkAt(event);
    if (link !== null) later(() => open(link), REST);
    else if (box.contains(event.target)) clearTimeout(timer);
    else if (shown !== null && document.activeElement !== shown) later(close, LEAVE);
    else clearTimeout(timer);
  });
  document.addEventListener("pointerleave", () => document.activeElement !== shown && later(close, LEAVE));
  document.addEventListener("focusin", (event) => {
    const link = linkAt(event);
    if (link?.matches(":focus-visible")) open(link);
  });
  document.addEventListener("focusout", (event) => event.target === shown && close());
  document.addEventListener("click", (event) => linkAt(event) !== null && close());
  addEventListener("scroll", place, { passive: true });
  addEventListener("resize", place);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || shown === null) return;
    event.stopPropagation(); // it closes this and nothing else
    close();
  }, true);
})();
