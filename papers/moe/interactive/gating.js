// needs: figure/controls.js figure/plane.js gatenet.js
// Eight experts on clusters of the plane, training live: both losses and k to choose, and who takes what.
"use strict";

(() => {
  const { bar, button, make, Plane, range, shown, status, values } = figure;
  const [FIRST, AT_ONCE, N, CELLS, REACH, FOOT] = [200, 50, 8, 40, 3.2, 0.9];
  const INKS = ["blue", "orange", "teal", "plum"];

  function play(place) {
    let net, timer;
    const importance = range("Weight of the importance loss", { min: 0, max: 1, step: 0.1, value: 0 }, again);
    const load = range("Weight of the load loss", { min: 0, max: 1, step: 0.1, value: 0 }, again);
    const k = range("Experts a point visits, k", { min: 1, max: N, value: 2 }, again);
    const more = button(`Train ${AT_ONCE} more steps`, () => { pause(); train(); });
    const playing = button("Play", () => (timer ? pause() : begin()));
    const anew = button("From the start", () => { pause(); net = fresh(); look(); });
    const plane = new Plane("", drawPlane);
    const bars = new Plane("", drawBars);
    for (const { canvas } of [plane, bars]) canvas.setAttribute("role", "img");
    plane.show([[-REACH, REACH], [-REACH, REACH]]);
    const list = values({ steps: "Steps", task: "Squared error", importance: "CV of importance", load: "CV of load", dead: "Dead experts", busiest: "Busiest over mean" });
    const said = status();
    place.append(bar(importance.label, load.label, k.label), bar(more, playing, anew),
      make("div", { class: "interactive-panels" },
        panel(plane, "Largest logit, by expert; x₁ by x₂"),
        panel(bars, "Points that each expert got in the last step")),
      make("p", { class: "interactive-help" }, `A slider trains anew for ${FIRST} steps.`),
      list.list, said.element);
    figure.calm.addEventListener("change", mind);
    mind();
    again();
    said.hush();

    function panel(one, words) {
      return make("div", {}, make("p", { class: "interactive-caption" }, words), one.canvas);
    }
    function fresh() {
      return new figure.own.GateNet(Number(k.input.value), Number(importance.input.value), Number(load.input.value));
    }
    function again() {
      pause();
      net = fresh().run(FIRST);
      look();
    }
    function train() {
      net.run(AT_ONCE);
      look();
    }
    function begin() {
      playing.textContent = "Pause";
      timer = setInterval(train, 400);
    }
    function pause() {
      clearInterval(timer);
      timer = undefined;
      playing.textContent = "Play";
    }
    /** A reader who wants no motion trains by the button alone. */
    function mind() {
      playing.hidden = figure.calm.matches;
      if (figure.calm.matches) pause();
    }
    function look() {
      const { steps, task, cv, dead, counts } = net;
      const busiest = Math.max(...counts) / (counts.reduce((a, b) => a + b, 0) / N);
      const number = (value, digits) => (steps ? shown(value, digits) : "not yet");
      list.set("steps", String(steps));
      list.set("task", number(task, 5));
      list.set("importance", number(cv[0], 5));
      list.set("load", number(cv[1], 5));
      list.set("dead", steps ? `${dead} of ${N}` : "not yet");
      list.set("busiest", number(busiest, 3));
      const owners = new Set(net.x.map((x) => net.favourite(x))).size;
      const most = undecided() ? "All logits are 0: noise alone decides." : `${owners} of 8 experts have the largest logit at some point.`;
      plane.canvas.setAttribute("aria-label", `Plane with 128 points in eight clusters. ${most}`);
      bars.canvas.setAttribute("aria-label", `Points each expert got: ${counts.join(", ")}.`);
      said.tell(steps ? `After ${steps} steps: error ${shown(task)}, CV of importance ${shown(cv[0], 2)}, CV of load ${shown(cv[1], 2)}, ${dead} dead experts.` : "Nothing is trained yet.");
      plane.refresh();
      bars.refresh();
    }

    /** Before training, and where nothing reaches the gate, no expert is ahead anywhere. */
    function undecided() {
      return net.gate.every((one) => one === 0);
    }
    function ink(one, j, alpha) {
      one.pen.fillStyle = one.ink(INKS[j % INKS.length]);
      one.pen.globalAlpha = alpha * (j < INKS.length ? 1 : 0.55);
    }
    function drawPlane() {
      const { pen, size } = plane;
      const unit = size / CELLS;
      const middles = Array.from({ length: N }, () => [0, 0, 0]);
      for (let i = undecided() ? CELLS * CELLS : 0; i < CELLS * CELLS; i++) {
        const [column, row] = [i % CELLS, Math.floor(i / CELLS)];
        const j = net.favourite([((column + 0.5) / CELLS) * 2 * REACH - REACH, REACH - ((row + 0.5) / CELLS) * 2 * REACH, 1]);
        ink(plane, j, 0.35);
        pen.fillRect(column * unit, row * unit, unit + 0.3, unit + 0.3);
        [column, row, 1].forEach((one, at) => (middles[j][at] += one));
      }
      pen.globalAlpha = 1;
      for (const x of net.x) plane.dot(x, plane.ink("ink-soft"), 3);
      pen.fillStyle = plane.ink("ink");
      pen.font = "bold 14px sans-serif";
      if (undecided()) pen.fillText("all logits are 0", 8, size - 10);
      middles.forEach(([column, row, count], j) => count > 6 && pen.fillText(String(j + 1), (column / count) * unit, (row / count) * unit));
    }
    function drawBars() {
      const { pen, size } = bars;
      const top = Math.max(...net.counts, 1);
      net.counts.forEach((count, j) => {
        ink(bars, j, 1);
        const height = (0.82 * size * count) / top;
        pen.fillRect((j * size) / N + 3, FOOT * size - height, size / N - 6, height);
        pen.globalAlpha = 1;
        pen.fillStyle = bars.ink("ink");
        pen.font = "12px sans-serif";
        pen.textAlign = "center";
        pen.fillText(String(j + 1), ((j + 0.5) * size) / N, FOOT * size + 14);
        pen.fillText(String(count), ((j + 0.5) * size) / N, FOOT * size - height - 4);
      });
      pen.fillStyle = bars.ink("ink-soft");
      pen.fillText("expert", size / 2, FOOT * size + 28);
      pen.textAlign = "start";
    }
  }

  figure.start(play);
})();
