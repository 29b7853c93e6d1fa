"""What a unit sees: the receptive field, by recursion over the layers and by asking the gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from foundations.autodiff import Tensor, grad
from foundations.errors import ValueRangeError


class Window(NamedTuple):
    """A convolution or a pooling, along one axis.

    Attributes:
        kernel: Taps.
        stride: Pixels from window to window.
        padding: Zeros before the first pixel.
    """

    kernel: int
    stride: int = 1
    padding: int = 0


class Field(NamedTuple):
    """What one unit of a layer sees of the image, along one axis.

    Attributes:
        size: Pixels seen.
        step: Pixels between what neighbours see.
        start: First pixel that the first unit sees; negative where it looks into the padding.
    """

    size: int
    step: int
    start: int

    def of(self, index: int) -> tuple[int, int]:
        """Return the first and the last pixel that a unit sees."""
        first = self.start + index * self.step
        return first, first + self.size - 1


def receptive_field(layers: Iterable[Window]) -> list[Field]:
    r"""Return the field after each layer: $r_l = r_{l-1} + (k_l - 1)\, j_{l-1}$, $j_l = s_l\, j_{l-1}$.

    Args:
        layers: From the image on.

    Raises:
        ValueRangeError: If a kernel or stride is below 1.

    Example:
        >>> [field.size for field in receptive_field([Window(3), Window(3), Window(2, 2), Window(3)])]
        [3, 5, 6, 10]

    Source: Dumoulin & Visin 2016, arXiv:1603.07285; the recursion is derived in the notes.
    """
    size, step, start = 1, 1, 0
    fields = []
    for layer in layers:
        if layer.kernel < 1 or layer.stride < 1:
            raise ValueRangeError(f"a window has kernel and stride from 1, got {layer}")
        start -= layer.padding * step
        size += (layer.kernel - 1) * step
        step *= layer.stride
        fields.append(Field(size, step, start))
    return fields


def seen_by(network: Callable[[Any], Any], image: np.ndarray, unit: tuple[int, int, int]) -> np.ndarray:
    """Return how much a unit reacts to each pixel: the gradient of its activation.

    Args:
        network: From (1, C, H, W) to feature maps (1, O, H', W').
        image: Shape (C, H, W), any floating type.
        unit: Channel, row and column.

    Returns:
        Shape (C, H, W); zero outside the receptive field.
    """
    channel, row, column = unit

    def activation(x: Any) -> Any:
        return network(x)[0, channel, row, column]

    gradient = grad(activation)(Tensor(image[None]))
    return (gradient.numpy() if isinstance(gradient, Tensor) else np.asarray(gradient))[0]
