"""The still twin of the figure that moves: points on a line, the sum, what is left over, and both losses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from foundations import plotting
from foundations.demo_report import Report
from foundations.plotting import DASHED
from implementations.gradient_boosting.regressor import GradientBoostingRegressor

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
SETTINGS = {"learning_rate": 0.3, "max_depth": 2, "reg_lambda": 1.0, "tree_method": "exact"}
TREES, MOST = 1, 60


def truth(x: np.ndarray) -> np.ndarray:
    """Return the function behind the points, a wave with a jump; shape as x."""
    return np.sin(5 * x) + 0.8 * (x > 0.6) - 0.4


def points() -> dict[str, dict[str, np.ndarray]]:
    """Return x, y and label, shape (40,), of the training points in order of x, and of those held out."""
    rng = np.random.default_rng(11)
    x = rng.permutation(80)
    x = np.concatenate([np.sort(x[:40]), np.sort(x[40:])]) / 80 + 0.005
    y = np.round(truth(x) + 0.35 * rng.standard_normal(80), 3)
    label = (rng.uniform(size=80) < 1 / (1 + np.exp(-3 * truth(x)))).astype(float)
    halves = {"train": slice(0, 40), "held": slice(40, 80)}
    return {
        part: {"x": np.round(x[half], 4), "y": y[half], "label": label[half]} for part, half in halves.items()
    }


def live(report: Report, out: Path) -> None:
    """Draw what the page's figure shows at first: the sum of one tree, that tree, and both losses."""
    train, held = points().values()
    model = GradientBoostingRegressor(MOST, **SETTINGS)
    model.fit(train["x"][:, None], train["y"], eval_set=(held["x"][:, None], held["y"]))
    grid = np.linspace(0, 1, 1001)
    fig, (fit, left, losses) = plotting.figure("wide", cols=3, height=2.9)
    stages = list(model.staged_predict(grid[:, None]))
    fit.plot(held["x"], held["y"], "o", color=plotting.SOFT, markerfacecolor="none", markersize=3.5)
    fit.plot(train["x"], train["y"], "o", color=plotting.INK, markersize=3.5)
    fit.plot(grid, stages[0], color=ORANGE, linestyle=DASHED, linewidth=1.1)
    fit.plot(grid, stages[TREES], color=BLUE)
    fit.set(xlim=(0, 1), ylim=(-2, 2), xlabel="x", ylabel="y", title="the sum")
    residuals(
        left,
        train["x"],
        train["y"] - model.base_score_,
        grid,
        model.trees_[0][0].predict(grid[:, None]) / 0.3,
    )
    left.set(ylim=(-2, 2), title="what is left")
    losses.plot(model.train_loss_, color=BLUE)
    losses.plot(model.validation_loss_, color=ORANGE, linestyle=DASHED)
    losses.axvline(TREES, color=plotting.SOFT, linewidth=0.8)
    for path, colour in ((model.train_loss_, BLUE), (model.validation_loss_, ORANGE)):
        losses.plot(TREES, path[TREES], "o", color=colour, markersize=5)
    losses.text(33, 0.016, "training", color=BLUE)
    losses.text(33, 0.1, "held out", color=ORANGE)
    losses.set(xlabel="trees", ylabel="mean loss", xlim=(0, MOST), ylim=(0, None), title="the losses")
    plotting.save(fig, out / "live.svg")
    least = int(model.validation_loss_.argmin())
    report(
        "Points on a line, 60 trees of depth 2: training and held-out loss",
        "training loss falls with every tree, the held-out loss is least before the end",
        f"training {model.train_loss_[0]:.4f} to {model.train_loss_[-1]:.4f}; held out least with {least}, "
        f"{model.validation_loss_[least]:.4f}, {model.validation_loss_[-1]:.4f} at the end",
        met=bool((np.diff(model.train_loss_) < 0).all()) and 0 < least < MOST,
        live_train_loss=model.train_loss_[-1],
        live_least_trees=least,
        live_least_loss=model.validation_loss_[least],
        live_last_loss=model.validation_loss_[-1],
    )


def residuals(ax: Axes, x: np.ndarray, left: np.ndarray, grid: np.ndarray, tree: np.ndarray) -> None:
    """Draw what is left at each point as a stem, and a tree through it.

    Args:
        ax: where to draw.
        x: shape (n,).
        left: shape (n,).
        grid: where the tree is drawn, shape (m,).
        tree: what it says there, shape (m,).
    """
    ax.vlines(x, 0, left, color=plotting.LINE, linewidth=1)
    ax.axhline(0, color=plotting.SOFT, linewidth=0.8)
    ax.plot(x, left, "o", color=TEAL, markersize=3.5)
    ax.plot(grid, tree, color=ORANGE)
    ax.set(xlim=(0, 1), xlabel="x", ylabel="−g")
