"""The show: what derivatives look like, and what their theory promises held against what comes out."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from foundations import plotting
from foundations.autodiff import ops
from foundations.gradients_jacobians import (
    CENTRAL,
    FORWARD,
    MAPS,
    SURFACES,
    TaylorModel,
    area_ratio,
    central_difference,
    complex_step,
    critical_points,
    forward_difference,
    gradient_field,
    jacobian_field,
    linearise,
    observed_order,
    quadratic_model,
    remainders,
    tangent_plane,
)
from foundations.gradients_jacobians.drawing import View, arrow, draw_grid, grid, paint, patches, ramp

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
DASHED = (0, (4, 2.2))
EPS = 2.0**-52
AT = np.array([-0.75, -0.95])
"""Where the hills are looked at."""


def demo(budget: str, *, seed: int, out: Path) -> None:
    """Draw the figures of this entry, and print for each what to expect and what came.

    Args:
        budget: "quick" draws Newton's basins on a coarse grid; "standard" and "full" on a fine one.
        seed: of everything random.
        out: folder for the figures.
    """
    rng = np.random.default_rng(seed)
    tangent(rng, out)
    taylor(out)
    critical(out)
    jacobian_grid(out)
    differences(out)
    newton_basins(240 if budget == "quick" else 480, out)


def report(what: str, expected: str, got: str) -> None:
    """Print one promise and what became of it."""
    print(f"{what}\n    expected  {expected}\n    got       {got}")


def tangent(rng: np.random.Generator, out: Path) -> None:
    """Draw a surface from above and in space, with gradient, tangent plane and quadratic model at a point."""
    one = SURFACES["hills"]
    plane, model = tangent_plane(one.f, AT), quadratic_model(one.f, AT)
    fig, (left, right) = plotting.figure("wide", cols=2, height=3.9)
    x, y, points = grid(one.window, 61)
    levels = np.linspace(-0.85, 0.95, 13)
    left.contour(x, y, one.f(points).T, levels=levels, colors=ramp(13), linewidths=0.9, linestyles="solid")
    near = np.where(np.linalg.norm(points - AT, axis=-1) < 0.8, model(points), np.nan)
    left.contour(x, y, near.T, levels=levels, colors=TEAL, linewidths=1.6, linestyles="dashed")
    across = 0.8 * np.array([-plane.gradient[1], plane.gradient[0]]) / np.linalg.norm(plane.gradient)
    left.plot(*np.stack([AT - across, AT + across], axis=-1), color=ORANGE, linewidth=1.6)
    arrow(left, AT, AT + 0.62 * plane.gradient, plotting.INK)
    left.plot(*AT, "o", color=plotting.INK)
    left.set(
        aspect="equal", xlabel="$x$", ylabel="$y$", title="from above", xlim=(-2.2, 2.2), ylim=(-2.2, 2.2)
    )
    left.grid(False)
    _in_space(right, plane)
    plotting.save(fig, out / "tangent.svg")

    v = rng.standard_normal((1000, 2))
    slopes = (v / np.linalg.norm(v, axis=1, keepdims=True)) @ plane.gradient
    report(
        f"The gradient at ({AT[0]}, {AT[1]}), against 1,000 random directions",
        f"no slope above its length, {np.linalg.norm(plane.gradient):.4f}",
        f"steepest {slopes.max():.4f}, gentlest {slopes.min():.4f}",
    )


def _in_space(ax: Axes, plane: TaylorModel) -> None:
    """Draw the hills, and over them a pane of the tangent plane: they curve down here, so it lies above."""
    one, view = SURFACES["hills"], View(turn=-0.5, tilt=0.6, lift=1.5)
    x, y, points = grid(one.window, 23)
    surface = patches(x, y, one.f(points))
    height = surface[..., 2].mean(axis=1)
    shades = ramp(7, most=6)
    paint(
        ax, view, surface, [shades[int(np.clip(7 * (z + 0.9) / 1.85, 0, 6))] for z in height], plotting.PAPER
    )
    square = AT + 0.65 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    pane = view.project(np.column_stack([square, plane(square)]))[0]
    ax.fill(*pane.T, facecolor=ORANGE, alpha=0.55, zorder=2)
    ax.plot(*pane[[0, 1, 2, 3, 0]].T, color=ORANGE, linewidth=1.4)
    point = np.append(AT, plane.value)
    along = np.append(plane.gradient, plane.gradient @ plane.gradient) * 0.62
    start, end = view.project(np.stack([point, point + along]))[0]
    arrow(ax, start, end, plotting.INK)
    ax.plot(*start, "o", color=plotting.INK)
    ax.set(aspect="equal", title="in space, with its tangent plane")
    ax.autoscale_view()
    ax.set_axis_off()


def taylor(out: Path) -> None:
    """Draw the models of first and second order along a line, and how their errors fall with the step."""
    f = SURFACES["hills"].f
    plane, model = tangent_plane(f, AT), quadratic_model(f, AT)
    v = plane.gradient / np.linalg.norm(plane.gradient)
    fig, (left, right) = plotting.figure("wide", cols=2, height=3.4)
    t = np.linspace(-1.6, 1.6, 201)
    points = AT + t[:, None] * v
    left.plot(t, f(points), color=plotting.INK, linewidth=2.2)
    left.plot(t, plane(points), color=ORANGE, linestyle=DASHED)
    left.plot(t, model(points), color=TEAL, linestyle=DASHED)
    left.plot(0, plane.value, "o", color=plotting.INK)
    left.set(xlabel="distance along the gradient, $t$", ylabel="height", ylim=(-1.1, 1.25), xlim=(-1.6, 1.6))
    left.text(1.15, 0.62, "$f$", color=plotting.INK)
    left.text(0.28, 1.12, "first order", color=ORANGE, ha="right")
    left.text(-0.8, -0.75, "second order", color=TEAL)
    steps = np.geomspace(1, 1e-4, 25)
    orders = []
    for one, colour in ((plane, ORANGE), (model, TEAL)):
        errors = remainders(f, one, v, steps)
        seen = errors > 1e-15
        right.loglog(steps[seen], errors[seen], "o", color=colour, markersize=4)
        small = seen & (steps < 0.1) & (errors > 1e-13)
        orders.append(observed_order(steps[small], errors[small]))
        order = round(orders[-1])
        guide = errors[seen][-1] * (steps / steps[seen][-1]) ** order
        right.loglog(steps, guide, color=colour, linewidth=0.9)
        right.text(
            3e-3, guide[np.argmin(np.abs(steps - 3e-3))] * 3, f"slope {order}", color=colour, ha="right"
        )
    right.set(xlabel="step $t$", ylabel="error of the model", ylim=(1e-16, 10))
    plotting.save(fig, out / "taylor.svg")
    report(
        "How the errors of the two models fall", "orders 2 and 3", " and ".join(f"{p:.2f}" for p in orders)
    )


def critical(out: Path) -> None:
    """Draw gradient fields with their critical points, and the directions in which the surface bends."""
    fig, axes = plotting.figure("wide", cols=2, height=4.0)
    counts = []
    for ax, name in zip(axes, ("Himmelblau", "monkey saddle"), strict=True):
        one = SURFACES[name]
        x, y, points = grid(one.window, 91)
        heights = one.f(points)
        levels = np.quantile(heights, np.linspace(0.03, 0.97, 13))
        ax.contour(x, y, heights.T, levels=levels, colors=ramp(13), linewidths=0.8, linestyles="solid")
        coarse = grid(one.window, 15)[2][1:-1, 1:-1]
        slopes = gradient_field(one.f, coarse)
        unit = slopes / np.maximum(np.linalg.norm(slopes, axis=-1, keepdims=True), 1e-9)
        ax.quiver(*np.moveaxis(coarse, -1, 0), *np.moveaxis(unit, -1, 0), color=plotting.SOFT, width=0.0032,
                  scale=27, pivot="mid", headwidth=5, headlength=5)  # fmt: skip
        (left, right), (low, high) = one.window
        starts = [(a, b) for a in np.linspace(left, right, 5) for b in np.linspace(low, high, 5)]
        found = critical_points(one.f, starts).found
        for point in found:
            reach = 0.075 * (right - left)
            for curvature, axis in zip(point.eigenvalues, point.eigenvectors.T, strict=True):
                if point.kind != "degenerate":
                    ends = point.point + np.array([[-reach], [reach]]) * axis
                    ax.plot(*ends.T, color=TEAL if curvature > 0 else PLUM, linewidth=2.6)
            ax.plot(*point.point, "o", color=plotting.INK, markersize=5.5)
        ax.set(aspect="equal", title=name, xlabel="$x$", ylabel="$y$", xlim=one.window[0], ylim=one.window[1])
        ax.grid(False)
        kinds = [point.kind for point in found]
        counts.append(", ".join(f"{kind} × {kinds.count(kind)}" for kind in dict.fromkeys(kinds)))
    plotting.save(fig, out / "critical_points.svg")
    report(
        "Critical points of Himmelblau's function, and of the monkey saddle",
        "minimum × 4, saddle × 4, maximum × 1; degenerate × 1",
        "; ".join(counts),
    )


def jacobian_grid(out: Path) -> None:
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
    ratio = area_ratio(one.f, at, 1e-3)
    report(
        "The swirl turns every circle about 0 by an angle of its own",
        "areas stay, det J = 1; singular values multiply to 1",
        f"det J = {local.determinant:.9f}, area of a small square × {ratio:.6f}, "
        f"σ = {local.svd.s[0]:.4f} and {local.svd.s[1]:.4f}",
    )


def differences(out: Path) -> None:
    """Draw the error of three ways to difference against the step, below the bounds of theory."""
    x, f = 1.0, lambda x: ops.exp(x[0]) * ops.sin(x[0])
    exact = math.exp(x) * (math.sin(x) + math.cos(x))
    fig, ax = plotting.figure("column", height=3.9)
    steps = np.geomspace(1e-15, 1, 91)
    highest = math.exp(1) * np.exp(steps)  # |f| <= e^(x + h), |f''| <= 2 e^(x + h), |f'''| <= 2√2 e^(x + h)
    told, crossed = [], 0
    for rule, difference, factor, colour in (
        (FORWARD, forward_difference, 2, ORANGE),
        (CENTRAL, central_difference, 2 * math.sqrt(2), BLUE),
    ):
        errors = np.array([abs(difference(f, [x], step=h)[0] - exact) for h in steps])
        sizes = [{"noise": 4 * EPS * high, "derivative": factor * high} for high in highest]
        bounds = np.array([rule.error_bound(h, **size) for h, size in zip(steps, sizes, strict=True)])
        crossed += int((errors > bounds).sum())
        best = rule.best_step(noise=4 * EPS * math.e, derivative=factor * math.e)
        told.append(f"{rule.name} {errors.min():.0e} (best step {best:.0e})")
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
    told.append(f"complex step {errors[steps < 1e-9].max():.0e} at every step below 1e-9")
    ax.text(1.5e-4, 3e-2, "forward", color=ORANGE, ha="right")
    ax.text(6e-2, 1.2e-7, "central", color=BLUE, ha="left")
    ax.text(1e-12, 2.4e-15, "complex step", color=TEAL)
    ax.set(xlabel="step $h$", ylabel="error of the derivative", ylim=(3e-18, 30), xlim=(5e-16, 2))
    plotting.save(fig, out / "differences.svg")
    report(
        "Least errors of a derivative of size 3.8 by differences",
        "about 1e-8 forward, 1e-11 central, 1e-16 by the complex step; no bound crossed",
        "; ".join(told) + f"; {crossed} crossed",
    )


def newton_basins(side: int, out: Path) -> None:
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
    report(
        "Newton's method: the error of the next step over the square of the last",
        "tends to 1, since the root has |z| = 1",
        ", ".join(f"{ratio:.3f}" for ratio in ratios) + f"; {int((steps >= 40).sum())} points never arrived",
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
