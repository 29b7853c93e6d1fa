"""The loss over two weights, and the ways down of gradient descent, L-BFGS and Newton."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.demo_report import Report
from implementations.logistic_regression.likelihood import sigmoid
from implementations.logistic_regression.objective import BinaryObjective
from implementations.logistic_regression.solvers import gradient_descent, lbfgs, newton

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
_ON_PAPER = {"facecolor": plotting.PAPER, "edgecolor": "none", "pad": 1.0}


def surface(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw the three ways down on a valley that an uncentred feature makes, and the loss step by step."""
    x = rng.normal(2.0, 1.0, 60)
    y = (rng.random(60) < sigmoid(1.5 * (x - 2))).astype(np.float64)
    objective = BinaryObjective(x[:, None], y, np.ones(60))
    start = np.array([[2.3, 0.4]])  # above the valley: from zero, along its floor, all ways look alike
    options = {"start": start, "tol": 1e-8, "keep_path": True}
    runs = {
        "gradient descent": (gradient_descent(objective, max_iter=20_000, **options), ORANGE),
        "L-BFGS": (lbfgs(objective, **options), TEAL),
        "Newton": (newton(objective, **options), BLUE),
    }
    best = runs["Newton"][0]
    fig, (plane, losses) = plotting.figure("wide", cols=2, height=3.9)
    w, b = np.meshgrid(np.linspace(-0.5, 2.6, 120), np.linspace(-5.2, 0.9, 120))
    odds = w[..., None] * x + b[..., None]  # (120, 120, 60)
    heights = (np.logaddexp(0, odds) - y * odds).mean(axis=-1)
    levels = best.value + np.geomspace(0.002, 1.5, 9)
    plane.contour(w, b, heights, levels=levels, colors=plotting.SOFT, linewidths=0.6)
    for result, colour in runs.values():
        path = result.path.reshape(-1, 2)
        plane.plot(*path[:400].T, "o-", color=colour, markersize=3, linewidth=1.2)
    plane.plot(*start[0], "o", color=plotting.INK, markersize=5, zorder=5)
    plane.plot(*best.x.ravel(), "+", color=plotting.INK, markersize=10, markeredgewidth=1.6, zorder=5)
    plane.set(xlabel="weight w", ylabel="intercept b", title="the valley", xlim=(-0.5, 2.6), ylim=(-5.2, 0.9))
    plane.grid(False)
    for name, (result, colour) in runs.items():
        gap = np.maximum(result.values - best.value, 1e-16)
        losses.semilogy(gap[:61], "o-", color=colour, markersize=3, linewidth=1.2)
        place = {"gradient descent": (30, 3e-3), "L-BFGS": (11.5, 1e-9), "Newton": (6.5, 1e-15)}[name]
        losses.text(*place, f"{name}, {result.iterations:,} steps", color=colour, bbox=_ON_PAPER)
    losses.set(xlabel="step", ylabel="mean loss above the minimum, nats", title="how fast", ylim=(3e-17, 3))
    plotting.save(fig, out / "descent.svg")
    steps = {name: run.iterations for name, (run, _) in runs.items()}
    report(
        "Steps to a gradient of 1e-8 with a feature of mean 2",
        "Newton under 10; L-BFGS under 30; gradient descent over 500",
        ", ".join(f"{name} {count:,}" for name, count in steps.items()),
        met=steps["Newton"] < 10 and steps["L-BFGS"] < 30 and steps["gradient descent"] > 500,
        newton_steps=steps["Newton"],
        lbfgs_steps=steps["L-BFGS"],
        descent_steps=steps["gradient descent"],
    )
