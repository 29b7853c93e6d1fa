// Arrays of numbers for the forward pass of a small model: { shape: [rows, columns], data } row by row.
"use strict";

(() => {
  const tensor = (shape, data = new Float64Array(shape.reduce((a, b) => a * b, 1))) => ({ shape, data });

  /** Numbers of `kind` from base64; the bytes are little-endian. */
  function decode(text, Kind) {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    if (bytes.length % Kind.BYTES_PER_ELEMENT) throw new Error("the weights are damaged");
    return new Kind(bytes.buffer);
  }

  /** Bytes times the scale of their row, in float32 as NumPy has them; a vector is one row. */
  function dequantise({ shape, scales, values }) {
    const [bytes, by] = [decode(values, Int8Array), decode(scales, Float32Array)];
    const size = shape.reduce((a, b) => a * b, 1);
    if (bytes.length !== size || by.length !== (shape.length > 1 ? shape[0] : 1)) throw new Error("the weights are damaged");
    const row = size / by.length;
    return tensor(shape.length > 1 ? shape : [1, size], Float32Array.from(bytes, (one, i) => one * by[Math.floor(i / row)]));
  }

  /** The transpose of (n, k). */
  function turned({ shape: [n, k], data }) {
    const made = tensor([k, n]);
    for (let i = 0; i < n; i++) for (let j = 0; j < k; j++) made.data[j * n + i] = data[i * k + j];
    return made;
  }

  /** a (n, k) @ b (k, m). */
  function matmul(a, b) {
    const [n, k] = a.shape;
    const m = b.shape[1];
    const made = tensor([n, m]);
    for (let i = 0; i < n; i++) {
      for (let l = 0; l < k; l++) {
        const by = a.data[i * k + l];
        for (let j = 0; j < m; j++) made.data[i * m + j] += by * b.data[l * m + j];
      }
    }
    return made;
  }

  function map(a, f) {
    const made = tensor(a.shape);
    for (let i = 0; i < made.data.length; i++) made.data[i] = f(a.data[i], i);
    return made;
  }
  const relu = (a) => map(a, (one) => Math.max(one, 0));

  /** a + b, where b may be a single row for all. */
  const add = (a, b) => map(a, (one, i) => one + b.data[i % b.data.length]);

  /** Columns from `start`, `width` of them. */
  function columns(a, start, width) {
    const [n, k] = a.shape;
    return tensor([n, width], Float64Array.from({ length: n * width }, (_, i) => a.data[Math.floor(i / width) * k + start + (i % width)]));
  }

  /** Tensors of as many rows, side by side. */
  function beside(all) {
    const n = all[0].shape[0];
    const rows = Array.from({ length: n }, (_, i) => all.flatMap(({ shape: [, k], data }) => [...data.subarray(i * k, (i + 1) * k)]));
    return tensor([n, rows[0].length], Float64Array.from(rows.flat()));
  }

  /** Each row mapped by f, which gets a plain array. */
  function byRow(a, f) {
    const [n, k] = a.shape;
    const made = tensor(a.shape);
    for (let i = 0; i < n; i++) made.data.set(f(Array.from(a.data.subarray(i * k, (i + 1) * k)), i), i * k);
    return made;
  }

  /** log Σ exp of an array, without overflow; minus infinity counts nothing. */
  function logSumExp(values) {
    const most = Math.max(...values);
    return most + Math.log(values.reduce((sum, one) => sum + Math.exp(one - most), 0));
  }
  const logSoftmax = (a) => byRow(a, (row) => {
    const total = logSumExp(row);
    return row.map((one) => one - total);
  });
  const softmax = (a) => map(logSoftmax(a), Math.exp);

  /** Standardise each row, then scale and shift it. */
  const layerNorm = (a, scale, shift, eps = 1e-5) => byRow(a, (row) => {
    const mean = row.reduce((sum, one) => sum + one, 0) / row.length;
    const spread = Math.sqrt(row.reduce((sum, one) => sum + (one - mean) ** 2, 0) / row.length + eps);
    return row.map((one, j) => ((one - mean) / spread) * scale.data[j] + shift.data[j]);
  });

  Object.assign(figure, { tensor, dequantise, turned, matmul, map, relu, add, columns, beside, byRow, logSoftmax, softmax, layerNorm });
})();
