// needs: figure/tensor.js
// Encoder and decoder of vae.py with two latent components, and both terms of the bound without noise.
"use strict";

(() => {
  const { add, dequantise, map, matmul, tensor } = figure;
  // Gauss–Hermite: seven points and weights of a standard normal
  const HALF = [[0, 0.4571428571428571], [1.1544053947399682, 0.2401231786050126], [2.366759410734541, 0.03075712396758650], [3.7504397177257425, 0.0005482688559722179]];
  const NODES = [...HALF.slice(1).map(([at, by]) => [-at, by]), ...HALF];

  const row = (data) => tensor([1, data.length], Float64Array.from(data));

  class LatentNet {
    /** One of the networks that latent_weights.js holds: "sum" or "mean". */
    constructor({ arrays }, kind) {
      const of = (name) => ["weight", "bias"].map((part) => dequantise(arrays[`${kind}/${name}.${part}`]));
      for (const name of ["encoder_hidden", "encoder_mean", "encoder_log_var", "decoder_hidden", "decoder_mean"]) this[name] = of(name);
    }

    linear(x, name) {
      const [weight, bias] = this[name];
      return add(matmul(x, weight), bias);
    }

    /** Pixels to { mu, sigma }, two numbers each. */
    encode(pixels) {
      const h = map(this.linear(row(pixels), "encoder_hidden"), Math.tanh);
      return { mu: [...this.linear(h, "encoder_mean").data], sigma: [...this.linear(h, "encoder_log_var").data].map((one) => Math.exp(one / 2)) };
    }

    /** A point of the plane to logits of the pixels. */
    logits(z) {
      return this.linear(map(this.linear(row(z), "decoder_hidden"), Math.tanh), "decoder_mean").data;
    }

    /** The same to probabilities. */
    decode(z) {
      return this.logits(z).map((one) => 1 / (1 + Math.exp(-one)));
    }

    /** log p(x|z), summed over the pixels, nats. */
    logLikelihood(pixels, z) {
      return this.logits(z).reduce((sum, one, i) => sum + pixels[i] * one - Math.max(one, 0) - Math.log1p(Math.exp(-Math.abs(one))), 0);
    }

    /** What demo_live.py calls terms: { mu, sigma, expected, divergence }. */
    terms(pixels) {
      const { mu, sigma } = this.encode(pixels);
      let expected = 0;
      for (const [one, by] of NODES) {
        for (const [other, more] of NODES) {
          expected += by * more * this.logLikelihood(pixels, [mu[0] + sigma[0] * one, mu[1] + sigma[1] * other]);
        }
      }
      const divergence = mu.reduce((sum, one, j) => sum + (one * one + sigma[j] * sigma[j] - 1) / 2 - Math.log(sigma[j]), 0);
      return { mu, sigma, expected, divergence };
    }
  }

  Object.assign(figure.own, { LatentNet });
})();
