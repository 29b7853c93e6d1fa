"""The figure that moves, as it stands at first: three points, their band, the evidence for the penalty."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.demo_report import Report
from foundations.matrix_decomposition import svd
from foundations.plotting import DASHED
from implementations.linear_regression.basis import polynomial_basis
from implementations.linear_regression.bayesian import BayesianLinearRegression
from implementations.linear_regression.evidence import Spectrum
from implementations.linear_regression.least_squares import LinearRegression

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
POINTS = np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 4.0]])
PENALTY = 1.0
REACH = 3.0
"""How far log₁₀ λ goes, either way."""


def columns(x: np.ndarray, degree: int) -> np.ndarray:
    """Return the powers of x − 1 that the figure fits, halved to lie in [−2, 2]; shape (n, degree)."""
    return polynomial_basis(x - 1, degree)[:, 1:] / 2.0 ** np.arange(degree)


def model(points: np.ndarray, degree: int, penalty: float) -> BayesianLinearRegression:
    """Fit with precisions in the ratio λ, the noise being that of largest evidence for it.

    Args:
        points: shape (n, 2).
        degree: of the polynomial.
        penalty: λ > 0.
    """
    features, y = columns(points[:, 0], degree), points[:, 1]
    beta = spectrum(points, degree).best_beta(penalty)
    return BayesianLinearRegression(penalty * beta, beta).fit(features, y)


def spectrum(points: np.ndarray, degree: int) -> Spectrum:
    """Return what the evidence depends on, the mean taken away."""
    features, y = columns(points[:, 0], degree), points[:, 1]
    return Spectrum.of(
        svd(features - features.mean(axis=0)), y - y.mean(), len(y) - 1, float(np.abs(y).max())
    )


def draw_live(report: Report, out: Path) -> None:
    """Draw what the page's figure shows at first, and hold the peak of the evidence to its fraction."""
    now, at = model(POINTS, 1, PENALTY), np.linspace(-1, 3, 120)
    mean, std = now.predict(columns(at, 1), return_std=True)
    plain = LinearRegression().fit(columns(POINTS[:, 0], 1), POINTS[:, 1])
    logs = np.linspace(-REACH, REACH, 241)
    shape = spectrum(POINTS, 1)
    betas = [shape.best_beta(ratio) for ratio in 10.0**logs]
    pairs = zip(10.0**logs, betas, strict=True)
    evidence = np.array([shape.step(ratio * beta, beta).log_evidence for ratio, beta in pairs])
    best = BayesianLinearRegression().fit(columns(POINTS[:, 0], 1), POINTS[:, 1])
    chosen = best.alpha_ / best.beta_

    fig, (left, right) = plotting.figure("wide", cols=2, height=3.6)
    left.fill_between(at, mean - 2 * std, mean + 2 * std, color=BLUE, alpha=0.18, linewidth=0)
    left.plot(at, plain.predict(columns(at, 1)), color=ORANGE, linestyle=DASHED, linewidth=1.4)
    left.plot(at, mean, color=BLUE)
    left.plot(*POINTS.T, "o", color=plotting.INK, markersize=5)
    left.set(xlim=(-1, 3), ylim=(-0.6, 5), xlabel="x", ylabel="y", title="line and band, λ = 1")
    left.text(-0.9, 4.8, "ridge and its band", color=BLUE, va="top")
    left.text(-0.9, 4.4, "least squares", color=ORANGE, va="top")
    right.plot(logs, evidence, color=BLUE)
    right.plot([math.log10(PENALTY)], [now.log_evidence_], "o", color=PLUM)
    right.axvline(math.log10(chosen), color=plotting.SOFT, linewidth=0.9, linestyle=DASHED)
    right.set(xlabel="log₁₀ λ", ylabel="log evidence, nats", title="the evidence for λ")
    plotting.save(fig, out / "posterior_band.svg")
    report(
        "Three points: slope with λ = 1, and λ of largest evidence",
        "1, and 1/13 = 0.0769",
        f"{now.coef_[0]:.4f}, and {chosen:.4f}",
        met=math.isclose(now.coef_[0], 1.0) and math.isclose(chosen, 1 / 13, rel_tol=1e-6),
        slope=float(now.coef_[0]),
        best_penalty=chosen,
    )
