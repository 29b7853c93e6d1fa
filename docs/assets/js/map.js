// While an entry of the map is pointed at or focused, its way there and what it opens stand out.

/** Make the maps of the page answer. */
export function start() {
  for (const map of document.querySelectorAll(".map")) {
    const edges = [...map.querySelectorAll(".map-edge")];
    for (const node of map.querySelectorAll("[data-entry]")) {
      const { entry } = node.dataset;
      const light = () => shine(map, edges, entry);
      node.addEventListener("pointerenter", light);
      node.addEventListener("focus", light);
      node.addEventListener("pointerleave", () => dim(map));
      node.addEventListener("blur", () => dim(map));
    }
  }
}

function shine(map, edges, entry) {
  const near = new Set([entry]);
  const follow = (slug) => {
    for (const edge of edges.filter((one) => one.dataset.to === slug)) {
      edge.classList.add("is-lit");
      if (!near.has(edge.dataset.from)) {
        near.add(edge.dataset.from);
        follow(edge.dataset.from);
      }
    }
  };
  dim(map);
  map.classList.add("is-asked");
  follow(entry);
  for (const edge of edges.filter((one) => one.dataset.from === entry)) {
    edge.classList.add("is-lit");
    near.add(edge.dataset.to);
  }
  for (const node of map.querySelectorAll("[data-entry]")) node.classList.toggle("is-lit", near.has(node.dataset.entry));
}

function dim(map) {
  map.classList.remove("is-asked");
  for (const lit of map.querySelectorAll(".is-lit")) lit.classList.remove("is-lit");
}
