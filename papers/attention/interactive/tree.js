// needs: figure/controls.js
// The beam as a tree: a column a step, the most probable at the top; and the candidates of a step as a table.
"use strict";

(() => {
  const { make, shown, svg } = figure;
  const [COLUMN, ROW, LEFT, TOP, RADIUS] = [58, 46, 22, 24, 13];

  /** Draw the first `count` steps into an SVG; name(token) writes a token. */
  function drawTree(picture, { steps }, count, name) {
    const chosen = new Set();
    for (let one = steps[count - 1].best; one; one = one.parent) chosen.add(one);
    const places = new Map();
    const edges = [];
    const nodes = [];
    function node(one, x, y, words, detail, kind) {
      places.set(one, [x, y]);
      const shape = one.fate === "ended"
        ? svg("rect", { x: x - RADIUS, y: y - RADIUS, width: 2 * RADIUS, height: 2 * RADIUS, rx: 4 })
        : svg("circle", { cx: x, cy: y, r: RADIUS });
      nodes.push(svg("g", { class: `tree-node ${kind}` }, shape, svg("text", { x, y: y + 5 }, words),
        svg("text", { x, y: y + RADIUS + 13, class: "tree-number" }, detail)));
    }
    const root = steps[0].candidates[0].parent;
    chosen.add(root);
    node(root, LEFT, TOP, "^", "", "is-chosen");
    steps.slice(0, count).forEach(({ candidates }, column) => candidates.forEach((one, rank) => {
      const [x, y] = [LEFT + (column + 1) * COLUMN, TOP + rank * ROW];
      const [u, v] = places.get(one.parent);
      const kind = chosen.has(one) ? "is-chosen" : `is-${one.fate}`;
      const edge = svg("path", { d: `M${u + RADIUS} ${v}C${u + 30} ${v} ${x - 30} ${y} ${x - RADIUS} ${y}`, class: `tree-edge ${kind}` });
      edges[chosen.has(one) ? "push" : "unshift"](edge);
      node(one, x, y, name(one.token), shown(one.total, 2), kind);
    }));
    const rows = Math.max(...steps.slice(0, count).map(({ candidates }) => candidates.length));
    const [width, height] = [LEFT + count * COLUMN + 26, TOP + (rows - 1) * ROW + 34];
    for (const [key, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) picture.setAttribute(key, value);
    picture.replaceChildren(...edges, ...nodes);
  }

  /** Rows of a table: the candidates of a step, the most probable first. */
  function candidateRows({ candidates, best }, write) {
    return candidates.map((one) => make("tr", one === best ? { class: "is-chosen" } : {}, make("th", { scope: "row" }, write(one.tokens)),
      make("td", {}, shown(one.total)), make("td", {}, shown(one.score)), make("td", {}, one.fate)));
  }

  Object.assign(figure.own, { drawTree, candidateRows });
})();
