"""The first figure of the demo: three points as three dots, and as one arrow with its projections."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.demo_report import Report
from foundations.plotting import DASHED
from implementations.linear_regression.least_squares import LinearRegression, Ridge

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
_ON_PAPER = {"facecolor": plotting.PAPER, "edgecolor": "none", "pad": 1.0}
_ARROW = {"arrowstyle": "-|>", "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0}


def projection(report: Report, out: Path) -> None:
    """Draw least squares and ridge as lines through points, and as shadows of the arrow of the targets."""
    x, y = np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 2.0, 4.0])
    plain, ridge = LinearRegression().fit(x, y), Ridge(1.0).fit(x, y)
    centred, targets = (x - x.mean())[:, 0], y - y.mean()
    residual = targets - plain.coef_[0] * centred
    length, missed = float(np.linalg.norm(centred)), float(np.linalg.norm(residual))
    landed, shrunk = plain.coef_[0] * length, ridge.coef_[0] * length

    fig, (lines, arrows) = plotting.figure("wide", cols=2, height=3.2)
    ends = np.array([[-0.2], [2.3]])
    for model, colour, name in ((plain, BLUE, "least squares"), (ridge, ORANGE, "ridge, λ = 1")):
        lines.plot(ends[:, 0], model.predict(ends), color=colour)
        lines.text(
            0.03, 0.95 - 0.1 * len(lines.texts), name, color=colour, transform=lines.transAxes, va="top"
        )
    for at, value, fitted in zip(x[:, 0], y, plain.predict(x), strict=True):
        lines.plot([at, at], [fitted, value], color=TEAL)
    lines.plot(x[:, 0], y, "o", color=plotting.INK, markersize=5)
    lines.text(1.52, 1.55, "residuals", color=TEAL)
    lines.set(xlabel="x", ylabel="y", title="a dot a sample", xlim=(-0.2, 2.3))

    arrows.axhline(0, color=plotting.SOFT, linewidth=0.9, linestyle=DASHED)
    for tip, colour in (((landed, 0.0), BLUE), ((shrunk, 0.0), ORANGE), ((landed, missed), plotting.INK)):
        arrows.annotate("", tip, (0, 0), arrowprops=_ARROW | {"color": colour})
    arrows.plot([landed, landed], [0, missed], color=TEAL)
    corner = 0.07
    arrows.plot([landed - corner, landed - corner, landed], [0, corner, corner], color=TEAL, linewidth=0.9)
    arrows.text(1.02, 0.42, "all three targets", color=plotting.INK)
    arrows.text(landed + 0.05, 0.2, f"residual\n{missed:.2f}", color=TEAL, va="center")
    arrows.text(landed, -0.1, f"least squares\n{landed:.2f}", color=BLUE, ha="center", va="top")
    arrows.text(
        shrunk - 0.1, -0.1, f"ridge\n{shrunk:.2f}", color=ORANGE, ha="center", va="top", bbox=_ON_PAPER
    )
    arrows.set(xlim=(-0.05, 2.75), ylim=(-0.75, 0.95), aspect="equal", title="one arrow for all")
    arrows.set(xlabel="along x, whose length is √2", ylabel="across")
    arrows.grid(False)
    plotting.save(fig, out / "projection.svg")
    whole = float(targets @ targets)
    report(
        "Three points: squared length of the targets, of the projection and of the residual",
        "Pythagoras, 14/3 = 9/2 + 1/6",
        f"{whole:.4f} = {landed**2:.4f} + {missed**2:.4f}",
        met=math.isclose(whole, landed**2 + missed**2),
        targets_squared=whole,
        projection_squared=landed**2,
        residual_squared=missed**2,
    )
