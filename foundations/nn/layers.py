"""Layers that hold a weight table or apply one function: linear maps, embeddings, dropout, activations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.autodiff import ops
from foundations.errors import ValueRangeError
from foundations.nn import functional as F
from foundations.nn import init
from foundations.nn.module import Module, Parameter


class Identity(Module):
    """Return the input."""

    def forward(self, x: Any) -> Any:
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
        bound = 1 / math.sqrt(n_in) if n_in else 0.0
        self.weight = Parameter(init.uniform((n_in, n_out), -bound, bound, rng=rng))
        self.bias = Parameter(init.uniform((n_out,), -bound, bound, rng=rng)) if bias else None

    def forward(self, x: Any) -> Any:
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
        sparse: Whether the gradient of the table holds only the rows that were looked up; see
            `nn.functional.embedding`.
        rng: Source of the initial rows: standard normal, as in PyTorch.

    Attributes:
        weight: Shape (num_embeddings, embedding_dim).
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        sparse: bool = False,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.weight = Parameter(init.normal((num_embeddings, embedding_dim), rng=rng))
        self.sparse = sparse

    def forward(self, indices: Any) -> Any:
        """Map integers (...) to (..., embedding_dim)."""
        return F.embedding(indices, self.weight, sparse=self.sparse)

    def describe(self) -> str:
        """Return the table's shape."""
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}" + (", sparse=True" if self.sparse else "")


class Dropout(Module):
    """Zero elements with probability p while training, and scale the others by 1 / (1 - p).

    Args:
        p: Probability, in [0, 1).
        rng: Source of the noise.
    """

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator | None = None) -> None:
        if not 0 <= p < 1:
            raise ValueRangeError(f"dropout drops with a probability in [0, 1), got {p}")
        self.p = p
        self.rng = rng

    def forward(self, x: Any) -> Any:
        """Drop elements of x, or return it in evaluation mode."""
        return F.dropout(x, self.p, training=self.training, rng=self.rng)

    def describe(self) -> str:
        """Return the probability."""
        return f"{self.p}"


class Flatten(Module):
    """Join all axes but the first: (batch, ...) to (batch, n)."""

    def forward(self, x: Any) -> Any:
        """Flatten x."""
        return x.reshape(x.shape[0], math.prod(x.shape[1:]))


class ReLU(Module):
    """max(x, 0)."""

    def forward(self, x: Any) -> Any:
        """Apply the function."""
        return ops.relu(x)


class LeakyReLU(Module):
    """Return x where positive, `negative_slope` x elsewhere.

    Args:
        negative_slope: Slope for negative x.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: Any) -> Any:
        """Apply the function."""
        return F.leaky_relu(x, self.negative_slope)


class GELU(Module):
    """x Phi(x).

    Args:
        approximate: "none" or "tanh".
    """

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def forward(self, x: Any) -> Any:
        """Apply the function."""
        return F.gelu(x, self.approximate)


class SiLU(Module):
    """x / (1 + e^-x)."""

    def forward(self, x: Any) -> Any:
        """Apply the function."""
        return F.silu(x)


class Tanh(Module):
    """Hyperbolic tangent."""

    def forward(self, x: Any) -> Any:
        """Apply the function."""
        return ops.tanh(x)


class Sigmoid(Module):
    """1 / (1 + e^-x)."""

    def forward(self, x: Any) -> Any:
        """Apply the function."""
        return ops.sigmoid(x)


class Softmax(Module):
    """Probabilities along an axis.

    Args:
        axis: The axis that sums to 1.
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Any) -> Any:
        """Apply the function."""
        return F.softmax(x, self.axis)
