"""A network after folding: convolutions with bias and ReLU, a mean, a linear map; NumPy alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from foundations.errors import ShapeError
from foundations.nn import functional as F
from papers.quantization.folding import Norm, fold_batch_norm
from papers.quantization.networks import Convolution, Net, NetConfig, check_images

BATCH = 200
"""Images computed at once: what is copied for them stays in the cache."""


@dataclass(frozen=True)
class Layer:
    """A convolution with bias and ReLU, or the linear map at the end.

    Attributes:
        weight: Output channels first: (O, C, k, k), (C, 1, k, k) for a depthwise one, (O, C) for the head.
        bias: Shape (O,).
        convolution: Its sizes; None for the head.
    """

    weight: np.ndarray
    bias: np.ndarray
    convolution: Convolution | None = None

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Map (n, C, H, W) to (n, O, H', W'), rectified; for the head (n, C) to (n, O)."""
        if self.convolution is None:
            return x @ self.weight.T + self.bias
        sizes = self.convolution
        groups = len(self.weight) if sizes.depthwise else 1
        sums = F.conv2d(x, self.weight, self.bias, sizes.stride, sizes.kernel // 2, groups=groups)
        return np.maximum(sums, 0, out=sums)


Watch = Callable[[int, np.ndarray], np.ndarray]
"""Given the number of a grid and the values that reach it, returns what goes on."""


@dataclass(frozen=True)
class FoldedNet:
    """Layers in order, the head last.

    Attributes:
        config: Sizes.
        layers: One a convolution, and the head.
    """

    config: NetConfig
    layers: tuple[Layer, ...]

    def __call__(self, images: np.ndarray, watch: Watch | None = None) -> np.ndarray:
        """Return the logits of images.

        Args:
            images: Standardised, float32, shape (n, channels, size, size).
            watch: Called as `watch(0, images)`, then with the number of each convolution, from 1, and what it
                gives, and with that number again for the means over the pixels.

        Returns:
            Shape (n, classes).

        Raises:
            ShapeError: If the images have another shape.
        """
        check_images(images, self.config)
        watch = watch or (lambda number, x: x)
        logits = []
        for start in range(0, len(images), BATCH):
            x = watch(0, images[start : start + BATCH])
            for number, layer in enumerate(self.layers[:-1], 1):
                x = watch(number, layer(x))
            x = watch(len(self.layers) - 1, x.mean(axis=(2, 3)))
            logits.append(self.layers[-1](x))
        return np.concatenate(logits) if logits else np.zeros((0, self.config.classes), dtype=np.float32)

    def with_weights(self, change: Callable[[np.ndarray], np.ndarray]) -> FoldedNet:
        """Return the same network with every weight changed, biases as they are."""
        changed = tuple(replace(layer, weight=change(layer.weight)) for layer in self.layers)
        return replace(self, layers=changed)

    def state(self) -> dict[str, np.ndarray]:
        """Return weights and biases by name."""
        named = enumerate(self.layers)
        return {f"{i}.{what}": getattr(layer, what) for i, layer in named for what in ("weight", "bias")}


def fold(net: Net) -> FoldedNet:
    """Return the folded network that gives the logits of `net` in evaluation mode; `net` stays as it is."""
    layers = []
    for sizes, convolution, norm in zip(net.config.convolutions, net.convolutions, net.norms, strict=True):
        running = Norm(
            norm.weight.numpy(),
            norm.bias.numpy(),
            norm.running_mean.numpy(),
            norm.running_var.numpy(),
            norm.eps,
        )
        layers.append(Layer(*fold_batch_norm(convolution.weight.numpy(), running), sizes))
    state = net.head.state_dict()
    head = Layer(np.ascontiguousarray(state["weight"].T), np.array(state["bias"]))
    return FoldedNet(net.config, (*layers, head))


def folded_net(config: NetConfig, state: Mapping[str, Any]) -> FoldedNet:
    """Return the network that `FoldedNet.state` names the arrays of.

    Raises:
        ShapeError: If an array is missing, foreign or of another shape: all are named.
    """
    expected, inputs = {}, config.channels
    for i, one in enumerate(config.convolutions):
        across = 1 if one.depthwise else inputs
        expected[f"{i}.weight"] = (one.channels, across, one.kernel, one.kernel)
        expected[f"{i}.bias"] = (one.channels,)
        inputs = one.channels
    last = len(config.convolutions)
    expected |= {f"{last}.weight": (config.classes, inputs), f"{last}.bias": (config.classes,)}
    wrong = [
        name
        for name in {**expected, **state}
        if name not in state or np.shape(state[name]) != expected.get(name)
    ]
    if wrong:
        raise ShapeError(f"expected arrays {expected}; missing, foreign or misshapen: {', '.join(wrong)}")
    sizes = (*config.convolutions, None)
    layers = (Layer(state[f"{i}.weight"], state[f"{i}.bias"], one) for i, one in enumerate(sizes))
    return FoldedNet(config, tuple(layers))
