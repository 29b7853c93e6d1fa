// needs: figure/controls.js sections.js
// BM25 over sections of this site: the same words, the same formula and the same order as the entry's code.
"use strict";

(() => {
  const { bar, choice, make, shown, status, text } = figure;
  const [K1, B, MOST] = [1.5, 0.75, 5];
  const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)?/gu;

  /** Lower-case words without possessive endings and stop words. */
  const words = (text, stop) =>
    (text.match(WORD) ?? []).map((one) => one.toLowerCase().replace(/['’]s?$/, "")).filter((one) => !stop.has(one));

  /** Documents that can be asked. */
  class BM25 {
    constructor(documents, stop) {
      this.stop = stop;
      this.counts = documents.map((text) => {
        const count = new Map();
        for (const one of words(text, stop)) count.set(one, (count.get(one) ?? 0) + 1);
        return count;
      });
      const lengths = this.counts.map((count) => [...count.values()].reduce((a, b) => a + b, 0));
      const mean = lengths.reduce((a, b) => a + b, 0) / lengths.length;
      this.held = lengths.map((one) => K1 * (1 - B + (B * one) / mean));
      this.holding = new Map(); // word: in how many documents
      for (const count of this.counts) for (const one of count.keys()) this.holding.set(one, (this.holding.get(one) ?? 0) + 1);
    }

    /** What each document gets from each word of the question: [{ word, weight }] of those it holds. */
    parts(question) {
      const asked = words(question, this.stop);
      return this.counts.map((count, z) => asked.filter((one) => count.has(one)).map((word) => {
        const [n, f] = [this.holding.get(word), count.get(word)];
        return { word, weight: (Math.log(1 + (this.counts.length - n + 0.5) / (n + 0.5)) * f) / (f + this.held[z]) };
      }));
    }

    scores = (question) => this.parts(question).map((all) => all.reduce((sum, { weight }) => sum + weight, 0));
  }
  Object.assign(figure.own, { BM25, words });

  figure.start((place) => {
    const { stop, questions, sections } = figure.given("sections.js");
    const known = new Set(stop);
    const index = new BM25(sections.map(({ heading, text }) => `${heading} ${text}`), known);
    const asked = text("Question", {
      value: questions[0],
      maxlength: 200,
      check: (one) => words(one, known).length ? "" : "No word to search for: all are stop words. Name what you look for.",
    }, show);
    const offered = choice("Ask", questions, () => {
      asked.input.value = offered.input.value;
      asked.input.dispatchEvent(new Event("input"));
    });
    for (const { label, input } of [offered, asked]) { // as wide as the figure, also where the words are longer
      Object.assign(label.style, { flex: "1 1 100%", minWidth: 0 });
      Object.assign(input.style, { flex: "1 1 auto", minWidth: 0, width: "100%" });
    }
    const found = make("ol", { class: "interactive-found" });
    const said = status();
    place.append(bar(offered.label), bar(asked.label, asked.wrong), found, said.element);
    show();
    said.hush();

    function show() {
      const parts = index.parts(asked.value());
      const scores = index.scores(asked.value());
      const best = scores.map((_, z) => z).filter((z) => scores[z] > 0).sort((a, b) => scores[b] - scores[a] || a - b).slice(0, MOST);
      found.replaceChildren(...best.map((z) => {
        const { page, heading, anchor, text } = sections[z];
        const shared = [...new Map(parts[z].map((one) => [one.word, one])).keys()].join(", ");
        return make("li", {}, make("a", { href: `../../${page}/#${anchor}` }, heading), ` (${page.split("/")[1].replaceAll("_", " ")}) `,
          make("b", { "data-score": "" }, shown(scores[z], 3)), ` for ${shared}. ${text}`);
      }));
      said.tell(best.length ? `${best.length} of ${sections.length} sections; first: ${sections[best[0]].heading}` : `None of the ${sections.length} sections shares a word with the question.`);
    }
  });
})();
