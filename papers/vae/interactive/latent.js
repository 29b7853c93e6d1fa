// needs: figure/controls.js figure/plane.js latent_weights.js latent_net.js
// A digit to draw: its ellipse in the latent plane, both terms of the bound, and what the decoder makes of a point.
"use strict";

(() => {
  const { bar, button, checkbox, choice, dequantise, make, pair, Plane, Point, shown, status, values } = figure;
  const { LatentNet } = figure.own;
  const WAYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const [SIZE, FIRST, REACH, PEN, TILES] = [28, 3, 4, 1.3, 9];

  const inside = (value) => Math.min(Math.max(value, 0), SIZE - 1);

  function play(place) {
    const given = figure.given("latent_weights.js");
    const nets = { sum: new LatentNet(given, "sum"), mean: new LatentNet(given, "mean") };
    const all = dequantise(given.arrays.examples).data;
    const examples = Array.from({ length: 10 }, (_, digit) => Float64Array.from(all.subarray(digit * SIZE ** 2, (digit + 1) * SIZE ** 2), Math.round));
    let pixels = examples[FIRST];
    let [pen, terms, decoded] = [[SIZE >> 1, SIZE >> 1], null, null];
    const tiles = {}; // of each network: decoded pictures over the plane, once they are asked for

    const names = examples.map((_, digit) => `the ${digit}`);
    const example = choice("Picture", [...names, "your own"], () => {
      const digit = names.indexOf(example.input.value);
      if (digit >= 0) change(examples[digit]);
    });
    const keys = choice("Pen", ["draws", "erases", "is lifted"], () => said.tell(`The pen ${keys.input.value}.`));
    const clear = button("Clear", () => draw(new Float64Array(SIZE * SIZE)));
    const back = button("To the mean of q", () => point.glide(terms.mu));
    const mean = checkbox("Mean over pixels instead of sum", false, () => change(pixels));
    const net = () => nets[mean.input.checked ? "mean" : "sum"];

    const picture = new Plane("", () => cells(picture, pixels, [0, 0], picture.size));
    picture.canvas.setAttribute("role", "application");
    picture.canvas.setAttribute("aria-roledescription", "picture to draw on");
    picture.canvas.style.touchAction = "none";
    const plane = new Plane("", drawPlane);
    plane.show([[-REACH, REACH], [-REACH, REACH]]);
    const point = new Point(plane, "The orange ellipses are q(z|x), one and two deviations; the dashed circles the prior. Drag the " +
      "teal point, or focus the plane: arrow keys move it, with Shift farther.", ["z1", "z2"], moved);
    const output = new Plane("", () => cells(output, decoded, [0, 0], output.size));
    output.canvas.setAttribute("role", "img");
    output.canvas.removeAttribute("tabindex");

    const list = values({ mu: "Mean μ of q(z|x)", sigma: "Deviation σ", expected: "Mean of log p(x|z) over q, nats",
      divergence: "Divergence of q from the prior, nats", bound: "Bound: the first minus the second, nats", here: "log p(x|z) at the point, nats" });
    const said = status();
    place.append(
      bar(example.label, keys.label, clear), bar(mean.label, back),
      make("div", { class: "interactive-panels" },
        ...[["the picture x", picture], ["the latent plane", plane], ["decoded at the point", output]].map(([words, one]) =>
          make("div", {}, make("p", { class: "interactive-caption" }, words), one.canvas))),
      point.form, point.help,
      make("p", { class: "interactive-help" }, "Draw with pointer or finger, in the middle and about 20 pixels high as the digits it learned " +
        "from; or focus the picture: arrow keys move the pen. A new picture takes the point to its mean."),
      list.list, said.element);
    place.querySelector(".interactive-panels").style.gridTemplateColumns = "repeat(auto-fit, minmax(11rem, 1fr))";

    example.input.value = names[FIRST];
    change(pixels);
    said.hush();

    picture.canvas.addEventListener("pointerdown", (event) => {
      picture.canvas.setPointerCapture(event.pointerId);
      stroke(event);
    });
    picture.canvas.addEventListener("pointermove", (event) => event.buttons && stroke(event));
    picture.canvas.addEventListener("keydown", (event) => {
      const way = WAYS[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      pen = pen.map((one, axis) => inside(one + way[axis]));
      if (keys.input.value === "is lifted") {
        name();
        said.tell(`Pen in row ${pen[0] + 1}, column ${pen[1] + 1}.`);
      } else ink(pen);
    });

    function stroke(event) {
      const { left, top, width } = picture.canvas.getBoundingClientRect();
      const at = [event.clientY - top, event.clientX - left].map((one) => (one / width) * SIZE - 0.5);
      pen = at.map((one) => inside(Math.round(one)));
      ink(at);
    }
    /** Set the pixels around a place, or unset them: they are 0 or 1, as those it learned from. */
    function ink([row, column]) {
      const value = keys.input.value === "erases" ? 0 : 1;
      draw(pixels.map((one, i) => (Math.hypot(Math.floor(i / SIZE) - row, (i % SIZE) - column) < PEN ? value : one)));
    }
    function draw(next) {
      example.input.value = "your own";
      change(next);
    }

    /** Encode a picture, say both terms, and take the point to the mean. */
    function change(next) {
      pixels = next;
      terms = net().terms(pixels);
      const { mu, sigma, expected, divergence } = terms;
      list.set("mu", pair(mu));
      list.set("sigma", pair(sigma));
      list.set("expected", shown(expected));
      list.set("divergence", shown(divergence));
      list.set("bound", shown(expected - divergence));
      point.move(mu, 12);
      name();
      picture.refresh();
      said.tell(`Mean ${pair(mu)}, deviation ${pair(sigma)}; bound ${shown(expected - divergence, 1)} nats: ${shown(expected, 1)} minus ${shown(divergence, 1)}.`);
    }
    /** Decode the point. */
    function moved() {
      const here = net().logLikelihood(pixels, point.at);
      decoded = net().decode(point.at);
      list.set("here", shown(here));
      plane.canvas.setAttribute("aria-label", `Latent plane. q has mean ${pair(terms.mu)} and deviation ${pair(terms.sigma)}; the point is at ${pair(point.at)}.`);
      output.canvas.setAttribute("aria-label", `The decoder's picture at ${pair(point.at)}; log p(x|z) ${shown(here, 1)} nats.`);
      plane.refresh();
      output.refresh();
      said.tell(`Point ${pair(point.at)}: log p(x|z) is ${shown(here, 1)} nats.`);
    }
    function name() {
      picture.canvas.setAttribute("aria-label", `Picture of 28 by 28 pixels, ${pixels.filter((one) => one > 0.5).length} of them set. ` +
        `Pen in row ${pen[0] + 1}, column ${pen[1] + 1}. Arrow keys move it.`);
    }

    function drawPlane() {
      const { left, right, high, low } = plane;
      const [kind, step] = [mean.input.checked ? "mean" : "sum", (right - left) / TILES];
      tiles[kind] ??= Array.from({ length: TILES ** 2 }, (_, i) => net().decode([left + ((i % TILES) + 0.5) * step, low + (Math.floor(i / TILES) + 0.5) * step]));
      tiles[kind].forEach((one, i) => {
        const corner = plane.place([left + (i % TILES) * step, low + (Math.floor(i / TILES) + 1) * step]);
        cells(plane, one, corner, plane.size / TILES, 0.3);
      });
      const ring = ([x, y], [a, b]) => Array.from({ length: 65 }, (_, i) => [x + a * Math.cos((i * Math.PI) / 32), y + b * Math.sin((i * Math.PI) / 32)]);
      const rings = (at, radii) => [1, 2].map((by) => ring(at, radii.map((one) => by * one)));
      plane.lines(rings([0, 0], [1, 1]), { stroke: plane.ink("ink-soft"), dash: [4, 4] });
      plane.lines(rings(terms.mu, terms.sigma), { stroke: plane.ink("orange"), width: 2 });
      plane.dot(point.at, plane.ink("teal"));
    }
    /** Numbers from 0 to 1 as squares of no ink to as much as `most`. */
    function cells({ pen: brush }, data, [x, y], side, most = 1) {
      const unit = side / SIZE;
      brush.fillStyle = getComputedStyle(brush.canvas).getPropertyValue("--shade-7").trim();
      data.forEach((one, i) => {
        if (one < 0.02) return;
        brush.globalAlpha = most * one;
        brush.fillRect(x + (i % SIZE) * unit, y + Math.floor(i / SIZE) * unit, unit + 0.3, unit + 0.3);
      });
      brush.globalAlpha = 1;
    }
  }

  figure.start(play);
})();
