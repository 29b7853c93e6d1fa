// needs: figure/controls.js figure/plane.js updates.js
// The update of a fine-tuned map: its singular values, what a smaller rank keeps, and the first gradients.
"use strict";

(() => {
  const { bar, choice, make, Plane, range, shown, status, values } = figure;

  /** The share of the squared singular values that the first `rank` have. */
  function kept(s, rank) {
    const total = (all) => all.reduce((sum, v) => sum + v * v, 0);
    return total(s.slice(0, rank)) / total(s);
  }
  figure.own.kept = kept;

  function play(place) {
    const { cuts, lora, full, accuracy, accuracy_full, gradients } = figure.given("updates.js");
    const maps = Object.fromEntries(lora.map((_, i) => [i, `layer ${Math.floor(i / 2) + 1}, ${i % 2 ? "W_v" : "W_q"}`]));
    const map = choice("Map", maps, look);
    map.input.value = lora.length - 1;
    const rank = range("Rank that is left", { min: 0, max: cuts.length - 1, value: cuts.indexOf(8), say: (i) => `${cuts[i]} of 64` }, look);
    const step = range("Step of training", { min: 0, max: 2, value: 0 }, look);
    const spectrum = new Plane("", drawSpectrum);
    const curve = new Plane("", drawCurve);
    for (const { canvas } of [spectrum, curve]) canvas.setAttribute("role", "img");
    const list = values({ kept: "Share kept of this update", full: "Same share, all weights trained", accuracy: "Accuracy, %", a: "Gradient of A", b: "Gradient of B" });
    const said = status();
    place.append(bar(map.label, rank.label, step.label), make("div", { class: "interactive-panels" }, spectrum.canvas, curve.canvas),
      make("p", { class: "interactive-help" }, "Left: the 16 largest singular values, blue of LoRA, orange of full fine-tuning, each over its largest; " +
        "pale where the rank cuts them off. Right: accuracy over the rank left; the line is full fine-tuning."), list.list, said.element);
    look();
    said.hush();

    function look() {
      const [m, r, t] = [map, rank, step].map(({ input }) => Number(input.value));
      const [ours, theirs, right] = [kept(lora[m], cuts[r]), kept(full[m], cuts[r]), 100 * accuracy[0][r]];
      list.set("kept", shown(ours, 5));
      list.set("full", shown(theirs, 5));
      list.set("accuracy", shown(right, 2));
      list.set("a", shown(gradients[0][t], 5));
      list.set("b", shown(gradients[1][t], 5));
      spectrum.canvas.setAttribute("aria-label", `Singular values of ${maps[m]}, falling off; rank ${cuts[r]} keeps ${shown(100 * ours, 0)} % of the update's square.`);
      curve.canvas.setAttribute("aria-label", `Accuracy by rank: ${cuts.map((c, i) => `${c}: ${shown(100 * accuracy[0][i], 1)} %`).join(", ")}.`);
      said.tell(`Rank ${cuts[r]} of ${maps[m]}: keeps ${shown(100 * ours, 1)} % of the square, accuracy ${shown(right, 1)} %. Step ${t}: gradient of A ${shown(gradients[0][t])}, of B ${shown(gradients[1][t])}.`);
      spectrum.refresh();
      curve.refresh();
    }
    function drawSpectrum() {
      const { pen, size } = spectrum;
      const [m, r] = [Number(map.input.value), cuts[Number(rank.input.value)]];
      [[lora, "blue", 0], [full, "orange", 0.42]].forEach(([all, name, shift]) => all[m].slice(0, 16).forEach((v, i) => {
        const height = 0.85 * size * (v / all[m][0]);
        pen.globalAlpha = i < r ? 1 : 0.25;
        pen.fillStyle = spectrum.ink(name);
        pen.fillRect(((i + 0.08 + shift) * size) / 16, 0.95 * size - height, (0.4 * size) / 16, height);
      }));
      pen.globalAlpha = 1;
      pen.fillStyle = spectrum.ink("ink");
      pen.font = "12px sans-serif";
      pen.textAlign = "center";
      for (const i of [1, 4, 8, 12, 16]) pen.fillText(String(i), ((i - 0.5) * size) / 16, size - 4);
      pen.fillText("singular values over the largest", 0.6 * size, 14);
      pen.textAlign = "start";
    }
    function drawCurve() {
      const { pen, size } = curve;
      const all = [...accuracy[0], accuracy_full[0][0]];
      const [low, high] = [Math.min(...all) - 0.01, Math.max(...all) + 0.01];
      const y = (v) => size * (0.9 - (0.8 * (v - low)) / (high - low));
      const x = (i) => size * (0.08 + (0.84 * i) / (cuts.length - 1));
      pen.strokeStyle = curve.ink("orange");
      pen.beginPath();
      pen.moveTo(0, y(accuracy_full[0][0]));
      pen.lineTo(size, y(accuracy_full[0][0]));
      pen.stroke();
      pen.font = "12px sans-serif";
      pen.textAlign = "center";
      accuracy[0].forEach((v, i) => {
        pen.fillStyle = curve.ink("blue");
        pen.beginPath();
        pen.arc(x(i), y(v), i === Number(rank.input.value) ? 7 : 4, 0, 7);
        pen.fill();
        pen.fillStyle = curve.ink("ink");
        pen.fillText(shown(100 * v, 1), x(i), y(v) - 11);
        pen.fillText(String(cuts[i]), x(i), size - 4);
      });
      pen.textAlign = "start";
      pen.fillText(`all weights: ${shown(100 * accuracy_full[0][0], 1)} %`, 6, y(accuracy_full[0][0]) - 6);
      pen.fillText("accuracy, %, by rank", 6, 14);
    }
  }

  figure.start(play);
})();
