r"""The same for several classes: softmax, the likelihood and its first two derivatives."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def softmax(A: ArrayLike) -> np.ndarray:
    r"""Return $p_{nk} = e^{a_{nk}} / \sum_j e^{a_{nj}}$ over the last axis.

    Adding the same number to all scores of a sample changes nothing.

    Args:
        A: scores in nats, shape (…, n_classes).

    Returns:
        Probabilities that sum to one over the last axis, the same shape.

    Example:
        >>> softmax([[0.0, np.log(3.0)], [1000.0, 1000.0]]).round(9)
        array([[0.25, 0.75],
               [0.5 , 0.5 ]])

    Source: Bishop 2006, equation 4.104.
    """
    A = np.asarray(A, dtype=np.float64)
    e = np.exp(A - A.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def one_hot(k: np.ndarray, n_classes: int) -> np.ndarray:
    """Return a row for each class number with a one at its place, shape (n, n_classes).

    Args:
        k: class numbers from 0 on, shape (n,).
        n_classes: how many there are.

    Example:
        >>> one_hot(np.array([2, 0]), 3)
        array([[0., 0., 1.],
               [1., 0., 0.]])
    """
    return np.eye(n_classes)[k]


def softmax_negative_log_likelihood(W: np.ndarray, X: np.ndarray, Y: np.ndarray) -> float:
    r"""Return $-\ln p(Y \mid X, W) = -\sum_n \sum_k y_{nk} \ln p_{nk}$, the cross-entropy in nats.

    Args:
        W: one row of weights a class, shape (n_classes, d).
        X: shape (n, d).
        Y: one-hot classes, shape (n, n_classes).

    Source: Bishop 2006, equation 4.108.
    """
    A = X @ W.T  # (n, K)
    largest = A.max(axis=1, keepdims=True)
    log_p = A - largest - np.log(np.exp(A - largest).sum(axis=1, keepdims=True))
    return -float((Y * log_p).sum())


def softmax_gradient(W: np.ndarray, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    r"""Return $(P - Y)^\top X$, the gradient of the cross-entropy, shape (n_classes, d).

    Args:
        W: shape (n_classes, d).
        X: shape (n, d).
        Y: one-hot classes, shape (n, n_classes).

    Source: Bishop 2006, equation 4.109.
    """
    P = softmax(X @ W.T)  # (n, K)
    return (P - Y).T @ X


def softmax_hessian(W: np.ndarray, X: np.ndarray) -> np.ndarray:
    r"""Return the second derivatives of the cross-entropy, shape (n_classes, d, n_classes, d).

    Block k, l is $X^\top \operatorname{diag}\bigl(p_{nk}(\delta_{kl} - p_{nl})\bigr) X$.

    Args:
        W: shape (n_classes, d).
        X: shape (n, d).

    Source: Bishop 2006, equation 4.110, with the sign of the loss.
    """
    P = softmax(X @ W.T)
    K = P.shape[1]
    S = P[:, :, None] * (np.eye(K) - P[:, None, :])  # (n, K, K)
    return np.einsum("nkl,ni,nj->kilj", S, X, X)
