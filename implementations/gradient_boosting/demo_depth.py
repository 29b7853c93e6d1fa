"""The part of the demo on depth: decision surfaces, and bias and variance over many training sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.data import moons
from foundations.demo_report import Report
from implementations.gradient_boosting.classifier import GradientBoostingClassifier
from implementations.gradient_boosting.demo_data import friedman, truth
from implementations.gradient_boosting.regressor import GradientBoostingRegressor

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
CELLS = 120


def surfaces(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw the probability of a class over the plane for trees of depth 1, 2 and 6."""
    X, y = moons(240, noise=0.28, rng=rng)
    X_test, y_test = moons(2000, noise=0.28, rng=rng)
    low, high = np.array([-1.9, -1.4]), np.array([2.9, 1.9])
    sides = [np.linspace(a, b, CELLS) for a, b in zip(low, high, strict=True)]
    plane = np.stack(np.meshgrid(sides[0], sides[1][::-1]), axis=-1).reshape(-1, 2)
    fig, axes = plotting.figure("wide", cols=3, height=2.4)
    losses = {}
    for ax, depth in zip(axes, (1, 2, 6), strict=True):
        model = GradientBoostingClassifier(100, max_depth=depth, max_bins=64).fit(X, y)
        p = model.predict_proba(plane)[:, 1].reshape(CELLS, CELLS)
        plotting.heatmap(ax, p, kind="diverging", low=-0.7, high=1.7, square=False)
        cell = (X - low) / (high - low) * (CELLS - 1)
        for label, face in ((0, plotting.PAPER), (1, plotting.INK)):
            some = cell[y == label]
            style = {"markerfacecolor": face, "markeredgecolor": plotting.INK, "markeredgewidth": 0.7}
            ax.plot(some[:, 0], CELLS - 1 - some[:, 1], "o", markersize=2.8, **style)
        ax.set(
            xticks=[], yticks=[], title=f"depth {depth}", xlim=(-0.5, CELLS - 0.5), ylim=(CELLS - 0.5, -0.5)
        )
        p_test = model.predict_proba(X_test)[np.arange(2000), y_test]
        losses[depth] = float(-np.log(p_test).mean())
    plotting.save(fig, out / "surfaces.svg")
    report(
        "Two moons, 100 trees: log loss on 2,000 new points, depth 1, 2, 6",
        "depth 6 is surer than it is right: worse than depth 2",
        ", ".join(f"{loss:.3f}" for loss in losses.values()),
        met=losses[6] > losses[2],
        **{f"moons_depth_{depth}": loss for depth, loss in losses.items()},
    )


def bias_variance(sets: int, rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw squared bias and variance by depth, after few and after many trees, over training sets of 200."""
    depths, counts = (1, 2, 3, 4, 6), (10, 60)
    fresh = rng.uniform(size=(300, 10))
    exact = truth(fresh)
    predicted = np.empty((len(counts), len(depths), sets, 300))
    for s in range(sets):
        X, y = friedman(200, rng)
        for d, depth in enumerate(depths):
            model = GradientBoostingRegressor(
                counts[-1], learning_rate=0.3, max_depth=depth, max_bins=32
            ).fit(X, y)
            path = list(model.staged_predict(fresh))
            predicted[:, d, s] = [path[m] for m in counts]
    variance = predicted.var(axis=2, ddof=1).mean(axis=-1)  # (counts, depths)
    bias = ((predicted.mean(axis=2) - exact) ** 2).mean(axis=-1) - variance / sets  # unbiased
    fig, axes = plotting.figure("wide", cols=2, height=3.2, sharey=True)
    for ax, m, b, v in zip(axes, counts, bias, variance, strict=True):
        ax.plot(depths, b, "o-", color=BLUE, label="bias²")
        ax.plot(depths, v, "o-", color=ORANGE, label="variance")
        ax.plot(depths, b + v, "o-", color=plotting.INK, label="sum")
        ax.set(xlabel="depth of the trees", xticks=depths, title=f"{m} trees", ylim=(0, None))
        plotting.label_lines(ax)
    axes[0].set(ylabel="squared error against the truth")
    plotting.save(fig, out / "bias_variance.svg")
    total = bias + variance
    report(
        f"Bias² and variance over {sets} training sets, 60 trees of depth 1 and 6",
        "variance rises with depth; with 60 trees a shallower depth is best than with 10, or the same",
        f"{bias[1, 0]:.2f} and {variance[1, 0]:.2f}; {bias[1, -1]:.2f} and {variance[1, -1]:.2f}; "
        f"best depth {depths[total[0].argmin()]} with 10 trees, {depths[total[1].argmin()]} with 60",
        met=bool(variance[1, -1] > variance[1, 0] and total[1].argmin() <= total[0].argmin()),
        bias_depth_1=bias[1, 0],
        variance_depth_1=variance[1, 0],
        bias_depth_6=bias[1, -1],
        variance_depth_6=variance[1, -1],
        best_depth_10_trees=depths[int(total[0].argmin())],
        best_depth_60_trees=depths[int(total[1].argmin())],
    )
