// needs: figure/tensor.js
// Beam search as decoding.py has it, with every step kept: what was weighed, and what became of it.
"use strict";

(() => {
  const { logSoftmax, tensor } = figure;
  const [PAD, START, END] = [0, 1, 2];

  /** Wu et al. 2016, equation 14. */
  const penalty = (length, alpha) => ((5 + length) / 6) ** alpha;

  /** Log-probabilities of the token after a prefix. */
  function following(model, tokens, memory, divided) {
    const { logits: { shape: [, k], data } } = model.decode([START, ...tokens], memory, divided);
    return Array.from(logSoftmax(tensor([1, k], data.subarray(data.length - k))).data);
  }

  /**
   * Search with a beam of `width`: { steps, finished }. A step has its candidates, the most probable first, each
   * { tokens, token, parent, total, score, fate }, and the best of all that is open or finished by then.
   */
  function beamSearch(model, source, { width, alpha = 0.6, most = model.longest + 1, divided = true }) {
    const { memory } = model.encode(source, divided);
    let open = [{ tokens: [], total: 0 }];
    let finished = [];
    const steps = [];
    const byScore = (one, other) => other.score - one.score;
    for (let length = 1; length <= most; length++) {
      const all = open.flatMap((parent) => following(model, parent.tokens, memory, divided).map((step, token) =>
        ({ tokens: [...parent.tokens, token], token, parent, total: parent.total + step })));
      const candidates = all.sort((one, other) => other.total - one.total).slice(0, 2 * width); // half of them may end
      open = [];
      candidates.forEach((one, rank) => {
        one.score = one.total / penalty(length, alpha);
        const ends = one.token === END || length === most;
        one.fate = ends && rank < width ? "ended" : !ends && open.length < width ? "kept" : "dropped";
        if (one.fate === "kept") open.push(one);
        if (one.fate === "ended") finished.push(one);
      });
      finished = finished.sort(byScore).slice(0, width);
      steps.push({ candidates, best: [...finished, ...open].sort(byScore)[0] });
      // log-probabilities only fall and the penalty only grows: this bounds whatever may still come
      const bound = Math.max(...open.map((one) => one.total)) / penalty(most, alpha);
      if (open.length === 0 || (finished.length > 0 && finished[0].score >= bound)) break;
    }
    steps.at(-1).best = finished[0];
    return { steps, finished };
  }

  Object.assign(figure.own, { PAD, START, END, beamSearch });
})();
