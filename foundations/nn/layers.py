"""Layers that hold a weight table or apply one function: linear maps, embeddings, dropout, activations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.autodiff import ops
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError
from foundations.nn import functional as F
from foundations.nn import init
from foundations.nn.arguments import array, check_classes, flag, generator, number, whole
from foundations.nn.module import Module
from foundations.nn.parameters import Parameter


class Identity(Module):
    """Return the input."""

    def forward(self, x: Array) -> Any:
        """Return x."""
        return x


class Linear(Module):
    """Affine map of the last axis, y = x W + b.

    Args:
        n_in: Width of the input.
        n_out: Width of the output.
        bias: Whether to add b.
        rng: Source of the initial weights: uniform in +-1/sqrt(n_in), as in PyTorch.

    Attributes:
        weight: Shape (n_in, n_out).
        bias: Shape (n_out,), or None.
    """

    def __init__(
        self, n_in: int, n_out: int, bias: bool = True, *, rng: np.random.Generator | None = None
    ) -> None:
        n_in, n_out = whole("Linear", "n_in", n_in, 0), whole("Linear", "n_out", n_out, 0)
        bound = 1 / math.sqrt(n_in) if n_in else 0.0
        self.weight = Parameter(init.uniform((n_in, n_out), -bound, bound, rng=rng))
        self.bias = (
            Parameter(init.uniform((n_out,), -bound, bound, rng=rng))
            if flag("Linear", "bias", bias)
            else None
        )

    def forward(self, x: Array) -> Any:
        """Map (..., n_in) to (..., n_out)."""
        return F.linear(x, self.weight, self.bias)

    def describe(self) -> str:
        """Return the widths."""
        n_in, n_out = self.weight.shape
        return f"{n_in}, {n_out}" + ("" if self.bias is not None else ", bias=False")


class Embedding(Module):
    """Table of vectors, looked up by integers.

    Args:
        num_embeddings: Rows of the table.
        embedding_dim: Width of a row.
        padding_idx: Row that stands for no word: it starts at 0 and gets no gradient.
        sparse: Whether the gradient of the table holds only the rows that were looked up; see
            `nn.functional.embedding`.
        rng: Source of the initial rows: standard normal, as in PyTorch.

    Attributes:
        weight: Shape (num_embeddings, embedding_dim).

    Raises:
        ValueRangeError: If padding_idx is no row of the table.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        sparse: bool = False,
        rng: np.random.Generator | None = None,
    ) -> None:
        rows = whole("Embedding", "num_embeddings", num_embeddings, 0)
        table = init.normal((rows, whole("Embedding", "embedding_dim", embedding_dim, 0)), rng=rng)
        if padding_idx is not None:
            padding_idx = whole("Embedding", "padding_idx", padding_idx)
            check_classes("Embedding", "padding_idx", np.asarray(padding_idx), rows, "count from 0")
            if table.flags.writeable:  # with shapes_only() all is 0
                table[padding_idx] = 0
        self.weight = Parameter(table)
        self.padding_idx = padding_idx
        self.sparse = flag("Embedding", "sparse", sparse)

    def forward(self, indices: Array) -> Any:
        """Map integers (...) to (..., embedding_dim)."""
        return F.embedding(indices, self.weight, self.padding_idx, sparse=self.sparse)

    def describe(self) -> str:
        """Return the table's shape, and the row for padding."""
        options = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        options += ", sparse=True" if self.sparse else ""
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}{options}"


class Dropout(Module):
    """Zero elements with probability p while training, and scale the others by 1 / (1 - p).

    Args:
        p: Probability, in [0, 1]; 1 leaves zeros.
        rng: Source of the noise.

    Raises:
        ValueRangeError: If p is not a probability.
    """

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator | None = None) -> None:
        self.p = number("Dropout", "p", p, 0, 1)
        self.rng = generator("Dropout", rng)

    def forward(self, x: Array) -> Any:
        """Drop elements of x, or return it in evaluation mode."""
        return F.dropout(x, self.p, training=self.training, rng=self.rng)

    def describe(self) -> str:
        """Return the probability."""
        return f"{self.p}"


class Flatten(Module):
    """Join all axes but the first: (batch, ...) to (batch, n)."""

    def forward(self, x: Array) -> Any:
        """Flatten x."""
        x = array("Flatten", "x", x)
        if x.ndim < 1:
            raise ShapeError("Flatten expects a batch axis, got a single number")
        return x.reshape(x.shape[0], math.prod(x.shape[1:]))


class ReLU(Module):
    """max(x, 0)."""

    def forward(self, x: Array) -> Any:
        """Apply the function."""
        return ops.relu(x)


class LeakyReLU(Module):
    """Return x where positive, `negative_slope` x elsewhere.

    Args:
        negative_slope: Slope for negative x.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: Array) -> Any:
        """Apply the function."""
        return F.leaky_relu(x, self.negative_slope)


class GELU(Module):
    """x Phi(x).

    Args:
        approximate: "none" or "tanh".
    """

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def forward(self, x: Array) -> Any:
        """Apply the function."""
        return F.gelu(x, self.approximate)


class SiLU(Module):
    """x / (1 + e^-x)."""

    def forward(self, x: Array) -> Any:
        """Apply the function."""
        return F.silu(x)


class Tanh(Module):
    """Hyperbolic tangent."""

    def forward(self, x: Array) -> Any:
        """Apply the function."""
        return ops.tanh(x)


class Sigmoid(Module):
    """1 / (1 + e^-x)."""

    def forward(self, x: Array) -> Any:
        """Apply the function."""
        return ops.sigmoid(x)


class Softmax(Module):
    """Probabilities along an axis.

    Args:
        axis: The axis that sums to 1.
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Array) -> Any:
        """Apply the function."""
        return F.softmax(x, self.axis)
