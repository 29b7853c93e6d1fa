// The three passes of a page: what belongs to a later one than the reader chose folds to its heading, and opens by
// its button, by a link to anything in it, and when the browser's own search finds something in it.
// A classic script, so that it works from file:// too; pass.js has said which pass it is.

(() => {
  const root = document.documentElement;
  const choice = document.querySelector(".passes");
  if (choice === null) return;
  const NAMES = { 1: "first pass", 2: "second pass", 3: "third pass" };
  const passes = JSON.parse(choice.dataset.sections);
  const folds = [...document.querySelectorAll(".fold")];
  const bars = [...document.querySelectorAll(".fold-bar")];
  const opened = new Set(); // sections that the reader opened one by one

  const isOpen = ({ section, pass }) => pass <= root.dataset.pass || opened.has(section);

  function show() {
    for (const fold of folds) {
      if (isOpen(fold.dataset)) fold.removeAttribute("hidden");
      else fold.setAttribute("hidden", "until-found");
    }
    for (const bar of bars) {
      const open = isOpen(bar.dataset);
      const button = bar.querySelector("button");
      button.setAttribute("aria-expanded", open);
      button.querySelector(".fold-verb").textContent = open ? "Fold" : "Open";
    }
    for (const radio of choice.querySelectorAll("input")) radio.checked = radio.value === root.dataset.pass;
  }

  function choose(pass) {
    root.dataset.pass = pass;
    opened.clear();
    show();
    try {
      localStorage.setItem("ml-foundations:pass", pass);
      const here = new URL(location.href);
      if (here.searchParams.has("pass")) {
        here.searchParams.delete("pass"); // or else loading the page anew would undo the choice
        history.replaceState(history.state, "", here);
      }
    } catch {
      // nothing can be kept here: the choice holds until the page is left
    }
  }

  /** Open every section that an element is in, and the one that it heads; tell whether any was folded. */
  function reveal(element) {
    const before = opened.size;
    const own = element.nextElementSibling;
    if (own?.classList.contains("fold-bar") && !isOpen(own.dataset)) opened.add(own.dataset.section);
    for (let fold = element.closest(".fold"); fold !== null; fold = fold.parentElement.closest(".fold")) {
      if (!isOpen(fold.dataset)) opened.add(fold.dataset.section);
    }
    if (opened.size === before) return false;
    show();
    return true;
  }

  function target(hash) {
    try {
      return document.getElementById(decodeURIComponent(hash.slice(1)));
    } catch {
      return null; // no such anchor can be
    }
  }

  /** Bring an element to the top, and again while what is drawn for the first time takes its true height. */
  function settle(element) {
    let frames = 30;
    let still = 0; // frames since it moved
    const stop = () => (frames = 0);
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) addEventListener(kind, stop, { once: true, passive: true });
    const again = () => {
      if (frames-- <= 0 || still > 2) return;
      const before = scrollY;
      element.scrollIntoView({ behavior: "instant" });
      still = scrollY === before ? still + 1 : 0;
      requestAnimationFrame(again);
    };
    requestAnimationFrame(again);
  }

  function follow() {
    const element = target(location.hash);
    if (element === null) return;
    reveal(element);
    settle(element);
  }

  choice.addEventListener("change", (event) => choose(event.target.value));
  for (const bar of bars) {
    bar.querySelector("button").addEventListener("click", () => {
      const { section } = bar.dataset;
      if (!opened.delete(section)) opened.add(section);
      show();
    });
  }
  document.addEventListener("beforematch", (event) => reveal(event.target));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href*='#']");
    if (!link || link.pathname !== location.pathname || link.host !== location.host) return;
    const element = target(link.hash);
    if (element === null) return;
    reveal(element); // before the browser goes there
    settle(element);
  });
  addEventListener("hashchange", follow);

  for (const link of document.querySelectorAll(".md-nav--secondary a[href*='#']")) {
    const pass = passes[link.hash.slice(1)];
    if (pass === undefined) continue;
    const mark = document.createElement("span");
    mark.className = "pass-mark";
    mark.dataset.pass = pass;
    mark.title = NAMES[pass];
    mark.innerHTML = `<span aria-hidden="true">${pass}</span><span class="visually-hidden">, ${NAMES[pass]}</span>`;
    link.append(mark);
  }

  show();
  root.classList.add("passes-live");
  follow();
})();
