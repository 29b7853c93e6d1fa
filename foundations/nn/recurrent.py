"""Recurrent cells: one step of a network that carries a state from position to position."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.autodiff import ops
from foundations.autodiff.tensor import Array, values
from foundations.errors import ShapeError
from foundations.nn import functional as F
from foundations.nn import init
from foundations.nn.arguments import flag, floats, shown, whole
from foundations.nn.module import Module
from foundations.nn.parameters import Parameter


class _Cell(Module):
    """What the cells share: one affine map of the input and one of the state, several gates wide.

    Args:
        n_in: Width of the input.
        n_hidden: Width of the state.
        bias: Whether both maps add a bias.
        rng: Source of the initial weights: uniform in +-1/sqrt(n_hidden), as in PyTorch.

    Attributes:
        weight_ih: Shape (n_in, gates n_hidden); the gates' columns stand side by side.
        weight_hh: Shape (n_hidden, gates n_hidden).
        bias_ih: Shape (gates n_hidden,), or None.
        bias_hh: Shape (gates n_hidden,), or None.
    """

    gates: int

    def __init__(
        self, n_in: int, n_hidden: int, bias: bool = True, *, rng: np.random.Generator | None = None
    ) -> None:
        name = type(self).__name__
        n_in, n_hidden = whole(name, "n_in", n_in, 1), whole(name, "n_hidden", n_hidden, 1)
        bias = flag(name, "bias", bias)
        bound, width = 1 / math.sqrt(n_hidden), self.gates * n_hidden
        self.weight_ih = Parameter(init.uniform((n_in, width), -bound, bound, rng=rng))
        self.weight_hh = Parameter(init.uniform((n_hidden, width), -bound, bound, rng=rng))
        self.bias_ih = Parameter(init.uniform((width,), -bound, bound, rng=rng)) if bias else None
        self.bias_hh = Parameter(init.uniform((width,), -bound, bound, rng=rng)) if bias else None

    @property
    def n_hidden(self) -> int:
        """Width of the state."""
        return self.weight_hh.shape[0]

    def start(self, x: Array) -> np.ndarray:
        """Return the state before the first step: zeros of shape (B, n_hidden)."""
        x = floats(type(self).__name__, "x", x)
        return np.zeros((*x.shape[:1], self.n_hidden), dtype=x.dtype)

    def both(self, x: Array, h: Array) -> tuple[list[Any], list[Any]]:
        """Return the gates' parts from the input and from the state, each of shape (B, n_hidden)."""
        x, h = (floats(type(self).__name__, what, v) for what, v in (("x", x), ("a state", h)))
        if x.ndim != 2 or h.shape != (x.shape[0], self.n_hidden):
            raise ShapeError(
                f"{type(self).__name__} expects x (batch, {self.weight_ih.shape[0]}) and a state (batch, "
                f"{self.n_hidden}), got {x.shape} and {h.shape}: feed one position of the sequence at a time"
            )
        from_x = F.linear(x, self.weight_ih, self.bias_ih)
        from_h = F.linear(h, self.weight_hh, self.bias_hh)
        return ops.split(from_x, self.gates, axis=1), ops.split(from_h, self.gates, axis=1)

    def describe(self) -> str:
        """Return the widths."""
        return f"{self.weight_ih.shape[0]}, {self.n_hidden}"


class RNNCell(_Cell):
    """h' = tanh(x W + b + h U + c), the network of Elman 1990."""

    gates = 1

    def forward(self, x: Array, h: Array | None = None) -> Any:
        """Take one step.

        Args:
            x: Shape (B, n_in).
            h: State, shape (B, n_hidden); zeros by default.

        Returns:
            The next state, shape (B, n_hidden).
        """
        (a,), (b,) = self.both(x, self.start(x) if h is None else h)
        return ops.tanh(a + b)


class GRUCell(_Cell):
    """A state that a gate mixes with a proposal.

    r = s(x W_r + h U_r), z = s(x W_z + h U_z), n = tanh(x W_n + r * (h U_n)), h' = (1 - z) n + z h, each map
    with its biases; the columns stand in the order r, z, n.

    Source: Cho et al. 2014, arXiv:1406.1078.
    Deviation: the reset gate multiplies h U_n after the product, and z keeps the old state, as in PyTorch.
    """

    gates = 3

    def forward(self, x: Array, h: Array | None = None) -> Any:
        """Take one step.

        Args:
            x: Shape (B, n_in).
            h: State, shape (B, n_hidden); zeros by default.

        Returns:
            The next state, shape (B, n_hidden).
        """
        h = self.start(x) if h is None else h
        (r, z, n), (hr, hz, hn) = self.both(x, h)
        r, z = ops.sigmoid(r + hr), ops.sigmoid(z + hz)
        n = ops.tanh(n + r * hn)
        return n + z * (h - n)


class LSTMCell(_Cell):
    """A memory that gates write, keep and read.

    i, f, o = sigmoids and g = tanh of affine maps of x and h; c' = f c + i g; h' = o tanh(c'). The columns
    stand in the order i, f, g, o, as in PyTorch.

    Source: Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000.
    """

    gates = 4

    def forward(self, x: Array, state: tuple[Any, Any] | None = None) -> tuple[Any, Any]:
        """Take one step.

        Args:
            x: Shape (B, n_in).
            state: Output h and memory c, shape (B, n_hidden) each; zeros by default.

        Returns:
            The next output and memory.
        """
        if state is None:
            state = self.start(x), self.start(x)
        if not isinstance(state, tuple | list) or len(state) != 2:
            raise ShapeError(f"LSTMCell expects a state as a pair, output and memory, got {shown(state)}")
        h, c = state[0], floats("LSTMCell", "a memory", state[1])
        if c.shape != np.shape(values(h)):
            raise ShapeError(
                f"LSTMCell expects output and memory of one shape, got {np.shape(values(h))} and {c.shape}"
            )
        i, f, g, o = (a + b for a, b in zip(*self.both(x, h), strict=True))
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        return ops.sigmoid(o) * ops.tanh(c), c
