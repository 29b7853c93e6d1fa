// needs: figure/controls.js figure/plane.js figure/tensor.js diffusion_paths.js
// One digit through time: noise is added to it, the trained network guesses it, and two samples come out of noise.
"use strict";

(() => {
  const { bar, dequantise, make, Plane, shown, status, steps, values } = figure;
  const PICTURES = ["a real digit", "sample A", "sample B"];
  const FIRST = 400; // the time that is shown at first

  /** √ᾱ and √(1 − ᾱ) at the times 0 … T of an even schedule. */
  function schedule({ steps: count, first, last }) {
    const factors = [[1, 0]];
    let kept = 1;
    for (let t = 1; t <= count; t++) {
      kept *= 1 - (first + ((last - first) * (t - 1)) / (count - 1));
      factors.push([Math.sqrt(kept), Math.sqrt(1 - kept)]);
    }
    return factors;
  }

  /** What was recorded: noise, a digit, and at some times the guesses and the two paths; rows are times. */
  class Recorded {
    constructor({ metadata, arrays }) {
      const about = JSON.parse(metadata.paths);
      this.times = about.times; // from 0 to T
      this.factors = schedule(about.schedule);
      const rows = (name) => {
        const { shape: [count, width], data } = dequantise(arrays[name]);
        return Array.from({ length: count }, (_, row) => data.subarray(row * width, (row + 1) * width));
      };
      [this.digit] = rows("digit");
      [this.noise] = rows("noise");
      this.guesses = [rows("guesses"), rows("guesses_a"), rows("guesses_b")];
      this.paths = [null, rows("path_a"), rows("path_b")];
      this.side = Math.sqrt(this.digit.length);
    }

    /** The picture at the time of a row: the digit with noise in it, or a sample on its way. */
    picture(which, row) {
      if (which) return this.paths[which][row];
      const [signal, noise] = this.factors[this.times[row]];
      return this.digit.map((one, i) => signal * one + noise * this.noise[i]);
    }

    guess(which, row) {
      return this.guesses[which][row];
    }

    /** How far the guess is from the digit, or from what the sample became: root mean square. */
    off(which, row) {
      const end = which ? this.paths[which][0] : this.digit;
      const guess = this.guess(which, row);
      return Math.sqrt(guess.reduce((sum, one, i) => sum + (one - end[i]) ** 2, 0) / guess.length);
    }
  }

  function play(place) {
    const recorded = new Recorded(figure.given("diffusion_paths.js"));
    const { times, factors } = recorded;
    const last = times.length - 1;
    // the slider goes the way of sampling: from noise at the left to the image at the right
    const row = () => last - (walk.at() - 1);
    const walk = steps("Time", { say: (at) => `t = ${times[last - (Number(at) - 1)]}`, pace: 150 }, change);

    const list = values({ mix: "Real digit at t", off0: "Its guess is off by", off1: "Guess of A, from what A becomes", off2: "Guess of B, from what B becomes" });
    const said = status();
    const planes = [];
    const cell = (which, kind) => {
      const plane = new Plane("", () => draw(plane, kind ? recorded.guess(which, row()) : recorded.picture(which, row())));
      plane.canvas.setAttribute("role", "img");
      plane.canvas.removeAttribute("tabindex");
      planes.push({ plane, which, kind });
      return make("div", {}, make("p", { class: "interactive-caption" }, kind ? "its guess" : PICTURES[which]), plane.canvas);
    };
    const grid = make("div", { class: "interactive-panels" }, ...[0, 1].flatMap((kind) => [0, 1, 2].map((which) => cell(which, kind))));
    grid.style.gridTemplateColumns = "repeat(3, minmax(0, 1fr))";
    place.append(
      bar(...walk.parts), grid,
      make("p", { class: "interactive-help" }, "Above, the picture at time t; below, what the network takes it to be. The slider goes the way " +
        "of sampling, from noise at t = " + times[last] + " to the image at t = 0."),
      list.list, said.element);
    walk.reset(times.length);
    const slider = walk.parts[0].querySelector("input");
    slider.value = 1 + last - times.indexOf(FIRST);
    slider.dispatchEvent(new Event("input"));
    said.hush();

    function change() {
      const at = row();
      const [signal, noise] = factors[times[at]];
      list.set("mix", `${shown(signal)} × digit + ${shown(noise)} × noise`);
      const offs = [0, 1, 2].map((which) => recorded.off(which, at));
      offs.forEach((off, which) => list.set(`off${which}`, shown(off)));
      for (const { plane, which, kind } of planes) {
        plane.canvas.setAttribute("aria-label", kind
          ? `The network's guess from ${PICTURES[which]} at t = ${times[at]}, off by ${shown(offs[which])}`
          : `${PICTURES[which]} at t = ${times[at]}${which ? "" : `: ${shown(signal)} of the digit, ${shown(noise)} of noise`}`);
        plane.refresh();
      }
      said.tell(`Time ${times[at]}: ${shown(signal)} of the digit and ${shown(noise)} of noise; its guess is off by ${shown(offs[0])}, ` +
        `those of the samples by ${shown(offs[1])} and ${shown(offs[2])}.`);
    }

    /** Numbers from -1 to 1 as squares of no ink to full ink. */
    function draw({ pen, size }, data) {
      const { side } = recorded;
      const unit = size / side;
      pen.fillStyle = getComputedStyle(pen.canvas).getPropertyValue("--shade-7").trim();
      data.forEach((one, i) => {
        pen.globalAlpha = Math.min(Math.max((one + 1) / 2, 0), 1);
        if (pen.globalAlpha > 0) pen.fillRect((i % side) * unit, Math.floor(i / side) * unit, unit + 0.3, unit + 0.3);
      });
      pen.globalAlpha = 1;
    }
  }

  Object.assign(figure.own, { Recorded });
  figure.start(play);
})();
