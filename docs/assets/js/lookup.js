// Filters a table to look things up in: rows by words, shape and symbol, kept in the address. Without it every
// row is there. A classic script: pages opened from a file run it too.
(() => {
  const form = document.querySelector(".lookup-filter");
  if (!form) return;
  const fields = ["f", "shape", "symbol"].map((name) => form.elements.namedItem(name));
  const status = form.querySelector("[role=status]");

  // Letters and digits alone count, so that "logdet" finds "Log-determinant".
  const bare = (text) => text.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  const rows = [...document.querySelectorAll(".lookup-row")].map((element) => ({
    element,
    words: bare(element.dataset.words),
    shapes: element.dataset.shape.split(" "),
    symbols: element.dataset.symbols.split(" "),
  }));

  function fits(row, words, shape, symbol) {
    return (
      words.every((word) => row.words.includes(word)) &&
      (!shape || row.shapes.some((one) => one === shape || one.endsWith(`-by-${shape}`))) &&
      (!symbol || row.symbols.includes(symbol))
    );
  }

  function filter() {
    const [text, shape, symbol] = fields.map((field) => field.value);
    const words = text.split(/\s+/).map(bare).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const shown = fits(row, words, shape, symbol);
      row.element.hidden = !shown;
      count += shown;
    }
    const said = `${count} of ${rows.length} results`;
    if (status.textContent !== said) status.textContent = said;
  }

  // What another page or a bookmark asks for; a choice that the form does not have is left out.
  function read() {
    const asked = new URLSearchParams(location.search);
    for (const field of fields) {
      field.value = asked.get(field.name) ?? "";
      if (field.selectedIndex === -1) field.value = "";
    }
    filter();
  }

  function write() {
    const address = new URL(location.href);
    for (const field of fields) {
      if (field.value) address.searchParams.set(field.name, field.value);
      else address.searchParams.delete(field.name);
    }
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  }

  function showAll() {
    for (const field of fields) field.value = "";
    filter();
    write();
  }

  // A link to a row shows it, whatever is filtered.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const row = target?.closest(".lookup-row[hidden]");
    if (!row) return;
    showAll();
    target.scrollIntoView();
  }

  form.addEventListener("input", () => {
    filter();
    write();
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    showAll();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  addEventListener("popstate", read);

  form.hidden = false;
  read();
  reveal();

  // A formula that is wider than its cell scrolls in it: let the keyboard reach it. A font that arrives later makes
  // a formula wider, and its cell stays as it is.
  const seen = new Set();
  function reach(cell) {
    if (cell.scrollWidth > cell.clientWidth + 1) cell.tabIndex = 0;
    else cell.removeAttribute("tabindex");
  }
  const sizes = new ResizeObserver((changed) => changed.forEach(({ target }) => reach(target)));
  document.fonts.addEventListener("loadingdone", () => seen.forEach(reach));
  const near = new IntersectionObserver((changed) => {
    for (const { target, isIntersecting } of changed) {
      for (const cell of target.querySelectorAll("td")) {
        if (isIntersecting) sizes.observe(cell);
        else sizes.unobserve(cell);
        if (isIntersecting) seen.add(cell);
        else seen.delete(cell);
      }
    }
  }, { rootMargin: "200px" });
  for (const row of rows) near.observe(row.element);
})();
