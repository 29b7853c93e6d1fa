r"""What is minimised: the weighted mean of the losses plus the penalty, with derivatives, fast.

The unknowns are an array of shape (K, d + 1): one row a class (a single row for two classes), the last column
the intercepts, which no penalty touches; without intercepts it has d columns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import copy
from functools import cached_property
from typing import Self

import numpy as np

from foundations.autodiff import primitive
from foundations.optimization.minimization import Function


class Objective(ABC):
    r"""Penalised mean loss $F(W) = \sum_n s_n \ell_n(W) + \frac{\lambda_2}{2}\lVert W\rVert^2
    + \lambda_1\lVert W\rVert_1$, the weights $s_n$ of the samples summing to one.

    Args:
        X: shape (n, d).
        weights: of the samples, positive, shape (n,); scaled here to sum to one.
        l2: $\lambda_2 \ge 0$.
        l1: $\lambda_1 \ge 0$; left out of `value` and its derivatives, which are those of the smooth part.
        fit_intercept: whether there is a last column of intercepts.
    """  # noqa: D205

    n_rows: int

    def __init__(
        self,
        X: np.ndarray,
        weights: np.ndarray,
        *,
        l2: float = 0.0,
        l1: float = 0.0,
        fit_intercept: bool = True,
    ) -> None:
        self.X = X
        self.weights = weights / weights.sum()
        self.l2, self.l1 = l2, l1
        self.fit_intercept = fit_intercept
        self._at: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the unknowns, (K, d + 1) with intercepts and (K, d) without."""
        return self.n_rows, self.X.shape[1] + self.fit_intercept

    def split(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the coefficients, shape (K, d), and the intercepts, shape (K,): zeros if there are none."""
        theta, d = theta.reshape(self.shape), self.X.shape[1]
        return theta[:, :d], theta[:, d] if self.fit_intercept else np.zeros(self.n_rows)

    def scores(self, theta: np.ndarray) -> np.ndarray:
        """Return the log-odds or scores of the samples, shape (n, K); kept until other unknowns come."""
        if self._at is None or not np.array_equal(theta.ravel(), self._at):
            coef, intercept = self.split(theta)
            self._scores = self.X @ coef.T + intercept  # (n, K)
            self._look(self._scores)
            self._at = theta.ravel().copy()
        return self._scores

    def value(self, theta: np.ndarray) -> float:
        """Return the smooth part of F: the mean loss in nats, and the penalty on squares."""
        self.scores(theta)
        coef = self.split(theta)[0]
        return float(self.weights @ self._losses()) + self.l2 / 2 * float((coef**2).sum())

    def total(self, theta: np.ndarray) -> float:
        """Return all of F, the absolute values included."""
        return self.value(theta) + self.l1 * float(np.abs(self.split(theta)[0]).sum())

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        r"""Return the gradient of `value`: $(P - Y)^\top S X + \lambda_2 W$, in the shape of theta."""
        self.scores(theta)
        missed = self._missed() * self.weights[:, None]  # (n, K)
        g = np.empty(self.shape)
        g[:, : self.X.shape[1]] = (self.X.T @ missed).T + self.l2 * self.split(theta)[0]
        if self.fit_intercept:
            g[:, -1] = missed.sum(axis=0)
        return g.reshape(theta.shape)

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        """Return the second derivatives of `value`, shape (K (d + 1), K (d + 1))."""
        self.scores(theta)
        K, p = self.shape
        H = np.empty((K, p, K, p))
        for k in range(K):
            for l in range(k + 1):
                H[k, :, l] = self.moment(self.weights * self._curvature(k, l))
                H[l, :, k] = H[k, :, l]  # the block is symmetric
            d = np.arange(self.X.shape[1])
            H[k, d, k, d] += self.l2
        return H.reshape(K * p, K * p)

    def part(self, rows: np.ndarray) -> Self:
        r"""Return the objective of a few samples, an unbiased estimate of this one where the rows are random.

        Args:
            rows: numbers of b samples; their weights are $s_n N / b$.
        """
        one = copy(self)
        one.X, one.weights = self.X[rows], self.weights[rows] * (len(self.X) / len(rows))
        one._at = None
        vars(one).pop("function", None)  # that of the whole
        return one

    def gauge(self) -> np.ndarray | None:
        """Return a matrix to add to the Hessian that makes directions of no effect curved, or None."""
        return None

    @cached_property
    def function(self) -> Function:
        """The smooth part as a function of one Tensor, for the methods of `foundations.optimization`."""
        return primitive(
            lambda theta: np.asarray(self.value(theta)),
            lambda g, _y, theta: g * self.gradient(theta),
            name="logistic loss",
        )

    def moment(self, s: np.ndarray) -> np.ndarray:
        r"""Return $X^\top S X$ of the rows of X, each with a one behind it where there are intercepts.

        Args:
            s: the diagonal of S, shape (n,).

        Returns:
            Shape (d + 1, d + 1), or (d, d) without intercepts.
        """
        d, X = self.X.shape[1], self.X
        moment = np.empty((self.shape[1], self.shape[1]))
        scaled = s[:, None] * X
        moment[:d, :d] = X.T @ scaled
        if self.fit_intercept:
            moment[d, :d] = moment[:d, d] = scaled.sum(axis=0)
            moment[d, d] = s.sum()
        return moment

    @abstractmethod
    def _look(self, scores: np.ndarray) -> None:
        """Take from new scores what losses and derivatives share."""

    @abstractmethod
    def _losses(self) -> np.ndarray:
        """Return the loss of each sample in nats, shape (n,)."""

    @abstractmethod
    def _missed(self) -> np.ndarray:
        """Return P − Y, shape (n, K)."""

    @abstractmethod
    def _curvature(self, k: int, l: int) -> np.ndarray:
        """Return the second derivative of each loss by the scores k and l, shape (n,)."""


class BinaryObjective(Objective):
    """The objective for two classes, with one score a sample: the log-odds of the second class.

    Args:
        X: shape (n, d).
        y: zeros and ones, shape (n,).
        weights: shape (n,).
        l2: penalty on squares.
        l1: penalty on absolute values.
        fit_intercept: whether there is an intercept.
    """

    n_rows = 1

    def __init__(
        self,
        X: np.ndarray,
        y: np.ndarray,
        weights: np.ndarray,
        *,
        l2: float = 0.0,
        l1: float = 0.0,
        fit_intercept: bool = True,
    ) -> None:
        super().__init__(X, weights, l2=l2, l1=l1, fit_intercept=fit_intercept)
        self.y = y

    def part(self, rows: np.ndarray) -> Self:  # noqa: D102
        one = super().part(rows)
        one.y = self.y[rows]
        return one

    def _look(self, scores: np.ndarray) -> None:
        self._a = scores[:, 0]
        self._small = np.exp(-np.abs(self._a))  # e^{−|a|} serves the loss and the probability

    def _losses(self) -> np.ndarray:
        return np.maximum(self._a, 0) + np.log1p(self._small) - self.y * self._a  # ln(1 + eᵃ) − y a

    def _p(self) -> np.ndarray:
        return np.where(self._a >= 0, 1.0, self._small) / (1 + self._small)

    def _missed(self) -> np.ndarray:
        return (self._p() - self.y)[:, None]

    def _curvature(self, k: int, l: int) -> np.ndarray:
        return self._small / (1 + self._small) ** 2  # p(1 − p), which does not cancel at p = 1


class SoftmaxObjective(Objective):
    """The objective for several classes, with one score a sample and class.

    Args:
        X: shape (n, d).
        Y: one-hot classes, shape (n, K).
        weights: shape (n,).
        l2: penalty on squares.
        l1: penalty on absolute values.
        fit_intercept: whether there are intercepts.
    """

    def __init__(
        self,
        X: np.ndarray,
        Y: np.ndarray,
        weights: np.ndarray,
        *,
        l2: float = 0.0,
        l1: float = 0.0,
        fit_intercept: bool = True,
    ) -> None:
        super().__init__(X, weights, l2=l2, l1=l1, fit_intercept=fit_intercept)
        self.Y, self.n_rows = Y, Y.shape[1]

    def part(self, rows: np.ndarray) -> Self:  # noqa: D102
        one = super().part(rows)
        one.Y = self.Y[rows]
        return one

    def gauge(self) -> np.ndarray | None:
        r"""Return $\frac1K \mathbf{1}\mathbf{1}^\top \otimes G$ with G diagonal.

        The same shift of all classes' weights changes no probability. Without a penalty that leaves d + 1
        directions flat, with one on squares only that of the intercepts: G is one there, zero elsewhere.
        """
        K, p = self.shape
        flat = np.full(p, float(self.l2 == 0))
        if self.fit_intercept:
            flat[-1] = 1.0
        return np.kron(np.full((K, K), 1 / K), np.diag(flat))

    def _look(self, scores: np.ndarray) -> None:
        self._shifted = scores - scores.max(axis=1, keepdims=True)
        e = np.exp(self._shifted)
        self._sums = e.sum(axis=1)
        self._P = e / self._sums[:, None]

    def _losses(self) -> np.ndarray:
        return np.log(self._sums) - (self._shifted * self.Y).sum(axis=1)

    def _missed(self) -> np.ndarray:
        return self._P - self.Y

    def _curvature(self, k: int, l: int) -> np.ndarray:
        return self._P[:, k] * (float(k == l) - self._P[:, l])
