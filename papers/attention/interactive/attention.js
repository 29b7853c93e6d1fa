// needs: figure/controls.js figure/heat.js weights.js transformer.js beam.js tree.js
// The models of the demo, live: digits to type, every head as a heat map, √d_k to leave out, the beam as a tree.
"use strict";

(() => {
  const { bar, checkbox, choice, Heat, make, range, shown, status, steps, svg, text, values } = figure;
  const { beamSearch, candidateRows, drawTree, END, PAD, START, Transformer } = figure.own;

  const ANSWERS = { reverse: (digits) => [...digits].reverse().join(""), sort: (digits) => [...digits].sort().join("") };
  const FIRST = "31415926";
  const SHORTEST = 4; // digits, as the training tasks have it
  const mean = (all) => all.reduce((sum, one) => sum + one, 0) / all.length;

  /** Mean over heads and queries of the largest weight and of the entropy, in nats. */
  function sharpness(heads) {
    const rows = heads.flatMap(({ shape: [n, k], data }) => Array.from({ length: n }, (_, i) => data.subarray(i * k, (i + 1) * k)));
    return {
      largest: mean(rows.map((row) => Math.max(...row))),
      entropy: mean(rows.map((row) => row.reduce((sum, one) => sum - (one > 0 ? one * Math.log(one) : 0), 0))),
    };
  }

  function play(place) {
    const weights = figure.given("weights.js");
    const models = Object.fromEntries(Object.keys(ANSWERS).map((task) => [task, new Transformer(weights, task)]));
    const { config: { num_layers: layers, num_heads: heads }, width, longest } = models.reverse;
    let model, source, search, path, maps;
    let mark = [0, 0];

    const task = choice("Task", { reverse: "reverse the digits", sort: "sort the digits" }, () => run(told));
    const digits = text("Digits", { value: FIRST, inputmode: "numeric", size: 10, check, warn }, () => run(told));
    const kinds = { cross: "cross-attention", encoder: "encoder self-attention", own: "decoder self-attention" };
    const kind = choice("Show", Object.fromEntries(Object.entries(kinds).flatMap(([key, words]) => Array.from({ length: layers },
      (_, i) => [`${key} ${i}`, layers > 1 ? `${words}, layer ${i + 1}` : words]))), () => show(0, sharp));
    const divided = checkbox(`Divide the scores by √d_k = √${width}`, true, () => run(sharp));
    const beam = range("Beam width", { min: 1, max: 4, value: 3 }, () => run(told));
    const alpha = range("Length penalty α", { min: 0, max: 1, step: 0.1, value: 0.6 }, () => run(told));
    const stepper = steps("Step", { say: (at) => `${at} of ${search?.steps.length ?? at}` }, () => show(null, candidates));

    const panels = Array.from({ length: heads }, (_, i) => new Heat(`Head ${i + 1}`, (row, column) => {
      mark = [row, column];
      point();
      said.tell(`${where()}: ${numbers().map((one, head) => `head ${head + 1} ${one}`).join(", ")}.`);
    }));
    const list = values({ writes: "Written", largest: "Largest weight, mean over what is written", entropy: "Entropy, mean, in nats", marked: "Marked cell" });
    const picture = svg("svg", { class: "tree", role: "img" });
    const rows = make("tbody");
    const step = make("caption");
    const head = ["Written", "log P", "score", "fate"].map((one) => make("th", { scope: "col" }, one));
    const table = make("table", { class: "candidates" }, step, make("thead", {}, make("tr", {}, ...head)), rows);
    const said = status();
    const box = make("div", { class: "tree-box", tabindex: 0, role: "region", "aria-label": "The beam as a tree" }, picture);
    place.append(
      bar(task.label, digits.label, digits.wrong),
      bar(kind.label, divided.label),
      make("div", { class: "interactive-panels heats" }, ...panels.map((one) => one.element)),
      make("p", { class: "interactive-help" }, "A row is a query, a column a key; fuller ink is more weight, ^ starts and $ ends a sequence. " +
        "Click a cell, or focus a map and press the arrow keys."),
      list.list,
      bar(beam.label, alpha.label), bar(...stepper.parts), box, table, said.element);
    run();
    said.hush();

    function check(typed) {
      if (/[^0-9]/.test(typed)) return "The models know the digits 0 to 9 and nothing else.";
      if (typed.length === 0) return "Type at least one digit.";
      return typed.length > longest ? `The models were trained on ${SHORTEST} to ${longest} digits: type at most ${longest}.` : "";
    }

    function warn(typed) {
      return typed.length < SHORTEST ? `The models were trained on ${SHORTEST} to ${longest} digits: of fewer they have seen none.` : "";
    }

    function name(token) {
      return { [PAD]: "·", [START]: "^", [END]: "$" }[token] ?? model.symbols[token - 3];
    }
    function write(tokens) {
      return tokens.map(name).join("");
    }

    /** Search anew; then say what `words` says of it. */
    function run(words = () => "") {
      model = models[task.input.value];
      source = [...[...digits.value()].map((one) => model.symbols.indexOf(one) + 3), END];
      search = beamSearch(model, source, { width: Number(beam.input.value), alpha: Number(alpha.input.value), divided: divided.input.checked });
      stepper.reset(search.steps.length);
      show(0, words);
    }

    /** Show the step; mark where head 1 looks most in a row, the last one if it is null. */
    function show(row, words) {
      const at = stepper.at();
      path = search.steps[at - 1].best.tokens;
      maps = [true, false].map((scaled) => look(scaled));
      const shownMaps = maps[divided.input.checked ? 0 : 1];
      const names = { encoder: [source, source], own: [path, inputs()], cross: [path, source] }[part()];
      const all = search.steps.length;
      const form = { encoder: {}, own: { free: (i, j) => j <= i, room: [all, all] }, cross: { room: [all, source.length] } }[part()];
      panels.forEach((one, i) => one.show(shownMaps[i], ...names.map((tokens) => tokens.map(name)), form));
      const [n, k] = shownMaps[0].shape;
      const marked = row ?? n - 1;
      const looked = Array.from(shownMaps[0].data.subarray(marked * k, (marked + 1) * k));
      mark = [marked, looked.indexOf(Math.max(...looked))];
      for (const key of ["largest", "entropy"]) {
        const [scaled, plain] = maps.map((one) => shown(sharpness(one)[key], 2));
        list.set(key, `${scaled} divided, ${plain} undivided`);
      }
      list.set("writes", written());
      drawTree(picture, search, at, name);
      picture.setAttribute("aria-label", candidates());
      if (row === null) box.scrollLeft = box.scrollWidth; // to the step just taken
      step.textContent = `Candidates of step ${at}; log P in nats, score = log P ÷ ((5 + length) / 6)^α`;
      rows.replaceChildren(...candidateRows(search.steps[at - 1], write));
      point();
      said.tell(words());
    }

    function part() {
      return kind.input.value.split(" ")[0];
    }
    function inputs() {
      return [START, ...path.slice(0, -1)];
    }

    /** The weights that are shown, of every head, with or without the division. */
    function look(scaled) {
      const encoded = model.encode(source, scaled);
      const decoded = model.decode(inputs(), encoded.memory, scaled);
      return { encoder: encoded.weights, ...decoded }[part()][kind.input.value.split(" ")[1]];
    }

    /** What the model has written, and whether that is right. */
    function written() {
      const words = write(path.filter((token) => token !== END));
      const answer = ANSWERS[task.input.value](digits.value());
      if (stepper.at() < search.steps.length) return `${words} …`;
      return words === answer ? `${words}, right` : `${words}, wrong: ${answer} is right`;
    }

    function numbers() {
      return maps[divided.input.checked ? 0 : 1].map(({ shape: [, k], data }) => shown(data[mark[0] * k + mark[1]], 2));
    }
    function where() {
      const { rows: queries, columns: keys } = panels[0];
      return `${part() === "encoder" ? "From" : "Writing"} ${queries[mark[0]]}, to ${keys[mark[1]]} at place ${mark[1] + 1}`;
    }
    function point() {
      const all = numbers();
      panels.forEach((one, i) => {
        one.mark(mark, `${where()}: weight ${all[i]}.`);
        one.caption.textContent = `marked ${all[i]}`;
      });
      list.set("marked", `${where()}: ${all.join(", ")}`);
    }

    function told() {
      return `Reading ${digits.value()}, written ${written()}. ${search.steps.length} steps, log-probability ${shown(search.finished[0].total)}.`;
    }
    function sharp() {
      const [scaled, plain] = maps.map(sharpness);
      const [now, then] = divided.input.checked ? [scaled, plain] : [plain, scaled];
      return `${divided.input.checked ? "Divided" : "Undivided"}: largest weight ${shown(now.largest, 2)} instead of ${shown(then.largest, 2)}, ` +
        `entropy ${shown(now.entropy, 2)} instead of ${shown(then.entropy, 2)} nats. Written ${written()}.`;
    }
    function candidates() {
      const { candidates: all, best } = search.steps[stepper.at() - 1];
      const of = (fate) => all.filter((one) => one.fate === fate).map((one) => write(one.tokens)).join(", ") || "none";
      return `Step ${stepper.at()} of ${search.steps.length}: best ${write(best.tokens)}, score ${shown(best.score)}; kept ${of("kept")}; ended ${of("ended")}.`;
    }
  }

  figure.start(play);
})();
