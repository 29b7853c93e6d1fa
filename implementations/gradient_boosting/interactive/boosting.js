// needs: figure/plane.js trees.js
// Trees added one at a time to points on a line: the sum, what it leaves, the newest tree, and both losses.
"use strict";

(() => {
  const { bar, button, choice, make, Plane, range, shown, status, values } = figure;
  const { boost, LOSSES, points, say } = figure.own;

  const [MOST, FINE] = [60, 400];
  const GRID = Array.from({ length: FINE + 1 }, (_, i) => i / FINE);

  function play(place) {
    let model, window;
    const panel = (name, label, draw) => {
      const plane = new Plane(label, () => draw(plane));
      plane.canvas.setAttribute("role", "img");
      plane.canvas.removeAttribute("tabindex");
      plane.show([[0, 1], [0, 1]]);
      const caption = make("p", { class: "interactive-caption" });
      return { plane, caption, element: make("div", {}, make("p", { class: "interactive-name" }, name), plane.canvas, caption) };
    };
    const fit = panel("The sum", "The points, and the prediction as a step function", drawFit);
    const left = panel("What is left", "The negative derivatives at the training points, and the newest tree", drawLeft);
    const both = panel("The losses", "Training and held-out loss by number of trees", drawLosses);
    const all = [fit, left, both];

    const loss = choice("Loss", { squared: "squared error", logistic: "logistic" }, grown);
    const depth = range("Depth", { min: 1, max: 4, value: 2 }, grown);
    const rate = range("Learning rate η", { min: 0.1, max: 1, step: 0.1, value: 0.3, say: (at) => shown(Number(at), 1) }, grown);
    const lambda = range("Penalty λ", { min: 0, max: 10, step: 0.5, value: 1, say: (at) => shown(Number(at), 1) }, grown);
    const count = range("Trees", { min: 0, max: MOST, value: 1 }, changed);
    const go = (to) => () => {
      count.input.value = to();
      count.tell();
      changed();
    };
    const at = () => Number(count.input.value);
    const list = values({ train: "Loss on the training points", held: "Loss on the held-out points",
      least: "Least held-out loss", residual: "Largest derivative left", splits: "Newest tree" });
    const said = status();
    place.append(
      bar(loss.label, depth.label, rate.label, lambda.label),
      bar(count.label, button("Add a tree", go(() => at() + 1)), button("Take one away", go(() => at() - 1)), button("Start again", go(() => 0))),
      make("div", { class: "interactive-panels" }, ...all.map(({ element }) => element)), list.list, said.element);
    grown();
    said.hush();

    /** Grow all trees anew. */
    function grown() {
      model = boost(points, { loss: loss.input.value, depth: Number(depth.input.value), rate: Number(rate.input.value),
        lambda: Number(lambda.input.value), least: 1, trees: MOST });
      changed();
    }

    function changed() {
      const m = at();
      const { target } = LOSSES[loss.input.value];
      window = loss.input.value === "squared" ? [-2, 2] : [-0.1, 1.1];
      const [train, held] = model.curve[m];
      const losses = model.curve.map((one) => one[1]);
      const least = losses.indexOf(Math.min(...losses));
      const largest = Math.max(...points.train[target].map((y, i) => Math.abs(derivative(i, m))));
      const ends = m ? model.trees[m - 1].slice(0, -1).map(({ end }) => shown(end)) : [];
      const splits = m === 0 ? "none yet" : ends.length ? `splits at ${ends.join(", ")}` : "no split is worth it";
      list.set("train", shown(train, 4));
      list.set("held", shown(held, 4));
      list.set("least", `${shown(losses[least], 4)} with ${trees(least)}`);
      list.set("residual", shown(largest));
      list.set("splits", splits);
      fit.caption.textContent = `${target === "y" ? "y" : "probability of a 1"} against x; filled: training, open: held out`;
      left.caption.textContent = `−g before the newest tree, and what that tree says${target === "y" ? "" : " (a quarter of its height)"}`;
      both.caption.textContent = "solid: training, dashed: held out; against the number of trees";
      said.tell(`${trees(m)}: loss ${shown(train, 4)} on the training points, ${shown(held, 4)} held out. Newest tree: ${splits}.`);
      for (const { plane } of all) plane.refresh();
    }

    function trees(m) {
      return `${m} ${m === 1 ? "tree" : "trees"}`;
    }

    /** g of a training point after m trees. */
    function derivative(i, m) {
      const { derivatives, target } = LOSSES[loss.input.value];
      return derivatives(model.raw(points.train.x[i], m), points.train[target][i])[0];
    }

    /** A height as a share of a window of heights. */
    function share(y, [low, high] = window) {
      return (y - low) / (high - low);
    }

    function level(plane, height, words) {
      plane.lines([[[0, height], [1, height]]], { stroke: plane.ink("line-strong") });
      Object.assign(plane.pen, { fillStyle: plane.ink("ink-soft"), font: "12px sans-serif" });
      const [x, y] = plane.place([0, height]);
      plane.pen.fillText(words, x + 5, y < 20 ? y + 14 : y - 4);
    }

    function ring(plane, point) {
      const { pen } = plane;
      pen.beginPath();
      pen.arc(...plane.place(point), 3.5, 0, 7);
      Object.assign(pen, { strokeStyle: plane.ink("ink-soft"), lineWidth: 1.2 }).stroke();
    }

    function drawFit(plane) {
      const { predicted, target } = LOSSES[loss.input.value];
      for (const y of target === "y" ? [-1, 0, 1] : [0, 0.5, 1]) level(plane, share(y), shown(y, 1));
      points.held.x.forEach((x, i) => ring(plane, [x, share(points.held[target][i])]));
      points.train.x.forEach((x, i) => plane.dot([x, share(points.train[target][i])], plane.ink("ink"), 4));
      const curve = (m) => GRID.map((x) => [x, share(predicted(model.raw(x, m)))]);
      if (at() > 0) plane.lines([curve(at() - 1)], { stroke: plane.ink("orange"), width: 1.2, dash: [4, 3] });
      plane.lines([curve(at())], { stroke: plane.ink("blue"), width: 2.4 });
    }

    function drawLeft(plane) {
      const [m, { target }] = [at(), LOSSES[loss.input.value]];
      const span = target === "y" ? [-2, 2] : [-1.1, 1.1];
      for (const y of [-1, 0, 1]) level(plane, share(y, span), shown(y, 1));
      const before = Math.max(m - 1, 0);
      points.train.x.forEach((x, i) => {
        const height = share(-derivative(i, before), span);
        plane.lines([[[x, share(0, span)], [x, height]]], { stroke: plane.ink("line-strong") });
        plane.dot([x, height], plane.ink("teal"), 4);
      });
      if (m === 0) return;
      const scale = target === "y" ? 1 : 1 / 4; // logistic leaves are in log-odds
      plane.lines([GRID.map((x) => [x, share(scale * say(model.trees[m - 1], x), span)])], { stroke: plane.ink("orange"), width: 2.4 });
    }

    function drawLosses(plane) {
      const top = 1.08 * Math.max(...model.curve[0]);
      level(plane, share(model.curve[0][0], [0, top]), shown(model.curve[0][0], 2));
      level(plane, 0, "0");
      const line = (k) => model.curve.map((one, m) => [m / MOST, share(Math.min(one[k], top), [0, top])]);
      plane.lines([line(0)], { stroke: plane.ink("blue"), width: 2 });
      plane.lines([line(1)], { stroke: plane.ink("orange"), width: 2, dash: [5, 3] });
      const m = at();
      plane.lines([[[m / MOST, 0], [m / MOST, 1]]], { stroke: plane.ink("ink-soft") });
      plane.dot(line(0)[m], plane.ink("blue"), 5);
      plane.dot(line(1)[m], plane.ink("orange"), 5);
    }
  }

  figure.start(play);
})();
