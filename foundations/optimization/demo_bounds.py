"""The bounds of theory beside what their methods do, drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from foundations import optimization as opt
from foundations.autodiff import grad, hessian
from foundations.demo_report import Report
from foundations.experiment import Budget, by_budget
from foundations.optimization import convergence
from foundations.optimization.landscapes import chain, logistic_loss, quadratic, spectrum
from foundations.plotting import COLOURS, DASHED, INK, SOFT, figure, save

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = COLOURS


def draw(budget: Budget, seed: int, report: Report, out: Path) -> None:
    """Draw every bound beside the measured error.

    Args:
        budget: How many runs of SGD the expectation is taken over.
        seed: Of the problems and the runs.
        report: Where the largest share of each bound is printed and kept.
        out: Folder for the figures.
    """
    deterministic(np.random.default_rng(seed), report, out)
    runs = by_budget(budget, quick=300, standard=2000, full=10_000)
    noise(runs, np.random.default_rng(seed), report, out)
    krylov(np.random.default_rng(seed), out)


Lines = Sequence[tuple[Any, Any, Any, str, str]]  # steps, measured, bound, colour, label


def _panel(ax: Any, report: Report, title: str, ylabel: str, lines: Lines) -> None:
    """Draw pairs of a measured line and its bound, dashed, and say by how much each stays below."""
    worst = 0.0
    for k, measured, bound, colour, _ in lines:
        ax.plot(k, measured, color=colour)
        ax.plot(k, bound, color=colour, linestyle=DASHED, linewidth=1.3)
        worst = max(worst, float(np.max(np.asarray(measured)[1:] / np.asarray(bound)[1:])))
    ax.set_yscale("log")
    ax.set_title(title)
    ax.set_ylabel(ylabel)
    ax.set_xlabel("step $k$")
    _names(ax, [(label, colour) for *_, colour, label in lines])
    report(
        title,
        "measured / bound at most 1",
        f"{worst:.3f} at the worst",
        met=0 < worst <= 1,
        **{f"of bound: {title}": worst},
    )


def _names(ax: Any, names: Sequence[tuple[str, str]], side: str = "right") -> None:
    """Write what the lines are into the upper corner where no line goes."""
    x = 0.98 if side == "right" else 0.04
    for i, (label, colour) in enumerate(names):
        ax.annotate(label, (x, 0.99 - 0.1 * i), xycoords="axes fraction", color=colour, ha=side, va="top")


def deterministic(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw six bounds and their methods: on the hardest chains, on quadratics and on a logistic loss."""
    fig, axes = figure("wide", 2, 3, height=5.0)
    _hardest(axes[0, 0], report)
    steps, mu = 100, 1e-2
    a, b = spectrum(30, 1 / mu, rng=rng), rng.standard_normal(30)
    f, best, start = quadratic(a, b), np.linalg.solve(a, b), np.zeros(30)
    distance, k = float(np.linalg.norm(best)), np.arange(steps + 1)
    settings: dict[str, Any] = {"tolerance": 0.0, "max_iterations": steps}
    off = lambda result: np.linalg.norm(result.path - best, axis=1)
    to_best = r"$\|x_k - x^*\|$"

    lines = []
    for step, colour, label in ((1.0, PLUM, "step $1/L$"), (2 / (1 + mu), BLUE, "step $2/(L + μ)$")):
        bound = convergence.gradient_descent_strongly_convex(distance, k, 1.0, mu, step)
        lines.append((k, off(opt.gradient_descent(f, start, step=step, **settings)), bound, colour, label))
    _panel(axes[0, 1], report, "strongly convex: descent", to_best, lines)

    result = opt.accelerated_gradient(f, start, smoothness=1.0, convexity=mu, **settings)
    gaps = result.values - float(f(best))
    bound = convergence.accelerated_strongly_convex(gaps[0], distance, k, 1.0, mu)
    lines = [(k, gaps, bound, ORANGE, "rate $1 - 1/√κ$")]
    _panel(axes[0, 2], report, "strongly convex: Nesterov", "$f(x_k) - f^*$", lines)

    step, momentum = convergence.heavy_ball_settings(1.0, mu)
    bound = convergence.heavy_ball_quadratic(distance, k, 1.0, mu)
    result = opt.heavy_ball(f, start, step=step, momentum=momentum, **settings)
    lines = [(k, off(result), bound, TEAL, "$r^k(1 + k(1 + r))$")]
    _panel(axes[1, 0], report, "quadratic: heavy ball", to_best, lines)

    # many eigenvalues, so that conjugate gradients cannot end early
    a, b = spectrum(300, 1 / mu, rng=rng), rng.standard_normal(300)
    errors = opt.conjugate_gradient(a, b, tolerance=1e-13, max_iterations=60).path - np.linalg.solve(a, b)
    energy = np.sqrt(np.einsum("ki,ij,kj->k", errors, a, errors))
    k = np.arange(len(energy))
    lines = [(k, energy / energy[0], convergence.conjugate_gradient_chebyshev(k, 1 / mu), GOLD, "$1/T_k$")]
    _panel(axes[1, 1], report, "quadratic: conjugate gradients", r"share of $\|x_0 - x^*\|_A$", lines)
    _newton(axes[1, 2], rng, report)
    save(fig, out / "bounds.svg")


def _hardest(ax: Any, report: Report) -> None:
    """Draw, for each k, the error after k steps on the function that is hardest for k steps."""
    k = np.unique(np.round(np.geomspace(1, 100, 20)).astype(int))
    plain, fast = np.empty(len(k)), np.empty(len(k))
    for i, steps in enumerate(map(int, k)):
        n = 2 * steps + 1
        f, best = chain(n), 1 - np.arange(1, n + 1) / (n + 1)
        settings: dict[str, Any] = {"tolerance": 0.0, "max_iterations": steps, "keep_path": False}
        results = (
            opt.gradient_descent(f, np.zeros(n), step=1.0, **settings),
            opt.accelerated_gradient(f, np.zeros(n), smoothness=1.0, **settings),
        )
        plain[i], fast[i] = ((result.value - f(best)) / (best @ best) for result in results)
    lines = [
        (k, plain, convergence.gradient_descent_convex(1.0, k, 1.0), BLUE, "gradient descent"),
        (k, fast, convergence.accelerated_convex(1.0, k, 1.0), ORANGE, "Nesterov"),
    ]
    ax.set_xscale("log")
    _panel(ax, report, "convex: the hardest chains", "share of $L D^2$", lines)
    ax.plot(k, convergence.first_order_lower(1.0, k, 1.0), color=SOFT, linestyle=(0, (1, 1.6)))
    ax.annotate("no method can", (1, 2e-4), color=SOFT)


def _newton(ax: Any, rng: np.random.Generator, report: Report) -> None:
    """Draw the distance after a Newton step over the distance before, from random sides."""
    features, labels = rng.standard_normal((30, 3)), rng.choice([-1, 1], 30)
    ridge = 0.1
    f = logistic_loss(features, labels, ridge)
    lipschitz = float(np.mean(np.linalg.norm(features, axis=1) ** 3)) / (6 * math.sqrt(3))
    best = opt.newton(f, np.zeros(3), tolerance=1e-14).x
    before = np.logspace(-4, 0.5, 40)
    after = []
    for radius in before:
        direction = rng.standard_normal(3)
        x = best + radius * direction / np.linalg.norm(direction)
        after.append(np.linalg.norm(x - np.linalg.solve(hessian(f, x).numpy(), grad(f)(x).numpy()) - best))
    bound = convergence.newton_step(before, lipschitz, ridge)
    ax.set_xscale("log")
    lines = [(before, after, bound, PLUM, "")]
    _panel(ax, report, "logistic loss: Newton", r"$\|x_{k+1} - x^*\|$", lines)
    _names(ax, [("slope 2", PLUM)], "left")
    ax.set_xlabel(r"$\|x_k - x^*\|$")


def noise(runs: int, rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw SGD with constant and with decreasing steps: the mean over many runs, and the bound on it."""
    features = rng.standard_normal((60, 4)) * [1, 0.8, 0.6, 0.5]
    problem = opt.LeastSquares(features, features @ np.ones(4) + 0.5 * rng.standard_normal(60), ridge=0.05)
    distance, smoothness, mu = float(np.linalg.norm(problem.solution)), problem.smoothness, problem.convexity
    steps = 1500
    k = np.arange(steps + 1)
    shown = np.unique(np.round(np.geomspace(1, steps, 140)).astype(int))
    fig, (left, right) = figure("wide", cols=2, height=3.3, sharey=True)

    def compare(
        ax: Any, step_size: Callable[[int], float], bound: np.ndarray, colour: str, label: str
    ) -> None:
        squares = opt.sgd_distances(problem, step_size, steps=steps, runs=runs, rng=rng)
        mean = squares.mean(0)
        low, high = np.quantile(squares[:, shown], (0.1, 0.9), axis=0)
        ax.fill_between(shown, low, high, color=colour, alpha=0.18, linewidth=0)
        ax.plot(shown, mean[shown], color=colour)
        ax.plot(shown, bound[shown], color=colour, linestyle=DASHED, linewidth=1.3)
        upper = mean + 4 * squares.std(0, ddof=1) / math.sqrt(runs)
        worst = float(np.max(upper[1:] / bound[1:]))
        report(
            f"SGD, {label}",
            f"mean of {runs} runs, plus 4 standard errors, at most the bound",
            f"{worst:.3f} of it at the worst",
            met=0 < worst <= 1,
            **{f"of bound: SGD, {label}": worst},
        )

    for share, colour in ((1.0, BLUE), (0.1, PLUM)):
        step = share / (2 * smoothness)
        bound = convergence.sgd_constant(distance, k, step, mu, problem.noise)
        compare(left, lambda _, step=step: step, bound, colour, f"constant step {share:g} / 2L")
    falling = lambda i: convergence.sgd_decreasing_step(i, smoothness, mu)
    bound = convergence.sgd_decreasing(distance, k, smoothness, mu, problem.noise)
    compare(right, falling, bound, TEAL, "step 2 / μ(k + k₀)")
    _names(left, [("step $1 / 2L$", BLUE), ("a tenth of it", PLUM)])
    _names(right, [("step $2 / μ(k + k_0)$", TEAL)])
    for ax, title in ((left, "constant step"), (right, "decreasing step")):
        ax.set_yscale("log")
        ax.set_xlabel("step $k$")
        ax.set_title(title)
    right.set_xscale("log")
    left.set_ylabel(r"$\|x_k - x^*\|^2$")
    save(fig, out / "noise.svg")


def krylov(rng: np.random.Generator, out: Path) -> None:
    """Draw the polynomials that conjugate gradients choose: small where the eigenvalues are."""
    eigenvalues = np.sort(np.concatenate([rng.uniform(0.1, 0.35, 9), rng.uniform(0.8, 1.0, 9)]))
    b = rng.standard_normal(18)
    path = opt.conjugate_gradient(np.diag(eigenvalues), b, tolerance=1e-12).path
    fig, ax = figure("column", height=3.2)
    ax.axhline(0, color=SOFT, linewidth=0.8)
    t = np.linspace(0, 1.05, 300)
    for degree, colour in ((1, LILAC), (2, TEAL), (3, ORANGE), (5, BLUE)):
        # the error is p(A) times the first error: read p off at the eigenvalues, and interpolate
        share = 1 - path[degree] * eigenvalues / b
        powers = np.arange(1, degree + 1)
        coefficients, *_ = np.linalg.lstsq(eigenvalues[:, None] ** powers, share - 1, rcond=None)
        ax.plot(t, 1 + t[:, None] ** powers @ coefficients, color=colour, label=f"$k = {degree}$")
        ax.plot(eigenvalues, share, linestyle="none", marker="o", markersize=3, color=colour)
    ax.plot(eigenvalues, np.full(18, -0.72), linestyle="none", marker="|", color=INK, markersize=9)
    ax.annotate("eigenvalues", (0.57, -0.72), ha="center", va="center")
    ax.set(xlim=(-0.02, 1.06), ylim=(-0.8, 1.05), xlabel="λ", ylabel="error left, $p_k(λ)$")
    ax.legend(loc="upper center", ncols=2)
    save(fig, out / "krylov.svg")
