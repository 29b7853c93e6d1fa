"""The one step that all of word2vec takes: logistic regressions of vectors on vectors, as matrix products."""

from __future__ import annotations

import numpy as np


def sigmoid(x: np.ndarray) -> np.ndarray:
    r"""Return $\sigma(x) = 1/(1 + e^{-x}) = (1 + \tanh(x/2))/2$, of any shape, without overflow."""
    out = np.tanh(x * 0.5)
    out += 1
    out *= 0.5
    return out


def logistic_loss(
    h: np.ndarray,
    rows: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
) -> float:
    r"""Return $-\sum w\,[y \ln\sigma(s) + (1 - y)\ln\sigma(-s)]$ with $s = h \cdot u$: minus log-likelihood.

    Args:
        h: Hidden vectors, shape (M, L, d).
        rows: Output vectors u, shape (M, P, d).
        labels: y, 1 for what belongs together and 0 for noise, broadcast to (M, L, P).
        weights: w, how often each pair counts, shape (M, L, P).

    Returns:
        The sum, in nats.

    Source: Mikolov et al. 2013b, equation (4) for negative samples, (3) for a tree.
    """
    scores = h @ rows.mT  # (M, L, P)
    return float((weights * np.logaddexp(0, scores * (1 - 2 * labels))).sum())


def logistic_gradients(
    h: np.ndarray, rows: np.ndarray, labels: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the gradient of minus `logistic_loss`: the direction uphill, for h and for the rows.

    $\partial/\partial h = \sum_u w\,(y - \sigma(h\cdot u))\,u$, and likewise for u.

    Args:
        h: Hidden vectors, shape (M, L, d).
        rows: Output vectors, shape (M, P, d).
        labels: Broadcast to (M, L, P).
        weights: Shape (M, L, P).

    Returns:
        Shapes (M, L, d) and (M, P, d).
    """
    error = sigmoid(h @ rows.mT)  # (M, L, P)
    np.subtract(labels, error, out=error)
    error *= weights
    return error @ rows, error.mT @ h


def add_rows(table: np.ndarray, indices: np.ndarray, rows: np.ndarray) -> None:
    """Add rows to rows of a table in place; what goes to one row is summed first.

    Args:
        table: Shape (n, d).
        indices: Numbers of rows, repeats allowed, shape (...).
        rows: Shape (..., d).
    """
    flat = indices.ravel()
    order = np.argsort(flat, kind="stable")
    ordered = flat[order]
    first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    table[ordered[first]] += np.add.reduceat(rows.reshape(len(flat), -1)[order], first, axis=0)
