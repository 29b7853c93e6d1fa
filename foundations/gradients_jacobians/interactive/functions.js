// The surfaces and maps of surfaces.py, each with its derivatives written out; the tests hold both to each other.
"use strict";

(() => {
  const hill = ([height, a, b, width], x, y) => {
    const [p, q, s] = [x - a, y - b, width * width];
    const value = height * Math.exp(-(p * p + q * q) / (2 * s));
    return [value, (-value * p) / s, (-value * q) / s,
      (value * (p * p - s)) / (s * s), (value * p * q) / (s * s), (value * (q * q - s)) / (s * s)];
  };
  const HILLS = [[1, -0.9, -0.5, 0.7], [0.8, 0.9, 0.7, 0.6], [-0.9, 0.5, -0.9, 0.6]];
  const box = (reach) => [[-reach, reach], [-reach, reach]];

  /** at(x, y) is [f, f_x, f_y, f_xx, f_xy, f_yy]. */
  const surfaces = {
    hills: {
      formula: "two hills and a hollow: a sum of three Gaussians", window: box(2.2), start: [-0.75, -0.95],
      at: (x, y) => HILLS.map((one) => hill(one, x, y)).reduce((sum, one) => sum.map((value, i) => value + one[i])),
    },
    bowl: {
      formula: "x² + xy + y²", window: box(2), start: [1, 0.5],
      at: (x, y) => [x * x + x * y + y * y, 2 * x + y, x + 2 * y, 2, 1, 2],
    },
    saddle: {
      formula: "x² − y²", window: box(2), start: [0.8, 0.6],
      at: (x, y) => [x * x - y * y, 2 * x, -2 * y, 2, 0, -2],
    },
    "monkey saddle": {
      formula: "x³ − 3xy²", window: box(1.5), start: [0.6, 0.5],
      at: (x, y) => [x ** 3 - 3 * x * y * y, 3 * (x * x - y * y), -6 * x * y, 6 * x, -6 * y, -6 * x],
    },
    Himmelblau: {
      formula: "(x² + y − 11)² + (x + y² − 7)²", window: box(5), start: [1, 3],
      at: (x, y) => {
        const [u, v] = [x * x + y - 11, x + y * y - 7];
        return [u * u + v * v, 4 * x * u + 2 * v, 2 * u + 4 * y * v,
          4 * u + 8 * x * x + 2, 4 * x + 4 * y, 2 + 4 * v + 8 * y * y];
      },
    },
    Rosenbrock: {
      formula: "(1 − x)² + 100 (y − x²)²", window: [[-1.6, 1.6], [-0.8, 2.4]], start: [-1, 1.2],
      at: (x, y) => {
        const [u, v] = [1 - x, y - x * x];
        return [u * u + 100 * v * v, -2 * u - 400 * x * v, 200 * v, 2 - 400 * v + 800 * x * x, -400 * x, 200];
      },
    },
  };

  /** at(x, y) is [F_1, F_2, [[∂F_1/∂x, ∂F_1/∂y], [∂F_2/∂x, ∂F_2/∂y]]]. */
  const maps = {
    swirl: {
      formula: "each point turned about 0 by the angle 2e^(−x² − y²)", window: box(2), image: box(2.4), start: [0.55, 0.25],
      at: (x, y) => {
        const angle = 2 * Math.exp(-x * x - y * y);
        const [c, s, ax, ay] = [Math.cos(angle), Math.sin(angle), -2 * x * angle, -2 * y * angle];
        const [u, v] = [x * c - y * s, x * s + y * c];
        return [u, v, [[c - v * ax, -s - v * ay], [s + u * ax, c + u * ay]]];
      },
    },
    "polar coordinates": {
      formula: "(r cos θ, r sin θ)", window: [[0, 2], [0, 3]], image: [[-2.1, 2.1], [-1.6, 2.6]], start: [1.2, 0.8],
      at: (r, t) => {
        const [c, s] = [Math.cos(t), Math.sin(t)];
        return [r * c, r * s, [[c, -r * s], [s, r * c]]];
      },
    },
    "complex square": {
      formula: "(x² − y², 2xy)", window: box(1.5), image: box(4.6), start: [0.9, 0.6],
      at: (x, y) => [x * x - y * y, 2 * x * y, [[2 * x, -2 * y], [2 * y, 2 * x]]],
    },
    waves: {
      formula: "(x + ½ sin 2y, y + ½ sin 2x)", window: box(2), image: box(2.6), start: [0.8, -0.4],
      at: (x, y) => [x + Math.sin(2 * y) / 2, y + Math.sin(2 * x) / 2, [[1, Math.cos(2 * y)], [Math.cos(2 * x), 1]]],
    },
    fold: {
      formula: "(x, y² − x/2)", window: box(1.5), image: [[-2.2, 2.2], [-1.4, 3]], start: [-0.4, 0.8],
      at: (x, y) => [x, y * y - x / 2, [[1, 0], [-0.5, 2 * y]]],
    },
    shear: {
      formula: "(x + y/2, x/4 + y)", window: box(2), image: box(3.1), start: [0.7, 0.5],
      at: (x, y) => [x + y / 2, x / 4 + y, [[1, 0.5], [0.25, 1]]],
    },
  };

  /** Eigenvalues of [[a, b], [b, d]], the lower first, and the angle of the eigenvector of the higher. */
  function eigen(a, b, d) {
    const [middle, half] = [(a + d) / 2, Math.hypot((a - d) / 2, b)];
    return [middle - half, middle + half, Math.atan2(2 * b, a - d) / 2];
  }

  /** Singular values of [[a, b], [c, d]], the larger first, and the angle of the direction that is stretched most. */
  function singular([[a, b], [c, d]]) {
    const [sum, difference] = [Math.hypot(a + d, b - c) / 2, Math.hypot(a - d, b + c) / 2];
    return [sum + difference, Math.abs(sum - difference), Math.atan2(2 * (a * b + c * d), a * a + c * c - b * b - d * d) / 2];
  }

  Object.assign(figure.own, { surfaces, maps, eigen, singular });
})();
