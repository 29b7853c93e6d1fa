// needs: figure/plane.js functions.js
// A grid before and after a map: move the point, and the linear map that the Jacobian is follows.
"use strict";

(() => {
  const { bar, button, choice, make, pair, Plane, Point, range, shown, status, values } = figure;
  const { maps, singular } = figure.own;

  const LINES = 16;

  function play(place) {
    let map;
    const before = new Plane("The plane before the map, with a point to move", () => draw(before, (x, y) => [x, y]));
    const after = new Plane("The plane after the map", () => draw(after, (x, y) => map.at(x, y).slice(0, 2), true));
    after.canvas.setAttribute("role", "img");
    after.canvas.removeAttribute("tabindex");
    const point = new Point(before, "Drag the point in the first picture, or focus it and press the arrow keys, " +
      "with Shift for larger steps. Shrink the patch to see its image become that of the linear map.", ["x", "y"], changed);
    const chosen = choice("Map", Object.keys(maps), choose);
    const size = range("Size of the patch", { min: 2, max: 30, value: 18, say: (share) => `${2 * share} % of the window` }, changed);
    const list = values({ formula: "F(x, y)", value: "F", jacobian: "Jacobian J", determinant: "det J",
      singular: "singular values of J", kind: "so near the point" });
    const aloud = status({ seen: false });
    place.append(
      bar(chosen.label, size.label, button("Start again", choose)),
      make("div", { class: "interactive-panels" }, before.canvas, after.canvas),
      point.help, point.form, list.list, aloud.element);
    choose();
    aloud.hush();

    function choose() {
      map = maps[chosen.input.value];
      before.show(map.window);
      after.show(map.image);
      list.set("formula", map.formula);
      point.move(map.start);
    }

    function changed() {
      const [u, v, jacobian] = map.at(...point.at);
      const [[a, b], [c, d]] = jacobian;
      const det = a * d - b * c;
      const [large, small] = singular(jacobian);
      const kind = small < 1e-3 * large || large === 0 ? "the plane is flattened: no inverse"
        : `areas × ${shown(Math.abs(det), 2)}, orientation ${det > 0 ? "kept" : "reversed"}`;
      list.set("value", pair([u, v]));
      list.set("jacobian", `[${[a, b].map((x) => shown(x)).join(", ")}; ${[c, d].map((x) => shown(x)).join(", ")}]`);
      list.set("determinant", shown(det));
      list.set("singular", `${shown(large)}, ${shown(small)}`);
      list.set("kind", kind);
      aloud.tell(`Point ${pair(point.at)} goes to ${pair([u, v])}: determinant ${shown(det)}, singular values ` +
        `${shown(large)} and ${shown(small)}, ${kind}.`);
      before.refresh();
      after.refresh();
    }

    function draw(plane, move, linear = false) {
      lattice(plane, map.window, LINES, move, { stroke: plane.ink("line-strong") });
      const [a, b] = point.at;
      const reach = ((before.right - before.left) * size.input.value) / 100;
      const patch = [[a - reach, a + reach], [b - reach, b + reach]];
      lattice(plane, patch, 6, move, { stroke: plane.ink("blue"), width: 1.4 });
      const [u, v, jacobian] = map.at(a, b);
      const straight = linear
        ? (x, y) => [u, v].map((value, i) => value + jacobian[i][0] * (x - a) + jacobian[i][1] * (y - b)) : move;
      if (linear) lattice(plane, patch, 6, straight, { stroke: plane.ink("orange"), width: 1, dash: [4, 3] });
      const round = Array.from({ length: 73 }, (_, k) => [Math.cos((k * Math.PI) / 36), Math.sin((k * Math.PI) / 36)]);
      plane.lines([round.map(([c, s]) => straight(a + reach * c, b + reach * s))], { stroke: plane.ink("ink"), width: 1.4 });
      const angle = singular(jacobian)[2];
      for (const way of [angle, angle + Math.PI / 2]) {
        plane.arrow(straight(a, b), straight(a + reach * Math.cos(way), b + reach * Math.sin(way)), plane.ink("ink"));
      }
      plane.dot(straight(a, b), plane.ink("ink"), linear ? 4 : 6);
    }
  }

  /** Draw n + 1 lines each way, moved. */
  function lattice(plane, [[left, right], [low, high]], n, move, style) {
    const along = (get) => Array.from({ length: 65 }, (_, i) => move(...get(i / 64)));
    const lines = Array.from({ length: n + 1 }, (_, k) => [left + (k * (right - left)) / n, low + (k * (high - low)) / n])
      .flatMap(([x, y]) => [along((t) => [x, low + t * (high - low)]), along((t) => [left + t * (right - left), y])]);
    plane.lines(lines, style);
  }

  figure.start(play);
})();
