// needs: figure/controls.js figure/heat.js shakespeare.js charmodel.js
// The language model, live: it goes on with a text, shows where every head looks, and what it draws from.
"use strict";

(() => {
  const { bar, button, Heat, make, range, shown, status, values } = figure;
  const { CharModel, nextProbabilities, windowStart } = figure.own;
  const FIRST = "JULIET:\nO Romeo, Romeo! wherefore art thou R";
  const [WRITES, LOOKS, BARS] = [80, 32, 8]; // characters written; characters and bars shown
  const name = (character) => ({ "\n": "↵", " ": "␣" })[character] ?? character;

  /** Random numbers from a seed: the same text each time the page is opened. */
  function dice(seed) {
    return () => {
      seed = (seed + 0x6d2b79f5) | 0;
      let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  function play(place) {
    const model = new CharModel(figure.given("shakespeare.js"));
    const { characters, config: { context, num_heads: heads, num_layers: layers } } = model;
    const places = Array.from({ length: layers * heads }, (_, i) => `${Math.floor(i / heads) + 1}.${(i % heads) + 1}`);
    let [prompt, text, seed, running, key] = [[], [], 1, 0, 0];
    let head = 0;

    const wrong = make("span", { class: "interactive-wrong", id: figure.fresh("wrong"), role: "status" });
    const typed = make("textarea", { rows: 3, "aria-label": "Text", "aria-describedby": wrong.id, spellcheck: "false", autocomplete: "off", input: begin });
    typed.value = FIRST;
    typed.style.width = "100%";
    const temperature = range("Temperature", { min: 0, max: 2, step: 0.1, value: 0.8, say: (at) => Number(at).toFixed(1) }, write);
    const topK = range("Top-k", { min: 0, max: characters.length - 1, value: 0, say: (at) => (at === "0" ? "all" : at) }, write);
    const topP = range("Top-p", { min: 0.05, max: 1, step: 0.05, value: 1, say: (at) => Number(at).toFixed(2) }, write);
    const again = button("Draw again", () => {
      seed += 1;
      write();
    });
    const at = range("Look from character", { min: 1, max: 1, say: (one) => `${one}, ${name(characters[text[start() + one - 1]] ?? "")}` }, look);

    const strip = make("p", { pointerover: pick, pointerdown: pick });
    Object.assign(strip.style, { fontFamily: "var(--md-code-font-family)", overflowWrap: "anywhere", whiteSpace: "pre-wrap" });
    const heat = new Heat("Every head", (row, column) => {
      [head, key] = [row, column];
      mark();
      said.tell(`${told()}.`);
    });
    heat.picture.style.touchAction = "pan-y";
    const bars = Array.from({ length: BARS }, () => ({ term: make("dt"), meter: make("meter", { min: 0, max: 1 }), words: make("span", {}) }));
    const rows = bars.map(({ term, meter, words }, i) => make("div", { "data-rank": i }, term, make("dd", {}, meter, " ", words)));
    const list = values({ written: "It goes on", next: "After the marked character", marked: "Marked cell" });
    const said = status();
    place.append(
      make("p", {}, make("label", {}, "Text ", typed), wrong), bar(temperature.label, topK.label, topP.label, again), strip, bar(at.label),
      make("div", { class: "interactive-panels" }, heat.element, make("dl", { class: "interactive-values" }, ...rows)),
      make("p", { class: "interactive-help" }, `The model goes on with the text by ${WRITES} characters. Point at a character, or move the slider: a row of the map is a ` +
        "head (layer.head), a column a character that it may look at, fuller ink more weight; the bars are what comes next. Arrow keys mark a cell."),
      list.list, said.element);
    begin();
    said.hush();

    /** Where the window that the model has read begins. */
    function start() {
      return windowStart(text.length, context);
    }

    /** Read what is typed, unless the model does not know it. */
    function begin() {
      const foreign = [...new Set(typed.value)].filter((one) => !characters.includes(one));
      wrong.textContent = foreign.length ? `The model was trained on ${characters.length} characters and does not know ${foreign.slice(0, 5).join(" ")}` :
        typed.value === "" ? "Type at least one character." : "";
      typed.setAttribute("aria-invalid", wrong.textContent !== "");
      if (wrong.textContent) return;
      prompt = [...typed.value].map((one) => characters.indexOf(one));
      write();
    }

    /** Go on from the prompt, a few characters at a time, so that the page stays quick. */
    function write() {
      const [turn, random] = [(running += 1), dice(seed)];
      text = prompt.slice();
      const choices = { temperature: Number(temperature.input.value), topK: Number(topK.input.value), topP: Number(topP.input.value) };
      model.follow(text.slice(start()));
      show(prompt.length);
      (function more() {
        if (turn !== running) return;
        for (let i = 0; i < 8 && text.length < prompt.length + WRITES; i++) {
          model.follow(text.slice(start()));
          const p = nextProbabilities(model.logits.at(-1), choices);
          let u = random() * p.reduce((sum, one) => sum + one, 0);
          text.push(Math.max(p.findIndex((one) => (u -= one) < 0), p.indexOf(Math.max(...p)) * (u >= 0)));
        }
        model.follow(text.slice(start()));
        show(Math.max(1, prompt.length));
        if (text.length < prompt.length + WRITES) setTimeout(more);
        else said.tell(`It goes on: ${list.written}`);
      })();
    }

    /** Show the text, and look from its `count`-th character, if the window still holds it. */
    function show(count) {
      const first = start();
      at.input.max = text.length - first;
      at.input.value = Math.max(1, count - first);
      strip.replaceChildren(...text.slice(first).map((token, i) => make(first + i < prompt.length ? "b" : "span", { "data-at": i + 1 }, characters[token])));
      list.written = text.slice(prompt.length).map((token) => characters[token]).join("").replaceAll("\n", " / ");
      list.set("written", list.written);
      look(false);
    }
    function pick({ target }) {
      if (!target.dataset.at) return;
      at.input.value = target.dataset.at;
      look();
    }

    /** Show where the heads look from the chosen character, and what may come after it. */
    function look(tells = true) {
      at.tell();
      const [first, position] = [start(), Number(at.input.value) - 1];
      const low = Math.max(0, position + 1 - LOOKS);
      const names = text.slice(first + low, first + position + 1).map((token) => name(characters[token]));
      const maps = model.maps[position];
      heat.show({ data: Float64Array.from(maps.flatMap((one) => Array.from(one.subarray(low)))) }, places, names, { room: [places.length, LOOKS] });
      [heat.low, heat.maps] = [low, maps];
      [...strip.children].forEach((one, i) => (one.style.textDecoration = i === position ? "underline 0.2em" : ""));
      const looked = Array.from(maps[head].subarray(low));
      key = looked.indexOf(Math.max(...looked));
      mark();
      const p = nextProbabilities(model.logits[position], { temperature: Number(temperature.input.value), topK: Number(topK.input.value), topP: Number(topP.input.value) });
      const order = Array.from(p.keys()).sort((one, other) => p[other] - p[one]);
      bars.forEach(({ term, meter, words }, rank) => {
        const token = order[rank];
        term.textContent = name(characters[token]);
        meter.value = p[token];
        meter.setAttribute("aria-label", `Probability of ${name(characters[token])}`);
        words.textContent = shown(p[token]);
      });
      const entropy = p.reduce((sum, one) => sum - (one > 0 ? one * Math.log(one) : 0), 0);
      const possible = p.filter((one) => one > 0).length;
      list.set("next", `${possible} ${possible === 1 ? "character is" : "characters are"} possible; entropy ${shown(entropy, 2)} nats`);
      if (tells) said.tell(`After ${at.input.value}, ${names.at(-1)}: ${order.slice(0, 3).map((one) => `${name(characters[one])} ${shown(p[one], 2)}`).join(", ")}.`);
    }
    function told() {
      return `Head ${places[head]}, from ${heat.columns.at(-1)} to ${heat.columns[key]}, ${heat.columns.length - 1 - key} back: weight ${shown(heat.maps[head][heat.low + key])}`;
    }
    function mark() {
      heat.mark([head, key], `${told()}.`);
      list.set("marked", told());
    }
  }

  figure.start(play);
})();
