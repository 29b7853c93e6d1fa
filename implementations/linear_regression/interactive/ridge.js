// Ridge and its posterior for a polynomial: what BayesianLinearRegression computes at alpha = λβ, with the β of
// largest evidence for that λ. The tests hold it to NumPy.
"use strict";

(() => {
  const MIDDLE = 1; // x is measured from here, and every column reaches from -2 to 2 on [-1, 3]

  const columns = (x, degree) => Array.from({ length: degree }, (_, k) => (x - MIDDLE) ** (k + 1) / 2 ** k);
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

  /** The lower factor of a symmetric positive definite matrix, row by row. */
  function cholesky(matrix) {
    const lower = matrix.map((row) => row.map(() => 0));
    matrix.forEach((row, i) => {
      for (let j = 0; j <= i; j++) {
        const rest = row[j] - dot(lower[i].slice(0, j), lower[j]);
        lower[i][j] = i === j ? Math.sqrt(rest) : rest / lower[j][j];
      }
    });
    return lower;
  }

  /** Solve G y = b for the lower factor G. */
  function forward(lower, b) {
    const y = [];
    lower.forEach((row, i) => y.push((b[i] - dot(row.slice(0, i), y)) / row[i]));
    return y;
  }

  /** Solve Gᵀ x = y. */
  function backward(lower, y) {
    const x = y.map(() => 0);
    for (let i = y.length - 1; i >= 0; i--) {
      x[i] = (y[i] - lower.reduce((sum, row, k) => (k > i ? sum + row[i] * x[k] : sum), 0)) / lower[i][i];
    }
    return x;
  }

  /**
   * Fit points [[x, y], …] by a polynomial with penalty lambda > 0 on all weights but the intercept.
   *
   * predict(x) is [mean, standard deviation of a new target].
   */
  function fit(points, degree, lambda) {
    const n = points.length;
    const rows = points.map(([x]) => columns(x, degree)); // (n, d)
    const mean = columns(0, degree).map((_, k) => rows.reduce((sum, row) => sum + row[k], 0) / n);
    const level = points.reduce((sum, [, y]) => sum + y, 0) / n;
    const X = rows.map((row) => row.map((value, k) => value - mean[k]));
    const y = points.map(([, value]) => value - level);
    const matrix = mean.map((_, i) => mean.map((__, j) => X.reduce((sum, row) => sum + row[i] * row[j], i === j ? lambda : 0)));
    const lower = cholesky(matrix); // of XᵀX + λI
    const solve = (b) => backward(lower, forward(lower, b));
    const weights = solve(mean.map((_, k) => X.reduce((sum, row, i) => sum + row[k] * y[i], 0)));
    const misfit = X.reduce((sum, row, i) => sum + (y[i] - dot(row, weights)) ** 2, 0);
    const beta = (n - 1) / Math.max(misfit + lambda * dot(weights, weights), 1e-12);
    const logDet = 2 * lower.reduce((sum, row, i) => sum + Math.log(row[i]), 0);
    const trace = mean.reduce((sum, _, k) => sum + solve(mean.map((__, i) => Number(i === k)))[k], 0);
    return {
      weights, beta, misfit,
      intercept: level - dot(mean, weights),
      gamma: degree - lambda * trace,
      evidence: ((n - 1) * Math.log(beta / (2 * Math.PI)) - (logDet - degree * Math.log(lambda)) - (n - 1)) / 2,
      predict(x) {
        const away = columns(x, degree).map((value, k) => value - mean[k]);
        const doubt = forward(lower, away);
        return [level + dot(away, weights), Math.sqrt((1 + 1 / n + dot(doubt, doubt)) / beta)];
      },
    };
  }

  Object.assign(figure.own, { fit });
})();
