// needs: figure/controls.js figure/plane.js figure/heat.js figure/tensor.js darkness.js
// The teacher's answer to a digit at a temperature, the size of the gradient, and the bias of a class never seen.
"use strict";

(() => {
  const { bar, dequantise, Heat, make, Plane, range, shown, softmax, status, tensor, values } = figure;
  const FIRST = { digit: 12, temperature: 4, shift: 0 };
  const MISSING = 3;
  const COLUMNS = [...Array(10).keys()];
  const LOWEST = 1;
  const HIGHEST = 40; // temperatures that are drawn
  const LARGEST = 10; // of the sizes that are drawn
  const SMALLEST = 1e-4;

  /** What ships: digits, the logits of teacher and student on them, and those of a student without threes. */
  class Distilled {
    constructor({ metadata, arrays }) {
      for (const name of ["images", "teacher", "student", "missing"]) {
        const { shape: [, width], data } = dequantise(arrays[name]);
        this[name] = (row) => data.subarray(row * width, (row + 1) * width);
      }
      this.count = arrays.images.shape[0];
      this.labels = [...metadata.labels].map(Number);
      this.rows = JSON.parse(metadata.rows);
    }

    label = (digit) => this.labels[this.rows[digit]];
    soften = (logits, temperature) => [...softmax(tensor([1, 10], Float64Array.from(logits, (one) => one / temperature))).data];

    /** Equation 2: the size of (p − q) / T. */
    gradient(digit, temperature) {
      const q = this.soften(this.teacher(digit), temperature);
      const p = this.soften(this.student(digit), temperature);
      return Math.hypot(...p.map((one, i) => (one - q[i]) / temperature));
    }

    /** Equation 4: the size of (z − v) / (N T²), means taken away. */
    limit(digit, temperature) {
      const apart = Array.from(this.student(digit), (one, i) => one - this.teacher(digit)[i]);
      const mean = apart.reduce((sum, one) => sum + one, 0) / 10;
      return Math.hypot(...apart.map((one) => (one - mean) / (10 * temperature ** 2)));
    }

    /** How many test digits of each class (rows) are read as each (columns) when the bias of 3 is raised. */
    confusion(shift) {
      const counts = new Float64Array(100);
      this.labels.forEach((label, row) => {
        const logits = [...this.missing(row)];
        logits[MISSING] = Math.fround(logits[MISSING] + shift);
        counts[label * 10 + logits.indexOf(Math.max(...logits))]++;
      });
      return counts;
    }
  }

  function play(place) {
    const given = new Distilled(figure.given("darkness.js"));
    const name = (digit) => `${Number(digit) + 1} of ${given.count}, a ${given.label(digit)}`;
    const digit = range("Digit", { min: 0, max: given.count - 1, value: FIRST.digit, say: name }, changeDigit);
    const heat = range("Temperature T", { min: LOWEST, max: HIGHEST, step: 0.5, value: FIRST.temperature }, changeTemperature);
    const bias = range("Added to the bias of 3", { min: -4, max: 12, step: 0.25, value: FIRST.shift, say: (one) => shown(Number(one), 2) }, changeBias);

    const probabilities = values(Object.fromEntries(COLUMNS.map((one) => [`p${one}`, String(one)])));
    const list = values({ gradient: "Size of the gradient, equation (2)", limit: "its limit, equation (4)", scaled: "T² times the gradient" });
    const reads = values({ wrong: "Errors of 1,000", threes: "Threes read right", cell: "Marked cell" });
    const said = status();
    const picture = new Plane("", drawDigit);
    const bars = new Plane("", drawBars);
    const curve = new Plane("", drawCurve);
    for (const plane of [picture, bars, curve]) {
      plane.canvas.setAttribute("role", "img");
      plane.canvas.removeAttribute("tabindex");
    }
    const matrix = new Heat("Class (rows) and what it is read as (columns)", (row, column) => mark([row, column]));
    const panel = (words, plane) => make("div", {}, make("p", { class: "interactive-caption" }, words), plane.canvas);
    const panels = make("div", { class: "interactive-panels" }, panel("the digit", picture), panel("the teacher", bars),
      panel("gradient by T", curve));
    panels.style.gridTemplateColumns = "repeat(3, minmax(0, 1fr))";
    place.append(bar(digit.label, heat.label), panels, probabilities.list, list.list, bar(bias.label), matrix.element, reads.list, said.element);

    let [at, warm, shift, marked] = [FIRST.digit, FIRST.temperature, FIRST.shift, [MISSING, MISSING]];
    let counts;
    showAnswer();
    showMatrix();
    said.hush();

    function changeDigit() {
      at = Number(digit.input.value);
      showAnswer();
    }
    function changeTemperature() {
      warm = Number(heat.input.value);
      showAnswer();
    }
    function changeBias() {
      shift = Number(bias.input.value);
      showMatrix();
    }

    function showAnswer() {
      const q = given.soften(given.teacher(at), warm);
      q.forEach((one, i) => probabilities.set(`p${i}`, shown(one, 4)));
      const [size, limit] = [given.gradient(at, warm), given.limit(at, warm)];
      list.set("gradient", shown(size, 5));
      list.set("limit", shown(limit, 5));
      list.set("scaled", shown(size * warm ** 2, 4));
      const order = COLUMNS.slice().sort((one, other) => q[other] - q[one]);
      const words = `At T = ${warm} the teacher gives ${shown(q[order[0]], 2)} to ${order[0]}, ${shown(q[order[1]], 2)} to ${order[1]}`;
      picture.canvas.setAttribute("aria-label", `Digit ${name(at)}`);
      bars.canvas.setAttribute("aria-label", `Bars. ${words}`);
      curve.canvas.setAttribute("aria-label", `Size of the gradient by temperature, falling as one over T squared: ${shown(size, 5)} at T = ${warm}, limit ${shown(limit, 5)}`);
      for (const plane of [picture, bars, curve]) plane.refresh();
      said.tell(`Digit ${name(at)}. ${words}; the gradient has size ${shown(size, 5)}.`);
    }

    function showMatrix() {
      counts = given.confusion(shift);
      const totals = COLUMNS.map((row) => COLUMNS.reduce((sum, column) => sum + counts[row * 10 + column], 0));
      matrix.show({ data: counts.map((one, i) => one / totals[Math.floor(i / 10)]) }, COLUMNS, COLUMNS);
      const wrong = 1000 - COLUMNS.reduce((sum, one) => sum + counts[one * 11], 0);
      const threes = `${counts[MISSING * 11]} of ${totals[MISSING]}`;
      reads.set("wrong", String(wrong));
      reads.set("threes", threes);
      mark(marked);
      said.tell(`Bias of 3 ${shift < 0 ? "lowered" : "raised"} by ${shown(Math.abs(shift), 2)}: ${threes} threes read right, ${wrong} errors in all.`);
    }

    function mark([row, column]) {
      marked = [row, column];
      const words = `${counts[row * 10 + column]} of class ${row} read as ${column}`;
      reads.set("cell", words);
      matrix.mark(marked, `${words}.`);
    }

    function drawDigit() {
      const { pen, size } = picture;
      const unit = size / 28;
      pen.fillStyle = picture.ink("shade-7");
      given.images(at).forEach((one, i) => {
        pen.globalAlpha = Math.min(Math.max(one, 0), 1);
        if (one > 0) pen.fillRect((i % 28) * unit, Math.floor(i / 28) * unit, unit + 0.3, unit + 0.3);
      });
      pen.globalAlpha = 1;
    }

    function drawBars() {
      const { pen, size } = bars;
      const [unit, foot] = [size / 10, 18];
      pen.font = "12px sans-serif";
      pen.textAlign = "center";
      given.soften(given.teacher(at), warm).forEach((one, i) => {
        const high = one * (size - foot - 4);
        pen.fillStyle = bars.ink(i === given.label(at) ? "orange" : "teal");
        pen.fillRect(i * unit + 2, size - foot - high, unit - 4, high);
        pen.fillStyle = bars.ink("shade-7");
        pen.fillText(i, (i + 0.5) * unit, size - 4);
      });
    }

    function drawCurve() {
      const { size } = curve;
      const across = (t) => Math.log(t / LOWEST) / Math.log(HIGHEST / LOWEST);
      const up = (one) => Math.log(Math.min(Math.max(one, SMALLEST), LARGEST) / SMALLEST) / Math.log(LARGEST / SMALLEST);
      curve.show([[0, 1], [0, 1]]);
      const temperatures = Array.from({ length: 60 }, (_, i) => LOWEST * (HIGHEST / LOWEST) ** (i / 59));
      const line = (size) => [temperatures.map((t) => [across(t), up(size(t))])];
      curve.lines([[[0, 0], [1, 0]], [[0, 0], [0, 1]]], { stroke: curve.ink("line-strong") });
      curve.lines(line((t) => given.limit(at, t)), { stroke: curve.ink("teal"), dash: [5, 4], width: 2 });
      curve.lines(line((t) => given.gradient(at, t)), { stroke: curve.ink("orange"), width: 2 });
      if (size > 0) curve.dot([across(warm), up(given.gradient(at, warm))], curve.ink("orange"), 5);
    }
  }

  Object.assign(figure.own, { Distilled });
  figure.start(play);
})();
