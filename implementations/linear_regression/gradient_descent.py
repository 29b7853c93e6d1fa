"""Least squares and ridge by gradient descent, with the step and the rate that theory gives."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ConvergenceError, ValueRangeError
from foundations.matrix_decomposition import singular_values
from implementations.linear_regression.least_squares import EPS, as_penalty
from implementations.linear_regression.linear_model import Centred, LinearModel

Path = Iterator[tuple[np.ndarray, np.ndarray]]
"""Weights and gradients, one pair a step."""


def descend(
    X: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    *,
    penalty: float,
    learning_rate: float,
) -> Path:
    r"""Yield $(\mathbf{w}_k, \nabla f(\mathbf{w}_k))$ for k = 0, 1, … without end.

    $f(\mathbf{w}) = (\lVert X\mathbf{w} - \mathbf{y}\rVert^2 + \lambda\lVert\mathbf{w}\rVert^2)/2N$, and
    $\mathbf{w}_{k+1} = \mathbf{w}_k - \eta\nabla f(\mathbf{w}_k)$.

    Args:
        X: shape (n, d).
        y: shape (n,) or (n, k).
        w: where to start, shape (d,) or (d, k).
        penalty: λ ≥ 0.
        learning_rate: η; every η < 2/L converges, L the largest curvature.
    """
    while True:
        gradient = (X.T @ (X @ w - y) + penalty * w) / len(X)
        yield w, gradient
        w = w - learning_rate * gradient


def curvatures(X: np.ndarray, penalty: float) -> tuple[float, float]:
    r"""Return L and μ, the largest curvature of f and the smallest on the way from zero to the minimum.

    $L = (s_1^2 + \lambda)/N$ and $\mu = (s_r^2 + \lambda)/N$ with the singular values of X; the r-th is the
    last that is not zero, because a descent from zero never leaves the space of the rows of X.

    Args:
        X: shape (n, d).
        penalty: λ ≥ 0.
    """
    s = singular_values(X)
    s = s[s > max(X.shape) * EPS * s.max(initial=0.0)]
    if not s.size:
        return penalty / len(X), penalty / len(X)
    return float(s[0] ** 2 + penalty) / len(X), float(s[-1] ** 2 + penalty) / len(X)


class GradientDescentRegression(LinearModel):
    r"""Fit least squares or ridge by gradient descent from zero over all samples at once.

    The step is 1/L and the distance to the minimum shrinks at least by $1 - \mu/L$ in every step.

    Args:
        alpha: strength of the penalty, as in `Ridge`.
        learning_rate: step η in (0, 2/L); None for 1/L.
        max_iter: most steps.
        tol: stop when the gradient is `tol` times as long as at the start; 0 makes exactly `max_iter` steps,
            which stops early on purpose.
        fit_intercept: whether to fit b: by centring, not by descent.

    Attributes:
        coef_: shape (n_features,) or (n_targets, n_features).
        intercept_: float or shape (n_targets,).
        learning_rate_: the η that was used.
        largest_curvature_: L.
        smallest_curvature_: μ.
        losses_: f at every step, the first before any, shape (n_iter_ + 1,).
        n_iter_: number of steps made.
        n_features_in_: number of features.

    Example:
        >>> model = GradientDescentRegression().fit([[0.0], [1.0], [2.0]], [1.0, 2.0, 4.0])
        >>> model.coef_.round(6), model.n_iter_
        (array([1.5]), 1)

    Source: Nesterov 2004, chapter 2, for the rate.
    """

    _several_targets = True

    def __init__(
        self,
        alpha: float = 0.0,
        *,
        learning_rate: float | None = None,
        max_iter: int = 10_000,
        tol: float = 1e-8,
        fit_intercept: bool = True,
    ) -> None:
        self.alpha = alpha
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.tol = tol
        self.fit_intercept = fit_intercept

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Descend.

        Args:
            X: shape (n_samples, n_features).
            y: shape (n_samples,) or (n_samples, n_targets).
            sample_weight: shape (n_samples,); weighs the squared errors.

        Raises:
            ValueRangeError: if a parameter is out of range, in particular a learning rate that would diverge.
            ConvergenceError: if `max_iter` steps do not reach `tol`.
            ShapeError, DTypeError, ValueRangeError: if the data are not finite numbers of these shapes.
        """
        penalty, steps, tol = self._checked()
        data = self._data_to_fit(X, y, sample_weight)
        largest, smallest = curvatures(data.X, penalty)
        rate = self._step(largest)
        start = np.zeros((data.X.shape[1], *data.y.shape[1:]))
        path = descend(data.X, data.y, start, penalty=penalty, learning_rate=rate)
        with np.errstate(over="ignore", invalid="ignore"):
            w, losses = self._follow(path, data, penalty, steps, tol)
        self._keep(w, data)
        self.learning_rate_ = rate
        self.largest_curvature_, self.smallest_curvature_ = largest, smallest
        self.losses_, self.n_iter_ = np.array(losses), len(losses) - 1
        return self

    def _follow(
        self, path: Path, data: Centred, penalty: float, steps: int, tol: float
    ) -> tuple[np.ndarray, list[float]]:
        """Return the weights at the end of the path, and the losses on the way."""
        losses, first, length = [], 0.0, 0.0
        w = np.zeros(0)
        for w, gradient in islice(path, steps + 1):
            squares = ((data.X @ w - data.y) ** 2).sum() + penalty * (w**2).sum()
            losses.append(float(squares) / (2 * len(data.X)))
            length = float(np.linalg.norm(gradient))
            if not np.isfinite(length):
                raise ValueRangeError(
                    "GradientDescentRegression expects squares that float64 can hold, got an infinite "
                    "gradient: divide X and y by their largest entries"
                )
            first = first or length
            if length <= tol * first:
                return w, losses
        if tol > 0:
            raise ConvergenceError(
                f"GradientDescentRegression expects to converge in max_iter={steps} steps, got a gradient "
                f"{length / first:.1e} times the first with tol={tol:g}: standardise the columns, raise "
                "max_iter, or stop early with tol=0"
            )
        return w, losses

    def _checked(self) -> tuple[float, int, float]:
        """Return penalty, steps and tolerance, or say which is out of range."""
        if (
            not isinstance(self.max_iter, int | np.integer)
            or isinstance(self.max_iter, bool)
            or self.max_iter < 1
        ):
            raise ValueRangeError(
                f"GradientDescentRegression expects an integer max_iter ≥ 1, got {self.max_iter!r}"
            )
        if not 0 <= self.tol < 1:
            raise ValueRangeError(f"GradientDescentRegression expects tol in [0, 1), got {self.tol!r}")
        return as_penalty(self.alpha, "GradientDescentRegression"), int(self.max_iter), float(self.tol)

    def _step(self, largest: float) -> float:
        """Return the learning rate, or say why the one given cannot converge."""
        if self.learning_rate is None:
            return 1 / largest if largest > 0 else 1.0
        if not self.learning_rate > 0 or not self.learning_rate * largest < 2:
            raise ValueRangeError(
                "GradientDescentRegression expects a learning rate in (0, 2/L), here (0, "
                f"{2 / largest:.3g}), got {self.learning_rate!r}: larger steps diverge; "
                f"None takes 1/L = {1 / largest:.3g}"
            )
        return float(self.learning_rate)
