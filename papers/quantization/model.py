"""A folded network quantised after training: simulated with real numbers, and run on integers alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from foundations.errors import ValueRangeError
from papers.quantization.affine import AffineQuantizer, dequantize, quantize, round_half_away
from papers.quantization.fake import fake_quantize
from papers.quantization.fixed_point import LEAST, MOST, fixed_point_multiplier
from papers.quantization.folded import FoldedNet, Layer
from papers.quantization.integer import Output, integer_conv2d, integer_linear, integer_mean
from papers.quantization.networks import check_images
from papers.quantization.ranges import MinMax, Observer


def weight_quantizer(
    weight: np.ndarray, bits: int, *, per_channel: bool = True, symmetric: bool = True
) -> AffineQuantizer:
    """Return the grid that covers weights exactly from the smallest to the largest.

    Args:
        weight: Output channels first.
        bits: From 2 to 32, from 1 for an affine grid.
        per_channel: One scale an output channel, rather than one for all.
        symmetric: A zero point of 0, and as many levels on either side.

    Source: Krishnamoorthi 2018, sections 2.1, 2.2 and 3.1.
    """
    axis = 0 if per_channel else None
    rest = tuple(range(1, weight.ndim)) if per_channel else None
    if symmetric:
        return AffineQuantizer.symmetric(np.abs(weight).max(axis=rest), bits, axis=axis)
    return AffineQuantizer.affine(weight.min(axis=rest), weight.max(axis=rest), bits, axis=axis)


@dataclass(frozen=True)
class QuantizedLayer:
    """A layer in integers.

    Attributes:
        q: Weights on their grid, output channels first.
        weight: The grid of the weights.
        bias: int32 at the scale S_w S_x of the sums, int64 where weights and activations have more than 16
            bits together, and real where activations are.
        layer: The layer that it replaces, with the weights that the integers stand for.
    """

    q: np.ndarray
    weight: AffineQuantizer
    bias: np.ndarray
    layer: Layer


@dataclass(frozen=True)
class QuantizedNet:
    """A network in integers.

    Attributes:
        net: The folded network with the weights and biases that the integers stand for.
        layers: In order, the head last.
        grids: Of the images, of each convolution's outputs, and of the logits; None where activations
            stay real.
    """

    net: FoldedNet
    layers: tuple[QuantizedLayer, ...]
    grids: tuple[AffineQuantizer, ...] | None

    def simulate(self, images: np.ndarray) -> np.ndarray:
        """Return the logits as real numbers: all activations rounded to their grids, the logits not.

        Args:
            images: Standardised, float32, shape (n, channels, size, size).

        Returns:
            Shape (n, classes).

        Raises:
            ShapeError: If the images have another shape.
        """
        if self.grids is None:
            return self.net(images)
        grids = self.grids
        return self.net(images, lambda number, x: fake_quantize(x, grids[number]))

    def integers(self, images: np.ndarray, accumulator: Any = np.int32) -> np.ndarray:
        """Return the logits as integers of their grid, computed with integers alone after the first rounding.

        Args:
            images: As for `simulate`.
            accumulator: Type of the sums.

        Returns:
            uint8 (int32 for grids of more than 8 bits), shape (n, classes).

        Raises:
            ShapeError: If the images have another shape.
            ValueRangeError: If activations are real.
        """
        return self.steps(images, accumulator)[-1]

    def steps(self, images: np.ndarray, accumulator: Any = np.int32) -> list[np.ndarray]:
        """Return all activations on the way: images, outputs of the convolutions, means, logits."""
        check_images(images, self.net.config)
        found = [quantize(images, self.integer_grids()[0])]
        for number in range(len(self.layers)):
            if number == len(self.layers) - 1:
                found.append(integer_mean(found[-1]))
            found.append(self.layer_of_integers(number, found[-1], accumulator))
        return found

    def integer_grids(self) -> tuple[AffineQuantizer, ...]:
        """Return the grids, or raise a ValueRangeError where activations are real."""
        if self.grids is None:
            raise ValueRangeError("integers need activations in integers: quantise with activation_bits")
        return self.grids

    def layer_of_integers(self, number: int, x: np.ndarray, accumulator: Any = np.int32) -> np.ndarray:
        """Return the outputs of one layer for integers of its input's grid, with integers alone.

        Raises:
            ValueRangeError: If activations are real, sums could leave the 32 bits they are kept in, or the
                weights of a channel have a zero point of its own.
        """
        one, into, out = self.layers[number], *self.integer_grids()[number : number + 2]
        if (reach := self.largest_sum(number)) > MOST:
            raise ValueRangeError(
                f"sums of layer {number} can reach {reach:,}, and 32 bits end at {MOST:,}: "
                "quantise to fewer bits"
            )
        m, n = fixed_point_multiplier(self.multiplier(number))
        z = int(out.zero_point)
        low = out.low if one.layer.convolution is None else max(out.low, z)  # the ReLU is a clamp at Z3
        output = Output(m, n, z, low, out.high, accumulator)
        zeros = {"x_zero": int(into.zero_point)}
        if one.weight.axis is None:
            zeros["w_zero"] = int(one.weight.zero_point)
        elif one.weight.zero_point.any():
            raise ValueRangeError("integers need one zero point for all weights: quantise them symmetrically")
        if one.layer.convolution is None:
            return integer_linear(x, one.q.T, one.bias, output, **zeros)
        sizes = one.layer.convolution
        groups = len(one.q) if sizes.depthwise else 1
        return integer_conv2d(
            x, one.q, one.bias, output, stride=sizes.stride, padding=sizes.kernel // 2, groups=groups, **zeros
        )

    def largest_sum(self, number: int) -> int:
        r"""Return what no sum of a layer can exceed: $\max_o \sum_i |q_w - Z_w| \max|q_x - Z_x| + |q_b|$."""
        one, into = self.layers[number], self.integer_grids()[number]
        _, zero = one.weight.spread(one.q.ndim)
        weights = np.abs(one.q.astype(np.int64) - zero.astype(np.int64)).reshape(len(one.q), -1).sum(axis=1)
        inputs = max(into.high - int(into.zero_point), int(into.zero_point) - into.low)
        return int((weights * inputs + np.abs(one.bias.astype(np.int64))).max())

    def layer_of_reals(self, number: int, x: np.ndarray) -> np.ndarray:
        """Return the same outputs by real numbers in float64, rounded to the grid once, at the end."""
        one, into, out = self.layers[number], *self.integer_grids()[number : number + 2]
        exact = into.scale.astype(np.float64) * (x.astype(np.float64) - into.zero_point)
        step, zero = one.weight.spread(one.q.ndim)
        weight = step * (one.q.astype(np.float64) - zero)
        bias = one.bias * (one.weight.scale.astype(np.float64) * into.scale)
        return quantize(replace(one.layer, weight=weight, bias=bias)(exact), out)

    def multiplier(self, number: int) -> np.ndarray:
        """Return M = S_w S_x / S_out of a layer, one or one an output channel, float64.

        Source: Jacob et al. 2018, equation 5.
        """
        into, out = self.integer_grids()[number : number + 2]
        return self.layers[number].weight.scale.astype(np.float64) * into.scale / float(out.scale)


def calibrate(
    net: FoldedNet, images: np.ndarray, observer: Callable[[], Observer] = MinMax
) -> tuple[tuple[float, float], ...]:
    """Return the ranges of images, convolutions' outputs and logits, found on training images.

    Args:
        net: Folded, in real numbers.
        images: Standardised, at least one.
        observer: Makes what watches each of them.

    Returns:
        Pairs (low, high), as many as convolutions and two.

    Raises:
        ValueRangeError: If there is no image, or a value is not finite.

    Source: Krishnamoorthi 2018, section 3.1.2.
    """
    observers = [observer() for _ in range(len(net.layers) + 1)]

    def watch(number: int, x: np.ndarray) -> np.ndarray:
        if x.ndim == 4:  # the means over the pixels lie on the grid of what they are taken of
            observers[number].see(x)
        return x

    observers[-1].see(net(images, watch))
    return tuple(one.range for one in observers)


def quantize_model(
    net: FoldedNet,
    images: np.ndarray | None = None,
    *,
    weight_bits: int = 8,
    activation_bits: int | None = 8,
    per_channel: bool = True,
    symmetric: bool = True,
    observer: Callable[[], Observer] = MinMax,
    ranges: tuple[tuple[float, float], ...] | None = None,
) -> QuantizedNet:
    """Quantise a trained, folded network.

    Args:
        net: In real numbers.
        images: Training images that the ranges of activations are taken from, standardised.
        weight_bits: From 2 to 32 (1 for an affine grid).
        activation_bits: From 1 to 32; None keeps activations and biases real.
        per_channel: One scale an output channel of the weights, rather than one a layer.
        symmetric: Weights around 0 with the zero point 0, rather than from their smallest to their largest.
        observer: Finds the ranges in the images.
        ranges: The ranges, where they are known; then no images are needed.

    Returns:
        The quantised network; `net` stays as it is.

    Raises:
        ValueRangeError: If bits do not fit, a weight is not finite, or neither images nor ranges are given.
        ShapeError: If the images have another shape, or the ranges are more or fewer.

    Source: Krishnamoorthi 2018, section 3.1; Jacob et al. 2018, section 2.
    """
    grids = None
    if activation_bits is not None:
        if ranges is None and images is None:
            raise ValueRangeError("activations need ranges: give training images, or ranges")
        ranges = calibrate(net, images, observer) if ranges is None else ranges  # type: ignore[arg-type]
        if len(ranges) != len(net.layers) + 1:
            raise ValueRangeError(f"expected {len(net.layers) + 1} ranges, got {len(ranges)}")
        grids = tuple(AffineQuantizer.affine(low, high, activation_bits) for low, high in ranges)
    layers = []
    for number, layer in enumerate(net.layers):
        grid = weight_quantizer(layer.weight, weight_bits, per_channel=per_channel, symmetric=symmetric)
        q = quantize(layer.weight, grid)
        bias, real = layer.bias, layer.bias
        if grids is not None:
            step = grid.scale.astype(np.float64) * grids[number].scale  # S_w S_x: Jacob (11)
            wide = weight_bits + activation_bits > 16  # type: ignore[operator]
            bias = round_half_away(layer.bias / step)
            bias = bias.astype(np.int64) if wide else np.clip(bias, LEAST, MOST).astype(np.int32)
            real = (step * bias).astype(np.float32)
        layers.append(QuantizedLayer(q, grid, bias, replace(layer, weight=dequantize(q, grid), bias=real)))
    rounded = replace(net, layers=tuple(one.layer for one in layers))
    return QuantizedNet(rounded, tuple(layers), grids)
