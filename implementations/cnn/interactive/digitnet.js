// needs: figure/tensor.js
// The forward pass of networks.py for one picture, with the maps after every layer and what a unit of them sees.
"use strict";

(() => {
  const { add, dequantise, matmul, softmax, tensor } = figure;

  /** ReLU of a correlation with kernels of 3 × 3 and a frame of one zero: (C, H, W) to (O, H, W). */
  function convolve({ shape: [channels, height, width], data }, { shape: [made], data: kernel }, bias) {
    const y = tensor([made, height, width]);
    for (let o = 0; o < made; o++) {
      const out = y.data.subarray(o * height * width, (o + 1) * height * width).fill(bias.data[o]);
      for (let c = 0; c < channels; c++) {
        for (let tap = 0; tap < 9; tap++) {
          const [by, down, right] = [kernel[(o * channels + c) * 9 + tap], Math.floor(tap / 3) - 1, (tap % 3) - 1];
          for (let i = Math.max(0, -down); i < Math.min(height, height - down); i++) {
            const from = (c * height + i + down) * width + right;
            for (let j = Math.max(0, -right); j < Math.min(width, width - right); j++) out[i * width + j] += by * data[from + j];
          }
        }
      }
      out.forEach((one, i) => (out[i] = Math.max(one, 0)));
    }
    return y;
  }

  /** The largest of every 2 × 2: (C, H, W) to (C, H / 2, W / 2). */
  function pool({ shape: [channels, height, width], data }) {
    const [rows, columns] = [height >> 1, width >> 1];
    const y = tensor([channels, rows, columns]);
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const at = (c * height + 2 * i) * width + 2 * j;
          y.data[(c * rows + i) * columns + j] = Math.max(data[at], data[at + 1], data[at + width], data[at + width + 1]);
        }
      }
    }
    return y;
  }

  class DigitNet {
    /** The network that digits.js holds. */
    constructor({ metadata, arrays }) {
      const { config, mean, std } = JSON.parse(metadata.network);
      if (config.batch_norm || config.hidden || config.activation !== "relu") throw new Error("the weights are of another kind of network");
      Object.assign(this, { config, mean, std, arrays: {} });
      for (const [name, array] of Object.entries(arrays)) this.arrays[name] = dequantise(array);
      const side = config.size ** 2;
      this.examples = Array.from({ length: 10 }, (_, digit) => Float64Array.from(this.arrays.examples.data.subarray(digit * side, (digit + 1) * side)));
      this.fields = this.see();
    }

    /** What the first unit of every layer sees along an axis: { name, size, step, start }, as receptive_field.py has it. */
    see() {
      const fields = [];
      let [size, step, start, number] = [1, 1, 0, 0];
      const push = (name, kernel, stride, padding) => {
        start -= padding * step;
        size += (kernel - 1) * step;
        step *= stride;
        fields.push({ name, size, step, start });
      };
      this.config.widths.forEach((block, i) => {
        for (const _ of block) push(`convolution ${++number}`, 3, 1, 1);
        push(`pooling ${i + 1}`, 2, 2, 0);
      });
      return fields;
    }

    /** Pixels in [0, 1] to { maps, scores, shares }: maps (C, H, W) after every layer, probabilities of the classes. */
    look(pixels) {
      let x = tensor([1, this.config.size, this.config.size], Float64Array.from(pixels, (one) => (one - this.mean) / this.std));
      const maps = [];
      this.config.widths.forEach((block, i) => {
        block.forEach((_, k) => {
          const name = `blocks.${i}.layers.${2 * k}`; // each is followed by its ReLU
          maps.push((x = convolve(x, this.arrays[`${name}.weight`], this.arrays[`${name}.bias`])));
        });
        maps.push((x = pool(x)));
      });
      const [channels, height, width] = x.shape;
      const means = tensor([1, channels], Float64Array.from({ length: channels }, (_, c) =>
        x.data.subarray(c * height * width, (c + 1) * height * width).reduce((sum, one) => sum + one, 0) / (height * width)));
      const scores = add(matmul(means, this.arrays["head.2.weight"]), this.arrays["head.2.bias"]);
      return { maps, scores: [...scores.data], shares: [...softmax(scores).data] };
    }
  }

  Object.assign(figure.own, { DigitNet });
})();
