// Heights on a grid, and the level lines between them.
"use strict";

(() => {
  /** Heights of at(x, y)[0] on a grid of n cells each way, row by row. */
  function heights({ at, window: [[left, right], [low, high]] }, n) {
    return Array.from({ length: n + 1 }, (_, i) => Array.from({ length: n + 1 }, (_, j) =>
      at(left + (j * (right - left)) / n, low + (i * (high - low)) / n)[0]));
  }

  /** Level lines of a grid of heights, as segments for each level: marching squares. */
  function contours(grid, [[left, right], [low, high]], levels) {
    const n = grid.length - 1;
    const found = levels.map(() => []);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const corners = [[i, j], [i, j + 1], [i + 1, j + 1], [i + 1, j]];
        const z = corners.map(([k, l]) => grid[k][l]);
        if (!z.every(Number.isFinite)) continue;
        const [least, most] = [Math.min(...z), Math.max(...z)];
        levels.forEach((level, at) => {
          if (level <= least || level > most) return;
          const ends = [];
          for (let k = 0; k < 4; k++) {
            const m = (k + 1) % 4;
            if (z[k] < level === z[m] < level) continue;
            const t = (level - z[k]) / (z[m] - z[k]);
            const [row, column] = [0, 1].map((axis) => corners[k][axis] + t * (corners[m][axis] - corners[k][axis]));
            ends.push([left + (column * (right - left)) / n, low + (row * (high - low)) / n]);
          }
          for (let k = 0; k + 1 < ends.length; k += 2) found[at].push([ends[k], ends[k + 1]]);
        });
      }
    }
    return found;
  }

  Object.assign(figure.own, { heights, contours });
})();
