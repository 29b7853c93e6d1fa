// needs: figure/tensor.js
// The language model of language_model.py, one character at a time with its cache; the tests hold both together.
"use strict";

(() => {
  const { softmax, tensor } = figure;
  const BASE = 10000; // of the angles of rotary positions

  /** Numbers of `kind` from base64; the bytes are little-endian. */
  function decode(text, Kind) {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    if (bytes.length % Kind.BYTES_PER_ELEMENT) throw new Error("the weights are damaged");
    return new Kind(bytes.buffer);
  }

  /** Abramowitz and Stegun 1964, 7.1.26; off by at most 1.5e-7. */
  function erf(x) {
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const y = 1 - ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * Math.exp(-x * x);
    return x < 0 ? -y : y;
  }
  const gelu = (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2));

  /** Where the text that is read begins once it is longer than the context: sampling.py, window_start. */
  function windowStart(length, context) {
    const step = Math.max(1, context >> 1);
    return Math.ceil(Math.max(0, length - context) / step) * step;
  }

  /** The distribution from which the next token is drawn: sampling.py, next_probabilities. */
  function nextProbabilities(logits, { temperature = 1, topK = 0, topP = 1 }) {
    const order = Array.from(logits.keys()).sort((one, other) => logits[other] - logits[one] || one - other);
    if (temperature === 0) return Float64Array.from(logits, (_, token) => (token === order[0] ? 1 : 0));
    const largest = logits[order[0]];
    const all = order.map((token) => Math.exp((logits[token] - largest) / temperature));
    const shares = topK > 0 ? all.slice(0, topK) : all; // the most probable first
    const total = shares.reduce((sum, one) => sum + one, 0);
    let before = 0;
    const kept = topP < 1 ? shares.filter((one) => [before < topP - 1e-12, (before += one / total)][0]) : shares;
    const rest = kept.reduce((sum, one) => sum + one, 0);
    const p = new Float64Array(logits.length);
    kept.forEach((one, rank) => (p[order[rank]] = one / rest));
    return p;
  }

  class CharModel {
    /** The model and its characters, from what shakespeare.js holds: bytes stay bytes, with a scale a row. */
    constructor({ metadata, arrays }) {
      const { config, characters } = JSON.parse(metadata.network);
      if (config.positions !== "rotary" || !config.tied || config.gelu !== "none") throw new Error("the weights are of another kind of model");
      Object.assign(this, { config, characters, width: config.d_model / config.num_heads, arrays: {} });
      for (const [name, { shape, scales, values }] of Object.entries(arrays)) {
        const [bytes, by] = [decode(values, Int8Array), decode(scales, Float32Array)];
        if (bytes.length !== shape.reduce((a, b) => a * b, 1) || by.length !== (shape.length > 1 ? shape[0] : 1)) throw new Error("the weights are damaged");
        this.arrays[name] = { bytes, by };
      }
      this.clear();
    }

    /** Forget what was read. */
    clear() {
      this.read = [];
      this.keys = Array.from({ length: this.config.num_layers }, () => []);
      this.values = this.keys.map(() => []);
      this.logits = [];
      this.maps = []; // of each position: layer by layer, head by head, weights of the positions up to it
    }

    /** Read a window of tokens; what it shares with the window read last is still there. */
    follow(tokens) {
      let same = 0;
      while (same < this.read.length && this.read[same] === tokens[same]) same++;
      for (const one of [this.read, this.logits, this.maps, ...this.keys, ...this.values]) one.length = Math.min(one.length, same);
      for (const token of tokens.slice(same)) this.step(token);
    }

    /** x W + b for a vector: a row of W is its bytes times its scale. */
    affine(x, name) {
      const { bytes, by } = this.arrays[`${name}.weight`];
      const bias = this.arrays[`${name}.bias`];
      const n = bytes.length / x.length;
      const y = Float64Array.from(bias.bytes, (one) => one * bias.by[0]);
      for (let i = 0; i < x.length; i++) {
        const scaled = x[i] * by[i];
        for (let j = 0, at = i * n; j < n; j++, at++) y[j] += scaled * bytes[at];
      }
      return y;
    }

    norm(x, name) {
      const [scale, shift] = ["weight", "bias"].map((one) => this.arrays[`${name}.${one}`]);
      const mean = x.reduce((sum, one) => sum + one, 0) / x.length;
      const spread = Math.sqrt(x.reduce((sum, one) => sum + (one - mean) ** 2, 0) / x.length + 1e-5);
      return x.map((one, i) => ((one - mean) / spread) * scale.bytes[i] * scale.by[0] + shift.bytes[i] * shift.by[0]);
    }

    /** Turn the pairs (i, i + width / 2) of every head by position θ_i: rotary.py. */
    rotate(x, position) {
      const half = this.width / 2;
      for (let head = 0; head < x.length; head += this.width) {
        for (let i = 0; i < half; i++) {
          const angle = position * BASE ** (-i / half);
          const [cos, sin, a, b] = [Math.cos(angle), Math.sin(angle), x[head + i], x[head + i + half]];
          x[head + i] = a * cos - b * sin;
          x[head + i + half] = a * sin + b * cos;
        }
      }
      return x;
    }

    /** Read one more token: its logits and the weights of its heads are kept. */
    step(token) {
      const { config: { d_model: d, num_heads: heads, num_layers: layers }, width } = this;
      const position = this.read.length;
      const { bytes, by } = this.arrays["embedding.weight"];
      let x = Float64Array.from({ length: d }, (_, i) => bytes[token * d + i] * by[token]);
      const maps = [];
      for (let layer = 0; layer < layers; layer++) {
        const name = `blocks.${layer}`;
        const h = this.norm(x, `${name}.attention_norm`);
        const q = this.rotate(this.affine(h, `${name}.attention.query`), position);
        const [keys, values] = [this.keys[layer], this.values[layer]];
        keys.push(this.rotate(this.affine(h, `${name}.attention.key`), position));
        values.push(this.affine(h, `${name}.attention.value`));
        const mixed = new Float64Array(d);
        for (let head = 0; head < heads; head++) {
          const at = head * width;
          const scores = keys.map((key) => {
            let sum = 0;
            for (let i = at; i < at + width; i++) sum += q[i] * key[i];
            return sum / Math.sqrt(width);
          });
          const weights = softmax(tensor([1, scores.length], Float64Array.from(scores))).data;
          maps.push(weights);
          values.forEach((value, s) => {
            for (let i = at; i < at + width; i++) mixed[i] += weights[s] * value[i];
          });
        }
        const attended = this.affine(mixed, `${name}.attention.output`);
        x = x.map((one, i) => one + attended[i]);
        const inner = this.affine(this.norm(x, `${name}.feed_forward_norm`), `${name}.inner`).map(gelu);
        const fed = this.affine(inner, `${name}.outer`);
        x = x.map((one, i) => one + fed[i]);
      }
      const last = this.norm(x, "norm");
      this.read.push(token);
      this.maps.push(maps);
      this.logits.push(Float64Array.from(by, (scale, one) => {
        let sum = 0;
        for (let i = 0; i < d; i++) sum += last[i] * bytes[one * d + i];
        return sum * scale;
      }));
    }
  }

  Object.assign(figure.own, { CharModel, nextProbabilities, windowStart });
})();
