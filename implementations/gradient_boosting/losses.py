r"""The losses, each with its first and second derivative by the raw score, and its best constant.

A boosted model adds its trees up to a raw score z, shape (n, outputs); `predicted` turns z into the
prediction: a mean, a rate, or probabilities. Boosting sees a loss only through `derivatives`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from scipy.special import expit, logit

from foundations.errors import ValueRangeError

LEAST_HESSIAN = 1e-16
"""Second derivatives are not let below this, as in XGBoost: a leaf of sure samples would divide by zero."""


class Loss(ABC):
    """Base of the losses. Raw scores z have shape (n, outputs); y has shape (n,)."""

    @abstractmethod
    def values(self, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample, shape (n,)."""

    @abstractmethod
    def derivatives(
        self,
        z: np.ndarray,
        y: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return first and second derivatives of the loss by z, each of shape (n, outputs)."""

    @abstractmethod
    def predicted(self, z: np.ndarray) -> np.ndarray:
        """Return the prediction that raw scores stand for."""

    @abstractmethod
    def constant(self, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the raw score that is best when it is the same for all samples, shape (outputs,)."""

    @abstractmethod
    def raw(self, prediction: float) -> float:
        """Return the raw score that stands for a prediction: the link function."""

    def check(self, y: np.ndarray, caller: str) -> None:  # noqa: B027
        """Refuse targets that the loss cannot take; by default there are none.

        Args:
            y: finite numbers, shape (n,).
            caller: for the message.
        """

    def mean(self, z: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
        """Return the mean loss by weight.

        Args:
            z: raw scores, shape (n, outputs).
            y: targets, shape (n,).
            weights: shape (n,).
        """
        return float(np.average(self.values(z, y), weights=weights))


class SquaredError(Loss):
    r"""$\frac12(y-z)^2$: $g = z - y$, $h = 1$; the prediction is z."""

    def values(self, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return $(y-z)^2/2$, shape (n,)."""
        return (y - z[:, 0]) ** 2 / 2

    def derivatives(
        self,
        z: np.ndarray,
        y: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return $z-y$ and 1."""
        return z - y[:, None], np.ones_like(z)

    def predicted(self, z: np.ndarray) -> np.ndarray:
        """Return z itself, shape (n,)."""
        return z[:, 0]

    def constant(self, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the mean of y."""
        return np.atleast_1d(np.average(y, weights=weights))

    def raw(self, prediction: float) -> float:
        """Return the prediction itself."""
        return prediction


class Logistic(Loss):
    r"""$\ln(1+e^z) - yz$ for y in {0, 1}: $g = p - y$, $h = p(1-p)$ with $p = 1/(1+e^{-z})$."""

    def values(self, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the cross-entropy in nats, shape (n,); no overflow for any z."""
        score = z[:, 0]
        return np.maximum(score, 0) + np.log1p(np.exp(-np.abs(score))) - y * score

    def derivatives(
        self,
        z: np.ndarray,
        y: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return $p-y$ and $p(1-p)$."""
        p = expit(z)
        return p - y[:, None], np.maximum(p * (1 - p), LEAST_HESSIAN)

    def predicted(self, z: np.ndarray) -> np.ndarray:
        """Return the probabilities of both classes, shape (n, 2)."""
        p = expit(z[:, 0])
        return np.stack([1 - p, p], axis=1)

    def constant(self, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the log-odds of the share of ones."""
        return np.atleast_1d(self.raw(float(np.average(y, weights=weights))))

    def raw(self, prediction: float) -> float:
        """Return the log-odds of a probability, infinite or NaN where it has none."""
        return float(logit(prediction))


class Softmax(Loss):
    r"""$\ln\sum_k e^{z_k} - z_y$: $g_k = p_k - [y = k]$; $h_k = 2p_k(1-p_k)$ as in XGBoost.

    The second derivative is $p_k(1-p_k)$. The trees of a round ignore the mixed derivatives
    $-p_k p_l$, and the factor 2 makes up for it: the diagonal matrix of $2p_k(1-p_k)$ is never below the
    full matrix of second derivatives, so that the step is one on an upper bound.

    Args:
        classes: number of classes, two or more.
    """

    def __init__(self, classes: int) -> None:
        self.classes = classes

    def values(self, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the cross-entropy in nats, shape (n,); y holds the classes' numbers from 0."""
        top = z.max(axis=1)
        total = np.log(np.exp(z - top[:, None]).sum(axis=1)) + top
        return total - z[np.arange(len(z)), y.astype(np.intp)]

    def derivatives(
        self,
        z: np.ndarray,
        y: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return $p_k-[y=k]$ and $2p_k(1-p_k)$, each of shape (n, classes)."""
        p = self.predicted(z)
        h = np.maximum(2 * p * (1 - p), LEAST_HESSIAN)
        p[np.arange(len(z)), y.astype(np.intp)] -= 1
        return p, h

    def predicted(self, z: np.ndarray) -> np.ndarray:
        """Return the probabilities, shape (n, classes)."""
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        return p

    def constant(self, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the logarithms of the classes' shares, shape (classes,)."""
        return np.log(np.bincount(y.astype(np.intp), weights, self.classes) / weights.sum())

    def raw(self, prediction: float) -> float:
        """Return the prediction: raw scores of a softmax count only by their differences."""
        return prediction


class Poisson(Loss):
    r"""$e^z - yz$ for counts y ≥ 0: $g = e^z - y$, $h = e^z$; the prediction is the rate $e^z$.

    XGBoost multiplies h by $e^{0.7}$ (its `max_delta_step`), to be careful; here h is the derivative.
    """

    def check(self, y: np.ndarray, caller: str) -> None:
        """Refuse targets below zero, and none above.

        Args:
            y: finite numbers, shape (n,).
            caller: for the message.

        Raises:
            ValueRangeError: if one is negative or all are zero.
        """
        if y.min() < 0 or not y.any():
            raise ValueRangeError(
                f"{caller} expects counts for the Poisson loss, none below 0 and one above, got a least "
                f"of {y.min():g} and a largest of {y.max():g}: use squared_error"
            )

    def values(self, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the negative log-likelihood without ln y!, shape (n,)."""
        return np.exp(z[:, 0]) - y * z[:, 0]

    def derivatives(
        self,
        z: np.ndarray,
        y: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return $e^z-y$ and $e^z$."""
        rate = np.exp(z)
        return rate - y[:, None], np.maximum(rate, LEAST_HESSIAN)

    def predicted(self, z: np.ndarray) -> np.ndarray:
        """Return the rates, shape (n,)."""
        return np.exp(z[:, 0])

    def constant(self, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the logarithm of the mean count."""
        return np.log(np.atleast_1d(np.average(y, weights=weights)))

    def raw(self, prediction: float) -> float:
        """Return the logarithm of a rate, NaN where it has none."""
        return float(np.log(prediction)) if prediction > 0 else np.nan
