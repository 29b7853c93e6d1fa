// A surface from above and in space: move the point, and gradient, tangent plane and quadratic model follow.

import { eigenvalues, surfaces } from "./functions.js";
import { Plane, Point, make, pair, shown, teller, values } from "./plane.js";

const CELLS = 72;
const LEVELS = 15;
const MESH = 26;

export default function start(place) {
  let surface;
  let field; // heights over the window, levels, range
  let trail = [];
  let turn = -0.5;
  const map = new Plane("Map of the surface, with a point to move", drawMap);
  const space = new Plane("The surface in space: arrow left and right turn it", drawSpace);
  const point = new Point(map, "Drag the point, or focus the map and press the arrow keys, with Shift for larger steps. " +
    "Drag the picture in space to turn it.", ["x", "y"], changed);
  const choice = make("select", { change: choose }, ...Object.keys(surfaces).map((name) => make("option", {}, name)));
  const model = make("select", { change: changed },
    make("option", { value: 1 }, "tangent plane"), make("option", { value: 2 }, "quadratic model"));
  const list = values({ formula: "f(x, y)", value: "f", gradient: "gradient ∇f", length: "slope ‖∇f‖",
    hessian: "Hessian f_xx, f_xy, f_yy", eigenvalues: "eigenvalues of the Hessian", kind: "so the quadratic model" });
  const said = make("p", { class: "interactive-said", role: "status" });
  const teller_ = teller();
  const button = (name, click) => make("button", { type: "button", click }, name);
  place.append(
    make("div", { class: "interactive-bar" }, make("label", {}, "Surface ", choice), make("label", {}, "Model ", model),
      button("Step downhill", downhill), button("Newton step", newton), button("Start again", choose)),
    make("div", { class: "interactive-panels" }, map.canvas, space.canvas),
    point.help, point.form, said, list.list, teller_.element);
  space.canvas.setAttribute("role", "application");
  space.canvas.addEventListener("pointermove", (event) => event.buttons && turnBy(event.movementX / 120));
  space.canvas.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    turnBy(way * 0.15);
  });
  choose();

  function choose() {
    surface = surfaces[choice.value];
    map.show(surface.window);
    space.show([[-1.35, 1.35], [-1.15, 1.55]]);
    field = measure(surface);
    list.set("formula", surface.formula);
    trail = [];
    point.move(surface.start);
  }

  function turnBy(angle) {
    turn += angle;
    space.refresh();
  }

  function changed() {
    const [f, fx, fy, fxx, fxy, fyy] = surface.at(...point.at);
    const [low, high] = eigenvalues(fxx, fxy, fyy);
    const small = 1e-9 * Math.max(Math.abs(low), Math.abs(high));
    const kind = low * high < 0 && Math.min(-low, high) > small ? "is a saddle"
      : low > small ? "has a minimum" : high < -small ? "has a maximum" : "is flat in a direction";
    said.textContent = "";
    list.set("value", shown(f));
    list.set("gradient", pair([fx, fy]));
    list.set("length", shown(Math.hypot(fx, fy)));
    list.set("hessian", [fxx, fxy, fyy].map((value) => shown(value)).join(", "));
    list.set("eigenvalues", `${shown(low)}, ${shown(high)}`);
    list.set("kind", kind);
    teller_.tell(`Point ${pair(point.at)}: f is ${shown(f)}, the gradient ${pair([fx, fy])}, ` +
      `the eigenvalues of the Hessian ${shown(low)} and ${shown(high)}: the quadratic model ${kind}.`);
    map.refresh();
    space.refresh();
  }

  function go(to, what) {
    const [[left, right], [low, high]] = surface.window;
    if (!(to[0] >= left && to[0] <= right && to[1] >= low && to[1] <= high)) {
      said.textContent = `${what} leads to ${to.every(Number.isFinite) ? pair(to) : "nowhere"}, off the map.`;
      return;
    }
    trail.push(point.at);
    point.glide(to);
  }

  // As far against the gradient as the quadratic model falls, and not beyond a sixth of the map.
  function downhill() {
    const [, fx, fy, fxx, fxy, fyy] = surface.at(...point.at);
    const slope = fx * fx + fy * fy;
    const bend = fxx * fx * fx + 2 * fxy * fx * fy + fyy * fy * fy;
    const most = (map.right - map.left) / 6 / Math.sqrt(slope || 1);
    const by = bend > 0 ? Math.min((slope / bend), most) : most;
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
    const bend = model.value === "2" ? 0.5 : 0;
    return (x, y) => {
      const [u, v] = [x - a, y - b];
      return f + fx * u + fy * v + bend * (fxx * u * u + 2 * fxy * u * v + fyy * v * v);
    };
  }

  const modelInk = (plane) => plane.ink(model.value === "2" ? "teal" : "orange");

  function drawMap() {
    field.lines.forEach((lines, k) => map.lines(lines, { stroke: map.ink(`shade-${1 + Math.floor((6 * k) / LEVELS)}`) }));
    const near = approximation();
    const reach = (map.right - map.left) / 5;
    const [a, b] = point.at;
    const around = { window: [[a - reach, a + reach], [b - reach, b + reach]], at: (x, y) =>
      [Math.hypot(x - a, y - b) < reach ? near(x, y) : NaN] };
    map.lines(contours(heights(around, 40), around.window, field.levels).flat(), { stroke: modelInk(map), width: 1.6 });
    for (const old of trail) map.dot(old, map.ink("ink-soft"), 3);
    const [, fx, fy] = surface.at(a, b);
    const length = Math.hypot(fx, fy);
    const pixels = (16 + 60 * Math.tanh(length / field.slope)) / length;
    if (length > 0) map.arrow(point.at, null, map.ink("ink"), [fx * pixels, -fy * pixels]);
    map.dot(point.at, map.ink("ink"));
  }

  function drawSpace() {
    const { low, high } = field;
    const [[left, right], [bottom, top]] = surface.window;
    const [c, s] = [Math.cos(turn), Math.sin(turn)];
    const corner = (x, y, z) => {
      const [u, v] = [(2 * (x - left)) / (right - left) - 1, (2 * (y - bottom)) / (top - bottom) - 1];
      const height = 1.1 * ((z - low) / (high - low) - 0.4);
      return [c * u - s * v, 0.55 * (s * u + c * v) + 0.83 * height, 0.55 * height - 0.83 * (s * u + c * v)];
    };
    const cover = (f, [[x0, x1], [y0, y1]], n) => {
      const faces = [];
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          const ends = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]].map(([k, l]) => {
            const [x, y] = [x0 + (k * (x1 - x0)) / n, y0 + (l * (y1 - y0)) / n];
            return [x, y, f(x, y)];
          });
          const height = ends.reduce((sum, end) => sum + end[2], 0) / 4;
          if (height < low - 0.1 * (high - low) || height > high + 0.15 * (high - low)) continue;
          const corners = ends.map((end) => corner(...end));
          faces.push({ corners, height, near: corners.reduce((sum, one) => sum + one[2], 0) });
        }
      }
      return faces.sort((one, other) => one.near - other.near);
    };
    for (const { corners, height } of cover((x, y) => surface.at(x, y)[0], surface.window, MESH)) {
      const shade = Math.min(Math.max(Math.floor((6 * (height - low)) / (high - low)), 0), 5);
      space.lines([corners], { fill: space.ink(`shade-${1 + shade}`), stroke: space.ink("sheet"), width: 0.5 });
    }
    const [a, b] = point.at;
    const reach = (right - left) / 7;
    for (const { corners } of cover(approximation(), [[a - reach, a + reach], [b - reach, b + reach]], 8)) {
      space.lines([corners], { fill: modelInk(space), stroke: modelInk(space), width: 0.6, alpha: 0.5 });
    }
    const [f, fx, fy] = surface.at(a, b);
    const by = reach / (Math.hypot(fx, fy) || 1);
    const rise = Math.min(1, (0.5 * (high - low)) / (by * (fx * fx + fy * fy) || 1)) * by;
    space.arrow(corner(a, b, f), corner(a + rise * fx, b + rise * fy, f + rise * (fx * fx + fy * fy)), space.ink("ink"));
    space.dot(corner(a, b, f), space.ink("ink"), 5);
  }
}

/** Heights of a surface on a grid, row by row. */
function heights({ at, window: [[left, right], [low, high]] }, n) {
  return Array.from({ length: n + 1 }, (_, i) => Array.from({ length: n + 1 }, (_, j) =>
    at(left + (j * (right - left)) / n, low + (i * (high - low)) / n)[0]));
}

/** What is known of a surface before the point is: levels that share its area evenly, their lines, sizes. */
function measure(surface) {
  const grid = heights(surface, CELLS);
  const sorted = grid.flat().sort((a, b) => a - b);
  const quantile = (share) => sorted[Math.round(share * (sorted.length - 1))];
  const levels = Array.from({ length: LEVELS }, (_, k) => quantile((k + 0.6) / LEVELS));
  const [[left, right]] = surface.window;
  return {
    levels, low: sorted[0], high: quantile(0.97), slope: (2 * (quantile(0.9) - quantile(0.1))) / (right - left),
    lines: contours(grid, surface.window, levels),
  };
}

/** Level lines of a grid of heights, as segments for each level: marching squares. */
function contours(grid, [[left, right], [low, high]], levels) {
  const n = grid.length - 1;
  const found = levels.map(() => []);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const corners = [[i, j], [i, j + 1], [i + 1, j + 1], [i + 1, j]];
      const z = corners.map(([k, l]) => grid[k][l]);
      if (!z.every(Number.isFinite)) continue;
      const [least, most] = [Math.min(...z), Math.max(...z)];
      levels.forEach((level, at) => {
        if (level <= least || level > most) return;
        const ends = [];
        for (let k = 0; k < 4; k++) {
          const m = (k + 1) % 4;
          if (z[k] < level === z[m] < level) continue;
          const t = (level - z[k]) / (z[m] - z[k]);
          const [row, column] = [0, 1].map((axis) => corners[k][axis] + t * (corners[m][axis] - corners[k][axis]));
          ends.push([left + (column * (right - left)) / n, low + (row * (high - low)) / n]);
        }
        for (let k = 0; k + 1 < ends.length; k += 2) found[at].push([ends[k], ends[k + 1]]);
      });
    }
  }
  return found;
}
