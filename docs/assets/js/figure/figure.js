// Figures that move: when the reader comes near one, its scripts are loaded and it takes the still figure's place.
//
// All are classic scripts, in the order in which the builder lists them, so that they also load from a folder and
// under a policy that allows files of the site alone. A figure's last script calls figure.start(draw). Whatever
// goes wrong, the still figure stays or comes back, and a sentence below it says why.
"use strict";

(() => {
  const loading = new Map(); // address of a script to its promise
  const starts = new Map(); // address of a script to what it draws with
  const gifts = new Map(); // name of a script to the data that it holds

  window.figure = {
    /** Said once by the last script of a figure: draw(place) fills the element that it is given. */
    start: (draw) => starts.set(document.currentScript.src, draw),
    /** Said by a script of data, such as weights.js. */
    give: (data) => gifts.set(named(document.currentScript.src), data),
    /** The data of a script, by its name. */
    given(name) {
      if (!gifts.has(name)) throw new Error(`${name} holds no data`);
      return gifts.get(name);
    },
    /** What the scripts of one entry tell each other. */
    own: {},
    /** Whether the reader wants no motion; it may change while the page is open. */
    calm: matchMedia("(prefers-reduced-motion: reduce)"),
  };

  const named = (address) => new URL(address).pathname.split("/").pop();
  const scripts = (box) => box.dataset.scripts.split(" ").map((one) => new URL(one, document.baseURI).href);

  function load(address) {
    if (!loading.has(address)) {
      loading.set(address, new Promise((done, failed) => {
        const script = document.createElement("script");
        script.async = false; // they run in order
        script.onload = done;
        script.onerror = () => failed(new Error(`${named(address)} could not be loaded`));
        script.src = address;
        document.head.append(script);
      }));
    }
    return loading.get(address);
  }

  async function play(box) {
    const addresses = scripts(box);
    try {
      await Promise.all(addresses.map(load));
      const draw = starts.get(addresses.at(-1));
      if (!draw) throw new Error(`${named(addresses.at(-1))} did not run`);
      const place = document.createElement("div");
      place.className = "interactive-place";
      box.prepend(place);
      draw(place);
      box.classList.add("is-live");
    } catch (error) {
      rest(box, error.message);
    }
  }

  /** Bring the still figure back and say why. */
  function rest(box, why) {
    box.querySelector(".interactive-place")?.remove();
    box.classList.remove("is-live");
    if (box.querySelector(".interactive-failed")) return;
    const said = document.createElement("p");
    said.className = "interactive-failed";
    said.setAttribute("role", "status");
    said.textContent = `This figure stands still: ${why}.`;
    box.insertBefore(said, box.querySelector("figcaption"));
    console.error(`${box.dataset.interactive} stands still: ${why}`);
  }

  addEventListener("error", ({ filename, message }) => {
    for (const box of document.querySelectorAll(".interactive.is-live")) {
      if (scripts(box).includes(filename)) rest(box, `its script failed (${message})`);
    }
  });

  const near = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      play(target);
    }
  }, { rootMargin: "50% 0px" });
  for (const box of document.querySelectorAll("[data-interactive]")) near.observe(box);
})();
