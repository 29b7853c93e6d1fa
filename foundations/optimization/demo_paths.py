"""The part of the demo that follows optimisers over landscapes: their paths, and where each start ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.path import Path as MplPath

from foundations import optimization as opt
from foundations.autodiff import Tensor, grad, hvp
from foundations.demo_report import Report
from foundations.optimization.landscapes import LANDSCAPES, Landscape
from foundations.plotting import COLOURS, INK, figure, heatmap, save, shades

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


def trajectories(report: Report, out: Path, steps: int = 250) -> None:
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
    bfgs = ends["L-BFGS"]
    report(
        f"Rosenbrock's valley, after {steps} steps or at the end",
        "optimisers of first order still above 1e-3, L-BFGS at the minimum, below 1e-12",
        ", ".join(f"{label} {end:.0e}" for label, end in ends.items()),
        met=bfgs < 1e-12 and min(end for end in ends.values() if end != bfgs) > 1e-3,
        **{f"rosenbrock: {label}": end for label, end in ends.items()},
    )


def basins(n: int, report: Report, out: Path) -> None:
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
        share, newton = float(np.mean(np.isfinite(home))), "Newton" in name
        report(
            f"Starts that end in one of the four minima, {name}",
            "less than 80 %: many go to a saddle or a maximum"
            if newton
            else "all but those on the borders: 98 %",
            f"{100 * share:.1f} %",
            met=share < 0.8 if newton else share >= 0.98,
            **{f"settled: {name}": share},
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
