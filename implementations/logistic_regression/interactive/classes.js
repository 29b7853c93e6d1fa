// needs: figure/plane.js logistic.js
// Twelve points of two classes to drag: boundary, loss surface and length of the weights follow, live in the page.
"use strict";

(() => {
  const { bar, button, choice, make, Plane, Point, range, shown, status, values } = figure;
  const { sigmoid, odds, loss, fit, track, margin, ring } = figure.own.logistic;

  const ZEROS = [[-1.7, 0.5], [-1.2, -0.9], [-0.8, 1], [-1.4, -0.2], [-0.3, -0.4], [0.7, 0.4]];
  const ONES = [[1.6, -0.3], [1.1, 0.8], [0.7, -0.9], [0.3, 0.1], [-0.9, -0.4], [1.2, 1.5]];
  const CLASSES = [...ZEROS.map(() => 0), ...ONES.map(() => 1)];
  const NAMES = CLASSES.map((one, n) => `${one ? "square" : "disc"} ${(n % ZEROS.length) + 1}`);
  const STRENGTHS = Array.from({ length: 29 }, (_, i) => 10 ** (i / 4 - 2));
  const LEVELS = Array.from({ length: 8 }, (_, i) => 0.25 * 2 ** i);
  const REACH = 4;
  const FREE = 1e10; // a C at which lengths that end have ended, to all digits shown
  const TOUCH = 1e-9; // a strip thinner than this is a line

  figure.start((place) => {
    let points;
    let w;
    let path;
    let strip;
    const [data, surface, lengths] = [
      new Plane("The twelve points and the boundary, one of them to move", drawData),
      new Plane("", drawSurface),
      new Plane("", drawLengths),
    ];
    for (const { canvas } of [surface, lengths]) {
      canvas.setAttribute("role", "img");
      canvas.removeAttribute("tabindex");
    }
    // Whoever presses on a point means that one: chosen before the kit's own listener moves it.
    data.canvas.addEventListener("pointerdown", (event) => {
      const under = data.place(data.below(event));
      const far = points.map((one) => Math.hypot(...data.place(one).map((at, i) => at - under[i])));
      const nearest = far.indexOf(Math.min(...far));
      if (far[nearest] < 30) choose(nearest);
    });
    const which = choice("Point", NAMES, () => point.move(points[at()]));
    const point = new Point(data, "Drag a point, or choose one, focus the picture and press the arrow keys, with Shift for larger steps.",
      ["x₁", "x₂"], moved);
    const strength = range("C", { min: -2, max: 5, step: 0.25, value: 0, say: (power) => shown(10 ** power, power < 0 ? 2 : 0) }, changed);
    const gap = range("Pull apart", { min: -1, max: 4, step: 0.1, value: 0, say: (far) => shown(Number(far), 1) }, pulled);
    const list = values({ weights: "weights w₁, w₂, intercept b", length: "length of the weights", loss: "mean loss, nats",
      probability: "probability of a square at the chosen point", limit: "without a penalty" });
    const said = status();
    let last = 0;
    place.append(
      bar(which.label, gap.label, strength.label, button("Start again", reset)),
      make("div", { class: "interactive-panels" }, data.canvas, surface.canvas, lengths.canvas, list.list),
      point.help, point.form, said.element);
    reset();
    said.hush();

    function at() {
      return NAMES.indexOf(which.input.value);
    }

    function choose(n) {
      which.input.value = NAMES[n];
      point.at = points[n];
    }

    function reset() {
      points = [...ZEROS, ...ONES];
      data.show([[-REACH, REACH], [-REACH, REACH]]);
      surface.show([[-2, 5], [-3.5, 3.5]]);
      lengths.show([[-2.4, 5.4], [-3.2, 4.6]]);
      last = 0;
      for (const [slider, value] of [[gap, 0], [strength, 0]]) {
        slider.input.value = value;
        slider.tell();
      }
      which.input.value = NAMES[0];
      point.move(points[0]);
    }

    /** Move each class by half of what the slider moved. */
    function pulled() {
      const by = (Number(gap.input.value) - last) / 2;
      last = Number(gap.input.value);
      points = points.map(([x, y], n) => [x + (CLASSES[n] ? by : -by), y]);
      point.move(points[at()], 12);
    }

    function moved() {
      points = points.map((one, n) => (n === at() ? point.at : one));
      changed();
    }

    function changed() {
      const C = 10 ** Number(strength.input.value);
      w = fit(points, CLASSES, C);
      path = track(points, CLASSES, STRENGTHS);
      const size = Math.hypot(w[0], w[1]);
      const p = sigmoid(odds(w, points[at()]));
      strip = margin(points, CLASSES);
      list.set("weights", w.map((one) => shown(one)).join(", "));
      list.set("length", shown(size));
      list.set("loss", shown(loss(points, CLASSES, w) / points.length));
      list.set("probability", shown(p));
      const limit = ending();
      list.set("limit", limit);
      const view = Math.max(3.5, 1.6 * size);
      const middle = [w[0] / 2, w[1] / 2];
      surface.show(middle.map((one) => [one - view, one + view]));
      surface.canvas.setAttribute("aria-label",
        `Level lines of loss plus penalty over the two weights, lowest at ${shown(w[0], 2)}, ${shown(w[1], 2)}`);
      lengths.canvas.setAttribute("aria-label",
        `Length of the weights against C, both logarithmic: ${shown(size, 2)} at C = ${shown(C, 2)}; ${limit}`);
      said.tell(`C ${shown(C, 2)}: length of the weights ${shown(size, 2)}, probability at the chosen point ${shown(p, 2)}; ` +
        `without a penalty ${limit}.`);
      for (const plane of [data, surface, lengths]) plane.refresh();
    }

    /** What becomes of the weights as C grows without end. */
    function ending() {
      if (strip > TOUCH) return `no maximum: a strip ${shown(2 * strip, 2)} wide separates the classes`;
      if (strip > -TOUCH) return "no maximum: a line separates the classes, but for points on it";
      const [u, v] = fit(points, CLASSES, FREE, path.at(-1));
      return `the length ends at ${shown(Math.hypot(u, v), 2)}`;
    }

    function text(plane, words, where, { colour = "ink-soft", align = "left" } = {}) {
      const { pen } = plane;
      Object.assign(pen, { fillStyle: plane.ink(colour), textAlign: align, textBaseline: "middle", font: "12px sans-serif" });
      pen.fillText(words, ...where);
    }

    function drawData() {
      const size = Math.hypot(w[0], w[1]);
      for (const [p, colour, dash] of [[0.1, "blue", [5, 4]], [0.9, "orange", [5, 4]], [0.5, "ink", []]]) {
        if (size < 1e-9) break;
        const far = (Math.log(p / (1 - p)) - w[2]) / size;
        const [u, v] = [w[0] / size, w[1] / size];
        const ends = [-3 * REACH, 3 * REACH].map((t) => [far * u - t * v, far * v + t * u]);
        data.lines([ends], { stroke: data.ink(colour), width: p === 0.5 ? 2 : 1.3, dash });
      }
      points.forEach((one, n) => {
        const [x, y] = data.place(one);
        const half = n === at() ? 8 : 6;
        if (CLASSES[n]) {
          Object.assign(data.pen, { fillStyle: data.ink("orange"), strokeStyle: data.ink(n === at() ? "ink" : "sheet"), lineWidth: 2 });
          data.pen.fillRect(x - half, y - half, 2 * half, 2 * half);
          data.pen.strokeRect(x - half, y - half, 2 * half, 2 * half);
        } else {
          if (n === at()) data.dot(one, data.ink("ink"), half + 3);
          data.dot(one, data.ink("blue"), half);
        }
      });
      text(data, "dashed: 0.1 and 0.9", [8, data.size - 12]);
    }

    function drawSurface() {
      const C = 10 ** Number(strength.input.value);
      surface.lines([[[surface.left, 0], [surface.right, 0]], [[0, surface.low], [0, surface.high]]], { stroke: surface.ink("line") });
      LEVELS.forEach((above, i) => surface.lines([ring(points, CLASSES, w, C, above)], { stroke: surface.ink(`shade-${1 + Math.min(i, 6)}`) }));
      surface.lines([path.map(([u, v]) => [u, v])], { stroke: surface.ink("teal"), width: 2 });
      surface.dot(w, surface.ink("ink"));
      text(surface, "loss + penalty over w₁, w₂", [8, surface.size - 12]);
    }

    function drawLengths() {
      const on = ([u, v], C) => [Math.log10(C), 2 * Math.log10(Math.max(Math.hypot(u, v), 1e-9))];
      for (const power of [-2, 0, 2, 4]) {
        lengths.lines([[[power, lengths.low], [power, lengths.high]], [[lengths.left, power], [lengths.right, power]]],
          { stroke: lengths.ink("line") });
        const [x, y] = lengths.place([power, power]);
        text(lengths, String(10 ** power), [x, lengths.size - 28], { align: "center" });
        if (power > -2) text(lengths, String(10 ** (power / 2)), [8, y - 8]);
      }
      const colour = strip > -TOUCH ? "orange" : "teal";
      lengths.lines([path.map((one, i) => on(one, STRENGTHS[i]))], { stroke: lengths.ink(colour), width: 2 });
      lengths.dot(on(w, 10 ** Number(strength.input.value)), lengths.ink("ink"));
      text(lengths, "length of the weights against C", [8, lengths.size - 12]);
    }
  });
})();
