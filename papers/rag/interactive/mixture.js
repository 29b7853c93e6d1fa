// needs: figure/controls.js figure/plane.js
// Three documents, four words: both mixtures of RAG exactly, with sliders for the scores and a second index.
"use strict";

(() => {
  const { bar, checkbox, make, Plane, range, shown, status, values } = figure;
  const INDEXES = [
    [["Ada", "Lim"], ["Bo", "Ray"], ["Bo", "Lim"]],
    [["Ada", "Ray"], ["Bo", "Lim"], ["Ada", "Lim"]],
  ];
  const ANSWERS = [["Ada", "Lim"], ["Ada", "Ray"], ["Bo", "Lim"], ["Bo", "Ray"]];
  const FIRST = { scores: [1, 0.9, 0.5], right: 0.9 };
  const sum = (all) => all.reduce((total, one) => total + one, 0);

  /** p(z | x): the softmax of the scores over the three. */
  function priors(scores) {
    const top = Math.max(...scores);
    const raw = scores.map((one) => Math.exp(one - top));
    return raw.map((one) => one / sum(raw));
  }

  /** p(y | x) of the four answers: sums of products, and products of sums. */
  function mixtures(scores, documents, right) {
    const prior = priors(scores);
    const token = (y, z, i) => (y[i] === z[i] ? right : 1 - right); // p(y_i | x, z)
    return {
      sequence: ANSWERS.map((y) => sum(documents.map((z, n) => prior[n] * token(y, z, 0) * token(y, z, 1)))),
      token: ANSWERS.map((y) => [0, 1].map((i) => sum(documents.map((z, n) => prior[n] * token(y, z, i)))).reduce((a, b) => a * b)),
    };
  }
  Object.assign(figure.own, { mixtures });

  figure.start((place) => {
    const sliders = FIRST.scores.map((value, i) =>
      range(`Score of document ${i + 1}`, { min: -3, max: 3, step: 0.1, value, say: (one) => shown(Number(one), 1) }, show));
    const copies = range("Generator copies a name with probability", { min: 0.5, max: 1, step: 0.01, value: FIRST.right, say: (one) => shown(Number(one), 2) }, show);
    const swap = checkbox("The other index", false, show);
    const priorsList = values({ z1: "p(z1 | x)", z2: "p(z2 | x)", z3: "p(z3 | x)" });
    const names = ANSWERS.flatMap((y, i) => ["sequence", "token"].map((kind) => [`${kind}${i}`, `${y.join(" ")}, ${kind}`]));
    const answers = values({ best: "Likeliest", ...Object.fromEntries(names) });
    const said = status();
    const bars = new Plane("", draw);
    bars.canvas.setAttribute("role", "img");
    bars.canvas.removeAttribute("tabindex");
    bars.canvas.style.maxWidth = "24rem";
    const caption = make("p", { class: "interactive-caption" }, "p(y | x) of each of the four answers: RAG-Sequence blue, RAG-Token orange");
    place.append(bar(...sliders.map((one) => one.label)), bar(copies.label, swap.label), priorsList.list, caption, bars.canvas, answers.list, said.element);
    let found;
    show();
    said.hush();

    function show() {
      const scores = sliders.map((one) => Number(one.input.value));
      found = mixtures(scores, INDEXES[Number(swap.input.checked)], Number(copies.input.value));
      priors(scores).forEach((one, i) => priorsList.set(`z${i + 1}`, `${shown(one, 4)}: ${INDEXES[Number(swap.input.checked)][i].join(" ")}`));
      for (const kind of ["sequence", "token"]) found[kind].forEach((one, i) => answers.set(`${kind}${i}`, shown(one, 4)));
      const best = (kind) => found[kind].indexOf(Math.max(...found[kind]));
      const words = ["sequence", "token"].map((kind) => `RAG-${kind === "token" ? "Token" : "Sequence"} answers ${ANSWERS[best(kind)].join(" ")}, ${shown(found[kind][best(kind)], 2)}`).join("; ");
      answers.set("best", ["sequence", "token"].map((kind) => `${kind}: ${ANSWERS[best(kind)].join(" ")}`).join("; "));
      bars.canvas.setAttribute("aria-label", `Bars. ${words}`);
      bars.refresh();
      said.tell(`${words}.`);
    }

    function draw() {
      const { pen, size } = bars;
      const top = Math.max(...found.sequence, ...found.token);
      pen.font = "12px sans-serif";
      pen.textAlign = "center";
      ["sequence", "token"].forEach((kind, k) => found[kind].forEach((one, i) => {
        const [left, height] = [(i * size) / 4 + (k * size) / 10 + size / 40, (0.84 * size * one) / top];
        pen.fillStyle = bars.ink(k ? "orange" : "shade-5");
        pen.fillRect(left, 0.93 * size - height, size / 11, height);
        pen.fillStyle = bars.ink("ink");
        pen.fillText(shown(one, 2), left + size / 22, 0.93 * size - height - 4);
      }));
      ANSWERS.forEach((y, i) => pen.fillText(y.join(" "), ((i + 0.5) * size) / 4, 0.985 * size));
      pen.textAlign = "start";
    }
  });
})();
