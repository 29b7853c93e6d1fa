"""Separable data: the weights grow like the logarithm of time, and turn towards the widest margin."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.demo_report import Report
from foundations.plotting import DASHED
from implementations.logistic_regression.likelihood import gradient

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS


def widest_margin(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the direction in two dimensions whose smallest margin is the largest, and that margin.

    Args:
        X: shape (n, 2).
        y: zeros and ones, shape (n,).
    """
    angle = np.linspace(0, 2 * np.pi, 200_001)
    signed = (2 * y - 1)[:, None] * X  # (n, 2)
    margin = np.full(len(angle), np.inf)
    for row in signed:
        margin = np.minimum(margin, row[0] * np.cos(angle) + row[1] * np.sin(angle))
    best = int(margin.argmax())
    return np.array([math.cos(angle[best]), math.sin(angle[best])]), float(margin[best])


def descend(X: np.ndarray, y: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of some 200 steps and the weights there, of gradient descent from zero, step 1/L."""
    rate = 4 / np.linalg.eigvalsh(X.T @ X)[-1]
    keep = np.unique(np.geomspace(1, steps, 200).astype(int))
    w, kept, wanted = np.zeros(X.shape[1]), [], set(keep.tolist())
    for step in range(1, steps + 1):
        w = w - rate * gradient(w, X, y)
        if step in wanted:
            kept.append(w)
    return keep, np.array(kept)


def separable(steps: int, rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw the length and the direction of the weights against time, with and without overlap."""
    X = 1.6 * rng.standard_normal((80, 2))
    along = X @ [2, 1] / math.sqrt(5)
    X = X[np.abs(along) > 0.8][:30]
    y = (X[:, 0] * 2 + X[:, 1] > 0).astype(np.float64)
    other = y.copy()
    nearest = np.argsort(np.abs(X @ [2, 1]))[:3]
    other[nearest] = 1 - other[nearest]
    direction, margin = widest_margin(X, y)
    t, w = descend(X, y, steps)
    _, overlapping = descend(X, other, steps)
    norms = np.linalg.norm(w, axis=1)
    across = direction[0] * w[:, 1] - direction[1] * w[:, 0]
    angles = np.degrees(np.arctan2(across, w @ direction))

    fig, (points, length, turn) = plotting.figure("wide", cols=3, height=3.1)
    for each, colour, marker in ((0, BLUE, "o"), (1, ORANGE, "s")):
        points.plot(*X[y == each].T, marker, color=colour, markersize=3.5)
    reach = 4.0
    normal = np.array([-direction[1], direction[0]])
    for shift, style in ((0, "solid"), (margin, DASHED), (-margin, DASHED)):
        ends = np.array([-reach, reach])[:, None] * normal + shift * direction
        points.plot(*ends.T, color=plotting.INK, linewidth=1, linestyle=style)
    points.set(xlim=(-3.6, 3.6), ylim=(-3.6, 3.6), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    points.set(title="the widest margin")
    points.grid(False)
    length.semilogx(t, norms, color=ORANGE)
    length.semilogx(t, np.linalg.norm(overlapping, axis=1), color=BLUE)
    late = t > 30
    line = norms[-1] + np.log(t[late] / t[-1]) / margin
    length.semilogx(t[late], line, color=plotting.INK, linestyle=DASHED, linewidth=1)
    length.text(2, norms[-1] * 0.83, "separable", color=ORANGE)
    length.text(60, np.linalg.norm(overlapping[-1]) + 0.5, "three swapped", color=BLUE)
    length.set(xlabel="step t", ylabel="length of w", title="it grows like ln t", ylim=(0, None))
    turn.semilogx(t, angles, color=ORANGE)
    turn.axhline(0, color=plotting.INK, linewidth=1, linestyle=DASHED)
    turn.set(xlabel="step t", ylabel="degrees", title="angle to the widest margin")
    plotting.save(fig, out / "separable.svg")
    slopes = []
    for since, until in ((steps / 100, steps / 10), (steps / 10, steps)):
        part = (t > since) & (t <= until)
        slopes.append(float(np.polyfit(np.log(t[part]), norms[part], 1)[0]))
    settled = float(np.ptp(np.linalg.norm(overlapping[t > steps / 10], axis=1)))
    report(
        "Separable data: slope of the length of w against ln t, over the last two tenfolds of the time",
        "rises to one over the margin, at last within a fifth; no change where the classes overlap",
        f"{slopes[0]:.3f}, {slopes[1]:.3f} beside {1 / margin:.3f}; {settled:.0e} where they overlap",
        met=slopes[0] < slopes[1] < 1 / margin and slopes[1] * margin > 0.8 and settled < 1e-6,
        earlier_slope=slopes[0],
        later_slope=slopes[1],
        over_margin=1 / margin,
        overlap_change=settled,
    )
