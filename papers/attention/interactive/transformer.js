// needs: figure/tensor.js
// The forward pass of transformer.py for one sequence, with what every head attends to; the tests hold both together.
"use strict";

(() => {
  const { add, beside, byRow, columns, dequantise, layerNorm, map, matmul, relu, softmax, tensor, turned } = figure;

  class Transformer {
    /** The model of a task, from what weights.js holds. */
    constructor({ metadata, arrays }, task) {
      const { config, symbols, longest } = JSON.parse(metadata.models)[task];
      if (config.norm_first || config.positions !== "sinusoidal") throw new Error("the weights are of another kind of model");
      Object.assign(this, { config, symbols, longest, width: config.d_model / config.num_heads, arrays: {} });
      for (const [name, array] of Object.entries(arrays)) {
        if (name.startsWith(`${task}/`)) this.arrays[name.slice(task.length + 1)] = dequantise(array);
      }
    }

    affine(x, name) {
      return add(matmul(x, this.arrays[`${name}.weight`]), this.arrays[`${name}.bias`]);
    }

    /** LayerNorm(x + sublayer(x)): section 3.1. */
    residual(x, made, name) {
      return layerNorm(add(x, made), this.arrays[`${name}.weight`], this.arrays[`${name}.bias`]);
    }

    feedForward(x, name) {
      return this.residual(x, this.affine(relu(this.affine(x, `${name}.feed_forward.inner`)), `${name}.feed_forward.outer`),
        `${name}.feed_forward_norm`);
    }

    /** Tokens to (positions, d_model): embedding times √d_model, plus sines and cosines (sections 3.4 and 3.5). */
    embed(tokens) {
      const d = this.config.d_model;
      const wave = (position, j) => (j % 2 ? Math.cos : Math.sin)(position / 10000 ** ((j - (j % 2)) / d));
      return byRow(tensor([tokens.length, d]), (row, position) =>
        row.map((_, j) => this.arrays["embedding.weight"].data[tokens[position] * d + j] * Math.sqrt(d) + wave(position, j)));
    }

    /** Multi-head attention (section 3.2) of x to `to`: { made, weights } with the weights of each head. */
    attend(x, to, name, { causal = false, divided = true }) {
      const [q, k, v] = [[x, "query"], [to, "key"], [to, "value"]].map(([from, part]) => this.affine(from, `${name}.${part}`));
      const { width, config: { num_heads: heads } } = this;
      const head = (all, i) => columns(all, i * width, width);
      const weights = Array.from({ length: heads }, (_, i) => {
        const scores = matmul(head(q, i), turned(head(k, i))); // (queries, keys)
        const scaled = divided ? map(scores, (one) => one / Math.sqrt(width)) : scores;
        return softmax(causal ? byRow(scaled, (row, t) => row.map((one, j) => (j > t ? -Infinity : one))) : scaled);
      });
      const mixed = beside(weights.map((one, i) => matmul(one, head(v, i))));
      return { made: this.affine(mixed, `${name}.output`), weights };
    }

    /** Source tokens to { memory, weights }: the weights of each layer's heads. */
    encode(source, divided = true) {
      let x = this.embed(source);
      const weights = [];
      for (let layer = 0; layer < this.config.num_layers; layer++) {
        const looked = this.attend(x, x, `encoder.${layer}.attention`, { divided });
        weights.push(looked.weights);
        x = this.feedForward(this.residual(x, looked.made, `encoder.${layer}.attention_norm`), `encoder.${layer}`);
      }
      return { memory: x, weights };
    }

    /** Target tokens, the start token first, to { logits, own, cross }: scores of the next token after each of them. */
    decode(target, memory, divided = true) {
      let x = this.embed(target);
      const [own, cross] = [[], []];
      for (let layer = 0; layer < this.config.num_layers; layer++) {
        const back = this.attend(x, x, `decoder.${layer}.attention`, { causal: true, divided });
        x = this.residual(x, back.made, `decoder.${layer}.attention_norm`);
        const over = this.attend(x, memory, `decoder.${layer}.cross_attention`, { divided });
        x = this.feedForward(this.residual(x, over.made, `decoder.${layer}.cross_attention_norm`), `decoder.${layer}`);
        own.push(back.weights);
        cross.push(over.weights);
      }
      return { logits: matmul(x, turned(this.arrays["embedding.weight"])), own, cross };
    }
  }

  Object.assign(figure.own, { Transformer });
})();
