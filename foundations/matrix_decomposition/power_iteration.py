"""One eigenpair at a time: the power method, inverse iteration and Rayleigh quotient iteration."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ConvergenceError, ShapeError, ValueRangeError
from foundations.matrix_decomposition.checks import (
    EPS,
    as_count,
    as_matrix,
    as_number,
    as_symmetric,
    length,
    scaled,
    unscaled,
)
from foundations.matrix_decomposition.lu import lu
from foundations.matrix_decomposition.triangular import forward_substitution

MOST_ITERATIONS = 10**9
MOST_BITS_BEYOND = 60  # of a shift: larger than every eigenvalue by more than float64 can tell
LARGE = 1e100  # an eigenvector in the making is rescaled beyond this


class Eigenpair(NamedTuple):
    r"""One eigenvalue with its vector and how it was reached.

    Attributes:
        value: $v^\top A v$, the Rayleigh quotient.
        vector: length 1, largest entry positive, shape (n,).
        residuals: $\lVert Av - \lambda v\rVert / \lVert A\rVert_F$ at every step, shape (steps,).
    """

    value: float
    vector: np.ndarray
    residuals: np.ndarray


def power_iteration(
    a: ArrayLike,
    *,
    rng: np.random.Generator,
    tolerance: float = 1e-12,
    max_iterations: int = 10_000,
) -> Eigenpair:
    r"""Find the eigenvalue of largest modulus by multiplying a random vector with A again and again.

    $v \leftarrow Av/\lVert Av\rVert$. The part along the other eigenvectors shrinks like
    $|\lambda_2/\lambda_1|^k$, the error of the eigenvalue, for a symmetric matrix, like its square.

    Args:
        a: shape (n, n), n ≥ 1.
        rng: draws the starting vector.
        tolerance: the relative residual to reach.
        max_iterations: the bound.

    Returns:
        Eigenpair(value, vector, residuals).

    Raises:
        ConvergenceError: if the residual is still above the tolerance: the two largest eigenvalues
            have (almost) equal modulus, as λ and -λ or a complex pair have.
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real square matrix.

    Example:
        >>> round(power_iteration(np.array([[2.0, 1.0], [1.0, 2.0]]), rng=np.random.default_rng(0)).value, 9)
        3.0

    Source: Golub & Van Loan 2013, §7.3 and §8.2.
    """
    a, exponent = scaled(_as_nonempty(a, "power_iteration"))
    tolerance, max_iterations = _limits(tolerance, max_iterations, "power_iteration")
    v = _random_direction(len(a), rng)
    norm = float(np.linalg.norm(a))
    residuals: list[float] = []
    for _ in range(max_iterations):
        w = a @ v
        value = float(v @ w)
        residuals.append(_relative(w - value * v, norm))
        if residuals[-1] <= tolerance:
            return _eigenpair(value, exponent, v, residuals)
        v = _unit(w)
    raise ConvergenceError(
        f"power_iteration expects one eigenvalue of largest modulus, got a residual of "
        f"{min(residuals, default=1.0):.1e} at best in {max_iterations} iterations (wanted {tolerance:.1e}): "
        "raise max_iterations, or use eig"
    )


def inverse_iteration(
    a: ArrayLike,
    shift: float,
    *,
    rng: np.random.Generator,
    tolerance: float = 1e-12,
    max_iterations: int = 100,
) -> Eigenpair:
    r"""Find the eigenvalue nearest to `shift`: the power method on $(A - \mu I)^{-1}$, one LU for all steps.

    The eigenvalues of the inverse are $1/(\lambda_i - \mu)$: the nearest has become the largest. That
    $A - \mu I$ is nearly singular does no harm: the error of the solution lies along the vector sought.

    Args:
        a: shape (n, n), n ≥ 1.
        shift: μ, an estimate of the eigenvalue.
        rng: draws the starting vector.
        tolerance: the relative residual to reach.
        max_iterations: the bound.

    Returns:
        Eigenpair(value, vector, residuals).

    Raises:
        ConvergenceError: if two eigenvalues are (almost) equally near, as a complex pair always is.
        ShapeError, DTypeError, ValueRangeError: if `a` or `shift` is not finite and real, or a limit no
            positive number.

    Example:
        >>> a = np.diag([1.0, 5.0, 9.0])
        >>> round(inverse_iteration(a, 4.0, rng=np.random.default_rng(0)).value, 9)
        5.0

    Source: Golub & Van Loan 2013, §7.6 and §8.2.
    """
    a, exponent = scaled(_as_nonempty(a, "inverse_iteration"))
    shift = as_number(shift, "inverse_iteration", "shift")
    tolerance, max_iterations = _limits(tolerance, max_iterations, "inverse_iteration")
    norm = float(np.linalg.norm(a))
    if shift != 0 and norm > 0 and math.frexp(shift)[1] - exponent > MOST_BITS_BEYOND:
        raise ValueRangeError(
            f"inverse_iteration expects a shift of the size of an eigenvalue, got {shift:g}: beside it the "
            "matrix is rounding error"
        )
    solve = _shifted_solver(a, math.ldexp(shift, -exponent), norm)
    v = _random_direction(len(a), rng)
    residuals: list[float] = []
    for _ in range(max_iterations):
        v = _unit(solve(v))
        product = a @ v
        value = float(v @ product)
        residuals.append(_relative(product - value * v, norm))
        if residuals[-1] <= tolerance:
            return _eigenpair(value, exponent, v, residuals)
    raise ConvergenceError(
        f"inverse_iteration expects one eigenvalue nearest to the shift, got a residual of "
        f"{min(residuals, default=1.0):.1e} at best in {max_iterations} iterations (wanted {tolerance:.1e}): "
        "move the shift, or use eig"
    )


def rayleigh_quotient_iteration(
    a: ArrayLike, start: ArrayLike, *, tolerance: float = 1e-14, max_iterations: int = 50
) -> Eigenpair:
    r"""Do inverse iteration on a symmetric matrix, with the Rayleigh quotient of each vector as next shift.

    The error is cubed at every step once it is small; which eigenvalue it will be depends on the start.

    Args:
        a: symmetric, shape (n, n), n ≥ 1.
        start: nonzero, shape (n,).
        tolerance: the relative residual to reach.
        max_iterations: the bound.

    Returns:
        Eigenpair(value, vector, residuals).

    Raises:
        ConvergenceError: if the residual is still above the tolerance.
        ShapeError, DTypeError, ValueRangeError: if `a` is not symmetric and finite, or `start` does not fit.

    Example:
        >>> a = np.array([[2.0, 1.0], [1.0, 2.0]])
        >>> rayleigh_quotient_iteration(a, np.array([1.0, 0.5])).residuals.size < 6
        True

    Source: Golub & Van Loan 2013, §8.2.
    """
    _as_nonempty(a, "rayleigh_quotient_iteration")
    a, exponent = scaled(as_symmetric(a, "rayleigh_quotient_iteration"))
    tolerance, max_iterations = _limits(tolerance, max_iterations, "rayleigh_quotient_iteration")
    v = np.asarray(start)
    if v.shape != (len(a),) or not v.any():
        raise ShapeError(
            f"rayleigh_quotient_iteration expects a nonzero start of shape ({len(a)},), got "
            f"{v.shape}{'' if v.any() else ' of zeros'}: take a random one"
        )
    v = _unit(as_matrix(v[None], "rayleigh_quotient_iteration")[0])
    norm = float(np.linalg.norm(a))
    residuals: list[float] = []
    for _ in range(max_iterations):
        product = a @ v
        value = float(v @ product)
        residuals.append(_relative(product - value * v, norm))
        if residuals[-1] <= tolerance:
            return _eigenpair(value, exponent, v, residuals)
        v = _unit(_shifted_solver(a, value, norm)(v))
    raise ConvergenceError(
        f"rayleigh_quotient_iteration expects to be done in {max_iterations} iterations, got a residual of "
        f"{min(residuals, default=1.0):.1e} at best (wanted {tolerance:.1e}): start elsewhere, or use eigh_qr"
    )


def _shifted_solver(a: np.ndarray, shift: float, norm: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return x -> a multiple of (A - shift I)⁻¹ x; a lost pivot is replaced by the smallest that is not.

    Several lost pivots make an unknown as large as their product; x is scaled down before it overflows.
    """
    permutation, lower, upper = lu(a - shift * np.eye(len(a)))
    diagonal = np.diagonal(upper)
    smallest = EPS * norm if norm > 0 else 1.0
    np.fill_diagonal(upper, np.where(np.abs(diagonal) < smallest, smallest, diagonal))

    def solve(x: np.ndarray) -> np.ndarray:
        y = forward_substitution(lower, x[permutation])
        for i in reversed(range(len(y))):
            y[i] = (y[i] - upper[i, i + 1 :] @ y[i + 1 :]) / upper[i, i]
            if abs(y[i]) > LARGE:
                y /= abs(y[i])
        return y

    return solve


def _limits(tolerance: float, max_iterations: int, caller: str) -> tuple[float, int]:
    return (
        as_number(tolerance, caller, "tolerance", above=0.0),
        as_count(max_iterations, MOST_ITERATIONS, caller, least=1),
    )


def _unit(x: np.ndarray) -> np.ndarray:
    x, _ = scaled(x)
    return x / length(x)


def _as_nonempty(a: ArrayLike, caller: str) -> np.ndarray:
    matrix = as_matrix(a, caller, square=True)
    if not matrix.size:
        raise ShapeError(f"{caller} expects at least one row, got shape {matrix.shape}")
    return matrix


def _random_direction(n: int, rng: np.random.Generator) -> np.ndarray:
    return _unit(rng.standard_normal(n))


def _relative(residual: np.ndarray, norm: float) -> float:
    return float(np.linalg.norm(residual)) / norm if norm > 0 else 0.0


def _eigenpair(value: float, exponent: int, v: np.ndarray, residuals: list[float]) -> Eigenpair:
    sign = 1.0 if v[np.abs(v).argmax()] > 0 else -1.0
    return Eigenpair(float(unscaled(np.array(value), exponent)), sign * v, np.array(residuals))
