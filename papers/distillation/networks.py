"""The nets of the paper: rectified hidden layers; for the teacher dropout and bounded incoming weights."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np

from foundations import nn
from foundations.autodiff import no_grad, ops
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F

BATCH = 2000
"""Cases of one forward pass without gradients."""


@dataclass(frozen=True)
class NetConfig:
    """Sizes and regularisation of a net.

    Attributes:
        inputs: Numbers a case.
        hidden: Rectified units of each hidden layer.
        outputs: Classes.
        drop_input: Probability in [0, 1) that an input is dropped in training.
        drop_hidden: The same of a hidden unit.
        max_squared_norm: Bound of the squared norm of a hidden unit's incoming weights; None for none.
        jitter: Pixels in each direction by which an image may be moved in training; 0 for none.

    Raises:
        ValueRangeError: If a size is below 1, a probability outside [0, 1), or the bound not above 0.
    """

    inputs: int = 784
    hidden: tuple[int, ...] = (800, 800)
    outputs: int = 10
    drop_input: float = 0.0
    drop_hidden: float = 0.0
    max_squared_norm: float | None = None
    jitter: int = 0

    def __post_init__(self) -> None:
        if min(self.inputs, *self.hidden, self.outputs) < 1 or self.jitter < 0:
            raise ValueRangeError(
                "a net has 1 unit a layer and 0 pixels of jitter at least, got "
                f"{self.inputs}, {self.hidden}, {self.outputs} and {self.jitter}"
            )
        if not (0 <= self.drop_input < 1 and 0 <= self.drop_hidden < 1):
            raise ValueRangeError(
                f"probabilities of dropping lie in [0, 1), got {self.drop_input} and {self.drop_hidden}"
            )
        if self.max_squared_norm is not None and not self.max_squared_norm > 0:
            raise ValueRangeError(
                f"max_squared_norm is above 0, or None for no bound, got {self.max_squared_norm}"
            )


PAPER_CONFIGS = {
    "teacher": NetConfig(
        hidden=(1200, 1200), drop_input=0.2, drop_hidden=0.5, max_squared_norm=15.0, jitter=2
    ),
    "student-800": NetConfig(hidden=(800, 800)),
    "student-30": NetConfig(hidden=(30, 30)),
    "speech": NetConfig(inputs=26 * 40, hidden=(2560,) * 8, outputs=14_000),
}
"""The nets of sections 3 and 4. Rates of dropout and the bound are those of the recipe that §3 cites."""


class Net(nn.Module):
    """A net of rectified hidden layers; its outputs are logits.

    Args:
        config: Sizes and regularisation.
        rng: Source of the initial weights: normal, of variance 2 / inputs; biases are 0.

    Attributes:
        config: As given.
        layers: Linear maps; the last gives the logits.
    """

    def __init__(self, config: NetConfig, *, rng: np.random.Generator | None = None) -> None:
        self.config = config
        widths = (config.inputs, *config.hidden, config.outputs)
        self.layers = nn.ModuleList([_layer(*pair, rng) for pair in pairwise(widths)])

    def forward(self, x: Array, *, rng: np.random.Generator | None = None) -> Any:
        """Map cases (B, inputs) to logits (B, outputs).

        Args:
            x: Floats.
            rng: Source of what is dropped; needed in training by a net with dropout.
        """
        config, (*hidden, last) = self.config, self.layers
        x = self._drop(x, config.drop_input, rng)
        for layer in hidden:
            x = self._drop(ops.relu(layer(x)), config.drop_hidden, rng)  # (B, units)
        return last(x)  # (B, outputs)

    def _drop(self, x: Any, p: float, rng: np.random.Generator | None) -> Any:
        if not (p and self.training):
            return x
        if rng is None:
            raise ValueRangeError("a net with dropout needs rng in training: pass it, or call eval() first")
        return F.dropout(x, p, training=True, rng=rng)

    @no_grad()
    def logits(self, images: np.ndarray) -> np.ndarray:
        """Return the logits of images as the net answers them: nothing is dropped.

        Args:
            images: Pixels in [0, 1], shape (n, inputs) or (n, H, W) of as many.

        Returns:
            float32, shape (n, outputs); whether the net is in training stays as it was.

        Raises:
            ShapeError: If the images have another number of pixels.
        """
        x = flat(images, self.config.inputs)
        before = self.training
        self.eval()
        try:
            parts = [self(x[at : at + BATCH]).numpy() for at in range(0, len(x), BATCH)]
        finally:
            self.train(before)
        return np.concatenate(parts) if parts else np.zeros((0, self.config.outputs), np.float32)

    def constrain(self) -> None:
        """Scale a hidden unit's incoming weights down to the bound, where their squared norm is above it."""
        bound = self.config.max_squared_norm
        if bound is None:
            return
        *hidden, _ = self.layers
        for layer in hidden:
            w = layer.weight.data  # (n_in, n_out): a column holds what comes into a unit
            squared = np.einsum("ij,ij->j", w, w)
            if (squared > bound).any():
                w *= np.sqrt(bound / np.maximum(squared, bound), dtype=np.float32)


def _layer(n_in: int, n_out: int, rng: np.random.Generator | None) -> nn.Linear:
    """Return a linear map with weights of variance 2 / n_in, which ReLUs need, and biases of 0."""
    layer = nn.Linear(n_in, n_out, rng=rng)
    if rng is not None:
        spread = np.float32((2 / n_in) ** 0.5)
        layer.weight.data = spread * rng.standard_normal((n_in, n_out), dtype=np.float32)
        cast(Any, layer.bias).data = np.zeros(n_out, dtype=np.float32)
    return layer


def flat(images: np.ndarray, inputs: int) -> np.ndarray:
    """Return images as float32 rows (n, inputs).

    Raises:
        ShapeError: If an image has another number of pixels.
    """
    images = np.asarray(images)
    if images.ndim < 2 or int(np.prod(images.shape[1:])) != inputs:
        raise ShapeError(
            f"this net takes {inputs} numbers a case, shape (n, {inputs}), got {images.shape}: "
            "give it images of that size"
        )
    return np.ascontiguousarray(images.reshape(len(images), inputs), dtype=np.float32)
