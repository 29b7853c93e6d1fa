// needs: figure/plane.js ridge.js
// Points to drag: ridge, the band of its posterior, and the evidence for the penalty follow.
"use strict";

(() => {
  const { bar, button, choice, make, Plane, Point, range, shown, status, values } = figure;
  const { fit } = figure.own;

  const WINDOW = [[-1, 3], [-0.6, 5]];
  const REACH = 3; // of log10 λ, either way
  const DEPTH = 4; // nats from the best to near the foot of the square
  const FREE = 1e-6; // the penalty of what is drawn as least squares
  const MOST = 12;
  const SETS = {
    "the three points": { points: [[0, 1], [1, 2], [2, 4]], degree: 1 },
    "nine points of a curve": { degree: 5,
      points: [[-0.8, 1.9], [-0.5, 1.2], [0.0, 1.4], [0.3, 2.2], [0.9, 3.4], [1.3, 4.1], [1.9, 3.6], [2.3, 2.7], [2.8, 2.9]] },
  };
  const grid = (from, to, n) => Array.from({ length: n + 1 }, (_, i) => from + (i * (to - from)) / n);

  function play(place) {
    let points = [];
    let at = 0;
    let model;
    const left = new Plane("Points, the fitted curve and its band", drawFit);
    const right = new Plane("Log evidence against the logarithm of the penalty", drawEvidence);
    right.canvas.setAttribute("role", "img");
    right.canvas.removeAttribute("tabindex");
    left.canvas.addEventListener("pointerdown", take);
    const point = new Point(left, "Drag a point. Or choose one and click where it should go, or focus the picture and press " +
      "the arrow keys, with Shift for larger steps.", ["x", "y"], moved);
    const data = choice("Data", Object.keys(SETS), begin);
    const degree = choice("Degree", ["1", "2", "3", "4", "5"], changed);
    const penalty = range("Penalty λ", { min: -REACH, max: REACH, step: 0.05, value: 0, say: (value) => shown(10 ** value) }, changed);
    const which = choice("Point", [], () => hold(which.input.value - 1));
    const list = values({ weights: "weights", gamma: "effective parameters γ", noise: "noise 1/√β",
      evidence: "log evidence, nats", below: "below the best λ shown, nats" });
    const aloud = status({ seen: false });
    place.append(
      bar(data.label, degree.label, penalty.label, button("λ of largest evidence", choose)),
      make("div", { class: "interactive-panels" }, left.canvas, right.canvas),
      point.help,
      bar(which.label, point.form, button("Add a point", add), button("Remove it", remove)),
      list.list, aloud.element);
    left.show(WINDOW);
    right.show([[-REACH, REACH], [-REACH, REACH]]);
    begin();
    aloud.hush();

    function begin() {
      const chosen = SETS[data.input.value];
      points = chosen.points.map((one) => [...one]);
      degree.input.value = chosen.degree;
      penalty.input.value = 0;
      penalty.tell();
      hold(0);
    }

    /** Have a point in hand: what pointer, keys and fields move. */
    function hold(index) {
      at = index;
      which.input.replaceChildren(...points.map((_, i) => make("option", {}, `${i + 1}`)));
      which.input.value = at + 1;
      point.move(points[at]);
    }

    /** Take the point below the pointer in hand. */
    function take(event) {
      const [u, v] = left.place(left.below(event));
      const away = points.map((one) => Math.hypot(left.place(one)[0] - u, left.place(one)[1] - v));
      const nearest = away.indexOf(Math.min(...away));
      if (away[nearest] < 30 && nearest !== at) hold(nearest);
    }

    function add() {
      if (points.length === MOST) return;
      const x = WINDOW[0][0] + ((points.length * 0.618) % 1) * 4;
      points.push([x, model.predict(x)[0]]);
      hold(points.length - 1);
    }

    function remove() {
      if (points.length === 2) return;
      points.splice(at, 1);
      hold(Math.min(at, points.length - 1));
    }

    function moved() {
      points[at] = [...point.at];
      changed();
    }

    function along() {
      return grid(-REACH, REACH, 120).map((log) => [log, fit(points, Number(degree.input.value), 10 ** log).evidence]);
    }

    function best() {
      return along().reduce((most, one) => (one[1] > most[1] ? one : most));
    }

    function choose() {
      [penalty.input.value] = best();
      penalty.tell();
      changed();
    }

    function changed() {
      model = fit(points, Number(degree.input.value), 10 ** penalty.input.value);
      list.set("weights", model.weights.map((value) => shown(value)).join(", "));
      list.set("gamma", `${shown(model.gamma)} of ${degree.input.value}`);
      list.set("noise", shown(model.beta ** -0.5));
      list.set("evidence", shown(model.evidence));
      list.set("below", shown(best()[1] - model.evidence));
      aloud.tell(`Penalty ${shown(10 ** penalty.input.value)}: ${shown(model.gamma)} effective parameters, noise ` +
        `${shown(model.beta ** -0.5)}, log evidence ${shown(model.evidence)}.`);
      left.refresh();
      right.refresh();
    }

    function drawFit() {
      const line = (f) => grid(left.left, left.right, 160).map((x) => [x, f(x)]);
      const edge = (sign) => line((x) => { const [mean, std] = model.predict(x); return mean + sign * 2 * std; });
      axes(left, grid(-1, 3, 4), grid(0, 5, 5).map((y) => [y, shown(y, 0)]), "x", "y");
      left.lines([[...edge(1), ...edge(-1).reverse()]], { fill: left.ink("blue"), stroke: "transparent", alpha: 0.18 });
      const free = fit(points, Number(degree.input.value), FREE);
      left.lines([line((x) => free.predict(x)[0])], { stroke: left.ink("orange"), width: 1.4, dash: [5, 4] });
      left.lines([line((x) => model.predict(x)[0])], { stroke: left.ink("blue"), width: 2 });
      points.forEach((one, i) => left.dot(one, left.ink(i === at ? "plum" : "ink"), i === at ? 6 : 4.5));
    }

    function drawEvidence() {
      const curve = along();
      const most = best()[1];
      // the best is near the top of the square, four nats less near its foot; the curve may leave the square
      const high = (value) => REACH - 0.4 + ((value - most) / DEPTH) * (2 * REACH - 1.2);
      const below = grid(0, DEPTH, DEPTH).map((nats) => [high(most - nats), shown(-nats, 0)]);
      axes(right, grid(-2, 2, 4), below, "log₁₀ λ", "log evidence, nats below the best");
      right.lines([curve.map(([log, value]) => [log, high(value)])], { stroke: right.ink("blue"), width: 2 });
      const log = Number(penalty.input.value);
      const here = Math.max(high(model.evidence), -REACH); // at the edge, if the curve is below it
      right.lines([[[log, -REACH], [log, here]]], { stroke: right.ink("plum"), dash: [3, 3] });
      right.dot([log, here], right.ink("plum"), 6);
    }
  }

  /** Ticks along the lower edge, along the left one [[where, words], …], and what the axes show. */
  function axes(plane, across, up, below, beside) {
    const { pen } = plane;
    const soft = plane.ink("ink-soft");
    plane.lines(across.map((x) => [[x, plane.low], [x, plane.high]]).concat(up.map(([y]) => [[plane.left, y], [plane.right, y]])),
      { stroke: plane.ink("line") });
    Object.assign(pen, { fillStyle: soft, font: "12px system-ui, sans-serif", textAlign: "center", textBaseline: "bottom" });
    for (const x of across) pen.fillText(shown(x, 0), plane.place([x, 0])[0], plane.size - 4);
    pen.fillText(below, plane.size - 28, plane.size - 18);
    pen.textAlign = "left";
    for (const [y, words] of up) pen.fillText(words, 4, plane.place([0, y])[1]);
    pen.textBaseline = "top";
    pen.fillText(beside, 24, 6);
  }

  figure.start(play);
})();
