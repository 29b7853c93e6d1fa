r"""The likelihood of logistic regression with its first two derivatives: the equations, one function each.

Nothing here is written for speed or for weights and penalties; `objective` has all of that, and the tests
hold it to these definitions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def sigmoid(a: ArrayLike) -> np.ndarray:
    r"""Return $\sigma(a) = 1/(1 + e^{-a})$: the probability whose log-odds are a.

    Args:
        a: log-odds in nats, any shape.

    Returns:
        Probabilities in [0, 1], the same shape.

    Example:
        >>> sigmoid([-1000.0, 0.0, np.log(3.0)]).round(9)
        array([0.  , 0.5 , 0.75])

    Source: Bishop 2006, equation 4.59.
    """
    a = np.asarray(a, dtype=np.float64)
    small = np.exp(-np.abs(a))  # never overflows
    return np.where(a >= 0, 1.0, small) / (1 + small)


def negative_log_likelihood(w: np.ndarray, X: np.ndarray, y: np.ndarray) -> float:
    r"""Return $-\ln p(\mathbf{y} \mid X, \mathbf{w}) = \sum_n \ln(1 + e^{a_n}) - y_n a_n$, in nats.

    Args:
        w: weights, shape (d,).
        X: one sample a row, shape (n, d); a column of ones makes its weight the intercept.
        y: zeros and ones, shape (n,).

    Example:
        >>> round(negative_log_likelihood(np.zeros(1), np.ones((2, 1)), np.array([0.0, 1.0])), 6)  # 2 ln 2
        1.386294

    Source: Bishop 2006, equation 4.90.
    """
    a = X @ w  # (n,)
    return float((np.logaddexp(0, a) - y * a).sum())


def gradient(w: np.ndarray, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    r"""Return $X^\top(\mathbf{p} - \mathbf{y})$, the gradient of `negative_log_likelihood`, shape (d,).

    Args:
        w: weights, shape (d,).
        X: shape (n, d).
        y: zeros and ones, shape (n,).

    Source: Bishop 2006, equation 4.91.
    """
    p = sigmoid(X @ w)  # (n,)
    return X.T @ (p - y)


def hessian(w: np.ndarray, X: np.ndarray) -> np.ndarray:
    r"""Return $X^\top S X$ with $S = \operatorname{diag}(p_n(1 - p_n))$: second derivatives, shape (d, d).

    The classes y do not occur in it. It is never indefinite: the loss is convex.

    Args:
        w: weights, shape (d,).
        X: shape (n, d).

    Source: Bishop 2006, equation 4.97.
    """
    p = sigmoid(X @ w)
    S = np.diag(p * (1 - p))  # (n, n)
    return X.T @ S @ X


def irls_step(w: np.ndarray, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    r"""Return the weights after one step of Newton, as the solution of a weighted least-squares problem.

    $\mathbf{w}' = \arg\min \sum_n s_n (z_n - \mathbf{x}_n^\top\mathbf{w}')^2$ with
    $s_n = p_n(1 - p_n)$ and the working response $z_n = a_n + (y_n - p_n)/s_n$.

    Args:
        w: weights before, shape (d,).
        X: shape (n, d), of full column rank.
        y: zeros and ones, shape (n,).

    Example:
        >>> irls_step(np.zeros(1), np.ones((4, 1)), np.array([1.0, 1.0, 1.0, 0.0]))
        array([1.])

    Source: Bishop 2006, equations 4.99, 4.100 and 4.103.
    """
    a = X @ w
    p = sigmoid(a)
    s = p * (1 - p)
    z = a + (y - p) / s
    root = np.sqrt(s)
    return np.linalg.lstsq(root[:, None] * X, root * z)[0]
