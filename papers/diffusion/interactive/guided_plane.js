// needs: figure/controls.js
// The plane of live.py: three clouds whose noisy densities, best guess of the noise and classifier are closed forms.
"use strict";

(() => {
  const CENTRES = [[-0.7, -0.5], [0.75, -0.35], [0, 0.75]];
  const SHARES = [0.5, 0.3, 0.2];
  const [SPREAD, T, POINTS] = [0.12, 100, 120];
  const rest = (n) => n - 2 * Math.round(n / 2);

  /** Shares of signal at times 0 … T. */
  const signal = [1];
  for (let t = 1; t <= T; t++) signal.push(signal[t - 1] * (1 - (1e-3 + ((0.2 - 1e-3) * (t - 1)) / (T - 1))));

  /** Round as NumPy does: halves to even. */
  const rounded = (x) => (Math.abs(x % 1) === 0.5 ? (rest(Math.floor(x)) ? Math.ceil(x) : Math.floor(x)) : Math.round(x));

  /** The times that a way of so many steps visits, both ends among them; entry 0 is the clean end. */
  function visited(steps) {
    if (steps === 1) return [0, T];
    return [0, ...Array.from({ length: steps }, (_, i) => rounded(1 + ((T - 1) * i) / (steps - 1)))];
  }

  /** The classes' probabilities at a point, and the slope of each cloud's log density. */
  function classes([x, y], share) {
    const variance = share * SPREAD ** 2 + 1 - share;
    const root = Math.sqrt(share);
    const away = CENTRES.map(([u, v]) => [root * u - x, root * v - y]);
    const logits = away.map(([u, v], i) => Math.log(SHARES[i]) - (u * u + v * v) / (2 * variance));
    const top = Math.max(...logits);
    const parts = logits.map((one) => Math.exp(one - top));
    const sum = parts.reduce((a, b) => a + b, 0);
    return { p: parts.map((one) => one / sum), slopes: away.map(([u, v]) => [u / variance, v / variance]) };
  }
  const mean = ({ p, slopes }) => [0, 1].map((at) => p.reduce((sum, one, i) => sum + one * slopes[i][at], 0));

  /** The best guess of the noise. */
  const noise = (x, share) => mean(classes(x, share)).map((one) => -Math.sqrt(1 - share) * one);

  /** The slope of log p(class | x). */
  function pull(x, share, towards) {
    const found = classes(x, share);
    const middle = mean(found);
    return found.slopes[towards].map((one, at) => one - middle[at]);
  }

  class GuidedPlane {
    constructor(chosen = {}) {
      Object.assign(this, { steps: 20, eta: 0, scale: 0, clip: false, at: "x", towards: 2, seed: 1 }, chosen);
      this.state = this.seed;
      this.times = visited(this.steps);
      let points = Array.from({ length: POINTS }, () => [this.normal(), this.normal()]);
      this.path = [points];
      for (let i = this.steps; i > 0; i--) {
        const means = points.map((x) => this.step(x, i));
        const sigma = this.sigma(i);
        points = sigma && i > 1 ? means.map(([u, v]) => [u + sigma * this.normal(), v + sigma * this.normal()]) : means;
        this.path.push(points);
      }
    }

    normal() {
      const uniform = () => {
        this.state = (Math.imul(1664525, this.state) + 1013904223) >>> 0;
        return (this.state + 0.5) / 2 ** 32;
      };
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      return radius * Math.cos(2 * Math.PI * uniform());
    }

    sigma(i) {
      const [now, before] = [signal[this.times[i]], signal[this.times[i - 1]]];
      return this.eta * Math.sqrt(((1 - before) / (1 - now)) * (1 - now / before));
    }

    /** Where a point's step leads, before noise is added. */
    step(x, i, { scale = this.scale, eta = this.eta } = {}) {
      const [now, before] = [signal[this.times[i]], signal[this.times[i - 1]]];
      const [root, left] = [Math.sqrt(now), Math.sqrt(1 - now)];
      let seen = noise(x, now);
      if (scale) {
        const g = this.at === "x" ? pull(x, now, this.towards)
          : pull(this.step(x, i, { scale: 0, eta: 0 }), signal[this.times[Math.max(i - 1, 1)]], this.towards);
        seen = seen.map((one, at) => one - scale * left * g[at]);
      }
      let guess = x.map((one, at) => (one - left * seen[at]) / root);
      if (this.clip) {
        guess = guess.map((one) => Math.min(Math.max(one, -1), 1));
        seen = x.map((one, at) => (one - root * guess[at]) / left);
      }
      const sigma = eta === this.eta ? this.sigma(i) : 0;
      const kept = Math.sqrt(Math.max(1 - before - sigma ** 2, 0));
      return guess.map((one, at) => Math.sqrt(before) * one + kept * seen[at]);
    }

    /** The share of points that end nearest to each centre, and of those far from all. */
    ends() {
      const counts = [0, 0, 0];
      let outside = 0;
      for (const [x, y] of this.path[this.steps]) {
        const away = CENTRES.map(([u, v]) => (x - u) ** 2 + (y - v) ** 2);
        const least = Math.min(...away);
        counts[away.indexOf(least)] += 1 / POINTS;
        outside += (least > 9 * SPREAD ** 2) / POINTS;
      }
      return { shares: counts, outside };
    }
  }

  Object.assign(figure.own, { GuidedPlane, planeCentres: CENTRES, planeSignal: signal });
})();
