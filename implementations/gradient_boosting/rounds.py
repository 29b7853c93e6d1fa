"""The loop of boosting: derivatives where the sum stands, a tree fitted to them, a step along it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from implementations.gradient_boosting.binning import Bins
from implementations.gradient_boosting.exact import grow_exactly
from implementations.gradient_boosting.growing import grow_by_histograms
from implementations.gradient_boosting.losses import Loss
from implementations.gradient_boosting.objective import Limits
from implementations.gradient_boosting.tree import Tree

Grow = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], tuple[Tree, np.ndarray]]
"""From g, h, rows and columns to a tree and its value for every sample."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How many trees, how large a step each, and on which share of the data.

    Attributes:
        n_estimators: number of rounds.
        learning_rate: η, by which every tree is scaled.
        subsample: share of the rows of a round.
        colsample_bytree: share of the columns of a tree.
        patience: rounds without a lower loss on the held-out rows before it stops; None for all rounds.
    """

    n_estimators: int
    learning_rate: float
    subsample: float = 1.0
    colsample_bytree: float = 1.0
    patience: int | None = None


@dataclass(frozen=True)
class Samples:
    """Rows with their targets and weights.

    Attributes:
        X: shape (n, features), NaN where missing.
        y: shape (n,); numbers of classes for a classifier.
        weights: shape (n,), positive.
    """

    X: np.ndarray
    y: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Boosted:
    """What boosting gave.

    Attributes:
        rounds: for each round its trees, one an output, already scaled by η.
        train_loss: mean loss before any tree and after each round.
        held_out_loss: the same on the held-out rows; empty where there are none.
    """

    rounds: list[tuple[Tree, ...]]
    train_loss: list[float]
    held_out_loss: list[float]


def boost(
    samples: Samples,
    loss: Loss,
    base: np.ndarray,
    grow: Grow,
    schedule: Schedule,
    *,
    held_out: Samples | None = None,
    rng: np.random.Generator,
) -> Boosted:
    r"""Add trees: $z_m = z_{m-1} + \eta f_m(\mathbf x)$, each $f_m$ grown on the derivatives at $z_{m-1}$.

    Args:
        samples: what to learn from.
        loss: gives first and second derivatives.
        base: raw score before any tree, shape (outputs,).
        grow: makes a tree of derivatives.
        schedule: how many, how large, on how much.
        held_out: rows on which to see when to stop.
        rng: draws rows and columns.
    """
    n, features = samples.X.shape
    z = np.tile(base, (n, 1))  # (n, outputs)
    result = Boosted([], [loss.mean(z, samples.y, samples.weights)], [])
    seen = np.tile(base, (0 if held_out is None else len(held_out.X), 1))
    if held_out is not None:
        result.held_out_loss.append(loss.mean(seen, held_out.y, held_out.weights))
    for _ in range(schedule.n_estimators):
        g, h = loss.derivatives(z, samples.y)  # each (n, outputs)
        g *= samples.weights[:, None]
        h *= samples.weights[:, None]
        rows = _share(n, schedule.subsample, rng)
        trees = []
        for k in range(len(base)):
            columns = _share(features, schedule.colsample_bytree, rng)
            tree, value = grow(g[:, k], h[:, k], rows, columns)
            trees.append(tree.scaled(schedule.learning_rate))
            z[:, k] += schedule.learning_rate * value
        result.rounds.append(tuple(trees))
        result.train_loss.append(loss.mean(z, samples.y, samples.weights))
        if held_out is not None:
            seen += np.stack([tree.predict(held_out.X) for tree in trees], axis=1)
            result.held_out_loss.append(loss.mean(seen, held_out.y, held_out.weights))
            behind = len(result.rounds) - int(np.argmin(result.held_out_loss))
            if schedule.patience is not None and behind >= schedule.patience:
                break
    return result


def by_histograms(X: np.ndarray, limits: Limits, max_bins: int, pool: Executor | None = None) -> Grow:
    """Return what grows trees by `grow_by_histograms`; the bins are made once.

    Args:
        X: shape (n, features), NaN where missing.
        limits: what a tree may do.
        max_bins: most bins of a feature.
        pool: threads to share the work with.
    """
    columns_first = np.asfortranarray(X)
    bins = Bins.of(columns_first, max_bins)
    codes = bins.codes(columns_first)

    def grow(g: np.ndarray, h: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[Tree, np.ndarray]:
        all_columns = len(columns) == len(codes)
        chosen = bins if all_columns else bins.only(columns)
        tree, leaf = grow_by_histograms(
            codes if all_columns else codes[columns], chosen, g, h, limits, rows, pool=pool
        )
        tree = tree if all_columns else _in_columns(tree, columns)
        if len(rows) < len(g):
            others = np.flatnonzero(leaf < 0)
            leaf[others] = tree.apply(X[others])
        return tree, tree.value[leaf]

    return grow


def exactly(X: np.ndarray, limits: Limits) -> Grow:
    """Return what grows trees by `grow_exactly`.

    Args:
        X: shape (n, features), NaN where missing.
        limits: what a tree may do.
    """

    def grow(g: np.ndarray, h: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[Tree, np.ndarray]:
        tree = _in_columns(grow_exactly(X[np.ix_(rows, columns)], g[rows], h[rows], limits), columns)
        return tree, tree.predict(X)

    return grow


def _in_columns(tree: Tree, columns: np.ndarray) -> Tree:
    """Return a tree that was grown on some columns in terms of all."""
    return replace(tree, feature=np.where(tree.feature < 0, -1, columns[tree.feature]))


def _share(n: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return that share of 0, 1, …, n - 1, ascending, at least one; no draw for all of them."""
    if share == 1:
        return np.arange(n)
    return np.sort(rng.choice(n, max(1, int(share * n)), replace=False))
