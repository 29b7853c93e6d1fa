"""Penalties: why the corner of one makes zeros, and weights as each loosens."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.data import load
from foundations.demo_report import Report
from implementations.logistic_regression.likelihood import sigmoid
from implementations.logistic_regression.objective import BinaryObjective
from implementations.logistic_regression.paths import regularization_path
from implementations.logistic_regression.proximal import fista

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
_ON_PAPER = {"facecolor": plotting.PAPER, "edgecolor": "none", "pad": 1.0}


def corners(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw the loss over two weights with the set that each penalty allows, and where they touch."""
    X = rng.standard_normal((200, 2)) @ np.array([[1.0, 0.35], [0.0, 0.9]])
    y = (rng.random(200) < sigmoid(X @ [1.6, 0.35])).astype(np.float64)
    fig, axes = plotting.figure("wide", cols=2, height=3.7, sharey=True)
    a, b = np.meshgrid(np.linspace(-0.9, 2.3, 70), np.linspace(-0.9, 1.3, 50))
    plain = BinaryObjective(X, y, np.ones(200), fit_intercept=False)
    heights = np.array([plain.value(np.array(at)) for at in zip(a.ravel(), b.ravel(), strict=True)])
    free, touched = fista(plain, tol=1e-10).x.ravel(), []
    for ax, (name, penalty) in zip(axes, (("L1", {"l1": 0.13}), ("L2", {"l2": 0.15})), strict=True):
        objective = BinaryObjective(X, y, np.ones(200), fit_intercept=False, **penalty)
        w = fista(objective, tol=1e-12, max_iter=5000).x.ravel()
        touched.append(w)
        if name == "L1":
            size = np.abs(w).sum()
            edge = size * np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [1, 0]])
        else:
            angle = np.linspace(0, 2 * np.pi, 200)
            edge = np.linalg.norm(w) * np.column_stack([np.cos(angle), np.sin(angle)])
        ax.fill(*edge.T, color=BLUE, alpha=0.14)
        ax.plot(*edge.T, color=BLUE, linewidth=1.2)
        levels = np.append(plain.value(w), plain.value(free) + np.array([0.004, 0.02, 0.05, 0.16, 0.24]))
        ax.contour(
            a, b, heights.reshape(a.shape), levels=np.sort(levels), colors=plotting.SOFT, linewidths=0.7
        )
        ax.plot(*free, "+", color=plotting.INK, markersize=9, markeredgewidth=1.6)
        ax.plot(*w, "o", color=ORANGE, markersize=6, zorder=4)
        ax.text(0.05, -0.78, f"touches at ({w[0]:.2f}, {w[1]:.2f})", color=ORANGE, bbox=_ON_PAPER)
        ax.set(xlabel="$w_1$", aspect="equal", title="L1: a corner" if name == "L1" else "L2: no corner")
        ax.grid(False)
    axes[0].set(ylabel="$w_2$")
    plotting.save(fig, out / "corners.svg")
    report(
        "Second weight of the two penalised fits",
        "exactly zero under absolute values, not zero under squares",
        f"{touched[0][1]:.4f} and {touched[1][1]:.4f}",
        met=touched[0][1] == 0 and abs(touched[1][1]) > 0.01,
        absolute_second=touched[0][1],
        squares_second=touched[1][1],
    )


def patients() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return X and y of 342 patients and of 100 for the test, and names: y is 1 above the median."""
    data = load("diabetes")
    train, test = data["train"], data["test"]
    mean, std = train["features"].mean(axis=0), train["features"].std(axis=0)
    middle = np.median(train["targets"])
    scaled = [(one["features"] - mean) / std for one in (train, test)]
    worse = [(one["targets"] > middle).astype(np.float64) for one in (train, test)]
    return scaled[0], worse[0], scaled[1], worse[1], train["names"]


def paths(report: Report, out: Path) -> None:
    """Draw the weights of ten measurements as each penalty loosens."""
    X, y, _, _, names = patients()
    Cs = np.geomspace(2e-3, 10, 36)
    fig, axes = plotting.figure("wide", cols=2, height=4.0, sharey=True)
    options = {"tol": 1e-5}
    found = {
        ratio: regularization_path(X, y, Cs, l1_ratio=ratio, **options)[:, 0] for ratio in (1.0, 0.0)
    }  # (36, 10) each
    order = np.argsort(found[1.0][-1])
    for ax, (ratio, coefs) in zip(axes, found.items(), strict=True):
        for place, j in enumerate(order):
            colour = (BLUE, ORANGE, TEAL, PLUM, GOLD)[place % 5]
            ax.semilogx(Cs, coefs[:, j], color=colour, label=names[j], linewidth=1.4)
        ax.set(xlabel="C: the penalty weakens →", title="L1" if ratio else "L2")
    axes[0].set(ylabel="weight, nats for one standard deviation")
    plotting.label_lines(axes[1])
    plotting.save(fig, out / "paths.svg")
    zeros = [int((coefs[np.searchsorted(Cs, 0.02)] == 0).sum()) for coefs in found.values()]
    report(
        "Patients: weights of ten that are zero at C = 0.02",
        "at least 5 under absolute values, none under squares",
        f"{zeros[0]} and {zeros[1]}",
        met=zeros[0] >= 5 and zeros[1] == 0,
        absolute_zeros=zeros[0],
        squares_zeros=zeros[1],
    )
