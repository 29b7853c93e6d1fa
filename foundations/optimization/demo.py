"""The demo: where optimisers go, and what theory promises of them held against what they do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from foundations import optimization as opt
from foundations.demo_report import Report
from foundations.experiment import Budget, by_budget
from foundations.optimization import convergence, counterexample, demo_bounds, demo_paths
from foundations.optimization.demo_paths import Build
from foundations.plotting import COLOURS, DASHED, SOFT, figure, heatmap, save

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = COLOURS


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Draw the figures of this entry, and print for each what to expect and what came.

    Args:
        budget: "quick" for some seconds; "standard" and "full" with finer maps and more runs.
        seed: Of everything random.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    demo_paths.trajectories(report, out)
    demo_paths.basins(by_budget(budget, quick=120, standard=240, full=400), report, out)
    momentum_plane(report, out)
    demo_bounds.draw(budget, seed, report, out)
    line_search(report, out)
    schedules(out)
    adam_counterexample(by_budget(budget, quick=100, standard=400, full=1000), seed, report, out)
    return report


def momentum_plane(report: Report, out: Path, smoothness: float = 1.0, convexity: float = 0.04) -> None:
    """Draw how fast the heavy ball converges on a quadratic, for every step and momentum."""
    n = 200
    h, b = np.meshgrid(np.linspace(0.01, 4, n), np.linspace(0.999, 0, n))
    radius = np.zeros_like(h)
    for a in (convexity, smoothness):
        trace = 1 + b - h * a
        square = trace * trace - 4 * b  # of r^2 - trace r + b = 0
        real = (np.abs(trace) + np.sqrt(np.maximum(square, 0))) / 2
        radius = np.maximum(radius, np.where(square >= 0, real, np.sqrt(b)))
    fig, ax = figure("column", height=3.6)
    left = np.where(radius < 1, radius, np.nan)
    heatmap(ax, left, low=0.6, high=1.0, scale="error left by a step", square=False)
    best_step, best_momentum = convergence.heavy_ball_settings(smoothness, convexity)
    x = lambda step: step / 4 * (n - 1)
    y = lambda momentum: (1 - momentum / 0.999) * (n - 1)
    ax.plot(x(best_step), y(best_momentum), marker="*", color=ORANGE, markersize=12)
    ax.plot(x(2 / (smoothness + convexity)), y(0), marker="o", color=ORANGE, clip_on=False, zorder=5)
    ax.annotate("Polyak's choice", (x(3.0), y(best_momentum)), va="center")
    ax.annotate("best without momentum", (x(2.2), y(0.05)), va="center")
    ax.annotate("diverges", (x(3.5), y(0.25)), color=SOFT, ha="center")
    ax.set_xticks([x(t) for t in range(5)], [str(t) for t in range(5)])
    ax.set_yticks([y(t) for t in (0, 0.25, 0.5, 0.75, 0.999)], ["0", "0.25", "0.5", "0.75", "1"])
    ax.set_xlabel("step · $L$")
    ax.set_ylabel("momentum")
    save(fig, out / "momentum_plane.svg")
    kappa, least = smoothness / convexity, float(radius.min())
    wanted = (math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)
    at_step, at_momentum = float(h.flat[radius.argmin()]), float(b.flat[radius.argmin()])
    report(
        f"Heavy ball, condition number {kappa:.0f}: error left by a step at best",
        f"(√κ - 1)/(√κ + 1) = {wanted:.3f}, to 0.01 on the grid",
        f"{least:.3f}, at step {at_step:.2f} / L, momentum {at_momentum:.2f}",
        met=wanted - 1e-12 <= least < wanted + 0.01,
        heavy_ball_rate=least,
        heavy_ball_step=at_step,
        heavy_ball_momentum=at_momentum,
    )


def line_search(report: Report, out: Path) -> None:
    """Draw a function along a ray, and which steps the two Wolfe conditions allow."""
    phi = lambda t: 1 - 0.9 * t + 0.16 * t * t + 0.11 * np.sin(3.1 * t)
    slope = lambda t: -0.9 + 0.32 * t + 0.341 * np.cos(3.1 * t)
    sufficient, curvature = 0.3, 0.4
    t = np.linspace(0, 5.4, 600)
    value, first = phi(0.0), float(slope(0.0))
    armijo = phi(t) <= value + sufficient * t * first
    flat = np.abs(slope(t)) <= -curvature * first
    fig, ax = figure("column", height=3.3)
    ax.plot(t, phi(t), color=BLUE)
    ax.plot(t, value + sufficient * t * first, color=ORANGE, linestyle=DASHED, linewidth=1.3)
    for allowed, height, colour, name in (
        (armijo, -0.62, ORANGE, "low enough"),
        (flat, -0.74, TEAL, "flat enough"),
        (armijo & flat, -0.86, PLUM, "both"),
    ):
        ax.plot(t, np.where(allowed, height, np.nan), color=colour, linewidth=5, solid_capstyle="butt")
        ax.annotate(name, (5.4, height), (6, 0), textcoords="offset points", color=colour, va="center")
    step = opt.strong_wolfe(
        lambda s: (float(phi(s)), float(slope(s))), value, first, sufficient=sufficient, curvature=curvature
    )
    assert step is not None
    ax.plot(step, phi(step), marker="o", color=PLUM, markersize=7)
    ax.annotate("found", (step, phi(step)), (0, -14), textcoords="offset points", color=PLUM, ha="center")
    ax.set_xlabel("step $t$")
    ax.set_ylabel("$f(x + t p)$")
    save(fig, out / "line_search.svg")
    drop, flatness = (value - float(phi(step))) / (-first * step), float(slope(step)) / first
    report(
        "Line search from step 1",
        f"a fall of at least {sufficient} of step × first slope, and a slope within ±{curvature} of it",
        f"t = {step:.3f}: a fall of {drop:.2f}, slope {flatness:+.2f}",
        met=drop >= sufficient and abs(flatness) <= curvature,
        line_search_step=step,
        line_search_fall=drop,
        line_search_slope=flatness,
    )


def schedules(out: Path, total: int = 98) -> None:
    """Draw every schedule over the same number of steps."""
    rates: dict[str, opt.Schedule] = {
        "step": opt.step_schedule(1.0, 30, 0.4),
        "exponential": opt.exponential_schedule(1.0, 0.97),
        "polynomial": opt.polynomial_schedule(1.0, total, 2.0),
        "cosine": opt.cosine_schedule(1.0, total),
        "restarts": opt.cosine_restarts_schedule(1.0, 14, 2),
        "warmup, cosine": opt.warmup_schedule(1.0, 15, opt.cosine_schedule(1.0, total - 15)),
        "one cycle": opt.one_cycle_schedule(1.0, total),
        "noam": opt.noam_schedule(1, 20, math.sqrt(20)),
    }
    fig, axes = figure("wide", 2, 4, height=3.1, sharex=True, sharey=True)
    t = range(1, total + 1)
    for ax, (name, rate) in zip(axes.flat, rates.items(), strict=True):
        values = [rate(k) for k in t]
        ax.fill_between(t, values, color=BLUE, alpha=0.13, linewidth=0)
        ax.plot(t, values, color=BLUE)
        ax.set_title(name)
        ax.set_ylim(0, 1.06)
    for ax in axes[1]:
        ax.set_xlabel("step")
    for ax in axes[:, 0]:
        ax.set_ylabel("share of peak")
    save(fig, out / "schedules.svg")


def adam_counterexample(games: int, seed: int, report: Report, out: Path) -> None:
    """Draw where Adam, AMSGrad and plain SGD go in the game of Reddi, Kale and Kumar."""
    optimizers: Sequence[tuple[str, str, Build]] = (
        ("Adam", ORANGE, partial(opt.Adam, learning_rate=0.01, betas=(0.0, 0.1), eps=0.0)),
        ("AMSGrad", BLUE, partial(opt.Adam, learning_rate=0.01, betas=(0.0, 0.1), eps=0.0, amsgrad=True)),
        ("SGD", TEAL, partial(opt.SGD, learning_rate=0.005)),
    )
    fig, (left, right) = figure("wide", cols=2, height=3.0, sharey=True)
    slopes = counterexample.periodic_slopes(1200, steep=3.0, gentle=1.0, period=3)
    drawn = counterexample.random_slopes(
        1200, games, steep=5.0, gentle=1.0, probability=0.25, rng=np.random.default_rng(seed)
    )
    for name, colour, build in optimizers:
        x = counterexample.play(build, slopes)
        many = counterexample.play(build, drawn)
        left.plot(x[::3], color=colour, label=name)
        low, middle, high = np.quantile(many, (0.05, 0.5, 0.95), axis=1)[:, ::3]
        right.plot(middle, color=colour)
        right.fill_between(np.arange(middle.size), low, high, color=colour, alpha=0.18, linewidth=0)
        end, regret = float(x[-1]), float(counterexample.average_regret(x, slopes)[-1])
        report(
            f"{name} on slopes 3, -1, -1, …: where it ends",
            "above 0.99: 1 is the worst point" if name == "Adam" else "below -0.9: -1 is the best point",
            f"{end:+.2f}, after {len(slopes)} rounds; it paid {regret:.2f} a round too much",
            met=end > 0.99 if name == "Adam" else end < -0.9,
            **{f"game: {name}": end, f"regret: {name}": regret},
        )
    for ax, title in ((left, "slopes 3, −1, −1, 3, …"), (right, f"slopes 5 or −1 at random, {games} games")):
        ticks = [0, 100, 200, 300, 400]
        ax.set_xticks(ticks, [str(3 * tick) for tick in ticks])
        ax.set_xlabel("round")
        ax.set_title(title)
    left.set_ylabel("$x_t$")
    for (name, colour, _), height in zip(optimizers, (0.72, -0.55, -0.85), strict=True):
        left.annotate(name, (395, height), color=colour, ha="right")
    save(fig, out / "counterexample.svg")
