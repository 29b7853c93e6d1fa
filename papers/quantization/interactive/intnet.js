// needs: quantised.js
// A folded network rounded to integers and run on integers alone, bit by bit as affine.py, fixed_point.py and integer.py do.
"use strict";

(() => {
  const BELOW_HALF = 0.49999999999999994; // 0.5 itself would take its neighbour below to 1
  const round = (x) => Math.trunc(x + (x < 0 ? -BELOW_HALF : BELOW_HALF));
  const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

  function floats(text) {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    if (bytes.length % 4) throw new Error("the weights are damaged");
    return new Float32Array(bytes.buffer);
  }

  /** The grid of 256 integers over a range that is widened to hold 0. */
  function affine(low, high) {
    const [from, to] = [Math.min(low, 0), Math.max(high, 0)];
    const scale = Math.fround((to - from) / 255) || 1;
    return { scale, zero: clamp(round(-from / scale), 0, 255) };
  }

  /** Weights in rows, one an output channel, to { q, scales, limit }: symmetric, a scale a channel or one for all. */
  function symmetric(weight, rows, bits, perChannel) {
    const limit = 2 ** (bits - 1) - 1;
    const width = weight.length / rows;
    const largest = new Float64Array(rows);
    weight.forEach((one, i) => (largest[Math.floor(i / width)] = Math.max(largest[Math.floor(i / width)], Math.abs(one))));
    if (!perChannel) largest.fill(Math.max(...largest));
    const scales = Float64Array.from(largest, (one) => Math.fround(one / limit) || 1);
    const q = Int32Array.from(weight, (one, i) => clamp(round(one / scales[Math.floor(i / width)]), -limit, limit));
    return { q, scales, limit, width };
  }

  /** M = 2^-n m / 2^31 with m from 2^30 to 2^31 - 1, as [m, n]. */
  function fixedPoint(multiplier) {
    let [fraction, exponent] = [multiplier, 0];
    if (!(fraction > 0)) return [0, 0];
    while (fraction >= 1) { fraction /= 2; exponent++; }
    while (fraction < 0.5) { fraction *= 2; exponent--; }
    let m = Math.floor(fraction * 2 ** 31 + 0.5);
    if (m === 2 ** 31) { m /= 2; exponent++; }
    return -exponent > 31 ? [0, 0] : [m, -exponent];
  }

  /** round(a m / 2^31), halves upwards. The product has 62 bits, so m is split: every step is exact in 53. */
  function highMultiply(a, m) {
    const [high, low] = [a * Math.floor(m / 65536), a * (m % 65536)];
    const whole = Math.floor(high / 32768);
    return whole + Math.floor(((high - whole * 32768) * 65536 + low + 2 ** 30) / 2 ** 31);
  }

  /** round(x / 2^n), halves away from zero. */
  const roundingShift = (x, n) => Math.sign(x) * Math.floor(Math.abs(x) / 2 ** n + 0.5);

  function requantise(sum, m, n) {
    const wide = n < 0 ? clamp(sum * 2 ** -n, -(2 ** 31), 2 ** 31 - 1) : sum;
    return roundingShift(highMultiply(wide, m), Math.max(n, 0));
  }

  /** Sums of a convolution over (C, H, W) with a frame of the zero point, then bytes. */
  function convolve({ size: [channels, height, width], data }, layer) {
    const { kernel, stride, depthwise } = layer.sizes;
    const pad = kernel >> 1;
    const [rows, columns] = [height, width].map((one) => Math.floor((one + 2 * pad - kernel) / stride) + 1);
    const out = new Uint8Array(layer.rows * rows * columns);
    const sums = new Int32Array(rows * columns);
    for (let o = 0; o < layer.rows; o++) {
      sums.fill(layer.bias[o]);
      const [first, end] = depthwise ? [o, o + 1] : [0, channels];
      for (let c = first; c < end; c++) {
        for (let tap = 0; tap < kernel * kernel; tap++) {
          const by = layer.q[o * layer.width + (c - first) * kernel * kernel + tap];
          if (by === 0) continue;
          const [down, right] = [Math.floor(tap / kernel) - pad, (tap % kernel) - pad];
          for (let i = 0; i < rows; i++) {
            const y = i * stride + down;
            if (y < 0 || y >= height) continue;
            for (let j = 0; j < columns; j++) {
              const x = j * stride + right;
              if (x >= 0 && x < width) sums[i * columns + j] += by * (data[(c * height + y) * width + x] - layer.from);
            }
          }
        }
      }
      for (let i = 0; i < sums.length; i++) out[o * sums.length + i] = layer.out(sums[i], o);
    }
    return { size: [layer.rows, rows, columns], data: out };
  }

  class IntNet {
    /** The folded network that quantised.js holds. */
    constructor({ metadata, arrays }) {
      const { config, ranges, read } = JSON.parse(metadata.network);
      const held = Object.fromEntries(Object.entries(arrays).map(([name, { values }]) => [name, floats(values)]));
      Object.assign(this, { config, read, labels: [...held.labels] });
      this.grids = ranges.map(([low, high]) => affine(low, high));
      this.layers = [...config.convolutions, null].map((sizes, i) => ({ sizes, weight: held[`${i}.weight`], real: held[`${i}.bias`], rows: held[`${i}.bias`].length }));
      const pixels = config.size ** 2;
      const { scale, zero } = this.grids[0];
      const bytes = Uint8Array.from(held.images, (one) => clamp(round(one / scale) + zero, 0, 255));
      this.images = this.labels.map((_, i) => ({ size: [1, config.size, config.size], data: bytes.subarray(i * pixels, (i + 1) * pixels) }));
    }

    /** Round the weights; activations keep their 8 bits. Returns the layers in integers. */
    round(bits, perChannel) {
      return this.layers.map(({ sizes, weight, real, rows }, number) => {
        const grid = symmetric(weight, rows, bits, perChannel);
        const [into, out] = this.grids.slice(number, number + 2);
        const bias = Array.from(real, (one, o) => clamp(round(one / (grid.scales[o] * into.scale)), -(2 ** 31), 2 ** 31 - 1));
        const pairs = Array.from(grid.scales, (one) => fixedPoint((one * into.scale) / out.scale));
        const low = sizes ? out.zero : 0; // the ReLU is a clamp at the zero point
        return { ...grid, sizes, rows, bias, from: into.zero, out: (sum, o) => clamp(requantise(sum, ...pairs[o]) + out.zero, low, 255) };
      });
    }

    /** The logits of one image, bytes. */
    look(layers, image) {
      let x = image;
      for (const layer of layers.slice(0, -1)) x = convolve(x, layer);
      const [channels, rows, columns] = x.size;
      const pixels = rows * columns;
      const means = Array.from({ length: channels }, (_, c) =>
        Math.floor((x.data.subarray(c * pixels, (c + 1) * pixels).reduce((sum, one) => sum + one, 0) + (pixels >> 1)) / pixels));
      const head = layers[layers.length - 1];
      return Array.from({ length: head.rows }, (_, o) =>
        head.out(means.reduce((sum, one, c) => sum + head.q[o * head.width + c] * (one - head.from), head.bias[o]), o));
    }
  }

  Object.assign(figure.own, { IntNet, requantise, fixedPoint });
})();
