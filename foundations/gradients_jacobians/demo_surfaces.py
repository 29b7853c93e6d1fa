"""The part of the demo that looks at surfaces: tangent planes, Taylor models, critical points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from foundations import plotting
from foundations.demo_report import Report
from foundations.gradients_jacobians import (
    SURFACES,
    TaylorModel,
    critical_points,
    gradient_field,
    observed_order,
    quadratic_model,
    remainders,
    tangent_plane,
)
from foundations.gradients_jacobians.drawing import View, arrow, grid, paint, patches, ramp
from foundations.plotting import DASHED

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS


AT = np.array([-0.75, -0.95])
"""Where the hills are looked at."""


def tangent(rng: np.random.Generator, report: Report, out: Path) -> None:
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
    length = float(np.linalg.norm(plane.gradient))
    report(
        f"The gradient at ({AT[0]}, {AT[1]}), against 1,000 random directions",
        f"the steepest slope at most its length, {length:.4f}, and within 1 % of it; the gentlest minus that",
        f"steepest {slopes.max():.4f}, gentlest {slopes.min():.4f}",
        met=bool(np.all(np.abs(np.array([slopes.max(), -slopes.min()]) / length - 0.995) < 0.005 + 1e-12)),
        length_of_gradient=length,
        steepest=slopes.max(),
        gentlest=slopes.min(),
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


def taylor(report: Report, out: Path) -> None:
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
    first, second = orders
    report(
        "How the errors of the two models fall",
        "orders 2 and 3, to 0.05",
        f"{first:.2f} and {second:.2f}",
        met=abs(first - 2) < 0.05 and abs(second - 3) < 0.05,
        order_of_plane=first,
        order_of_quadratic=second,
    )


def critical(report: Report, out: Path) -> None:
    """Draw gradient fields with their critical points, and the directions in which the surface bends."""
    fig, axes = plotting.figure("wide", cols=2, height=4.0)
    counts: list[dict[str, int]] = []
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
        counts.append({kind: kinds.count(kind) for kind in dict.fromkeys(kinds)})
    plotting.save(fig, out / "critical_points.svg")
    report(
        "Critical points of Himmelblau's function, and of the monkey saddle",
        "minimum × 4, saddle × 4, maximum × 1; degenerate × 1",
        "; ".join(", ".join(f"{kind} × {n}" for kind, n in found.items()) for found in counts),
        met=counts == [{"minimum": 4, "saddle": 4, "maximum": 1}, {"degenerate": 1}],
        minima=counts[0].get("minimum", 0),
        saddles=counts[0].get("saddle", 0),
        maxima=counts[0].get("maximum", 0),
        degenerate=counts[1].get("degenerate", 0),
    )
