"""The show: where optimisers go, and what theory promises of them held against what they do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.path import Path as MplPath

from foundations import optimization as opt
from foundations.autodiff import Tensor, grad, hvp
from foundations.experiment import Budget, by_budget
from foundations.optimization import convergence, counterexample, demo_bounds
from foundations.optimization.landscapes import LANDSCAPES, Landscape
from foundations.plotting import COLOURS, INK, SOFT, figure, heatmap, save, shades

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = COLOURS

Build = Callable[[list[Tensor]], opt.Optimizer]

RUNNERS: dict[str, tuple[str, dict[str, Build]]] = {
    "gradient descent": (
        BLUE,
        {
            "rosenbrock": lambda p: opt.SGD(p, 1.2e-3),
            "beale": lambda p: opt.SGD(p, 1e-2),
            "saddle": lambda p: opt.SGD(p, 0.1),
            "ill-conditioned": lambda p: opt.SGD(p, 0.06),
        },
    ),
    "momentum": (
        ORANGE,
        {
            "rosenbrock": lambda p: opt.SGD(p, 3e-4, momentum=0.95),
            "beale": lambda p: opt.SGD(p, 2e-3, momentum=0.8),
            "saddle": lambda p: opt.SGD(p, 0.03, momentum=0.9),
            "ill-conditioned": lambda p: opt.SGD(p, 0.02, momentum=0.8),
        },
    ),
    "RMSProp": (PLUM, dict.fromkeys(LANDSCAPES, lambda p: opt.RMSProp(p, 0.03, alpha=0.9))),
    "Adam": (TEAL, dict.fromkeys(LANDSCAPES, lambda p: opt.Adam(p, 0.1))),
}


def demo(budget: Budget, *, seed: int, out: Path) -> None:
    """Draw the figures of this entry, and print for each what to expect and what came.

    Args:
        budget: "quick" for half a minute; "standard" and "full" with finer maps and more runs.
        seed: Of everything random.
        out: Folder for the figures.
    """
    trajectories(out)
    basins(by_budget(budget, quick=120, standard=240, full=400), out)
    momentum_plane(out)
    demo_bounds.draw(budget, seed, out)
    line_search(out)
    schedules(out)
    adam_counterexample(by_budget(budget, quick=100, standard=400, full=1000), seed, out)


def report(what: str, expected: str, got: str) -> None:
    """Print one promise and what became of it."""
    print(f"{what}\n    expected  {expected}\n    got       {got}")


def path_of(build: Build, landscape: Landscape, steps: int) -> np.ndarray:
    """Return the points an optimiser visits, shape (steps + 1, 2)."""
    x = Tensor(np.array(landscape.start), dtype=np.float64, requires_grad=True)
    optimizer = build([x])
    points = [x.data.copy()]
    for _ in range(steps):
        optimizer.zero_grad()
        landscape.f(x).backward()
        optimizer.step()
        points.append(x.data.copy())
    return np.array(points)


def contours(ax: Any, landscape: Landscape) -> None:
    """Draw the lines of equal height, dense in the valleys, the start and the minima."""
    left, right, bottom, top = landscape.window
    x, y = np.meshgrid(np.linspace(left, right, 72), np.linspace(bottom, top, 72))
    height = np.log10(landscape.f(np.stack([x, y], axis=-1)) - landscape.least + 5e-2)
    levels = np.linspace(height.min(), height.max(), 9)
    for level in levels[1:-1]:  # one thin ink over another: the higher, the darker
        region = ax.contourf(x, y, height, levels=[level, levels[-1]], colors=[shades(7)[3]], alpha=0.07)
        region.set_paths([straightened(path) for path in region.get_paths()])
    ax.contour(
        x, y, height, levels=levels, colors=shades(7)[2], linewidths=0.5, linestyles="solid", alpha=0.55
    )
    ax.plot(*np.array(landscape.minima).T, linestyle="none", marker="*", color=INK, markersize=9, zorder=5)
    ax.plot(*landscape.start, linestyle="none", marker="o", color=INK, markersize=4, zorder=5)
    ax.set(xlim=(left, right), ylim=(bottom, top), xlabel="$x_1$", ylabel="$x_2$")
    ax.grid(False)


def straightened(path: MplPath) -> MplPath:
    """Return a path without the points between others along the frame: a third of the file."""
    v, codes = np.asarray(path.vertices), path.codes
    between = ((v[1:-1] == v[:-2]) & (v[1:-1] == v[2:])).any(axis=1)
    keep = np.concatenate([[True], ~between, [True]])
    return MplPath(v[keep], None if codes is None else np.asarray(codes)[keep])


def trajectories(out: Path, steps: int = 250) -> None:
    """Draw the ways of four optimisers and of L-BFGS over four landscapes."""
    names = ("rosenbrock", "beale", "saddle", "ill-conditioned")
    fig, axes = figure("wide", 2, 2, height=6.4)
    ends: dict[str, float] = {}
    for ax, name in zip(axes.flat, names, strict=True):
        landscape = LANDSCAPES[name]
        contours(ax, landscape)
        ways = {label: (c, path_of(builds[name], landscape, steps)) for label, (c, builds) in RUNNERS.items()}
        ways["L-BFGS"] = (GOLD, opt.lbfgs(landscape.f, landscape.start).path)
        for label, (colour, points) in ways.items():
            dots = "o" if label == "L-BFGS" else None
            ax.plot(*points.T, color=colour, linewidth=1.5, label=label, marker=dots, markersize=3)
            if name == "rosenbrock":
                ends[label] = float(landscape.f(points[-1]))
        ax.set_title({"beale": "Beale", "rosenbrock": "Rosenbrock"}.get(name, name))
    axes[0, 0].legend(loc="upper center", handlelength=1.3)
    save(fig, out / "trajectories.svg")
    report(
        f"Rosenbrock's valley, after {steps} steps or at the end",
        "optimisers of first order still on their way, L-BFGS at the minimum",
        ", ".join(f"{label} {end:.0e}" for label, end in ends.items()),
    )


def basins(n: int, out: Path) -> None:
    """Draw where each start ends, for three optimisers and Newton's method on Himmelblau's function."""
    landscape = LANDSCAPES["himmelblau"]
    left, right, bottom, top = landscape.window
    x, y = np.meshgrid(np.linspace(left, right, n), np.linspace(top, bottom, n))
    grid = np.stack([x, y], axis=-1)  # (n, n, 2)
    runs: dict[str, np.ndarray] = {
        "gradient descent": sweep(lambda p: opt.SGD(p, 5e-3), grid, 150),
        "momentum 0.9": sweep(lambda p: opt.SGD(p, 5e-3, momentum=0.9), grid, 250),
        "Adam, rate 0.3": sweep(lambda p: opt.Adam(p, 0.3), grid, 250),
        "Newton, undamped": newton_sweep(grid, 40),
    }
    fig, axes = figure("wide", cols=4, height=2.5)
    minima = np.array(landscape.minima)
    for ax, (name, ends) in zip(axes, runs.items(), strict=True):
        distance = np.linalg.norm(ends[..., None, :] - minima, axis=-1)  # (n, n, 4)
        home = np.where(distance.min(-1) < 0.1, distance.argmin(-1), np.nan)
        heatmap(ax, home, low=-0.6, high=3.6)
        at = (minima - [left, top]) / [right - left, bottom - top] * (n - 1)
        ax.plot(*at.T, linestyle="none", marker="*", color=ORANGE, markersize=8)
        ax.set_title(name)
        ax.set_xticks([])
        ax.set_yticks([])
        report(
            f"Starts that end in one of the four minima, {name}",
            "many go to a saddle or a maximum" if "Newton" in name else "all but those on the borders",
            f"{100 * np.mean(np.isfinite(home)):.1f} %",
        )
    save(fig, out / "basins.svg")


def sweep(build: Build, grid: np.ndarray, steps: int) -> np.ndarray:
    """Run an optimiser from every point of a grid at once: they are elements of one parameter."""
    x = Tensor(grid.copy(), dtype=np.float64, requires_grad=True)
    optimizer = build([x])
    for _ in range(steps):
        optimizer.zero_grad()
        LANDSCAPES["himmelblau"].f(x).sum().backward()
        optimizer.step()
    return x.data


def newton_sweep(grid: np.ndarray, steps: int) -> np.ndarray:
    """Take undamped Newton steps from every point of a grid at once."""
    f = lambda x: LANDSCAPES["himmelblau"].f(x).sum()
    x = grid.copy()
    units = [np.broadcast_to(e, x.shape) for e in np.eye(2)]
    for _ in range(steps):
        g = grad(f)(x).numpy()
        h = np.stack([hvp(f, x, e).numpy() for e in units], axis=-1)  # (n, n, 2, 2): points do not mix
        det = h[..., 0, 0] * h[..., 1, 1] - h[..., 0, 1] * h[..., 1, 0]
        safe = np.where(np.abs(det) < 1e-9, 1e-9, det)
        step = np.stack(
            [
                h[..., 1, 1] * g[..., 0] - h[..., 0, 1] * g[..., 1],
                h[..., 0, 0] * g[..., 1] - h[..., 1, 0] * g[..., 0],
            ],
            axis=-1,
        )
        x = np.clip(x - step / safe[..., None], -1e3, 1e3)
    return x


def momentum_plane(out: Path, smoothness: float = 1.0, convexity: float = 0.04) -> None:
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
    kappa = smoothness / convexity
    report(
        f"Heavy ball, condition number {kappa:.0f}: error left by a step at best",
        f"(√κ - 1)/(√κ + 1) = {(math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1):.3f}",
        f"{radius.min():.3f} on the grid, at step {h.flat[radius.argmin()]:.2f} / L, "
        f"momentum {b.flat[radius.argmin()]:.2f}",
    )


def line_search(out: Path) -> None:
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
    ax.plot(t, value + sufficient * t * first, color=ORANGE, linestyle=(0, (4, 2.2)), linewidth=1.3)
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
    report(
        "Line search from step 1",
        "a step that is low and flat enough",
        f"t = {step:.3f}, slope {float(slope(step)) / first:+.2f} of the first",
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


def adam_counterexample(games: int, seed: int, out: Path) -> None:
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
        regret = counterexample.average_regret(x, slopes)[-1]
        report(
            f"{name} on slopes 3, -1, -1, …: where it ends",
            "at 1, the worst point" if name == "Adam" else "towards -1, the best point",
            f"{x[-1]:+.2f}, after {len(slopes)} rounds; it paid {regret:.2f} a round too much",
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
