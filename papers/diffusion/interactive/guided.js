// needs: figure/controls.js figure/plane.js figure/tensor.js guided_plane.js guided_digits.js
// A cloud goes from noise to three clusters, guided or not; beside it, digits that shipped networks drew.
"use strict";

(() => {
  const { bar, checkbox, choice, dequantise, make, Plane, range, shown, status, steps, values } = figure;
  const INKS = ["blue", "orange", "teal"];
  const NAMES = ["left", "right", "top"];
  const [REACH, CELLS] = [2.2, 11];

  function play(place) {
    let net;
    const count = range("Steps S", { min: 1, max: 50, value: 20 }, again);
    const eta = range("η, share of noise", { min: 0, max: 1, step: 0.1, value: 0 }, again);
    const scale = range("Guidance scale s", { min: 0, max: 10, step: 0.5, value: 0 }, again);
    const towards = choice("Class", { 0: "left, 50 %", 1: "right, 30 %", 2: "top, 20 %" }, again);
    towards.input.value = "2";
    const clip = checkbox("Clip guesses to [−1, 1]", false, again);
    const at = choice("Gradient at", { x: "x_t, as Algorithm 1", mean: "μ, as the derivation" }, again);
    const walk = steps("Time", { pace: 160, say: (one) => (net ? `t = ${net.times[net.steps + 1 - Number(one)]}` : "") }, look);
    const plane = new Plane("", draw);
    plane.canvas.setAttribute("role", "img");
    plane.canvas.removeAttribute("tabindex");
    plane.show([[-REACH, REACH], [-REACH, REACH]]);
    const list = values({ shares: "End at left, right, top", outside: "End outside all clouds", point: "The marked point", digits: "Digits of the class, by the judge" });

    const { metadata, arrays } = figure.given("guided_digits.js");
    const about = JSON.parse(metadata.grid);
    const side = about.side;
    const { data } = dequantise(arrays.digits);
    const at1 = range("Digits' guidance scale", { min: 0, max: about.scales.length - 1, value: 0, say: (i) => `s = ${about.scales[i]}` }, look);
    const digits = new Plane("", drawDigits);
    digits.canvas.setAttribute("role", "img");
    digits.canvas.removeAttribute("tabindex");

    const said = status();
    place.append(bar(count.label, eta.label, scale.label), bar(towards.label, at.label, clip.label), bar(...walk.parts), bar(at1.label),
      make("div", { class: "interactive-panels" }, plane.canvas, digits.canvas),
      make("p", { class: "interactive-help" }, "Left: 120 points on their way; arrows say where the next step leads. Circles hold the clouds with the noise of that time, " +
        "two standard deviations around their means; a point ends outside if it is more than three away. One point is marked and shows its way. " +
        "Right: digits drawn by the networks that ship with this page, a row for each class."),
      list.list, said.element);
    again();
    said.hush();

    function again() {
      net = new figure.own.GuidedPlane({ steps: Number(count.input.value), eta: Number(eta.input.value), scale: Number(scale.input.value),
        towards: Number(towards.input.value), clip: clip.input.checked, at: at.input.value });
      walk.reset(net.steps + 1);
      look();
    }
    function look() {
      const { shares, outside } = net.ends();
      const row = walk.at() - 1;
      const i = Number(at1.input.value);
      const marked = net.path[row][0].map((one) => shown(one)).join(", ");
      const ends = shares.map((one) => shown(one, 3)).join(", ");
      list.set("shares", ends);
      list.set("outside", shown(outside, 3));
      list.set("point", `(${marked})`);
      list.set("digits", `${shown(100 * about.accuracy[i], 0)} % at s = ${about.scales[i]}`);
      plane.canvas.setAttribute("aria-label", `Plane with 120 points at t = ${net.times[net.steps - row]}; the marked point is at (${marked}).`);
      digits.canvas.setAttribute("aria-label", `Digits by class at scale ${about.scales[i]}: the judge sees the class in ${shown(100 * about.accuracy[i], 0)} % of them.`);
      said.tell(`${net.steps} steps, scale ${net.scale}: shares at ${NAMES.join(", ")} ${ends}; ${shown(100 * outside, 0)} % end outside all clouds.`);
      plane.refresh();
      digits.refresh();
    }

    function write({ pen, canvas }, words, x, y, colour, align = "center") {
      Object.assign(pen, { font: `12px ${getComputedStyle(canvas).fontFamily}`, fillStyle: colour, textAlign: align }).fillText(words, x, y);
    }

    /** Both coordinates: lines through the middle, ticks at the edges, names. */
    function axes() {
      const soft = plane.ink("ink-soft");
      plane.lines([[[-REACH, 0], [REACH, 0]], [[0, -REACH], [0, REACH]]], { stroke: plane.ink("line"), width: 1 });
      for (const at of [-1, 0, 1]) {
        const [x, y] = plane.place([at, at]);
        write(plane, shown(at, 0), x, plane.size - 6, soft);
        write(plane, shown(at, 0), 14, y + 4, soft);
      }
      write(plane, "x₁", plane.size - 14, plane.size - 6, soft);
      write(plane, "x₂", 14, 16, soft);
    }

    function draw() {
      const row = walk.at() - 1;
      const i = net.steps - row;
      const share = figure.own.planeSignal[net.times[i]];
      axes();
      if (i > 0) {
        for (let a = 0; a < CELLS * CELLS; a++) {
          const from = [(((a % CELLS) + 0.5) / CELLS) * 2 * REACH - REACH, ((Math.floor(a / CELLS) + 0.5) / CELLS) * 2 * REACH - REACH];
          const to = net.step(from, i);
          const by = [0, 1].map((k) => ((to[k] - from[k]) * (k ? -1 : 1) * plane.size) / (2 * REACH));
          const long = Math.hypot(...by);
          const most = plane.size / CELLS;
          plane.arrowBy(from, by.map((one) => (one * Math.min(long, most)) / (long || 1)), plane.ink("line-strong") || plane.ink("ink-soft"), { width: 1, head: 5 });
        }
      }
      figure.own.planeCentres.forEach(([x, y], j) => {
        const [u, v] = plane.place([Math.sqrt(share) * x, Math.sqrt(share) * y]);
        const { pen } = plane;
        const radius = (2 * Math.sqrt(share * 0.0144 + 1 - share) * plane.size) / (2 * REACH);
        pen.beginPath();
        pen.arc(u, v, radius, 0, 7);
        pen.strokeStyle = plane.ink(INKS[j]);
        pen.lineWidth = 1.5;
        pen.stroke();
        if (share > 0.8) write(plane, NAMES[j], u, v + radius + 14, pen.strokeStyle);
      });
      for (const x of net.path[row].slice(1)) plane.dot(x, plane.ink("ink-soft"), 2.5);
      plane.lines([net.path.slice(0, row + 1).map((points) => points[0])], { stroke: plane.ink("plum"), width: 1.5 });
      plane.dot(net.path[row][0], plane.ink("plum"), 5);
    }

    /** Ten rows of classes; -1 is no ink, 1 full ink. */
    function drawDigits() {
      const { pen, size } = digits;
      const [each, i] = [about.each, Number(at1.input.value)];
      const cell = size / 10;
      const unit = cell / (side + 1);
      for (let row = 0; row < 10; row++) {
        pen.globalAlpha = 1;
        write(digits, String(row), 0.5 * (10 - each) * cell - 14, (row + 0.5) * cell + 4, digits.ink("ink-soft"));
        pen.fillStyle = digits.ink("shade-7");
        for (let column = 0; column < each; column++) {
          const from = ((i * 10 + row) * each + column) * side * side;
          for (let p = 0; p < side * side; p++) {
            pen.globalAlpha = Math.min(Math.max((data[from + p] + 1) / 2, 0), 1);
            if (pen.globalAlpha > 0.02) {
              pen.fillRect((column + 0.5 * (10 - each)) * cell + (p % side) * unit, row * cell + Math.floor(p / side) * unit, unit + 0.3, unit + 0.3);
            }
          }
        }
      }
      pen.globalAlpha = 1;
    }
  }

  figure.start(play);
})();
