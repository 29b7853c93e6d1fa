// needs: figure/controls.js figure/plane.js quantised.js intnet.js
// Weights of a real network on a grid of few bits: where they fall, what is lost, and what the integers still read.
"use strict";

(() => {
  const { bar, choice, make, Plane, range, shown, status, values } = figure;
  const { IntNet } = figure.own;
  const FIRST = { bits: 4, how: "a channel", layer: 4, channel: 0, digit: 0 };
  const BARS = 41;

  function play(place) {
    const net = new IntNet(figure.given("quantised.js"));
    const names = net.layers.map(({ sizes }, i) =>
      sizes === null ? `${i + 1}: linear` : `${i + 1}: ${sizes.depthwise ? "depthwise" : sizes.kernel === 1 ? "pointwise" : "convolution"}`);
    let [layers, logits] = [[], []];

    const bits = range("Bits of a weight", { min: 2, max: 8, value: FIRST.bits }, rounded);
    const how = choice("One scale", ["a channel", "a layer"], rounded);
    const layer = choice("Layer", Object.fromEntries(names.map((name, i) => [i, name])), () => { most(); look(); });
    const channel = range("Channel", { min: 1, max: 1, value: FIRST.channel + 1 }, look);
    const digit = range("Digit", { min: 1, max: net.labels.length, value: FIRST.digit + 1 }, look);
    const histogram = new Plane("", drawHistogram);
    const errors = new Plane("", drawErrors);
    for (const { canvas } of [histogram, errors]) canvas.setAttribute("role", "img");
    const list = values({ step: "Step of the grid", used: "Levels used", error: "Rounding error", right: "Digits read right", changed: "Predictions changed",
      logits: "Logits of the digit, bytes" });
    const said = status();
    place.append(bar(bits.label, how.label), bar(layer.label, channel.label, digit.label),
      make("div", { class: "interactive-panels" }, histogram.canvas, errors.canvas),
      make("p", { class: "interactive-help" }, "Left: weights of the layer (pale) and of the channel (strong); lines are the numbers that the channel's grid has. " +
        "Right: root mean square rounding error of every channel, as a share of its weights; the chosen one is strong."),
      list.list, said.element);
    how.input.value = FIRST.how;
    layer.input.value = FIRST.layer;
    most();
    rounded();
    said.hush();

    function most() {
      channel.input.max = net.layers[Number(layer.input.value)].rows;
      if (Number(channel.input.value) > Number(channel.input.max)) channel.input.value = channel.input.max;
      channel.tell();
    }
    /** Round the network anew and run all digits through it, on integers. */
    function rounded() {
      layers = net.round(Number(bits.input.value), how.input.value === "a channel");
      logits = net.images.map((image) => net.look(layers, image));
      look();
    }
    function chosen() {
      const number = Number(layer.input.value);
      const at = Number(channel.input.value) - 1;
      const { q, scales, width, limit, rows } = layers[number];
      const { weight } = net.layers[number];
      const share = (row) => {
        let [off, all] = [0, 0];
        for (let i = row * width; i < (row + 1) * width; i++) {
          off += (q[i] * scales[row] - weight[i]) ** 2;
          all += weight[i] ** 2;
        }
        return all > 0 ? Math.sqrt(off / all) : 0;
      };
      return { number, at, q, scales, width, limit, rows, weight, share };
    }
    function look() {
      const { number, at, q, scales, width, limit, share } = chosen();
      const best = (row) => row.indexOf(Math.max(...row));
      const read = logits.map(best);
      const right = read.filter((one, i) => one === net.labels[i]).length;
      const before = net.read.filter((one, i) => one === net.labels[i]).length;
      const changed = read.filter((one, i) => one !== net.read[i]).length;
      const own = logits[Number(digit.input.value) - 1];
      list.set("step", shown(scales[at], 5));
      list.set("used", `${new Set(q.subarray(at * width, (at + 1) * width)).size} of ${2 * limit + 1}`);
      list.set("error", `${shown(100 * share(at), 1)} % of the weights`);
      list.set("right", `${right} of ${net.labels.length}; in real numbers ${before}`);
      list.set("changed", `${changed} of ${net.labels.length}`);
      list.set("logits", `${own.join(" ")}: read as ${best(own)}, is ${net.labels[Number(digit.input.value) - 1]}`);
      const where = `layer ${names[number]}, channel ${at + 1}`;
      histogram.canvas.setAttribute("aria-label", `Histogram of the weights of ${where}, with ${2 * limit + 1} levels ${shown(scales[at], 5)} apart.`);
      errors.canvas.setAttribute("aria-label", `Rounding error of every channel of layer ${names[number]}; channel ${at + 1}: ${shown(100 * share(at), 1)} %.`);
      said.tell(`${bits.input.value} bits, one scale ${how.input.value}: ${right} of ${net.labels.length} read right, ${changed} changed. ${where}: error ${shown(100 * share(at), 1)} %.`);
      histogram.refresh();
      errors.refresh();
    }

    function drawHistogram() {
      const { at, scales, width, limit, weight } = chosen();
      const { pen, size } = histogram;
      const end = weight.reduce((one, other) => Math.max(one, Math.abs(other)), 1e-9) * 1.05;
      const x = (value) => ((value + end) / (2 * end)) * size;
      pen.fillStyle = histogram.ink("line-strong");
      for (let level = -limit; level <= limit; level++) {
        const to = x(level * scales[at]);
        if (to >= 0 && to <= size) pen.fillRect(to - 0.5, 0, 1, size);
      }
      const draw = (part, colour, alpha) => {
        const counts = new Array(BARS).fill(0);
        part.forEach((one) => counts[Math.min(BARS - 1, Math.floor((x(one) / size) * BARS))]++);
        const top = Math.max(...counts);
        pen.globalAlpha = alpha;
        pen.fillStyle = histogram.ink(colour);
        counts.forEach((count, i) => pen.fillRect((i * size) / BARS + 1, size * (1 - (0.92 * count) / top), size / BARS - 2, (size * 0.92 * count) / top));
        pen.globalAlpha = 1;
      };
      draw(weight, "shade-3", 0.8);
      draw(weight.subarray(at * width, (at + 1) * width), "orange", 0.75);
    }
    function drawErrors() {
      const { at, rows, share } = chosen();
      const { pen, size } = errors;
      const all = Array.from({ length: rows }, (_, row) => share(row));
      const top = Math.max(...all, 1e-9);
      all.forEach((one, row) => {
        pen.fillStyle = errors.ink(row === at ? "orange" : "shade-5");
        pen.fillRect((row * size) / rows + 0.5, size * (1 - (0.92 * one) / top), Math.max(size / rows - 1, 1), (size * 0.92 * one) / top);
      });
    }
  }

  figure.start(play);
})();
