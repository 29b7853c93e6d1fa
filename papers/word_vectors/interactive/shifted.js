// needs: figure/controls.js figure/plane.js figure/tensor.js words.js
// Vectors of a planted corpus are trained: w·c falls onto PMI − ln k. And a map of real vectors that answers analogies.
"use strict";

(() => {
  const { bar, choice, dequantise, make, Plane, shown, status, steps, values } = figure;
  const [FRAMES, EACH, PACE] = [61, 10, 2];
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  const rows = ({ shape: [n, d], data }) => Array.from({ length: n }, (_, i) => Array.from(data.subarray(i * d, (i + 1) * d)));
  const dot = (a, b) => a.reduce((sum, one, i) => sum + one * b[i], 0);
  const mean = (all) => all.reduce((sum, one) => sum + one, 0) / all.length;

  /** The planted corpus: counts, what chance would give, PMI; and vectors that learn from it. */
  class Planted {
    constructor({ arrays }) {
      this.counts = rows(dequantise(arrays.logs)).map((row) => row.map(Math.exp));
      this.first = [rows(dequantise(arrays.first_w)), rows(dequantise(arrays.first_c))];
      const each = this.counts.map((row) => row.reduce((a, b) => a + b));
      const along = this.counts[0].map((_, j) => this.counts.reduce((sum, row) => sum + row[j], 0));
      this.total = each.reduce((a, b) => a + b);
      this.chance = each.map((a) => along.map((b) => (a * b) / this.total));
      this.pmi = this.counts.flatMap((row, i) => row.map((one, j) => Math.log(one / this.chance[i][j])));
    }

    /** w·c of all pairs at every picture, with k negatives and d dimensions. */
    pictures(k, d) {
      let [w, c] = this.first.map((table) => table.map((row) => row.slice(0, d)));
      const made = [];
      for (let frame = 0; frame < FRAMES; frame++) {
        for (let step = 0; frame && step < EACH; step++) [w, c] = this.step(w, c, k, PACE / (1 + k));
        made.push(w.flatMap((a) => c.map((b) => dot(a, b))));
      }
      return made;
    }

    /** One step uphill on the objective that negative sampling has on average. */
    step(w, c, k, rate) {
      const scale = (rate * w.length) / this.total;
      const [up, along] = [w.map((row) => [...row]), c.map((row) => [...row])];
      w.forEach((a, i) => c.forEach((b, j) => {
        const seen = sigmoid(dot(a, b));
        const pull = scale * (this.counts[i][j] * (1 - seen) - k * this.chance[i][j] * seen);
        for (let l = 0; l < a.length; l++) {
          up[i][l] += pull * b[l];
          along[j][l] += pull * a[l];
        }
      }));
      return [up, along];
    }

    /** Slope and R² of products on PMI, and how far their mean is from the PMI's. */
    line(products) {
      const [mx, my] = [mean(this.pmi), mean(products)];
      const of = (a, b, ma, mb) => mean(a.map((one, i) => (one - ma) * (b[i] - mb)));
      const [xx, xy, yy] = [of(this.pmi, this.pmi, mx, mx), of(this.pmi, products, mx, my), of(products, products, my, my)];
      return { slope: xy / xx, fit: xy ** 2 / (xx * yy), shift: my - mx };
    }
  }

  /** Real vectors of some words, their places on the map, and the relations between them. */
  class Words {
    constructor({ metadata, arrays }) {
      Object.assign(this, JSON.parse(metadata.map));
      this.units = rows(dequantise(arrays.vectors)).map((row) => {
        const length = Math.hypot(...row);
        return row.map((one) => one / length);
      });
      this.places = rows(dequantise(arrays.places));
    }

    at(word) {
      return this.words.indexOf(word);
    }

    /** The n words nearest to b − a + c, the three left out, with their cosines. */
    answers(relation, known, asked, n = 3) {
      const pairs = this.relations[relation];
      const given = [...pairs[known], pairs[asked][0]].map((word) => this.at(word));
      const [a, b, c] = given.map((row) => this.units[row]);
      const query = b.map((one, i) => one - a[i] + c[i]);
      const length = Math.hypot(...query);
      return this.units.map((unit, i) => [this.words[i], dot(unit, query) / length])
        .filter((_, i) => !given.includes(i)).sort((x, y) => y[1] - x[1]).slice(0, n);
    }
  }

  function play(place) {
    const given = figure.given("words.js");
    const [planted, words] = [new Planted(given), new Words(given)];
    let made = [];
    const k = choice("Negatives k", ["1", "5", "15"], again);
    const d = choice("Dimensions", { 20: "20, as many as words", 4: "4", 2: "2" }, again);
    [k.input.value, d.input.value] = ["5", "20"];
    const walk = steps("Step", { say: (at) => `step ${(Number(at) - 1) * EACH}`, pace: 120 }, draw);
    const cloud = new Plane("", () => paint());
    const list = values({ slope: "Slope on PMI, 1 in theory", fit: "R²", shift: "Mean of w·c minus PMI", theory: "−ln k" });

    const relation = choice("Relation", Object.keys(words.relations), relate);
    const known = choice("Known pair", [], ask);
    const asked = choice("Asked of", [], ask);
    const map = new Plane("", () => chart());
    const found = values({ answer: "Nearest to b − a + c" });
    const said = status();
    for (const plane of [cloud, map]) {
      plane.canvas.setAttribute("role", "img");
      plane.canvas.removeAttribute("tabindex");
    }
    place.append(
      bar(k.label, d.label), bar(...walk.parts), bar(relation.label, known.label, asked.label),
      make("div", { class: "interactive-panels" },
        make("div", {}, make("p", { class: "interactive-caption" }, "w·c of every pair over its PMI"), cloud.canvas, list.list),
        make("div", {}, make("p", { class: "interactive-caption" }, "GloVe vectors, in the plane of their principal components"), map.canvas, found.list)),
      said.element);
    again();
    relate();
    said.hush();

    function again() {
      made = planted.pictures(Number(k.input.value), Number(d.input.value));
      walk.reset(FRAMES);
      draw();
    }

    function draw() {
      const line = planted.line(made[walk.at() - 1]);
      const theory = -Math.log(Number(k.input.value));
      for (const name of ["slope", "fit", "shift"]) list.set(name, shown(line[name]));
      list.set("theory", shown(theory));
      const words_ = `After ${(walk.at() - 1) * EACH} steps: slope ${shown(line.slope)}, R² ${shown(line.fit)}, ` +
        `mean shift ${shown(line.shift)}; in theory ${shown(theory)}.`;
      cloud.canvas.setAttribute("aria-label", `Cloud of 400 pairs. ${words_}`);
      cloud.refresh();
      said.tell(words_);
    }

    function paint() {
      const theory = -Math.log(Number(k.input.value));
      cloud.show([[-3, 2.2], [-5.5, 1.8]]);
      cloud.lines([[[-5, 0], [5, 0]], [[0, -7], [0, 4]]], { stroke: cloud.ink("line"), width: 1 });
      for (const one of [-4, -2]) write(cloud, shown(one, 0), [0, one], "ink-soft", [14, 0]);
      for (const one of [-3, -2, -1, 1, 2]) write(cloud, shown(one, 0), [one, 0], "ink-soft", [0, -9]);
      cloud.lines([[[-5, -5 + theory], [5, 5 + theory]]], { stroke: cloud.ink("orange"), width: 2 });
      made[walk.at() - 1].forEach((y, i) => {
        const [u, v] = cloud.place([planted.pmi[i], y]);
        cloud.pen.fillStyle = cloud.ink("blue");
        cloud.pen.fillRect(u - 1.5, v - 1.5, 3, 3);
      });
      write(cloud, "PMI − ln k", [1.5, 1.5 + theory], "orange", [22, 26]);
    }

    function relate() {
      const pairs = words.relations[relation.input.value];
      known.input.replaceChildren(...pairs.map(([a, b], i) => make("option", { value: i }, `${a} : ${b}`)));
      asked.input.replaceChildren(...pairs.map(([a], i) => make("option", { value: i }, a)));
      asked.input.value = "1";
      ask();
    }

    function ask() {
      const pairs = words.relations[relation.input.value];
      const [i, j] = [known, asked].map((one) => Number(one.input.value));
      const best = words.answers(relation.input.value, i, j);
      const said_ = `${pairs[i][0]} is to ${pairs[i][1]} as ${pairs[j][0]} is to: ` + best.map(([word, cosine]) => `${word} ${shown(cosine)}`).join(", ");
      found.set("answer", said_);
      map.canvas.setAttribute("aria-label", `Map of ${2 * pairs.length} words, an arrow for each pair. ${said_}.`);
      map.refresh();
      said.tell(`${said_}.`);
    }

    function chart() {
      const pairs = words.relations[relation.input.value].map((pair) => pair.map((word) => [word, words.places[words.at(word)]]));
      const all = pairs.flat().map(([, at]) => at);
      map.show([0, 1].map((axis) => [Math.min(...all.map((at) => at[axis])) - 1, Math.max(...all.map((at) => at[axis])) + 1]));
      const bold = [known, asked].map((one) => Number(one.input.value));
      pairs.forEach(([[, from], [, to]], i) => map.arrow(from, to, map.ink(bold.includes(i) ? "orange" : "line-strong")));
      for (const [[a, from], [b, to]] of pairs) { // words stand beyond the ends of their arrow
        const up = from[1] >= to[1] ? -9 : 9;
        write(map, a, from, "ink", [0, up]);
        write(map, b, to, "ink", [0, -up]);
      }
    }

    function write(plane, text, at, colour, [right, down]) {
      Object.assign(plane.pen, { fillStyle: plane.ink(colour), font: "12px sans-serif", textAlign: "center", textBaseline: "middle" });
      const [x, y] = plane.place(at);
      plane.pen.fillText(text, x + right, y + down);
    }
  }

  Object.assign(figure.own, { Planted, Words });
  figure.start(play);
})();
