"""Initial values of parameters: arrays from a shape and a source of randomness.

Shapes are those of our weights: (in, out) for linear maps, (out, in, ...) for convolutions, as in PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import dtype_of, generator, number, shown, whole
from foundations.nn.shapes import building_shapes_only

Shape = Sequence[int]


def _array(shape: Shape, make: Any, dtype: DTypeLike) -> np.ndarray:
    dtype = dtype_of("an initial value", dtype)
    if building_shapes_only():
        return np.broadcast_to(np.zeros((), dtype), tuple(shape))
    return np.asarray(make(), dtype=dtype)


def _lengths(shape: Any) -> tuple[int, ...]:
    """Return a shape.

    Raises:
        ShapeError: If it is not a sequence of whole numbers.
    """
    if not isinstance(shape, Sequence) or isinstance(shape, str):
        raise ShapeError(f"an initial value has a shape, a tuple of whole numbers, got {shown(shape)}")
    return tuple(whole("an initial value", "each length of its shape", n, 0) for n in shape)


def _need(rng: np.random.Generator | None) -> np.random.Generator:
    rng = generator("an initial value", rng)
    if rng is None:
        raise ValueRangeError(
            "random initial values need a source: pass rng=np.random.default_rng(seed), "
            "or build inside nn.shapes_only() to count only"
        )
    return rng


def constant(shape: Shape, value: float, *, dtype: DTypeLike = np.float32) -> np.ndarray:
    """Return an array filled with one value."""
    shape, value = _lengths(shape), number("constant", "value", value)
    return _array(shape, lambda: np.full(shape, value), dtype)


def zeros(shape: Shape, *, dtype: DTypeLike = np.float32) -> np.ndarray:
    """Return zeros: the usual start of a bias."""
    return constant(shape, 0.0, dtype=dtype)


def ones(shape: Shape, *, dtype: DTypeLike = np.float32) -> np.ndarray:
    """Return ones: the usual start of a scale."""
    return constant(shape, 1.0, dtype=dtype)


def uniform(
    shape: Shape, low: float, high: float, *, rng: np.random.Generator | None, dtype: DTypeLike = np.float32
) -> np.ndarray:
    """Draw uniformly from [low, high)."""
    shape, low = _lengths(shape), number("uniform", "low", low)
    high = number("uniform", "high", high, low)
    return _array(shape, lambda: _need(rng).uniform(low, high, shape), dtype)


def normal(
    shape: Shape,
    std: float = 1.0,
    *,
    mean: float = 0.0,
    rng: np.random.Generator | None,
    dtype: DTypeLike = np.float32,
) -> np.ndarray:
    """Draw from a normal distribution."""
    shape, std, mean = _lengths(shape), number("normal", "std", std, 0), number("normal", "mean", mean)
    return _array(shape, lambda: _need(rng).normal(mean, std, shape), dtype)


def fans(shape: Shape) -> tuple[int, int]:
    """Return how many inputs and outputs meet in one unit of a weight.

    Raises:
        ShapeError: If the shape has fewer than two axes.
    """
    shape = _lengths(shape)
    if len(shape) < 2:
        raise ShapeError(f"fan-in and fan-out need a weight of two or more axes, got {tuple(shape)}")
    if len(shape) == 2:
        return shape[0], shape[1]
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def _divisor(owner: str, fan: int, shape: Shape) -> int:
    """Return a number of inputs, or of inputs and outputs, by which a variance is divided.

    Raises:
        ShapeError: If it is 0.
    """
    if not fan:
        raise ShapeError(
            f"{owner} divides by how many units meet in a weight, 0 for the shape {tuple(shape)}: "
            "give its axes at least 1, or use zeros"
        )
    return fan


def xavier_uniform(
    shape: Shape, gain: float = 1.0, *, rng: np.random.Generator | None, dtype: DTypeLike = np.float32
) -> np.ndarray:
    """Draw from U(-a, a) with a = gain sqrt(6 / (fan_in + fan_out)).

    The variance 2 / (fan_in + fan_out) is the compromise that keeps activations and gradients level.

    Raises:
        ShapeError: If the shape has fewer than two axes, or nothing meets in a unit.

    Source: Glorot & Bengio 2010, equation 16.
    """
    a = number("xavier_uniform", "gain", gain, 0) * math.sqrt(
        6 / _divisor("xavier_uniform", sum(fans(shape)), shape)
    )
    return uniform(shape, -a, a, rng=rng, dtype=dtype)


def xavier_normal(
    shape: Shape, gain: float = 1.0, *, rng: np.random.Generator | None, dtype: DTypeLike = np.float32
) -> np.ndarray:
    """Draw from a normal distribution of variance gain^2 2 / (fan_in + fan_out).

    Raises:
        ShapeError: If the shape has fewer than two axes, or nothing meets in a unit.

    Source: Glorot & Bengio 2010, equation 12 (fan_in and fan_out averaged).
    """
    std = number("xavier_normal", "gain", gain, 0) * math.sqrt(
        2 / _divisor("xavier_normal", sum(fans(shape)), shape)
    )
    return normal(shape, std, rng=rng, dtype=dtype)


def kaiming_uniform(
    shape: Shape,
    gain: float = math.sqrt(2),
    *,
    rng: np.random.Generator | None,
    dtype: DTypeLike = np.float32,
) -> np.ndarray:
    """Draw from U(-a, a) with a = gain sqrt(3 / fan_in); the gain sqrt(2) makes up for ReLU.

    Raises:
        ShapeError: If the shape has fewer than two axes, or a unit has no inputs.

    Source: He et al. 2015, arXiv:1502.01852, equation 10, in its uniform form.
    """
    a = number("kaiming_uniform", "gain", gain, 0) * math.sqrt(
        3 / _divisor("kaiming_uniform", fans(shape)[0], shape)
    )
    return uniform(shape, -a, a, rng=rng, dtype=dtype)


def kaiming_normal(
    shape: Shape,
    gain: float = math.sqrt(2),
    *,
    rng: np.random.Generator | None,
    dtype: DTypeLike = np.float32,
) -> np.ndarray:
    """Draw from a normal distribution of standard deviation gain / sqrt(fan_in).

    Raises:
        ShapeError: If the shape has fewer than two axes, or a unit has no inputs.

    Source: He et al. 2015, arXiv:1502.01852, equation 10.
    """
    std = number("kaiming_normal", "gain", gain, 0) / math.sqrt(
        _divisor("kaiming_normal", fans(shape)[0], shape)
    )
    return normal(shape, std, rng=rng, dtype=dtype)


def orthogonal(
    shape: Shape, gain: float = 1.0, *, rng: np.random.Generator | None, dtype: DTypeLike = np.float32
) -> np.ndarray:
    """Draw a matrix with orthonormal rows or columns (whichever are fewer), times gain.

    Source: Saxe, McClelland & Ganguli 2014, arXiv:1312.6120.
    """
    shape, gain = _lengths(shape), number("orthogonal", "gain", gain)
    if len(shape) < 2:
        raise ShapeError(f"orthogonal rows need a shape of two or more axes, got {shape}")
    rows, columns = shape[0], math.prod(shape[1:])

    def make() -> np.ndarray:
        q, r = np.linalg.qr(_need(rng).normal(size=(max(rows, columns), min(rows, columns))))
        q = q * np.sign(np.diag(r))  # makes the draw uniform over orthogonal matrices
        return gain * (q if rows >= columns else q.T).reshape(shape)

    return _array(shape, make, dtype)
