"""The Bayesian part of the demo: how a belief sharpens, what it says without data, and its evidence."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from foundations import plotting
from foundations.demo_report import Report
from foundations.matrix_decomposition import lstsq_svd, svd
from foundations.plotting import DASHED
from implementations.linear_regression.basis import gaussian_basis, polynomial_basis
from implementations.linear_regression.bayesian import BayesianLinearRegression
from implementations.linear_regression.demo_data import patients
from implementations.linear_regression.evidence import Spectrum
from implementations.linear_regression.posterior import WeightPosterior

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
TRUTH = np.array([-0.3, 0.5])  # intercept and slope of the sequential picture
NOISE = 0.2  # standard deviation of its noise, in units of y
_FILLS = plotting.shades(7)[:4]


def sequential(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw how a belief about intercept and slope sharpens, and lines drawn from it."""
    x = rng.uniform(-1, 1, 20)
    y = TRUTH[0] + TRUTH[1] * x + NOISE * rng.standard_normal(20)
    phi, ends = polynomial_basis(x, 1), np.array([-1.0, 1.0])
    belief = WeightPosterior.prior(2, alpha=2.0, beta=1 / NOISE**2)
    fig, axes = plotting.figure("wide", rows=4, cols=3, height=9.6)
    grid = np.stack(np.meshgrid(*2 * [np.linspace(-1.5, 1.5, 121)]), axis=-1)  # (121, 121, 2)
    areas, seen = [], 0
    for (like, post, lines), count in zip(axes, (0, 1, 2, 20), strict=True):
        for ax in (like, post) if count else (post,):
            ax.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal", ylabel="slope")
            ax.plot(*TRUTH, "+", color=plotting.INK, markersize=9, markeredgewidth=1.6, zorder=3)
            ax.grid(False)
        if count:
            belief = belief.update(phi[seen:count], y[seen:count])
            _density(like, grid, -((y[count - 1] - grid @ phi[count - 1]) ** 2) / (2 * NOISE**2))
        else:
            like.axis("off")
            like.text(0.5, 0.5, "no data yet", transform=like.transAxes, color=plotting.SOFT, ha="center")
        seen = count
        _density(post, grid, belief.log_density(grid))
        areas.append(math.sqrt(np.linalg.det(belief.covariance)))
        for weights, colour in zip(belief.sample(6, rng=rng), plotting.COLOURS, strict=True):
            post.plot(*weights, "o", color=colour, markersize=3.5)
            lines.plot(ends, weights[0] + weights[1] * ends, color=colour, linewidth=1.2)
        lines.plot(x[:count], y[:count], "o", color=plotting.INK, markersize=3.5, zorder=3)
        lines.set(xlim=(-1, 1), ylim=(-1.6, 1.6), ylabel="y")
        lines.text(-0.94, 1.28, f"n = {count}", color=plotting.INK)
    titles = ("likelihood of the newest", "belief, and six draws", "their lines")
    for ax, title, lowest, label in zip(
        axes[0], titles, axes[-1], ("intercept", "intercept", "x"), strict=True
    ):
        ax.set(title=title)
        lowest.set(xlabel=label)
    for _ in range(2):
        fig.draw_without_rendering()  # the layout of twelve square panels settles, to a quarter of a pixel
    fig.set_layout_engine("none")
    plotting.save(fig, out / "sequential.svg")
    at_once = WeightPosterior.prior(2, alpha=2.0, beta=1 / NOISE**2).update(phi, y)
    difference = float(np.abs(at_once.mean - belief.mean).max())
    report(
        "Area of the belief after 0, 1, 2 and 20 points",
        "falls every time; all points at once give the same mean as one after the other, to 1e-12",
        f"{', '.join(f'{area:.4f}' for area in areas)}; means differ by {difference:.0e}",
        met=all(after < before for before, after in pairwise(areas)) and difference < 1e-12,
        means_differ=difference,
        **{f"area_after_{n}": area for n, area in zip((0, 1, 2, 20), areas, strict=True)},
    )


def _density(ax: Axes, grid: np.ndarray, log_density: np.ndarray) -> None:
    """Fill where a density is high: the regions of 0.5, 1, 2 and 3 standard deviations."""
    away = np.sqrt(np.maximum(2 * (log_density.max() - log_density), 0))
    ax.contourf(*np.moveaxis(grid, -1, 0), -away, levels=[-3, -2, -1, -0.5, 0.01], colors=_FILLS, alpha=0.55)


def sparse_data(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw what a Bayesian fit says where there are data and where there are none."""
    centres, width, beta = np.linspace(0, 1, 9), 0.12, 25.0
    x, at = rng.uniform(0, 1, 25), np.linspace(0, 1, 160)
    y = np.sin(2 * np.pi * x) + rng.standard_normal(25) / math.sqrt(beta)
    phi, everywhere = gaussian_basis(x, centres, width), gaussian_basis(at, centres, width)
    fig, axes = plotting.figure("wide", rows=2, cols=2, height=5.4, sharex=True, sharey=True)
    inside = []
    for ax, count in zip(axes.flat, (1, 2, 5, 25), strict=True):
        belief = WeightPosterior.prior(10, alpha=2.0, beta=beta).update(phi[:count], y[:count])
        mean, std = belief.predict(everywhere)
        ax.fill_between(at, mean - 2 * std, mean + 2 * std, color=BLUE, alpha=0.18, linewidth=0)
        for weights in belief.sample(5, rng=rng):
            ax.plot(at, everywhere @ weights, color=BLUE, linewidth=0.6)
        ax.plot(at, np.sin(2 * np.pi * at), color=ORANGE, linestyle=DASHED, linewidth=1.4)
        ax.plot(at, mean, color=BLUE, linewidth=2)
        ax.plot(x[:count], y[:count], "o", color=plotting.INK, markersize=4)
        ax.set(ylim=(-2.4, 2.4), xlim=(0, 1), title=f"n = {count}")
        fresh = np.sin(2 * np.pi * at) + rng.standard_normal((400, len(at))) / math.sqrt(beta)
        inside.append(float((np.abs(fresh - mean) < 2 * std).mean()))
    for ax in axes[1]:
        ax.set(xlabel="x")
    for ax in axes[:, 0]:
        ax.set(ylabel="y")
    plotting.save(fig, out / "sparse_data.svg")
    report(
        "A sine from 1, 2, 5 and 25 points: share of new observations within two deviations",
        "about 95 %, also where there was nothing to see; above 85 % in any one draw of the points",
        ", ".join(f"{share:.0%}" for share in inside),
        met=min(inside) > 0.85,
        **{f"inside_with_{n}": share for n, share in zip((1, 2, 5, 25), inside, strict=True)},
    )


def complexity(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw polynomials of rising degree, their best likelihood, and their evidence."""
    x = np.sort(rng.uniform(-1, 1, 16))
    y = np.sin(np.pi * x) + 0.2 * rng.standard_normal(16)
    at, degrees = np.linspace(-1, 1, 300), range(11)
    evidence, likelihood = [], []
    for degree in degrees:
        phi = polynomial_basis(x, degree)
        evidence.append(BayesianLinearRegression(fit_intercept=False).fit(phi, y).log_evidence_)
        misfit = float(((y - phi @ lstsq_svd(phi, y)) ** 2).mean())
        likelihood.append(-len(y) / 2 * (math.log(2 * math.pi * misfit) + 1))
    fig, (left, right) = plotting.figure("wide", cols=2, height=3.6)
    for degree, colour in ((1, TEAL), (3, BLUE), (10, ORANGE)):
        left.plot(at, polynomial_basis(at, degree) @ lstsq_svd(polynomial_basis(x, degree), y), color=colour)
        left.text(-0.93, 1.7 - 0.25 * len(left.texts), f"degree {degree}", color=colour, va="top")
    left.plot(x, y, "o", color=plotting.INK, markersize=4)
    left.set(xlim=(-1, 1), ylim=(-1.9, 1.9), xlabel="x", ylabel="y", title="least squares")
    right.plot(degrees, likelihood, "o-", color=ORANGE, label="best likelihood", linewidth=1.2, markersize=4)
    right.plot(degrees, evidence, "o-", color=BLUE, label="evidence", linewidth=1.2, markersize=4)
    right.set(
        xlabel="degree", ylabel="log, nats", title="what climbs and what peaks", xticks=list(degrees)[::2]
    )
    plotting.label_lines(right)
    plotting.save(fig, out / "complexity.svg")
    rises, peak = float(np.diff(likelihood).min()), int(np.argmax(evidence))
    report(
        "Polynomials of degree 0 to 10 through 16 noisy points of a sine",
        "the likelihood never falls; the evidence is largest at degree 3, 4 or 5 in most draws of the points",
        f"likelihood {'never falls' if rises > -1e-9 else 'falls somewhere'}; evidence largest at {peak}",
        met=rises > -1e-9 and peak in (3, 4, 5),
        least_climb=rises,
        degree_of_most_evidence=peak,
    )


def precisions(report: Report, out: Path) -> None:
    """Draw the evidence over both precisions with MacKay's steps, and the balance they look for."""
    X, y, *_ = patients()
    centred, n = y - y.mean(), len(y) - 1
    spectrum = Spectrum.of(svd(X), centred, n, float(y.max()))
    best = BayesianLinearRegression().fit(X, y)
    fig, (left, right) = plotting.figure("wide", cols=2, height=3.7)
    powers_alpha, powers_beta = np.linspace(-5, 0, 120), np.linspace(-4.5, -2.6, 60)
    surface = np.array(
        [[spectrum.step(10**a, 10**b).log_evidence for a in powers_alpha] for b in powers_beta]
    )
    levels = [-300.0, -100.0, -30.0, -10.0, -3.0, -1.0]
    left.contour(
        powers_alpha,
        powers_beta,
        surface - best.log_evidence_,
        levels=levels,
        colors=plotting.SOFT,
        linewidths=0.7,
        linestyles="solid",
    )
    ends = []
    corners = ((-4.8, -4.3), (-0.3, -2.8), (-0.3, -4.3), (-4.8, -2.8))
    for corner, colour in zip(corners, (BLUE, ORANGE, TEAL, PLUM), strict=True):
        walk = [(10.0 ** corner[0], 10.0 ** corner[1])]
        for _ in range(8):
            walk.append(spectrum.climb(*walk[-1], learn=(True, True)))
        left.plot(*np.log10(walk).T, "o-", color=colour, markersize=3.5, linewidth=1)
        ends.append(walk[-1])
    peak = np.log10([best.alpha_, best.beta_])
    left.plot(*peak, "+", color=plotting.INK, markersize=9, markeredgewidth=1.6)
    left.grid(False)
    left.set(xlabel="log₁₀ α, precision of the weights", ylabel="log₁₀ β, precision of the noise")
    left.set(title="evidence, and MacKay's steps")
    alphas = np.geomspace(1e-6, 1, 100)
    steps = [spectrum.step(alpha, best.beta_) for alpha in alphas]
    right.semilogx(alphas, [step.gamma for step in steps], color=BLUE)
    right.semilogx(alphas, alphas * [step.weights_squared for step in steps], color=ORANGE)
    right.axvline(best.alpha_, color=plotting.SOFT, linewidth=0.9, linestyle=DASHED)
    right.set(
        xlabel="α, precision of the weights", ylabel="effective parameters", ylim=(0, 12), title="the balance"
    )
    right.text(2e-6, 10.4, "γ: what the data decide", color=BLUE)
    right.text(1.6e-6, 1.2, "α‖m‖²: what the\nprior pays", color=ORANGE)
    plotting.save(fig, out / "precisions.svg")
    apart, gamma = float(np.ptp(np.log(ends), axis=0).max()), best.effective_parameters_
    report(
        "MacKay's steps from four corners, on 342 patients",
        "all end at the one peak, within 1e-3; 10 weights count for fewer",
        f"within {apart:.0e} of each other after 8 steps; γ = {gamma:.2f} of 10",
        met=apart < 1e-3 and 0 < gamma < 10,
        peaks_apart=apart,
        effective_parameters=gamma,
    )
