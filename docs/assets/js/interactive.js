// Figures to play with: when the reader comes near one, its script is fetched and takes the picture's place.
// A script is a module of the entry's folder `interactive`; what it exports as default draws into an element.

/** Watch for the figures of the page. */
export function start() {
  const near = new IntersectionObserver(
    (seen) => {
      for (const { isIntersecting, target } of seen) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        play(target);
      }
    },
    { rootMargin: "50% 0px" },
  );
  for (const box of document.querySelectorAll("[data-interactive]")) near.observe(box);
}

async function play(box) {
  const place = document.createElement("div");
  place.className = "interactive-place";
  try {
    const script = await import(new URL(box.dataset.interactive, document.baseURI));
    box.prepend(place);
    script.default(place);
    box.classList.add("is-live");
  } catch (error) {
    place.remove(); // and the picture stays
    console.error(`${box.dataset.interactive} did not start:`, error);
  }
}
