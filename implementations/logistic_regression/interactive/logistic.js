// Logistic regression of points in the plane, as the entry's Python code fits it: two weights, an intercept, L2.
"use strict";

(() => {
  const sigmoid = (a) => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a)));
  const odds = ([u, v, b], [x, y]) => u * x + v * y + b;

  /** The loss of all points in nats: ln(1 + e^a) − y a each. */
  const loss = (points, classes, w) => points.reduce((sum, point, n) => {
    const a = odds(w, point);
    return sum + Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))) - classes[n] * a;
  }, 0);

  /** What is minimised: loss and penalty. The intercept is free. */
  const total = (points, classes, w, C) => loss(points, classes, w) + (w[0] ** 2 + w[1] ** 2) / (2 * C);

  /** Solve H d = −g for three unknowns, H symmetric and positive definite. */
  function direction([[a, b, c], [, d, e], [, , f]], [g, h, k]) {
    const minors = [d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b];
    const det = a * minors[0] + b * minors[1] + c * minors[2];
    return [[0, 1, 2], [1, 3, 4], [2, 4, 5]].map(([i, j, l]) => -(minors[i] * g + minors[j] * h + minors[l] * k) / det);
  }

  /** The weights and the intercept of least total, by Newton's method with halved steps. */
  function fit(points, classes, C, start = [0, 0, 0]) {
    let w = start;
    let now = total(points, classes, w, C);
    for (let step = 0; step < 200; step++) {
      const g = [w[0] / C, w[1] / C, 0];
      const H = [[1 / C, 0, 0], [0, 1 / C, 0], [0, 0, 0]];
      points.forEach((point, n) => {
        const p = sigmoid(odds(w, point));
        const row = [...point, 1];
        row.forEach((x, i) => {
          g[i] += (p - classes[n]) * x;
          row.forEach((z, j) => (H[i][j] += p * (1 - p) * x * z));
        });
      });
      const way = direction(H, g);
      const slope = way.reduce((sum, one, i) => sum + one * g[i], 0);
      if (!(slope < -1e-18)) break;
      let size = 1;
      let next;
      let then;
      do {
        next = w.map((one, i) => one + size * way[i]);
        then = total(points, classes, next, C);
        size /= 2;
      } while (then > now + 1e-4 * size * slope && size > 1e-9);
      if (!(then <= now)) break;
      [w, now] = [next, then];
    }
    return w;
  }

  /** The fits for rising strengths, each begun at the last one's end. */
  function track(points, classes, strengths) {
    let w;
    return strengths.map((C) => (w = fit(points, classes, C, w)));
  }

  /** Half the width of the widest strip between the classes; not positive where no line separates them.
   * It touches two points of different classes, or stands on two of the same. */
  function margin(points, classes) {
    let widest = -Infinity;
    const look = (u, v) => {
      const size = Math.hypot(u, v);
      if (size < 1e-12) return;
      let [low, high] = [Infinity, -Infinity];
      points.forEach(([x, y], n) => {
        const along = (u * x + v * y) / size;
        if (classes[n]) low = Math.min(low, along);
        else high = Math.max(high, along);
      });
      widest = Math.max(widest, (low - high) / 2);
    };
    points.forEach(([x, y], n) => points.forEach(([s, t], m) => {
      if (classes[n] && !classes[m]) look(x - s, y - t);
      else if (classes[n] === classes[m]) look(t - y, x - s);
    }));
    return widest;
  }

  /** The curve around the minimum on which the total is `above` higher, the intercept held: convex, so each way
   * from the minimum meets it once. */
  function ring(points, classes, w, C, above, corners = 72) {
    const least = total(points, classes, w, C);
    return Array.from({ length: corners + 1 }, (_, k) => {
      const way = [Math.cos((2 * Math.PI * k) / corners), Math.sin((2 * Math.PI * k) / corners)];
      const at = (far) => [w[0] + far * way[0], w[1] + far * way[1], w[2]];
      let [near, far] = [0, 1];
      while (total(points, classes, at(far), C) < least + above && far < 1e6) far *= 2;
      for (let i = 0; i < 30; i++) {
        const middle = (near + far) / 2;
        if (total(points, classes, at(middle), C) < least + above) near = middle;
        else far = middle;
      }
      return at(far).slice(0, 2);
    });
  }

  Object.assign(figure.own, { logistic: { sigmoid, odds, loss, total, fit, track, margin, ring } });
})();
