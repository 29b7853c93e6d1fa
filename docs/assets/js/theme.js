// What the theme leaves undone: names and roles that its templates lack, and keys that surprise.

(() => {
  // A letter must not leave the page: `n` and `p` went to the next page and the previous one by these.
  for (const link of document.querySelectorAll("link[rel=next], link[rel=prev]")) link.remove();

  const search = document.querySelector(".md-search");
  if (search !== null && !search.hasAttribute("aria-label")) search.ariaLabel = "Search";

  // The navigation is one landmark; what nests in it is part of it. So are the buttons of a block of code part of it.
  function plain(part) {
    for (const name of ["aria-label", "aria-labelledby", "aria-expanded"]) part.removeAttribute(name);
    part.role = "presentation";
  }
  const NESTED = ".md-nav--primary nav, .md-nav--secondary nav, .md-code__nav";
  document.querySelectorAll(NESTED).forEach(plain);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node.nodeName === "NAV" && node.matches(NESTED)) plain(node);
    }
  }).observe(document.body, { childList: true, subtree: true });

  // The search of Material closes on Tab, and takes the focus back on any other key. The results are what comes next.
  const query = document.querySelector("input.md-search__input");
  addEventListener("keydown", (event) => {
    const open = document.getElementById("__search");
    if (query === null || !open?.checked || !search.contains(document.activeElement)) return;
    if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) event.stopPropagation();
    if (event.key !== "Tab") return;
    const links = [...search.querySelectorAll(".md-search-result a[href]")].filter((one) => one.checkVisibility());
    const stops = [query, ...links];
    const next = stops[stops.indexOf(document.activeElement) + (event.shiftKey ? -1 : 1)];
    if (next === undefined) return; // past the last one the theme closes the search
    event.stopPropagation();
    event.preventDefault();
    next.focus();
  }, true);
})();
