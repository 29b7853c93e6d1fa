// What the theme leaves undone: names and roles that its templates lack, and keys that surprise.

(() => {
  // A letter must not leave the page: `n` and `p` went to the next page and the previous one by these.
  for (const link of document.querySelectorAll("link[rel=next], link[rel=prev]")) link.remove();

  const search = document.querySelector(".md-search");
  if (search !== null && !search.hasAttribute("aria-label")) search.ariaLabel = "Search";

  // The navigation is one landmark; what nests in it is part of it.
  for (const part of document.querySelectorAll(".md-nav--primary nav, .md-nav--secondary nav")) {
    for (const name of ["aria-label", "aria-labelledby", "aria-expanded"]) part.removeAttribute(name);
    part.role = "presentation";
  }

  // The search of Material closes on Tab. The results are what comes next.
  const query = document.querySelector("input.md-search__input");
  addEventListener("keydown", (event) => {
    const open = document.getElementById("__search");
    if (event.key !== "Tab" || query === null || !open?.checked || !search.contains(document.activeElement)) return;
    const links = [...search.querySelectorAll(".md-search-result a[href]")].filter((one) => one.checkVisibility());
    const stops = [query, ...links];
    const next = stops[stops.indexOf(document.activeElement) + (event.shiftKey ? -1 : 1)];
    if (next === undefined) return; // past the last one the theme closes the search
    event.stopPropagation();
    event.preventDefault();
    next.focus();
  }, true);
})();
