"""The demo: what derivatives look like, and what their theory promises held against what comes out."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.autodiff import ops
from foundations.demo_report import Report
from foundations.experiment import Budget, by_budget
from foundations.gradients_jacobians import (
    CENTRAL,
    FORWARD,
    MAPS,
    area_ratio,
    central_difference,
    complex_step,
    demo_surfaces,
    forward_difference,
    jacobian_field,
    linearise,
)
from foundations.gradients_jacobians.drawing import arrow, draw_grid

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
EPS = 2.0**-52


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Draw the figures of this entry, and print for each what to expect and what came.

    Args:
        budget: "quick" draws Newton's basins on a coarse grid; "standard" and "full" on a fine one.
        seed: Of everything random.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    rng = np.random.default_rng(seed)
    demo_surfaces.tangent(rng, report, out)
    demo_surfaces.taylor(report, out)
    demo_surfaces.critical(report, out)
    jacobian_grid(report, out)
    differences(report, out)
    newton_basins(by_budget(budget, quick=240, standard=480, full=480), report, out)
    return report


def jacobian_grid(report: Report, out: Path) -> None:
    """Draw a grid before and after a map, and near one point the linear map that the Jacobian is."""
    one, at, reach = MAPS["swirl"], np.array([0.55, 0.25]), 0.45
    local = linearise(one.f, at)
    fig, axes = plotting.figure("wide", cols=3, height=3.1)
    angle = np.linspace(0, 2 * np.pi, 121)
    circle = at + reach * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    for ax, move, linear, title in (
        (axes[0], lambda p: p, None, "before"),
        (axes[1], one.f, None, "after the swirl"),
        (axes[2], one.f, local, "near the point"),
    ):
        if linear is None:
            draw_grid(ax, one.window, 17, move, color=plotting.SOFT, width=0.5)
        near = ((at[0] - reach, at[0] + reach), (at[1] - reach, at[1] + reach))
        draw_grid(ax, near, 7, move, color=BLUE, width=1.2)
        if linear is not None:
            draw_grid(ax, near, 7, linear, color=ORANGE, width=0.9, dashed=True)
            ax.plot(*linear(circle).T, color=plotting.INK, linewidth=1.2)
            for axis in linear.half_axes.T:
                arrow(ax, linear.value, linear.value + reach * axis, plotting.INK)
        else:
            ax.plot(*move(circle).T, color=plotting.INK, linewidth=1.2)
        ax.plot(*move(at), "o", color=plotting.INK, markersize=4)
        ax.set(aspect="equal", title=title, xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        ax.grid(False)
        ax.autoscale_view()
    plotting.save(fig, out / "jacobian.svg")
    ratio, (long, short) = area_ratio(one.f, at, 1e-3), local.svd.s
    report(
        "The swirl turns every circle about 0 by an angle of its own",
        "areas stay, det J = 1 to 1e-9; singular values multiply to 1",
        f"det J = {local.determinant:.9f}, area of a small square × {ratio:.6f}, "
        f"σ = {long:.4f} and {short:.4f}",
        met=max(abs(local.determinant - 1), abs(long * short - 1)) < 1e-9 and abs(ratio - 1) < 1e-3,
        determinant=local.determinant,
        area_ratio=ratio,
        long_axis=long,
        short_axis=short,
    )


def differences(report: Report, out: Path) -> None:
    """Draw the error of three ways to difference against the step, below the bounds of theory."""
    x, f = 1.0, lambda x: ops.exp(x[0]) * ops.sin(x[0])
    exact = math.exp(x) * (math.sin(x) + math.cos(x))
    fig, ax = plotting.figure("column", height=3.9)
    steps = np.geomspace(1e-15, 1, 91)
    highest = math.exp(1) * np.exp(steps)  # |f| <= e^(x + h), |f''| <= 2 e^(x + h), |f'''| <= 2√2 e^(x + h)
    lines, least, crossed = [], [], 0
    for rule, difference, factor, colour in (
        (FORWARD, forward_difference, 2, ORANGE),
        (CENTRAL, central_difference, 2 * math.sqrt(2), BLUE),
    ):
        errors = np.array([abs(difference(f, [x], step=h)[0] - exact) for h in steps])
        sizes = [{"noise": 4 * EPS * high, "derivative": factor * high} for high in highest]
        bounds = np.array([rule.error_bound(h, **size) for h, size in zip(steps, sizes, strict=True)])
        crossed += int((errors > bounds).sum())
        best = rule.best_step(noise=4 * EPS * math.e, derivative=factor * math.e)
        least.append(errors.min())
        lines.append(f"{rule.name} {errors.min():.0e} (best step {best:.0e})")
        ax.loglog(steps, bounds, color=colour, linewidth=1)
        ax.loglog(steps, np.maximum(errors, 1e-17), "o", color=colour, markersize=3.2)
        ax.plot(
            best,
            rule.error_bound(best, noise=4 * EPS * math.e, derivative=factor * math.e),
            "v",
            color=plotting.INK,
        )
    errors = np.array([abs(complex_step(f, [x], step=h)[0] - exact) for h in steps])
    ax.loglog(steps, np.maximum(errors, 1e-17), "o", color=TEAL, markersize=3.2)
    least.append(errors[steps < 1e-9].max())
    lines.append(f"complex step {least[-1]:.0e} at every step below 1e-9")
    ax.text(1.5e-4, 3e-2, "forward", color=ORANGE, ha="right")
    ax.text(6e-2, 1.2e-7, "central", color=BLUE, ha="left")
    ax.text(1e-12, 2.4e-15, "complex step", color=TEAL)
    ax.set(xlabel="step $h$", ylabel="error of the derivative", ylim=(3e-18, 30), xlim=(5e-16, 2))
    plotting.save(fig, out / "differences.svg")
    report(
        "Least errors of a derivative of size 3.8 by differences",
        "below 1e-7 forward, 1e-10 central, 1e-14 by the complex step; no bound crossed",
        "; ".join(lines) + f"; {crossed} crossed",
        met=least[0] < 1e-7 and least[1] < 1e-10 and least[2] < 1e-14 and not crossed,
        forward_error=least[0],
        central_error=least[1],
        complex_step_error=least[2],
        bounds_crossed=crossed,
    )


def newton_basins(side: int, report: Report, out: Path) -> None:
    """Draw how many steps Newton's method takes to a cube root of one, and how its error squares."""
    angles = 2 * np.pi * np.arange(3) / 3
    roots = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    axis = np.linspace(-1.6, 1.6, side)
    points = np.stack(np.meshgrid(axis, -axis), axis=-1)  # row 0 on top
    steps = np.zeros((side, side))
    errors = []
    trace = np.array([[-0.1, 0.5]])
    for _ in range(40):
        far = _distance(points, roots) > 1e-6
        steps += far
        if not far.any():
            break
        points[far] = _newton_step(points[far])
    while not errors or (errors[-1] > 1e-14 and len(errors) < 40):
        errors.append(float(_distance(trace, roots)[0]))
        trace = _newton_step(trace)
    fig, (left, right) = plotting.figure("wide", cols=2, height=3.7)
    plotting.heatmap(left, np.minimum(steps, 20), low=0, high=20, scale="steps")
    place = lambda z: (side - 1) * (z + 1.6) / 3.2
    left.plot(place(roots[:, 0]), place(-roots[:, 1]), "o", color=ORANGE, markersize=5)
    left.set(xticks=[], yticks=[], title="steps to a root of $z^3 = 1$")
    right.semilogy(range(len(errors)), np.maximum(errors, 1e-17), "o-", color=BLUE)
    right.set(xlabel="step", ylabel="distance to the root", title="from one start")
    plotting.save(fig, out / "newton.svg")
    ratios = [after / before**2 for before, after in pairwise(errors) if 1e-7 < before < 0.1]
    astray = int((steps >= 40).sum())
    report(
        "Newton's method: the error of the next step over the square of the last",
        "1 to 2 % near the root, since it has |z| = 1; every point arrives",
        ", ".join(f"{ratio:.3f}" for ratio in ratios) + f"; {astray} points never arrived",
        met=len(ratios) >= 2 and max(abs(ratio - 1) for ratio in ratios) < 0.02 and astray == 0,
        points_astray=astray,
        **{f"newton_ratio_{i}": ratio for i, ratio in enumerate(ratios)},
    )


def _newton_step(points: np.ndarray) -> np.ndarray:
    """Return z - (z³ - 1)/3z² for each row, as two real equations with their Jacobian."""
    values, slopes = _cube(points), jacobian_field(_cube, points)
    (a, b), (c, d) = np.moveaxis(slopes, (-2, -1), (0, 1))
    u, v = np.moveaxis(values, -1, 0)
    move = np.stack([d * u - b * v, a * v - c * u], axis=-1) / (a * d - b * c)[:, None]
    return points - move


def _cube(z):
    x, y = z[..., 0], z[..., 1]
    return ops.stack([x * x * x - 3 * x * y * y - 1, 3 * x * x * y - y * y * y], axis=-1)


def _distance(points: np.ndarray, roots: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[..., None, :] - roots, axis=-1).min(axis=-1)
