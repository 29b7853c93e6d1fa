"""Quantisation-aware training: real weights learn while the network computes with rounded ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff.tensor import Array
from foundations.nn import functional as F
from foundations.nn.parameters import Parameter
from papers.quantization.affine import AffineQuantizer
from papers.quantization.digits import Digits
from papers.quantization.fake import fake_quantize
from papers.quantization.folded import FoldedNet, folded_net
from papers.quantization.model import QuantizedNet, calibrate, quantize_model, weight_quantizer
from papers.quantization.ranges import MovingAverage
from papers.quantization.training import train


class AwareNet(nn.Module):
    """A folded network whose weights are rounded on the way to every product, and real where they are kept.

    Args:
        net: Where training begins; stays as it is.
        weight_bits: From 2 to 32; None computes in real numbers throughout.
        activation_bits: From 1 to 32.
        images: Training images that the first ranges of activations are taken from.
        decay: Of the moving averages that the ranges follow in training.

    Attributes:
        weights: Real ones, output channels first; the grid of each is taken from it anew at every step.
        biases: Real.

    Source: Krishnamoorthi 2018, section 3.2; Jacob et al. 2018, section 3.
    """

    def __init__(
        self,
        net: FoldedNet,
        weight_bits: int | None = 8,
        activation_bits: int = 8,
        *,
        images: np.ndarray,
        decay: float = 0.99,
    ) -> None:
        self.net, self.weight_bits, self.activation_bits = net, weight_bits, activation_bits
        self.weights = nn.ParameterList(Parameter(layer.weight.copy()) for layer in net.layers)
        self.biases = nn.ParameterList(Parameter(layer.bias.copy()) for layer in net.layers)
        self.observers = [MovingAverage(decay) for _ in range(len(net.layers) + 1)]
        for observer, pair in zip(self.observers, calibrate(net, images), strict=True):
            observer.see(np.array(pair))

    def forward(self, x: Array) -> Any:
        """Map images (n, channels, size, size) to logits (n, classes), which are not rounded."""
        x = self._rounded(0, x)
        last = len(self.weights) - 1
        for number, sizes in enumerate(self.net.config.convolutions):
            weight, groups = self._weight(number), self.weights[number].shape[0] if sizes.depthwise else 1
            padding = sizes.kernel // 2
            x = F.relu(F.conv2d(x, weight, self.biases[number], sizes.stride, padding, groups=groups))
            x = self._rounded(number + 1, x)
        x = self._rounded(last, x.mean(axis=(2, 3)), watch=False)
        logits = x @ self._weight(last).T + self.biases[last]
        if self.training:
            self.observers[-1].see(np.asarray(logits.numpy()))
        return logits

    def _weight(self, number: int) -> Any:
        weight = self.weights[number]
        if self.weight_bits is None:
            return weight
        return fake_quantize(weight, weight_quantizer(weight.numpy(), self.weight_bits))

    def _rounded(self, number: int, x: Any, *, watch: bool = True) -> Any:
        if self.training and watch and number:
            self.observers[number].see(x.numpy())
        if self.weight_bits is None:
            return x
        return fake_quantize(x, AffineQuantizer.affine(*self.observers[number].range, self.activation_bits))

    def folded(self) -> FoldedNet:
        """Return the network with the real weights as they are now."""
        state = {f"{i}.weight": one.numpy().copy() for i, one in enumerate(self.weights)}
        state |= {f"{i}.bias": one.numpy().copy() for i, one in enumerate(self.biases)}
        return folded_net(self.net.config, state)

    def quantized(self) -> QuantizedNet:
        """Return the network in integers, with the ranges that training ended with."""
        return quantize_model(
            self.folded(),
            weight_bits=self.weight_bits or 8,
            activation_bits=self.activation_bits,
            ranges=tuple(one.range for one in self.observers),
        )


def train_on(
    net: FoldedNet,
    digits: Digits,
    *,
    weight_bits: int | None,
    steps: int,
    rate: float,
    rng: np.random.Generator,
    calibration: int = 500,
) -> AwareNet:
    """Train a folded network further, quantisation-aware or, with `weight_bits` None, in real numbers."""
    model = AwareNet(net, weight_bits, images=digits.images[:calibration])
    train(model, digits, steps=steps, rate=rate, rng=rng)
    return model
