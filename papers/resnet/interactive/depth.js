// needs: figure/controls.js figure/plane.js resnet_runs.js
// Twelve trainings by depth: curve, responses and gradients, plain against residual, and the error without one block.
"use strict";

(() => {
  const { bar, button, checkbox, make, Plane, range, shown, status, values } = figure;
  const KINDS = ["plain", "residual"];
  const INKS = ["blue", "orange"];
  const EVERY = 10; // steps whose mean loss is one point of a curve
  const BLOCKS = (depth) => (depth - 2) / 2;
  const mean = (list) => list.reduce((sum, one) => sum + one, 0) / list.length;
  const some = (list) => list.filter((one) => one !== null); // a plain block that changes the shape cannot be left out
  const percent = (share) => (share === null ? "would not fit" : `${shown(100 * share, 1)} %`);

  class Runs {
    constructor({ metadata }) {
      this.all = JSON.parse(metadata.runs);
      this.depths = [...new Set(this.all.map(({ depth }) => depth))];
    }

    /** The plain and the residual network of a depth. */
    pair(depth, norm) {
      return KINDS.map((kind) => this.all.find((run) => run.kind === kind && run.depth === depth && run.norm === norm));
    }
  }

  /** log10 of the gradient's norm at the first layer over that at the last, at the start. */
  const slope = ({ start }) => Math.log10(start[0] / start.at(-1));

  function play(place) {
    const runs = new Runs(figure.given("resnet_runs.js"));
    let away = null; // the number of the block that is left out, from 1
    const depth = range("Depth", { min: 0, max: runs.depths.length - 1, value: runs.depths.length - 1, say: (at) => `${runs.depths[at]} layers` }, rebuild);
    const norm = checkbox("batch normalisation", true, change);
    const blocks = make("div", { class: "interactive-bar", role: "group", "aria-label": "Leave one block out" });
    const measures = { error: "Error", without: "Error without it", response: "Mean response", slope: "Gradient, first over last, log10" };
    const names = { away: "Left out" };
    Object.entries(measures).forEach(([name, words]) => KINDS.forEach((kind, i) => (names[name + i] = `${words}, ${kind}`)));
    const list = values(names);
    const said = status();
    const pair = () => runs.pair(runs.depths[Number(depth.input.value)], norm.input.checked);
    const panel = (title, words, draw) => {
      const plane = new Plane(title, () => draw(plane));
      plane.canvas.setAttribute("role", "img");
      plane.canvas.removeAttribute("tabindex");
      return { plane, title, words, element: make("div", {}, make("p", { class: "interactive-caption" }, title), plane.canvas) };
    };
    const panels = [
      panel("Training loss by step, nats", (run) => `${shown(run.curve[0], 2)} to ${shown(run.curve.at(-1), 2)}`,
        (plane) => chart(plane, pair().map(({ curve }) => curve), { x: EVERY })),
      panel("Deviation of the response by layer", (run) => `${shown(run.responses[0], 2)} to ${shown(run.responses.at(-1), 2)}`,
        (plane) => chart(plane, pair().map(({ responses }) => responses), { x: 1 })),
      panel("Gradient norm by layer, log scale; dashed at the start", (run) => `${run.start[0].toPrecision(2)} to ${run.start.at(-1).toPrecision(2)} at the start`,
        (plane) => chart(plane, pair().flatMap(({ start, end }) => [start, end]), { x: 1, log: true, dashed: true })),
      panel("Error without one block, %, by block",
        ({ without }) => [Math.min, Math.max].map((end) => percent(end(...some(without)))).join(" to "),
        (plane) => chart(plane, pair().map(({ without }) => without.map((one) => one === null ? null : 100 * one)),
          { x: 1, dots: true, most: 100 })),
    ];
    place.append(
      bar(depth.label, norm.label), blocks,
      make("div", { class: "interactive-panels" }, ...panels.map(({ element }) => element)),
      make("p", { class: "interactive-help" }, "Plain networks are blue, residual ones orange. Press a block to leave its branch out: what is left of a " +
        "residual block is the shortcut, of a plain one nothing. The ratio of gradients is that at the start. Errors are of 1000 digits that no network learned from."),
      list.list, said.element);
    rebuild();
    said.hush();

    function rebuild() {
      away = null;
      const count = BLOCKS(runs.depths[Number(depth.input.value)]);
      blocks.replaceChildren(...Array.from({ length: count }, (_, i) => {
        const one = button(String(i + 1), () => { away = away === i + 1 ? null : i + 1; change(); });
        one.setAttribute("aria-label", `Block ${i + 1}`);
        return one;
      }));
      change();
    }

    function change() {
      const both = pair();
      list.set("away", away ? `block ${away}` : "no block");
      both.forEach((run, i) => {
        list.set(`error${i}`, percent(run.error));
        list.set(`without${i}`, away ? percent(run.without[away - 1]) : "none left out");
        list.set(`response${i}`, shown(mean(run.responses)));
        list.set(`slope${i}`, shown(slope(run), 2));
      });
      [...blocks.children].forEach((one, i) => one.setAttribute("aria-pressed", away === i + 1));
      for (const { plane, title, words } of panels) {
        plane.canvas.setAttribute("aria-label", `${title}: ${both.map((run, i) => `${KINDS[i]} ${words(run)}`).join("; ")}`);
        plane.refresh();
      }
      const [{ depth: layers }] = both;
      said.tell(`${layers} layers ${norm.input.checked ? "with" : "without"} batch normalisation` + (away
        ? `, without block ${away}: error ${both.map((run, i) => `${percent(run.without[away - 1])} ${KINDS[i]}`).join(", ")}.`
        : `: error ${both.map((run, i) => `${percent(run.error)} ${KINDS[i]}`).join(", ")}.`));
    }
  }

  /** Lines over 1, 2, 3, … in a square, from 0 or on a log scale, with gaps; with `dashed`, every first of two is dashed. */
  function chart(plane, lines, { x, log = false, dashed = false, dots = false, most = 0 }) {
    const { pen, size } = plane;
    const rows = lines.map((line) => (log ? line.map(Math.log10) : line));
    const every = rows.flat().filter(Number.isFinite);
    const low = log ? Math.floor(Math.min(...every)) : 0;
    const high = log ? Math.ceil(Math.max(...every)) : most || Math.max(...every) * 1.05;
    const [left, right, top, bottom] = [34, size - 8, 10, size - 22];
    const count = Math.max(...rows.map(({ length }) => length));
    const at = (i, value) => [left + ((right - left) * i) / (count - 1), bottom - ((bottom - top) * (value - low)) / (high - low)];
    pen.strokeStyle = pen.fillStyle = plane.ink("ink-soft");
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(left, top);
    pen.lineTo(left, bottom);
    pen.lineTo(right, bottom);
    pen.stroke();
    pen.font = "11px sans-serif";
    pen.textAlign = "right";
    pen.fillText(log ? `1e${low}` : "0", left - 4, bottom);
    pen.fillText(log ? `1e${high}` : high.toFixed(most ? 0 : 1), left - 4, top + 8);
    pen.fillText(String(count * x), right, bottom + 15);
    pen.textAlign = "left";
    pen.fillText(String(x), left, bottom + 15);
    rows.forEach((row, k) => {
      pen.strokeStyle = plane.ink(INKS[dashed ? k >> 1 : k]);
      pen.lineWidth = 2;
      pen.setLineDash(dashed && k % 2 === 0 ? [5, 4] : []);
      pen.beginPath();
      row.forEach((value, i) => value !== null && (row[i - 1] === null ? pen.moveTo(...at(i, value)) : pen.lineTo(...at(i, value))));
      pen.stroke();
      pen.fillStyle = pen.strokeStyle;
      if (dots) row.forEach((value, i) => value !== null && pen.fillRect(at(i, value)[0] - 2.5, at(i, value)[1] - 2.5, 5, 5));
    });
    pen.setLineDash([]);
  }

  Object.assign(figure.own, { ResNetRuns: Runs, gradientSlope: slope });
  figure.start(play);
})();
