"""The demo: what least squares, ridge, gradient descent and Bayes each make of the same straight line."""

from __future__ import annotations

import math
from itertools import islice
from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.demo_report import Report
from foundations.experiment import Budget
from foundations.matrix_decomposition import lstsq_svd, qr_householder, singular_values, svd
from foundations.plotting import DASHED
from implementations.linear_regression import demo_bayes, demo_live, demo_projection
from implementations.linear_regression.bayesian import BayesianLinearRegression
from implementations.linear_regression.demo_data import patients
from implementations.linear_regression.gradient_descent import curvatures, descend
from implementations.linear_regression.least_squares import Ridge, ridge_path, ridge_weights

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
_ON_PAPER = {"facecolor": plotting.PAPER, "edgecolor": "none", "pad": 1.5}


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Draw the figures of this entry, and print for each what to expect and what came.

    Args:
        budget: "quick" holds the rate of gradient descent to its bound on 20 problems; others on 200.
        seed: Of everything random.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    rng = np.random.default_rng(seed)
    demo_projection.projection(report, out)
    demo_live.draw_live(report, out)
    descent(20 if budget == "quick" else 200, rng, report, out)
    shrinkage(report, out)
    demo_bayes.sequential(rng, report, out)
    demo_bayes.sparse_data(rng, report, out)
    demo_bayes.complexity(rng, report, out)
    demo_bayes.precisions(report, out)
    return report


def descent(problems: int, rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw the way down beside the ridge path, and the distance to the minimum below its bound."""
    fig, (plane, rates) = plotting.figure("wide", cols=2, height=3.7)
    n, turn = 40, np.array([[0.8, -0.6], [0.6, 0.8]])
    X = math.sqrt(n) * qr_householder(rng.standard_normal((n, 2))).q * [1.0, 0.25] @ turn
    best = np.array([0.6, 1.7])
    y = X @ best
    a, b = np.meshgrid(np.linspace(-0.45, 1.35, 80), np.linspace(-0.25, 2.05, 80))
    loss = ((np.stack([a, b], axis=-1) - best) @ X.T / math.sqrt(n)) ** 2
    levels = np.geomspace(0.006, 1.6, 8)
    plane.contour(a, b, loss.sum(axis=-1) / 2, levels=levels, colors=plotting.SOFT, linewidths=0.6)
    eta = 1 / curvatures(X, 0.0)[0]
    path = np.array([w for w, _ in islice(descend(X, y, np.zeros(2), penalty=0, learning_rate=eta), 60)])
    plane.plot(*path.T, "o-", color=ORANGE, markersize=3, linewidth=1)
    decomposition = svd(X)
    ridge = np.array([ridge_weights(decomposition, y, penalty) for penalty in np.geomspace(1e-3, 1e6, 200)])
    plane.plot(*ridge.T, color=BLUE)
    plane.plot(*best, "+", color=plotting.INK, markersize=9, markeredgewidth=1.6)
    plane.text(-0.42, 1.02, "gradient\ndescent", color=ORANGE, bbox=_ON_PAPER)
    plane.text(0.2, 0.5, "ridge,\nλ from ∞ to 0", color=BLUE, bbox=_ON_PAPER)
    plane.grid(False)
    plane.set(xlabel="first weight", ylabel="second weight", aspect="equal", title="two ways to the minimum")

    for kappa, colour in ((4, BLUE), (30, TEAL), (200, ORANGE)):
        measured, bound = _distances(kappa, 300, rng)
        rates.semilogy(bound, color=colour, linestyle=DASHED, linewidth=1)
        rates.semilogy(measured, color=colour, label=f"κ = {kappa}")
    rates.set(xlabel="step", ylabel="distance to the minimum / at the start", ylim=(1e-6, 1.6), xlim=(0, 300))
    rates.set(title="measured, and the bound (dashed)")
    rates.text(54, 3e-6, "κ = 4", color=BLUE)
    rates.text(215, 2e-3, "κ = 30", color=TEAL)
    rates.text(200, 0.09, "κ = 200", color=ORANGE)
    plotting.save(fig, out / "descent.svg")
    worst = 0.0
    for kappa in np.geomspace(1.5, 1e3, problems):
        measured, bound = _distances(float(kappa), 200, rng)
        worst = max(worst, float((measured / bound)[bound > 1e-12].max()))
    report(
        f"Gradient descent on {problems} problems, largest distance over (1 - 1/κ)^k",
        "at most 1 at every step, up to rounding",
        f"{worst:.6f}",
        met=worst < 1 + 1e-9,
        descent_over_bound=worst,
    )


def _distances(kappa: float, steps: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance to the minimum after 0, 1, … steps, relative to the start, and its bound."""
    q, basis = (qr_householder(rng.standard_normal((size, 8))).q for size in (50, 8))
    X = (q * np.geomspace(1, 1 / math.sqrt(kappa), 8)) @ basis.T
    y = rng.standard_normal(50)
    best = lstsq_svd(X, y)
    largest, smallest = curvatures(X, 0.0)
    steps_down = descend(X, y, np.zeros(8), penalty=0.0, learning_rate=1 / largest)
    measured = np.array([np.linalg.norm(w - best) for w, _ in islice(steps_down, steps)])
    return measured / measured[0], (1 - smallest / largest) ** np.arange(steps)


def shrinkage(report: Report, out: Path) -> None:
    """Draw the weights of ten measurements as the penalty grows, and what each singular value keeps."""
    X, y, X_test, y_test, names = patients()
    penalties = np.geomspace(1e5, 1e-2, 120)
    path = ridge_path(X, y, penalties)  # (penalties, 10)
    fig, (left, right) = plotting.figure("wide", cols=2, height=3.9)
    order = np.argsort(path[-1])
    for place, j in enumerate(order):
        colour = (BLUE, ORANGE, TEAL, PLUM, GOLD)[place % 5]
        left.semilogx(1 / penalties, path[:, j], color=colour, label=names[j], linewidth=1.4)
    left.set(xlabel="1/λ: the penalty weakens →", ylabel="weight, for one standard deviation", title="ridge")
    plotting.label_lines(left)

    n, s = len(X), np.geomspace(1e-2, 1, 200) * singular_values(X)[0]
    for power, colour in zip((-1, -2, -3), (ORANGE, TEAL, BLUE), strict=True):
        penalty = 10.0**power * s[-1] ** 2
        eta = n / s[-1] ** 2  # 1/L
        steps = round(n / (eta * penalty))
        right.semilogx(s / s[-1], s**2 / (s**2 + penalty), color=colour)
        descended = 1 - (1 - eta * s**2 / n) ** steps
        right.semilogx(s / s[-1], descended, color=colour, linestyle=DASHED, linewidth=1.2)
        right.text(math.sqrt(10.0**power) * 1.08, 0.42, f"k = {steps}", color=colour)
    mine = singular_values(X)
    right.plot(mine / mine[0], np.full(10, -0.04), "|", color=plotting.INK, markersize=7)
    right.set(
        xlabel="singular value / largest", ylabel="share of the least-squares weight", ylim=(-0.08, 1.05)
    )
    right.set(title="ridge, and k steps of descent (dashed)")
    plotting.save(fig, out / "shrinkage.svg")
    scores = [Ridge(alpha).fit(X, y).score(X_test, y_test) for alpha in (0.0, *penalties)]
    learned = BayesianLinearRegression().fit(X, y)
    best, found, penalty = max(scores), learned.score(X_test, y_test), learned.alpha_ / learned.beta_
    report(
        "Patients: R² on the 100 kept for the test, best penalty of 120 against the one from the evidence",
        "the evidence, which sees no test patient, finds a penalty as good to 0.02",
        f"{best:.3f} at best, {found:.3f} with λ = {penalty:.1f}",
        met=best - found < 0.02,
        best_score=best,
        evidence_score=found,
        evidence_penalty=penalty,
    )
