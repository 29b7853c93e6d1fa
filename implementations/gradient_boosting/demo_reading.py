"""The part of the demo on reading a fitted model: importances of two kinds, and partial dependence."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.demo_report import Report
from foundations.plotting import DASHED
from implementations.gradient_boosting.demo_data import FEATURES, friedman, truth
from implementations.gradient_boosting.importance import partial_dependence, permutation_importance
from implementations.gradient_boosting.regressor import GradientBoostingRegressor

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS


def importances(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw gain and permutation importance of ten features, and partial dependence beside the truth."""
    (X, y), (X_test, y_test) = friedman(300, rng), friedman(500, rng)
    model = GradientBoostingRegressor(100, learning_rate=0.1, max_depth=4, max_bins=64).fit(X, y)
    gain = model.feature_importances_
    falls = permutation_importance(model, X_test, y_test, repeats=4, rng=rng).mean(axis=1)
    fig, (bars, moves) = plotting.figure("wide", cols=2, height=3.4)
    place = np.arange(FEATURES)
    bars.barh(place - 0.19, gain, height=0.34, color=BLUE)
    bars.barh(place + 0.19, falls, height=0.34, color=ORANGE)
    bars.axhline(4.5, color=plotting.SOFT, linewidth=0.8, linestyle=DASHED)
    bars.set_yticks(place, [f"x{j}" for j in place])
    bars.invert_yaxis()
    bars.grid(False)
    bars.set(xlabel="share of the gain; fall of R² when shuffled", title="importances")
    bars.text(0.97, 0.28, "gain", color=BLUE, transform=bars.transAxes, ha="right")
    bars.text(0.97, 0.2, "permutation", color=ORANGE, transform=bars.transAxes, ha="right")
    grid, worst = np.linspace(0.02, 0.98, 97), []
    for feature, colour in ((2, TEAL), (3, PLUM)):
        curve = partial_dependence(model, X, feature, grid)[:, 0]
        moved = np.repeat(X[:1], len(grid), axis=0)
        moved[:, feature] = grid
        exact = truth(moved)  # additive in both features: the truth up to a constant
        exact = exact - exact.mean() + curve.mean()
        moves.plot(grid, exact, color=colour, linestyle=DASHED, linewidth=1.2)
        moves.plot(grid, curve, color=colour, label=f"x{feature}")
        worst.append(float(np.abs(curve - exact).max()))
    moves.set(
        xlabel="value of the feature", ylabel="mean prediction", title="partial dependence, truth dashed"
    )
    plotting.label_lines(moves)
    plotting.save(fig, out / "importances.svg")
    report(
        "Friedman's function: gain of the five features that do not matter together, and by permutation",
        "some gain, since they helped to fit noise; by permutation less than a fifth of any other",
        f"gain {gain[5:].sum():.3f}; largest by permutation {falls[5:].max():.4f}, of x4 {falls[4]:.3f}",
        met=bool(gain[5:].sum() > 0.01 and falls[5:].max() < falls[:5].min() / 5),
        gain_of_noise=gain[5:].sum(),
        permutation_of_noise=falls[5:].max(),
        permutation_of_x4=falls[4],
        worst_dependence=max(worst),
    )
