// Boosting on one feature: the exact tree of exact.py, the losses of losses.py, and the points of the figure.
"use strict";

(() => {
  // As in objective.py: a split must gain more than this, and gains this close count as equal.
  const [LEAST_GAIN, ROUNDING, LEAST_HESSIAN] = [1e-6, 1e-10, 1e-16];

  // x, y and label of the training points, then of those held out: demo_live.py draws the same.
  const POINTS = {
    train: {
      x: [
        0.0175, 0.055, 0.0675, 0.08, 0.0925, 0.1175, 0.1425, 0.18, 0.1925, 0.23, 0.2675, 0.305, 0.33, 0.355,
        0.3675, 0.405, 0.4175, 0.4425, 0.455, 0.4675, 0.48, 0.5175, 0.5425, 0.555, 0.58, 0.5925, 0.63, 0.6425,
        0.655, 0.7175, 0.73, 0.755, 0.7675, 0.78, 0.8175, 0.8925, 0.905, 0.93, 0.9425, 0.955,
      ],
      y: [
        -0.191, -0.216, 0.205, -0.164, 0.04, 0.274, -0.053, 0.593, 0.384, 0.685, 0.39, 0.979, 0.809, 0.517,
        0.786, 0.94, 1.096, -0.15, 0.671, 0.483, 0.243, -0.226, 0.456, -0.483, 0.038, 0.234, -0.168, 0.223,
        -0.191, 0.054, 0.443, 0.516, -0.863, -0.489, -0.165, -0.016, -0.435, -0.859, -0.496, -0.604,
      ],
      label: [
        1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0,
        0, 0, 0, 0, 0,
      ],
    },
    held: {
      x: [
        0.005, 0.03, 0.0425, 0.105, 0.13, 0.155, 0.1675, 0.205, 0.2175, 0.2425, 0.255, 0.28, 0.2925, 0.3175,
        0.3425, 0.38, 0.3925, 0.43, 0.4925, 0.505, 0.53, 0.5675, 0.605, 0.6175, 0.6675, 0.68, 0.6925, 0.705,
        0.7425, 0.7925, 0.805, 0.83, 0.8425, 0.855, 0.8675, 0.88, 0.9175, 0.9675, 0.98, 0.9925,
      ],
      y: [
        -0.446, -0.508, -0.054, 0.209, 0.173, 0.222, -0.107, 0.285, 0.908, 0.47, 0.053, 1.053, 0.78, 1.338,
        0.612, 0.385, 0.018, 0.9, 1.127, -0.109, -0.154, 0.108, 0.226, 0.359, 0.083, 0.212, 0.468, 0.034, 0.181,
        -0.479, -0.258, -1.194, -0.985, -0.227, -0.737, -0.349, -0.402, -0.129, -0.298, -0.213,
      ],
      label: [
        0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0,
        1, 1, 0, 0, 1,
      ],
    },
  };

  const mean = (all) => all.reduce((sum, one) => sum + one, 0) / all.length;
  const sigmoid = (z) => 1 / (1 + Math.exp(-z));
  const LOSSES = {
    squared: {
      target: "y",
      value: (z, y) => (y - z) ** 2 / 2,
      derivatives: (z, y) => [z - y, 1],
      predicted: (z) => z,
      constant: mean,
    },
    logistic: {
      target: "label",
      value: (z, y) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y * z,
      derivatives: (z, y) => {
        const p = sigmoid(z);
        return [p - y, Math.max(p * (1 - p), LEAST_HESSIAN)];
      },
      predicted: sigmoid,
      constant: (y) => Math.log(mean(y) / (1 - mean(y))),
    },
  };

  const score = (G, H, lambda) => (G * G) / (H + lambda);

  /** The best place to divide samples from..to, which are in order of x; undefined if none is worth it. */
  function bestSplit({ x, g, h }, from, to, { lambda, least }) {
    let [G, H, left, weight] = [0, 0, 0, 0];
    for (let i = from; i < to; i++) [G, H] = [G + g[i], H + h[i]];
    const enough = Math.max(least, ROUNDING * H);
    const found = [];
    for (let i = from + 1; i < to; i++) {
      [left, weight] = [left + g[i - 1], weight + h[i - 1]];
      if (x[i] === x[i - 1] || weight < enough || weight > H - enough) continue;
      const gain = score(left, weight, lambda) + score(G - left, H - weight, lambda) - score(G, H, lambda);
      found.push({ at: i, threshold: x[i - 1] / 2 + x[i] / 2, gain });
    }
    const best = Math.max(...found.map(({ gain }) => gain));
    if (!(best > LEAST_GAIN)) return undefined;
    return found.find(({ gain }) => gain >= best - ROUNDING * (best + score(G, H, lambda)));
  }

  /** The leaves of a tree, from left to right: each has the x below which it ends, and a value. */
  function grow(samples, settings, from = 0, to = samples.x.length, depth = settings.depth, end = Infinity) {
    const split = depth > 0 ? bestSplit(samples, from, to, settings) : undefined;
    if (split) {
      return [...grow(samples, settings, from, split.at, depth - 1, split.threshold),
        ...grow(samples, settings, split.at, to, depth - 1, end)];
    }
    let [G, H] = [0, 0];
    for (let i = from; i < to; i++) [G, H] = [G + samples.g[i], H + samples.h[i]];
    return [{ end, value: -G / (H + settings.lambda) }];
  }

  const say = (leaves, x) => leaves.find(({ end }) => x < end).value;

  /** Boost: the leaves of every tree, and before any tree and after each the two losses; `train` must be in order of x. */
  function boost({ train, held }, settings) {
    const { value, derivatives, constant, target } = LOSSES[settings.loss];
    const base = constant(train[target]);
    const stands = [train, held].map(({ x }) => x.map(() => base));
    const losses = () => [train, held].map((part, k) => mean(part[target].map((y, i) => value(stands[k][i], y))));
    const [trees, curve] = [[], [losses()]];
    for (let m = 0; m < settings.trees; m++) {
      const both = train[target].map((y, i) => derivatives(stands[0][i], y));
      const [g, h] = [0, 1].map((k) => both.map((one) => one[k]));
      const leaves = grow({ x: train.x, g, h }, settings);
      [train, held].forEach(({ x }, k) => x.forEach((at, i) => (stands[k][i] += settings.rate * say(leaves, at))));
      trees.push(leaves);
      curve.push(losses());
    }
    /** The raw score at x after so many trees. */
    const raw = (x, count) => trees.slice(0, count).reduce((sum, leaves) => sum + settings.rate * say(leaves, x), base);
    return { trees, curve, raw };
  }

  Object.assign(figure.own, { boost, LOSSES, points: POINTS, say });
})();
