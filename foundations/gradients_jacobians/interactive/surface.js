// needs: figure/plane.js contours.js functions.js
// A surface from above and in space: move the point, and gradient, tangent plane and quadratic model follow.
"use strict";

(() => {
  const { bar, button, choice, make, pair, Plane, Point, range, shown, status, values } = figure;
  const { contours, eigen, heights, surfaces } = figure.own;

  const CELLS = 72;
  const LEVELS = 15;
  const MESH = 26;
  const ARROWS = 11;
  const FLAT = 1e-6; // beside the usual slope of a surface: no arrow is drawn for it

  function play(place) {
    let surface;
    let known; // of the surface, before the point is
    let trail = [];
    let turn = -0.5;
    const map = new Plane("Map of the surface, with a point to move", drawMap);
    const space = new Plane("The surface in space: arrow left and right turn it", drawSpace);
    const point = new Point(map, "Drag the point, or focus the map and press the arrow keys, with Shift for larger steps. " +
      "Drag the picture in space to turn it.", ["x", "y"], changed);
    const chosen = choice("Surface", Object.keys(surfaces), choose);
    const model = choice("Model", { 1: "tangent plane", 2: "quadratic model" }, changed);
    const direction = range("Direction", { min: 0, max: 360, step: 5, value: 30, say: (angle) => `${angle}°` }, changed);
    const list = values({ formula: "f(x, y)", value: "f", gradient: "gradient ∇f", length: "its length ‖∇f‖",
      slope: "slope in the direction", bend: "curvature in the direction", hessian: "Hessian f_xx, f_xy, f_yy",
      eigenvalues: "its eigenvalues", kind: "so the quadratic model" });
    const said = make("p", { class: "interactive-said", role: "status" });
    const aloud = status({ seen: false });
    place.append(
      bar(chosen.label, model.label, direction.label,
        button("Step downhill", downhill), button("Newton step", newton), button("Start again", choose)),
      make("div", { class: "interactive-panels" }, map.canvas, space.canvas),
      point.help, point.form, said, list.list, aloud.element);
    space.turnedBy((angle) => {
      turn += angle;
      space.refresh();
    });
    choose();
    aloud.hush();

    function choose() {
      surface = surfaces[chosen.input.value];
      known = measure(surface);
      map.show(surface.window);
      space.show([[-1.45, 1.45], [-1.25, 1.65]]);
      list.set("formula", surface.formula);
      trail = [];
      point.move(surface.start);
    }

    /** The unit vector of the chosen direction. */
    function ahead() {
      const angle = (direction.input.value * Math.PI) / 180;
      return [Math.cos(angle), Math.sin(angle)];
    }

    function changed() {
      const [f, fx, fy, fxx, fxy, fyy] = surface.at(...point.at);
      const [low, high] = eigen(fxx, fxy, fyy);
      const [u, v] = ahead();
      const small = 1e-9 * Math.max(Math.abs(low), Math.abs(high));
      const kind = low < -small && high > small ? "is a saddle"
        : low > small ? "has a minimum" : high < -small ? "has a maximum" : "is flat in a direction";
      said.textContent = "";
      list.set("value", shown(f));
      list.set("gradient", pair([fx, fy]));
      list.set("length", shown(Math.hypot(fx, fy)));
      list.set("slope", shown(fx * u + fy * v));
      list.set("bend", shown(fxx * u * u + 2 * fxy * u * v + fyy * v * v));
      list.set("hessian", [fxx, fxy, fyy].map((value) => shown(value)).join(", "));
      list.set("eigenvalues", `${shown(low)}, ${shown(high)}`);
      list.set("kind", kind);
      aloud.tell(`Point ${pair(point.at)}: f is ${shown(f)}, the gradient ${pair([fx, fy])}, ` +
        `the eigenvalues of the Hessian ${shown(low)} and ${shown(high)}: the quadratic model ${kind}.`);
      map.refresh();
      space.refresh();
    }

    function go(to, what) {
      const [[left, right], [low, high]] = surface.window;
      if (!(to[0] >= left && to[0] <= right && to[1] >= low && to[1] <= high)) {
        said.textContent = `${what} leads ${to.every(Number.isFinite) ? `to ${pair(to)}, off the map` : "nowhere"}.`;
        return;
      }
      trail.push(point.at);
      point.glide(to);
    }

    // As far against the gradient as the quadratic model falls, and not beyond a sixth of the map.
    function downhill() {
      const [, fx, fy, fxx, fxy, fyy] = surface.at(...point.at);
      const slope = fx * fx + fy * fy;
      if (slope === 0) {
        said.textContent = "The gradient is zero: to first order no way leads down.";
        return;
      }
      const bend = fxx * fx * fx + 2 * fxy * fx * fy + fyy * fy * fy;
      const most = (map.right - map.left) / 6 / Math.sqrt(slope);
      const by = bend > 0 ? Math.min(slope / bend, most) : most;
      go([point.at[0] - by * fx, point.at[1] - by * fy], "The step");
    }

    function newton() {
      const [, fx, fy, fxx, fxy, fyy] = surface.at(...point.at);
      const det = fxx * fyy - fxy * fxy;
      go([point.at[0] - (fyy * fx - fxy * fy) / det, point.at[1] - (fxx * fy - fxy * fx) / det], "Newton's step");
    }

    /** The chosen model of f at the point, as a function. */
    function approximation() {
      const [a, b] = point.at;
      const [f, fx, fy, fxx, fxy, fyy] = surface.at(a, b);
      const bend = model.input.value === "2" ? 0.5 : 0;
      return (x, y) => {
        const [u, v] = [x - a, y - b];
        return f + fx * u + fy * v + bend * (fxx * u * u + 2 * fxy * u * v + fyy * v * v);
      };
    }

    function modelInk(plane) {
      return plane.ink(model.input.value === "2" ? "teal" : "orange");
    }

    function drawMap() {
      known.lines.forEach((lines, k) => map.lines(lines, { stroke: map.ink(`shade-${1 + Math.floor((6 * k) / LEVELS)}`) }));
      for (const [at, way] of known.field) map.arrowBy(at, way, map.ink("ink-soft"), { width: 1, head: 5 });
      const near = approximation();
      const reach = (map.right - map.left) / 5;
      const [a, b] = point.at;
      const around = { window: [[a - reach, a + reach], [b - reach, b + reach]], at: (x, y) =>
        [Math.hypot(x - a, y - b) < reach ? near(x, y) : NaN] };
      map.lines(contours(heights(around, 40), around.window, known.levels).flat(), { stroke: modelInk(map), width: 1.6 });
      for (const old of trail) map.dot(old, map.ink("ink-soft"), 3);
      const [, fx, fy, fxx, fxy, fyy] = surface.at(a, b);
      const through = ([u, v], far) => [[a - far * u, b - far * v], [a + far * u, b + far * v]];
      map.lines([through(ahead(), 1.25 * reach)], { stroke: map.ink("ink-soft"), width: 1.4, dash: [5, 4] });
      if (model.input.value === "2") {
        const [low, high, angle] = eigen(fxx, fxy, fyy);
        const axis = [Math.cos(angle), Math.sin(angle)];
        for (const [curvature, way] of [[high, axis], [low, [-axis[1], axis[0]]]]) {
          map.lines([through(way, 0.5 * reach)], { stroke: map.ink(curvature > 0 ? "teal" : "plum"), width: 3 });
        }
      }
      const length = Math.hypot(fx, fy);
      if (length > FLAT * known.slope) {
        const pixels = (16 + 60 * Math.tanh(length / known.slope)) / length;
        map.arrowBy(point.at, [fx * pixels, -fy * pixels], map.ink("ink"));
      }
      map.dot(point.at, map.ink("ink"));
    }

    function drawSpace() {
      const { low, high } = known;
      const [[left, right], [bottom, top]] = surface.window;
      const [c, s] = [Math.cos(turn), Math.sin(turn)];
      const corner = (x, y, z) => {
        const [u, v] = [(2 * (x - left)) / (right - left) - 1, (2 * (y - bottom)) / (top - bottom) - 1];
        const height = 1.1 * ((z - low) / (high - low) - 0.4);
        return [c * u - s * v, 0.55 * (s * u + c * v) + 0.83 * height, 0.55 * height - 0.83 * (s * u + c * v)];
      };
      const cover = (f, [[x0, x1], [y0, y1]], n, beyond) => {
        const faces = [];
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            const ends = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]].map(([k, l]) => {
              const [x, y] = [x0 + (k * (x1 - x0)) / n, y0 + (l * (y1 - y0)) / n];
              return [x, y, f(x, y)];
            });
            const height = ends.reduce((sum, end) => sum + end[2], 0) / 4;
            if (height < low - beyond * (high - low) || height > high + beyond * (high - low)) continue;
            const corners = ends.map((end) => corner(...end));
            faces.push({ corners, height, near: corners.reduce((sum, one) => sum + one[2], 0) });
          }
        }
        return faces.sort((one, other) => one.near - other.near);
      };
      for (const { corners, height } of cover((x, y) => surface.at(x, y)[0], surface.window, MESH, 0.15)) {
        const shade = Math.min(Math.max(Math.floor((6 * (height - low)) / (high - low)), 0), 5);
        space.lines([corners], { fill: space.ink(`shade-${1 + shade}`), stroke: space.ink("sheet"), width: 0.5 });
      }
      const [a, b] = point.at;
      const reach = (right - left) / 7;
      for (const { corners } of cover(approximation(), [[a - reach, a + reach], [b - reach, b + reach]], 8, 0.6)) {
        space.lines([corners], { fill: modelInk(space), stroke: modelInk(space), width: 0.6, alpha: 0.5 });
      }
      const [f, fx, fy] = surface.at(a, b);
      const length = Math.hypot(fx, fy);
      if (length > FLAT * known.slope) {
        const by = Math.min(reach / length, (0.5 * (high - low)) / length ** 2);
        space.arrow(corner(a, b, f), corner(a + by * fx, b + by * fy, f + by * length ** 2), space.ink("ink"));
      }
      space.dot(corner(a, b, f), space.ink("ink"), 5);
    }
  }

  /** What is known of a surface before the point is: levels that share its area evenly, their lines, a field of arrows. */
  function measure(surface) {
    const grid = heights(surface, CELLS);
    const sorted = grid.flat().sort((a, b) => a - b);
    const quantile = (share) => sorted[Math.round(share * (sorted.length - 1))];
    const levels = Array.from({ length: LEVELS }, (_, k) => quantile((k + 0.6) / LEVELS));
    const [[left, right], [low, high]] = surface.window;
    const middle = (k, from, to) => from + ((k + 0.5) * (to - from)) / ARROWS;
    const field = Array.from({ length: ARROWS * ARROWS }, (_, k) => {
      const at = [middle(k % ARROWS, left, right), middle(Math.floor(k / ARROWS), low, high)];
      const [, fx, fy] = surface.at(...at);
      const scale = 11 / (Math.hypot(fx, fy) || 1);
      return [at, [fx * scale, -fy * scale]];
    });
    return {
      levels, field, low: sorted[0], high: quantile(0.97), slope: (2 * (quantile(0.9) - quantile(0.1))) / (right - left),
      lines: contours(grid, surface.window, levels),
    };
  }

  figure.start(play);
})();
