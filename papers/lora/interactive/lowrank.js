// needs: figure/controls.js figure/plane.js updates.js
// The update of a fine-tuned map: its singular values, what a smaller rank keeps, and the first gradients.
"use strict";

(() => {
  const { bar, choice, make, Plane, range, shown, status, values } = figure;
  const [LEFT, RIGHT, TOP, BOTTOM] = [40, 12, 34, 38]; // pixels around what is drawn, for ticks and names
  const BARS = 16;

  /** The share of the squared singular values that the first `rank` have. */
  function kept(s, rank) {
    const total = (all) => all.reduce((sum, v) => sum + v * v, 0);
    return total(s.slice(0, rank)) / total(s);
  }
  figure.own.kept = kept;

  function play(place) {
    const { cuts, lora, full, accuracy, accuracy_full, gradients } = figure.given("updates.js");
    const maps = Object.fromEntries(lora.map((_, i) => [i, `layer ${Math.floor(i / 2) + 1}, ${i % 2 ? "W_v" : "W_q"}`]));
    const map = choice("Map", maps, look);
    map.input.value = lora.length - 1;
    const rank = range("Rank that is left", { min: 0, max: cuts.length - 1, value: cuts.indexOf(8), say: (i) => `${cuts[i]} of 64` }, look);
    const step = range("Step of training", { min: 0, max: 2, value: 0 }, look);
    const planes = [drawSpectrum, drawCurve, drawGradients].map((draw) => new Plane("", draw));
    const [spectrum, curve, slopes] = planes;
    for (const { canvas } of planes) {
      canvas.setAttribute("role", "img");
      canvas.removeAttribute("tabindex");
    }
    const list = values({ kept: "Share kept of this update", full: "Same of all weights, of their first 64 values", accuracy: "Accuracy, %", a: "Gradient of A", b: "Gradient of B" });
    const said = status();
    place.append(bar(map.label, rank.label, step.label),
      make("div", { class: "interactive-panels" }, ...planes.map(({ canvas }) => canvas), list.list),
      make("p", { class: "interactive-help" }, "First: the 16 largest singular values of the update of one map, each over its largest; pale where the rank cuts them off. " +
        "Second: accuracy over the rank that is left of all maps. Third: norms of the gradients of all A and all B in the first three steps of a run with r = 8."), said.element);
    look();
    said.hush();

    function look() {
      const [m, r, t] = [map, rank, step].map(({ input }) => Number(input.value));
      const [ours, theirs, right] = [kept(lora[m], cuts[r]), kept(full[m], cuts[r]), 100 * accuracy[0][r]];
      list.set("kept", shown(ours, 5));
      list.set("full", shown(theirs, 5));
      list.set("accuracy", shown(right, 2));
      list.set("a", shown(gradients[0][t], 5));
      list.set("b", shown(gradients[1][t], 5));
      spectrum.canvas.setAttribute("aria-label", `Singular values of ${maps[m]}, falling off; rank ${cuts[r]} keeps ${shown(100 * ours, 0)} % of the update's square.`);
      curve.canvas.setAttribute("aria-label", `Accuracy by rank: ${cuts.map((c, i) => `${c}: ${shown(100 * accuracy[0][i], 1)} %`).join(", ")}.`);
      slopes.canvas.setAttribute("aria-label", `Gradients at steps 0, 1, 2: of A ${gradients[0].map((v) => shown(v, 2)).join(", ")}; of B ${gradients[1].map((v) => shown(v, 2)).join(", ")}.`);
      said.tell(`Rank ${cuts[r]} of ${maps[m]}: keeps ${shown(100 * ours, 1)} % of the square, accuracy ${shown(right, 1)} %. Step ${t}: gradient of A ${shown(gradients[0][t])}, of B ${shown(gradients[1][t])}.`);
      for (const plane of planes) plane.refresh();
    }

    /** Draw ticks and both names; return what gives the pixels of a share of the width, and of a value. */
    function axes(plane, { up, across, low = 0, high, by, ticks }) {
      const { pen, size } = plane;
      const x = (share) => LEFT + share * (size - LEFT - RIGHT);
      const y = (v) => size - BOTTOM - ((v - low) / (high - low)) * (size - TOP - BOTTOM);
      pen.font = `12px ${getComputedStyle(plane.canvas).fontFamily}`;
      for (let v = low; v <= high + 1e-9; v += by) {
        pen.fillStyle = plane.ink("line");
        pen.fillRect(LEFT, y(v), size - LEFT - RIGHT, 1);
        write(plane, String(v), LEFT - 6, y(v) + 4, "ink-soft", "right");
      }
      for (const [share, words] of ticks) write(plane, words, x(share), size - BOTTOM + 15, "ink-soft", "center");
      write(plane, up, 8, 16);
      write(plane, across, x(0.5), size - 6, "ink", "center");
      return { x, y };
    }
    function write(plane, words, x, y, colour = "ink", align = "left") {
      const { pen } = plane;
      pen.fillStyle = plane.ink(colour);
      pen.textAlign = align;
      pen.fillText(words, x, y);
    }
    function spot(plane, x, y, colour, chosen) {
      const { pen } = plane;
      pen.fillStyle = plane.ink(colour);
      pen.beginPath();
      pen.arc(x, y, chosen ? 7 : 4, 0, 7);
      pen.fill();
    }

    function drawSpectrum() {
      const { pen, size } = spectrum;
      const [m, r] = [Number(map.input.value), cuts[Number(rank.input.value)]];
      const { x, y } = axes(spectrum, { up: "size, largest 1", across: "singular value", high: 1, by: 0.5,
        ticks: [1, 4, 8, 12, 16].map((i) => [(i - 0.5) / BARS, String(i)]) });
      const wide = (x(1) - x(0)) / BARS;
      [[lora, "blue", 0.08], [full, "orange", 0.5]].forEach(([all, name, shift]) => all[m].slice(0, BARS).forEach((v, i) => {
        pen.globalAlpha = i < r ? 1 : 0.25;
        pen.fillStyle = spectrum.ink(name);
        pen.fillRect(x(i / BARS) + shift * wide, y(v / all[m][0]), 0.4 * wide, y(0) - y(v / all[m][0]));
      }));
      pen.globalAlpha = 1;
      write(spectrum, "LoRA", size - RIGHT - 84, TOP + 16, "blue", "right");
      write(spectrum, "all weights", size - RIGHT, TOP + 16, "orange", "right");
    }
    function drawCurve() {
      const { pen, size } = curve;
      const percent = accuracy[0].map((v) => 100 * v);
      const whole = 100 * accuracy_full[0][0];
      const low = 2 * Math.floor((Math.min(...percent, whole) - 1) / 2);
      const { x, y } = axes(curve, { up: "accuracy, %", across: "rank left of 64", low, high: 2 * Math.ceil((Math.max(...percent, whole) + 1) / 2), by: 2,
        ticks: cuts.map((c, i) => [(i + 0.5) / cuts.length, String(c)]) });
      pen.fillStyle = curve.ink("orange");
      pen.fillRect(LEFT, y(whole), size - LEFT - RIGHT, 1.5);
      write(curve, `all weights ${shown(whole, 1)}`, size - RIGHT, y(whole) + 15, "orange", "right");
      percent.forEach((v, i) => {
        const at = x((i + 0.5) / cuts.length);
        spot(curve, at, y(v), "blue", i === Number(rank.input.value));
        write(curve, shown(v, 1), at, y(v) - 11, "ink", "center");
      });
    }
    function drawGradients() {
      const { size } = slopes;
      const { x, y } = axes(slopes, { up: "norm of the gradient", across: "step of training", high: Math.ceil(Math.max(...gradients.flat())), by: 1,
        ticks: [0, 1, 2].map((t) => [(t + 0.5) / 3, String(t)]) });
      gradients.forEach((row, i) => {
        const ink = ["teal", "plum"][i];
        const points = row.map((v, t) => [x((t + 0.5) / 3), y(v)]);
        const { pen } = slopes;
        Object.assign(pen, { strokeStyle: slopes.ink(ink), lineWidth: 1.5 }).beginPath();
        points.forEach((point, t) => pen[t ? "lineTo" : "moveTo"](...point));
        pen.stroke();
        points.forEach(([u, v], t) => spot(slopes, u, v, ink, t === Number(step.input.value)));
        write(slopes, "AB"[i], size - RIGHT - 20 + 20 * i, TOP + 16, ink, "right");
      });
    }
  }

  figure.start(play);
})();
