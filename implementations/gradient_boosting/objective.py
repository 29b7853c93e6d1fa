r"""XGBoost's regularised objective: what a leaf should say, what a split is worth.

A tree of T leaves with values $w_j$ is judged by the second-order expansion of the loss around the current
prediction (equation 3 of Chen and Guestrin 2016), with $G_j$ and $H_j$ the sums of first and second
derivatives over the samples in leaf j:

$$\tilde{\mathcal L} = \sum_j \bigl[G_j w_j + \tfrac12 (H_j + \lambda) w_j^2\bigr] + \gamma T .$$
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import numpy as np

Numbers = TypeVar("Numbers", float, np.ndarray)

LEAST_GAIN = 1e-6
"""A split must gain more than this, as in XGBoost."""
ROUNDING = 1e-10
"""Share of a node's score below which gains count as equal, and of its H below which a side is empty.

The same sums, taken in another order, differ in their last digits. Without this the choice among splits that
divide the samples alike would hang on the order of the rows.
"""


class Limits(NamedTuple):
    r"""What a tree may do, under XGBoost's names.

    Attributes:
        max_depth: largest number of splits between root and leaf.
        min_child_weight: least sum of second derivatives on either side of a split.
        reg_lambda: λ, the penalty on the squares of the leaf values.
        gamma: what `split_gain` must reach for a split. XGBoost's gain lacks the ½ of equation (7), so that
            this γ is twice the paper's.
    """

    max_depth: int = 6
    min_child_weight: float = 1.0
    reg_lambda: float = 1.0
    gamma: float = 0.0


class Split(NamedTuple):
    """One way to divide the samples of a node.

    Attributes:
        feature: which column decides.
        threshold: samples with x < threshold go left; infinite where only missing values go right.
        missing_left: whether samples whose value is missing go left.
        gain: `split_gain`.
    """

    feature: int
    threshold: float
    missing_left: bool
    gain: float


def leaf_weight(G: Numbers, H: Numbers, reg_lambda: float) -> Numbers:
    r"""Return $w^* = -G/(H+\lambda)$, the value of a leaf that makes the objective least (equation 5).

    Args:
        G: sum of first derivatives over the leaf's samples, any shape.
        H: sum of second derivatives, not negative, of the same shape.
        reg_lambda: λ ≥ 0; H + λ > 0.
    """
    return -G / (H + reg_lambda)


def structure_score(G: Numbers, H: Numbers, reg_lambda: float) -> Numbers:
    r"""Return $G^2/(H+\lambda)$: twice what a leaf with its best value takes off the objective (equation 6).

    Args:
        G: sum of first derivatives over the leaf's samples, any shape.
        H: sum of second derivatives, of the same shape.
        reg_lambda: λ ≥ 0; H + λ > 0.
    """
    return G * G / (H + reg_lambda)


def split_gain(
    G_left: Numbers,
    H_left: Numbers,
    G: Numbers,
    H: Numbers,
    reg_lambda: float,
) -> Numbers:
    r"""Return what a split gains: $G_L^2/(H_L+\lambda) + G_R^2/(H_R+\lambda) - G^2/(H+\lambda)$.

    Equation (7) has ½ of this, minus the paper's γ; XGBoost's code compares this with `gamma`, which is
    therefore $2\gamma$.

    Args:
        G_left: sum of first derivatives over the samples that go left, any shape.
        H_left: sum of second derivatives over them, of the same shape.
        G: sum of first derivatives over all samples of the node.
        H: sum of second derivatives over them.
        reg_lambda: λ ≥ 0; both sides need H + λ > 0.
    """
    left = structure_score(G_left, H_left, reg_lambda)
    right = structure_score(G - G_left, H - H_left, reg_lambda)
    return left + right - structure_score(G, H, reg_lambda)


def tree_objective(
    G: np.ndarray,
    H: np.ndarray,
    w: np.ndarray,
    *,
    reg_lambda: float,
    gamma: float,
) -> float:
    r"""Return $\sum_j [G_j w_j + \frac12(H_j+\lambda)w_j^2] + \frac12\gamma T$ for any leaf values.

    With $w_j = w_j^*$ it is equation (6), $-\frac12\sum_j G_j^2/(H_j+\lambda) + \frac12\gamma T$. The γ is
    XGBoost's, twice the paper's: a split pays exactly when `split_gain` exceeds it.

    Args:
        G: sums of first derivatives by leaf, shape (leaves,).
        H: sums of second derivatives by leaf, shape (leaves,).
        w: values of the leaves, shape (leaves,).
        reg_lambda: λ ≥ 0.
        gamma: what a leaf costs, times two.
    """
    return float(np.sum(G * w + (H + reg_lambda) * w * w / 2) + gamma * len(w) / 2)


def least_weight(H: float | np.ndarray, limits: Limits) -> Any:
    """Return the least sum of second derivatives that a side of a split needs.

    Args:
        H: sum over all samples of the node.
        limits: holds `min_child_weight`.
    """
    return np.maximum(limits.min_child_weight, ROUNDING * H)


def least_worthy(best: Numbers, G: Numbers, H: Numbers, reg_lambda: float) -> Numbers:
    """Return the gain from which on a split counts as good as the best.

    Args:
        best: the largest gain.
        G: sum of first derivatives over all samples of the node.
        H: sum of second derivatives over them.
        reg_lambda: λ ≥ 0.
    """
    return best - ROUNDING * (best + structure_score(G, H, reg_lambda))


def first_best(gains: list[np.ndarray], G: float, H: float, limits: Limits) -> tuple[int, int] | None:
    """Return list and place in it of the first gain that counts as the largest, or None if none is worth it.

    Args:
        gains: of candidates, each of any length; minus infinity where a split is not allowed.
        G: sum of first derivatives over all samples of the node.
        H: sum of second derivatives over them.
        limits: holds `gamma`.
    """
    best = max((gain.max() for gain in gains), default=-np.inf)
    if not worthy(best, limits):
        return None
    enough = least_worthy(best, G, H, limits.reg_lambda)
    i = next(i for i, gain in enumerate(gains) if gain.max() >= enough)
    return i, int(np.argmax(gains[i] >= enough))


def worthy(gain: Numbers, limits: Limits) -> Numbers:
    """Return whether a split that gains so much is made: more than rounding, and `gamma` or more.

    Args:
        gain: what `split_gain` returned, any shape.
        limits: holds `gamma`.
    """
    return (gain > LEAST_GAIN) & (gain >= limits.gamma)
