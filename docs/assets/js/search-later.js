// Holds back the index of the search until somebody opens the search: it is larger than most pages, and both themes
// ask for it on every page. It stands ahead of the theme's script, whose requests go through XMLHttpRequest.

(() => {
  const INDEX = /\/search(?:\/search_index)?\.json$/;
  if (/[?&][hq]=/.test(location.search)) return; // a page that came out of a search marks the words at once

  const { open, send } = XMLHttpRequest.prototype;
  const asksForIndex = new WeakSet();
  const held = [];

  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    if (INDEX.test(new URL(url, document.baseURI).pathname)) asksForIndex.add(this);
    return open.call(this, method, url, ...rest);
  };
  XMLHttpRequest.prototype.send = function (...body) {
    if (asksForIndex.has(this)) held.push(() => send.apply(this, body));
    else send.apply(this, body);
  };

  const opens = ["focusin", "click", "change"];
  function look({ target }) {
    // Zensical opens its search in a shadow root, from outside it is the element around it that has the focus.
    if (target.closest?.(".md-search, [for=__search], #__search") || target.shadowRoot) release();
  }
  // What listens for Ctrl K there is made of the index: until it is here, the button opens the search.
  function press(event) {
    const button = document.querySelector(".md-search__button");
    if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || button === null) return;
    event.preventDefault();
    event.stopPropagation();
    button.click();
  }
  function release() {
    for (const name of opens) removeEventListener(name, look, true);
    removeEventListener("keydown", press, true);
    XMLHttpRequest.prototype.open = open;
    XMLHttpRequest.prototype.send = send;
    for (const ask of held) ask();
  }
  for (const name of opens) addEventListener(name, look, true);
  addEventListener("keydown", press, true);
})();
