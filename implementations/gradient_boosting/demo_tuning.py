"""The part of the demo on how many trees: learning rate against number, and where to stop."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.demo_report import Report
from foundations.plotting import DASHED
from implementations.gradient_boosting.demo_data import friedman, truth
from implementations.gradient_boosting.regressor import GradientBoostingRegressor

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
RATES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
ROUNDS = 100
TREES = (4, 8, 16, 32, 64, 128, 256)


def rate_trees(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw the error against the truth over learning rate and number of trees."""
    X, y = friedman(300, rng)
    fresh = rng.uniform(size=(1000, 10))
    errors = np.empty((len(TREES), len(RATES)))
    for column, rate in enumerate(RATES):
        model = GradientBoostingRegressor(TREES[-1], learning_rate=rate, max_depth=3, max_bins=32).fit(X, y)
        path = list(model.staged_predict(fresh))
        errors[:, column] = [float(np.sqrt(((path[m] - truth(fresh)) ** 2).mean())) for m in TREES]
    fig, ax = plotting.figure("column", height=3.6)
    plotting.heatmap(
        ax,
        errors[::-1],
        x_labels=[f"{rate:g}" for rate in RATES],
        y_labels=[f"{m}" for m in TREES[::-1]],
        low=1.0,
        high=5.0,
        values=".2f",
        square=False,
    )
    ax.set(xlabel="learning rate η", ylabel="trees")
    plotting.save(fig, out / "rate_trees.svg")
    floors = errors.min(axis=0)
    enough = [TREES[i] for i in errors.argmin(axis=0)]
    report(
        "Least error by learning rate 0.05, 0.2 and 1, and with how many trees of at most 256",
        "a smaller rate ends lower and needs more trees",
        ", ".join(f"{floors[i]:.2f} with {enough[i]}" for i in (1, 3, 5)),
        met=bool(floors[1] < floors[5] and enough[1] > enough[5]),
        **{f"floor_at_{RATES[i]:g}": floors[i] for i in (1, 3, 5)},
        **{f"trees_at_{RATES[i]:g}": enough[i] for i in (1, 3, 5)},
    )


def early_stopping(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw training and held-out loss of shallow and deep trees, and where early stopping ends."""
    (X, y), held_out = friedman(300, rng, 3.0), friedman(1000, rng, 3.0)
    fig, ax = plotting.figure("column", height=3.2)
    stops, lowest, losses, risen = [], [], [], []
    for depth, colour in ((2, BLUE), (4, ORANGE)):
        settings = {"learning_rate": 0.3, "max_depth": depth, "max_bins": 32}
        model = GradientBoostingRegressor(ROUNDS, **settings).fit(X, y, eval_set=held_out)
        short = GradientBoostingRegressor(ROUNDS, n_iter_no_change=20, **settings)
        short.fit(X, y, eval_set=held_out)
        ax.plot(model.train_loss_, color=colour, label=f"depth {depth}, training")
        ax.plot(model.validation_loss_, color=colour, linestyle=DASHED, label=f"depth {depth}, held out")
        stop = short.n_estimators_
        ax.plot(stop, model.validation_loss_[stop], "o", color=colour, markersize=6)
        stops.append(stop)
        lowest.append(float(model.validation_loss_.min()))
        losses.append(float(model.validation_loss_[stop]))
        risen.append(float(model.validation_loss_[-1]) - losses[-1])
    ax.set(xlabel="trees", ylabel="mean loss", xlim=(0, ROUNDS), ylim=(0, 14))
    plotting.label_lines(ax)
    plotting.save(fig, out / "early_stopping.svg")
    report(
        "Held-out loss where early stopping ends and at its lowest, depth 2 and 4",
        "within 2 % of the lowest of 100 rounds, and below the loss at the end",
        "; ".join(f"{a:.3f} with {m} trees, {b:.3f}" for a, m, b in zip(losses, stops, lowest, strict=True)),
        met=all(a < 1.02 * b for a, b in zip(losses, lowest, strict=True)) and min(risen) > 0,
        **{f"stop_depth_{depth}": stop for depth, stop in zip((2, 4), stops, strict=True)},
        **{f"loss_depth_{depth}": loss for depth, loss in zip((2, 4), losses, strict=True)},
    )
