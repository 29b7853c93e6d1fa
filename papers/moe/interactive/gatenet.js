// needs: figure/controls.js
// The training of live.py: eight linear experts, a noisy top-k gate, both losses, every gradient by hand.
"use strict";

(() => {
  const [N, CLUSTERS, EACH, RATE] = [8, 8, 16, 0.5];
  const softplus = (r) => Math.max(r, 0) + Math.log1p(Math.exp(-Math.abs(r)));
  const dot = (x, w, j) => x[0] * w[j] + x[1] * w[N + j] + x[2] * w[2 * N + j];
  const sum = (all) => all.reduce((one, other) => one + other, 0);

  /** Φ(z): a series near 0, an expansion far out; to 1e-7. */
  function cdf(z) {
    const x = Math.abs(z) / Math.SQRT2;
    if (x > 6) return z > 0 ? 1 : 0;
    let erf;
    if (x < 3.5) {
      let term = x;
      erf = x;
      for (let n = 1; n < 90; n++) {
        term *= (-x * x) / n;
        erf += term / (2 * n + 1);
      }
      erf *= 2 / Math.sqrt(Math.PI);
    } else erf = 1 - (Math.exp(-x * x) / (x * Math.sqrt(Math.PI))) * (1 - 1 / (2 * x * x) + 3 / (4 * x ** 4));
    return 0.5 * (1 + Math.sign(z) * erf);
  }
  const density = (z) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

  /** CV² of n numbers and its gradient. */
  function squaredCv(v) {
    const mean = sum(v) / v.length;
    const cv = sum(v.map((one) => (one - mean) ** 2)) / v.length / (mean * mean + 1e-10);
    return { cv, slope: v.map((one) => (2 / v.length) * ((one - mean) / (mean * mean) - cv / mean)) };
  }

  class GateNet {
    constructor(k = 2, importance = 0, load = 0, seed = 1) {
      Object.assign(this, { k, importance, load, state: seed, steps: 0, task: NaN, counts: new Array(N).fill(0), cv: [NaN, NaN] });
      const maps = Array.from({ length: CLUSTERS }, () => [this.normal(), this.normal(), this.normal()]);
      const offsets = Array.from({ length: CLUSTERS * EACH }, () => [0.35 * this.normal(), 0.35 * this.normal()]);
      this.x = offsets.map(([u, v], i) => {
        const angle = (2 * Math.PI * Math.floor(i / EACH)) / CLUSTERS;
        return [2 * Math.cos(angle) + u, 2 * Math.sin(angle) + v, 1];
      });
      this.y = offsets.map(([u, v], i) => { const [a, b, c] = maps[Math.floor(i / EACH)]; return a * u + b * v + c; });
      this.experts = Array.from({ length: 3 * N }, () => 0.1 * this.normal());
      this.gate = new Array(3 * N).fill(0);
      this.noise = new Array(3 * N).fill(0);
    }

    uniform() {
      this.state = (Math.imul(1664525, this.state) + 1013904223) >>> 0;
      return (this.state + 0.5) / 2 ** 32;
    }
    normal() {
      const radius = Math.sqrt(-2 * Math.log(this.uniform()));
      return radius * Math.cos(2 * Math.PI * this.uniform());
    }

    /** What the gate decides for a point, with fresh noise. */
    route(x) {
      const clean = [], raw = [], spread = [], epsilon = [];
      for (let j = 0; j < N; j++) {
        clean.push(dot(x, this.gate, j));
        raw.push(dot(x, this.noise, j));
        spread.push(softplus(raw[j]));
        epsilon.push(this.normal());
      }
      const noisy = clean.map((one, j) => one + epsilon[j] * spread[j]);
      const order = noisy.map((_, j) => j).sort((a, b) => noisy[b] - noisy[a] || a - b);
      const kept = order.slice(0, this.k);
      const gates = new Array(N).fill(0);
      kept.forEach((j) => (gates[j] = Math.exp(noisy[j] - noisy[order[0]])));
      const total = sum(gates);
      kept.forEach((j) => (gates[j] /= total));
      const threshold = (j) => (kept.includes(j) ? order[this.k] : order[this.k - 1]); // kth excluding j
      const z = this.k < N ? clean.map((one, j) => (one - noisy[threshold(j)]) / (spread[j] + 1e-10)) : null;
      return { raw, spread, epsilon, kept, gates, threshold, z };
    }

    /** One step of gradient descent on all points. */
    step() {
      const all = this.x.map((x) => this.route(x));
      const total = (of) => Array.from({ length: N }, (_, j) => sum(all.map((one) => of(one, j))));
      const weights = total(({ gates }, j) => gates[j]);
      this.counts = total(({ kept }, j) => (kept.includes(j) ? 1 : 0));
      const even = squaredCv(weights);
      const loads = this.k < N && this.load ? squaredCv(total(({ z }, j) => cdf(z[j]))) : null;
      this.cv = [Math.sqrt(even.cv), Math.sqrt(squaredCv(this.counts).cv)];
      const [dExperts, dGate, dNoise] = [0, 1, 2].map(() => new Array(3 * N).fill(0));
      this.task = 0;
      all.forEach(({ raw, spread, epsilon, kept, gates, threshold, z }, i) => {
        const x = this.x[i];
        const off = sum(kept.map((j) => gates[j] * dot(x, this.experts, j))) - this.y[i];
        this.task += off ** 2 / this.x.length;
        const g = (2 * off) / this.x.length;
        const [dClean, dNoisy, dSpread] = [0, 1, 2].map(() => new Array(N).fill(0));
        const wanted = kept.map((j) => g * dot(x, this.experts, j) + this.importance * even.slope[j]);
        const mean = sum(kept.map((j, at) => gates[j] * wanted[at]));
        kept.forEach((j, at) => {
          dNoisy[j] = gates[j] * (wanted[at] - mean); // the softmax's
          for (let a = 0; a < 3; a++) dExperts[a * N + j] += gates[j] * g * x[a];
        });
        if (loads) {
          for (let j = 0; j < N; j++) {
            const d = (this.load * loads.slope[j] * density(z[j])) / spread[j];
            dClean[j] += d;
            dNoisy[threshold(j)] -= d;
            dSpread[j] -= d * z[j];
          }
        }
        for (let j = 0; j < N; j++) {
          dClean[j] += dNoisy[j];
          const dRaw = (dSpread[j] + dNoisy[j] * epsilon[j]) / (1 + Math.exp(-raw[j]));
          for (let a = 0; a < 3; a++) {
            dGate[a * N + j] += x[a] * dClean[j];
            dNoise[a * N + j] += x[a] * dRaw;
          }
        }
      });
      for (const [w, d] of [[this.experts, dExperts], [this.gate, dGate], [this.noise, dNoise]]) d.forEach((one, i) => (w[i] -= RATE * one));
      this.steps++;
    }

    run(steps) {
      for (let i = 0; i < steps; i++) this.step();
      return this;
    }

    /** The expert of the largest logit without noise. */
    favourite(x) {
      let best = 0;
      for (let j = 1; j < N; j++) if (dot(x, this.gate, j) > dot(x, this.gate, best)) best = j;
      return best;
    }

    get dead() {
      return this.counts.filter((one) => one === 0).length;
    }
  }

  Object.assign(figure.own, { GateNet, normalCdf: cdf });
})();
