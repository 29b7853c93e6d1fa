"""The part of the demo on a line: stage after stage, what every threshold gains, and where trees end."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.demo_report import Report
from foundations.plotting import DASHED
from implementations.gradient_boosting import demo_live
from implementations.gradient_boosting.exact import best_split
from implementations.gradient_boosting.objective import Limits, split_gain
from implementations.gradient_boosting.regressor import GradientBoostingRegressor

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
SHOWN = (1, 3, 20)


def stages(report: Report, out: Path) -> None:
    """Draw the sum after 1, 3 and 20 trees, and below it what was left before the newest one."""
    train, grid = demo_live.points()["train"], np.linspace(0, 1, 1001)
    x, y = train["x"], train["y"]
    model = GradientBoostingRegressor(SHOWN[-1], **demo_live.SETTINGS).fit(x[:, None], y)
    at_points, at_grid = (list(model.staged_predict(where[:, None])) for where in (x, grid))
    fig, axes = plotting.figure("wide", rows=2, cols=3, height=5.0)
    sizes = []
    for (above, below), m in zip(axes.T, SHOWN, strict=True):
        above.plot(x, y, "o", color=plotting.INK, markersize=3.5)
        above.plot(grid, demo_live.truth(grid), color=plotting.SOFT, linestyle=DASHED, linewidth=1.2)
        above.plot(grid, at_grid[m], color=BLUE)
        above.set(xlim=(0, 1), ylim=(-2, 2), title=f"{m} tree{'s' * (m > 1)}")
        newest = (at_grid[m] - at_grid[m - 1]) / demo_live.SETTINGS["learning_rate"]
        demo_live.residuals(below, x, y - at_points[m - 1], grid, newest)
        below.set(ylim=(-2, 2), ylabel="")
        sizes.append(float(np.abs(newest).max()))
    axes[0, 0].set(ylabel="y, and the sum of trees")
    axes[1, 0].set(ylabel="left before, and the newest tree")
    plotting.save(fig, out / "stages.svg")
    report(
        "Largest value of tree 1, 3 and 20",
        "falls: less is left for every tree",
        ", ".join(f"{size:.2f}" for size in sizes),
        met=sizes[0] > sizes[1] > sizes[2],
        **{f"size_of_tree_{m}": size for m, size in zip(SHOWN, sizes, strict=True)},
    )


def gains(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw what every threshold gains, at the root and in both halves, with a small and a large penalty."""
    x = np.sort(rng.uniform(size=200))
    y = demo_live.truth(x) + 0.35 * rng.standard_normal(200)
    g, h = y.mean() - y, np.ones(200)
    fig, (root, halves) = plotting.figure("wide", cols=2, height=3.2)
    for penalty, colour, style, place in (
        (1.0, BLUE, "solid", (0.85, 17.5)),
        (30.0, ORANGE, DASHED, (0.6, 6.5)),
    ):
        thresholds, gain = _along(x, g, h, penalty)
        root.plot(thresholds, gain, color=colour, linestyle=style)
        root.text(*place, f"λ = {penalty:.0f}", color=colour)
    root.set(xlabel="threshold", ylabel="gain", xlim=(0, 1), ylim=(0, None), title="the root")
    split = best_split(x[:, None], g, h, Limits())
    cut = split.threshold if split else np.nan
    for part in (x < cut, x >= cut):
        thresholds, gain = _along(x[part], g[part], h[part], 1.0)
        halves.plot(thresholds, gain, color=BLUE)
    for ax in (root, halves):
        ax.axvline(cut, color=plotting.SOFT, linewidth=0.9, linestyle=DASHED)
    halves.set(xlabel="threshold", xlim=(0, 1), ylim=(0, None), title="its two children, λ = 1")
    plotting.save(fig, out / "gains.svg")
    thresholds, gain = _along(x, g, h, 1.0)
    best = float(thresholds[gain.argmax()])
    report(
        "Two hundred points: the threshold of largest gain",
        "that of `best_split`; what the gain formula gives along all thresholds has its peak there",
        f"{cut:.4f} by best_split, {best:.4f} along all",
        met=abs(best - cut) < 1e-12,
        threshold=cut,
        gain_at_root=gain.max(),
    )


def _along(x: np.ndarray, g: np.ndarray, h: np.ndarray, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the thresholds between ascending x, and what each gains."""
    left, weight = np.cumsum(g)[:-1], np.cumsum(h)[:-1]
    return (x[:-1] + x[1:]) / 2, split_gain(left, weight, g.sum(), h.sum(), penalty)


def flat(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw trees that followed a trend, and go on as a constant."""
    x = np.sort(rng.uniform(0, 6, 150))
    trend, at = lambda where: 0.5 * where + 0.6 * np.sin(2 * where), np.linspace(0, 9, 901)
    model = GradientBoostingRegressor(60, learning_rate=0.1, max_depth=3)
    model.fit(x[:, None], trend(x) + 0.2 * rng.standard_normal(150))
    predicted = model.predict(at[:, None])
    fig, ax = plotting.figure("column", height=2.9)
    ax.axvline(6, color=plotting.SOFT, linewidth=0.9)
    ax.plot(at, trend(at), color=plotting.SOFT, linestyle=DASHED, linewidth=1.2)
    ax.plot(at, predicted, color=BLUE)
    ax.text(6.6, 3.9, "truth", color=plotting.SOFT, ha="right")
    ax.text(7.4, predicted[-1] - 0.35, "60 trees", color=BLUE)
    ax.set(xlabel="x", ylabel="y", xlim=(0, 9))
    plotting.save(fig, out / "flat.svg")
    beyond = predicted[at > x[-1]]
    report(
        "Range of the prediction beyond the largest x of training, and of the truth",
        "0 for trees, whatever the truth does",
        f"{np.ptp(beyond):.1f} and {np.ptp(trend(at[at > x[-1]])):.2f}",
        met=bool(np.ptp(beyond) == 0),
        range_beyond=np.ptp(beyond),
        range_of_truth=np.ptp(trend(at[at > x[-1]])),
    )
