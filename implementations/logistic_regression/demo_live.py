"""The still twin of the figure that moves: twelve points, boundary, loss, and length of the weights."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.demo_report import Report
from foundations.plotting import DASHED
from implementations.logistic_regression.classifier import LogisticRegression
from implementations.logistic_regression.likelihood import negative_log_likelihood, sigmoid

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
ZEROS = ((-1.7, 0.5), (-1.2, -0.9), (-0.8, 1.0), (-1.4, -0.2), (-0.3, -0.4), (0.7, 0.4))
ONES = ((1.6, -0.3), (1.1, 0.8), (0.7, -0.9), (0.3, 0.1), (-0.9, -0.4), (1.2, 1.5))
POINTS = np.array(ZEROS + ONES)  # the figure on the page begins with the same
CLASSES = np.repeat([0.0, 1.0], 6)
STRENGTHS = 10.0 ** np.arange(-2, 5.01, 0.25)  # of C, along the curve of lengths
STARTS = 1.0  # C at first


def pulled(gap: float) -> np.ndarray:
    """Return the points with the classes pulled apart along the first axis, shape (12, 2).

    Args:
        gap: how much farther apart.
    """
    return POINTS + np.where(CLASSES == 1, gap / 2, -gap / 2)[:, None] * [1.0, 0.0]


def fit(points: np.ndarray, C: float, classes: np.ndarray = CLASSES) -> np.ndarray:
    """Return two weights and the intercept, shape (3,).

    Args:
        points: shape (n, 2).
        C: inverse strength of the penalty.
        classes: zeros and ones, shape (n,).
    """
    model = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-10, max_iter=500).fit(points, classes)
    return np.append(model.coef_, model.intercept_)


def two_classes(report: Report, out: Path) -> None:
    """Draw boundary, loss surface and lengths of the weights for the points as they first lie."""
    fig, (plane, surface, lengths) = plotting.figure("wide", cols=3, height=3.1)
    w = fit(POINTS, STARTS)
    a, b = np.meshgrid(np.linspace(-3, 3, 100), np.linspace(-3, 3, 100))
    p = sigmoid(a * w[0] + b * w[1] + w[2])
    for levels, colour, style in (
        ([0.5], plotting.INK, "solid"),
        ([0.1], BLUE, DASHED),
        ([0.9], ORANGE, DASHED),
    ):
        plane.contour(a, b, p, levels=levels, colors=colour, linewidths=1.2, linestyles=[style])
    for each, colour, marker in ((0, BLUE, "o"), (1, ORANGE, "s")):
        plane.plot(*POINTS[each == CLASSES].T, marker, color=colour, markersize=4.5)
    plane.set(xlabel="$x_1$", ylabel="$x_2$", title="boundary, 0.1 and 0.9", aspect="equal")

    ones = np.column_stack([POINTS, np.ones(12)])
    u, v = np.meshgrid(np.linspace(-2, 5, 90), np.linspace(-3.5, 3.5, 90))
    total = np.array(
        [
            negative_log_likelihood(np.array([s, t, w[2]]), ones, CLASSES) + (s * s + t * t) / (2 * STARTS)
            for s, t in zip(u.ravel(), v.ravel(), strict=True)
        ]
    ).reshape(u.shape)
    levels = total.min() + 0.25 * 2.0 ** np.arange(8)
    surface.contour(u, v, total, levels=levels, colors=plotting.SOFT, linewidths=0.7)
    track = np.array([fit(POINTS, C) for C in STRENGTHS])
    surface.plot(*track[:, :2].T, color=TEAL, linewidth=1.4)
    surface.plot(*w[:2], "o", color=plotting.INK, markersize=6)
    surface.set(xlabel="$w_1$", ylabel="$w_2$", title="loss + penalty, C = 1", aspect="equal")
    far = np.array([fit(pulled(2.5), C) for C in STRENGTHS])
    for ax in (plane, surface):
        ax.grid(False)
    norms = [np.linalg.norm(one[:, :2], axis=1) for one in (track, far)]
    lengths.loglog(STRENGTHS, norms[0], color=TEAL)
    lengths.loglog(STRENGTHS, norms[1], color=ORANGE, linestyle=DASHED)
    lengths.plot([STARTS], [math.hypot(*w[:2])], "o", color=plotting.INK, markersize=6)
    lengths.text(0.02, 4.2, "pulled apart", color=ORANGE)
    lengths.text(40, 0.85, "overlapping", color=TEAL)
    lengths.set(xlabel="C", title="length of the weights")
    plotting.save(fig, out / "two_classes.svg")
    growth = [float(norm[-1] / norm[-9]) for norm in norms]
    report(
        "Twelve points: growth of the weights from C = 1,000 to 100,000, overlapping and pulled apart",
        "under 1 % where the classes overlap, over 20 % where they do not",
        f"{growth[0] - 1:.2%} and {growth[1] - 1:.0%}",
        met=growth[0] < 1.01 and growth[1] > 1.2,
        overlapping_growth=growth[0],
        separable_growth=growth[1],
    )
