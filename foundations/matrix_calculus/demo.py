"""The demo: every row of the table checked, and what Jacobians look like, cost and come to at crossings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from foundations import plotting
from foundations.autodiff import jacobian, ops
from foundations.demo_report import Report
from foundations.experiment import Budget, by_budget
from foundations.matrix_calculus import demo_costs
from foundations.matrix_calculus.row import check
from foundations.matrix_calculus.table import TABLE
from foundations.nn import functional as F
from foundations.plotting import DASHED


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Check the table, draw the figures, and print for each what to expect and what came.

    Args:
        budget: "quick" checks every row at 5 points, "standard" at 50, "full" at 500.
        seed: Of everything random.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    rngs = np.random.default_rng(seed).spawn(5)  # so that no figure depends on how much was checked
    check_table(by_budget(budget, quick=5, standard=50, full=500), rngs[0], report)
    draw_patterns(rngs[1], report, out / "jacobian_patterns.svg")
    draw_differences(rngs[2], report, out / "finite_differences.svg")
    demo_costs.draw_cost(rngs[3], report, out / "cost.svg")
    draw_eigenvalues(rngs[4], report, out / "eigenvalues.svg")
    return report


def check_table(points: int, rng: np.random.Generator, report: Report) -> None:
    """Check every row at random points; a wrong one raises."""
    errors = [check(row, rng) for row in TABLE.values() for _ in range(points)]
    differences, engine = max(e.differences for e in errors), max(e.engine for e in errors)
    report(
        f"{len(TABLE)} rows at {points} random points each",
        "relative errors below 1e-8 against finite differences, and below 1e-11 against the engine",
        f"at most {differences:.1e}, and {engine:.1e}",
        met=differences < 1e-8 and engine < 1e-11,
        error_against_differences=differences,
        error_against_engine=engine,
    )


# ---------------------------------------------------------------------- what Jacobians look like

N = 4  # rows and columns of the matrices that are drawn


def patterns(rng: np.random.Generator) -> dict[str, tuple[np.ndarray, float]]:
    """Return the Jacobians of layers on small inputs, and the share of each that can be non-zero.

    The inputs are 4 x 4 matrices; only the picture that is convolved, with a kernel of 2 x 2, is 5 x 5.

    Args:
        rng: Source of the inputs.

    Returns:
        Name of the layer to its Jacobian, shape (outputs, inputs), elements row by row, and the share.
    """
    X, W, K = (rng.standard_normal((N, N)) for _ in range(3))
    kernel, picture = rng.standard_normal((1, 1, 2, 2)), rng.standard_normal((5, 5))
    definite = X @ X.T + np.eye(N)
    convolved = lambda x: F.conv2d(ops.reshape(x, (1, 1, 5, 5)), kernel)
    attended = lambda k: F.scaled_dot_product_attention(X, k, W)
    below = [(j + 1) ** 2 + (N - 1 - j) * ((j + 1) ** 2 + 2 * (j + 1)) for j in range(N)]
    layers: dict[str, tuple[Callable[[Any], Any], np.ndarray, float]] = {
        "linear, of X": (lambda x: x @ W, X, 1 / N),
        "linear, of W": (lambda w: X @ w, W, 1 / N),
        "bias": (lambda b: X + b, K[0], 1 / N),
        "tanh": (ops.tanh, X, 1 / N**2),
        "softmax": (F.softmax, X, 1 / N),
        "layer norm": (F.layer_norm, X, 1 / N),
        "batch norm": (lambda x: F.batch_norm(x, training=True), X, 1 / N),
        "convolution": (convolved, picture, 4 / 25),
        "attention, of K": (attended, K, 1.0),
        "transpose": (ops.transpose, X, 1 / N**2),
        "inverse": (ops.inv, X + N * np.eye(N), 1.0),
        "Cholesky": (ops.cholesky, definite, sum(below) / N**4),
    }
    found = {}
    for name, (layer, x, share) in layers.items():
        found[name] = (jacobian(layer, x).numpy().reshape(-1, x.size), share)
    return found


def draw_patterns(rng: np.random.Generator, report: Report, path: Path) -> None:
    """Draw the Jacobian of every layer, each scaled to its largest element."""
    found = patterns(rng)
    fig, axes = plotting.figure("wide", 3, 4, height=6.6)
    counted = {}
    for ax, (name, (J, _)) in zip(axes.flat, found.items(), strict=True):
        plotting.heatmap(ax, J / np.abs(J).max(), kind="diverging", low=-1, high=1, square=False)
        counted[name] = np.count_nonzero(np.abs(J) > 1e-9 * np.abs(J).max()) / J.size
        ax.set_title(f"{name}: {100 * counted[name]:.0f} %", fontsize=9)
        ax.set_xticks([])
        ax.set_yticks([])
    for ax in axes[-1]:
        ax.set_xlabel("input element")
    for ax in axes[:, 0]:
        ax.set_ylabel("output element")
    plotting.save(fig, path)
    report(
        "Share of a Jacobian that is not zero",
        ", ".join(f"{name} {100 * share:.0f} %" for name, (_, share) in found.items()),
        ", ".join(f"{name} {100 * share:.0f} %" for name, share in counted.items()),
        met=all(counted[name] == share for name, (_, share) in found.items()),
        **{f"not_zero: {name}": share for name, share in counted.items()},
    )


# ---------------------------------------------------------------------- differences


def network_loss(parameters: tuple[np.ndarray, ...], x: np.ndarray) -> Any:
    """Return the cross-entropy of a small network for class 0, also for complex parameters."""
    W, b, V = parameters
    z = V @ np.tanh(W @ x + b)
    return np.log(np.exp(z).sum()) - z[0]


def network_gradient(
    parameters: tuple[np.ndarray, ...],
    x: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Return the gradient of `network_loss` by the rows of the table, from the loss back to the weights."""
    W, b, V = parameters
    h = np.tanh(W @ x + b)
    e = np.exp(V @ h)
    z_bar = e / e.sum() - np.eye(len(V))[0]  # cross-entropy of logits
    a_bar = (V.T @ z_bar) * (1 - h * h)  # linear layer, tanh
    return np.outer(a_bar, x), a_bar, np.outer(z_bar, h)


def draw_differences(rng: np.random.Generator, report: Report, path: Path) -> None:
    """Draw the error of four difference formulas against their step, beside that of the VJP."""
    shapes = ((6, 5), (6,), (4, 6))
    point, x = tuple(rng.standard_normal(shape) / 2 for shape in shapes), rng.standard_normal(5)
    gradient = network_gradient(point, x)
    length = np.sqrt(sum((part * part).sum() for part in gradient))
    along = tuple(part / length for part in gradient)  # so that the derivative is not small by accident

    def f(step: complex) -> Any:
        return network_loss(tuple(p + step * v for p, v in zip(point, along, strict=True)), x)

    exact = f(1e-100j).imag / 1e-100  # no subtraction: right to the last digits
    formulas: dict[str, tuple[Callable[[float], float], float]] = {
        "forward": (lambda h: (f(h) - f(0)) / h, 1 / 2),
        "central": (lambda h: (f(h) - f(-h)) / (2 * h), 2 / 3),
        "five points": (lambda h: (f(-2 * h) - 8 * f(-h) + 8 * f(h) - f(2 * h)) / (12 * h), 4 / 5),
        "complex step": (lambda h: f(1j * h).imag / h, 1.0),
    }
    steps, eps = np.geomspace(1e-15, 1, 91), np.finfo(float).eps
    fig, ax = plotting.figure(height=3.6)
    best = {}
    for name, (formula, _) in formulas.items():
        errors = np.array([abs(formula(h) - exact) for h in steps]) / abs(exact)
        # the worst of five neighbours, so that no lucky zero counts; at the best of all steps
        best[name] = np.lib.stride_tricks.sliding_window_view(errors, 5).max(axis=1).min()
        style = DASHED if name == "complex step" else "solid"  # it lies on the central one where both err
        ax.loglog(steps, np.maximum(errors, eps / 2), label=name, linestyle=style)
    best["VJP"] = error = abs(sum((g * v).sum() for g, v in zip(gradient, along, strict=True)) - exact) / abs(
        exact
    )
    ax.axhline(max(error, eps / 2), color=plotting.INK, linestyle=DASHED, linewidth=1)
    ax.annotate("VJP", (1e-3, max(error, eps / 2)), (4, 4), textcoords="offset points", color=plotting.INK)
    ax.set_xlabel("step")
    ax.set_ylabel("relative error of the derivative")
    plotting.label_lines(ax)
    plotting.save(fig, path)
    wanted = {name: eps**power for name, (_, power) in formulas.items()} | {"VJP": eps}
    report(
        "Least error of a difference over all steps, and of the VJP",
        ", ".join(f"{name} {size:.0e}" for name, size in wanted.items()) + "; up to ten times that, or less",
        ", ".join(f"{name} {least:.0e}" for name, least in best.items()),
        met=all(best[name] <= 10 * size for name, size in wanted.items()),
        **{f"error: {name}": least for name, least in best.items()},
    )


# ---------------------------------------------------------------------- eigenvalues


def draw_eigenvalues(rng: np.random.Generator, report: Report, path: Path) -> None:
    """Draw eigenvalues along a line of symmetric matrices, their tangents, and what near crossings cost."""
    noise = rng.standard_normal((5, 5))
    A = np.diag([1.0, 0.5, -0.3, -0.6, 0.1]) + 0.06 * (noise + noise.T)
    B = np.diag([2.0, 1.2, 0.4, -0.8, -1.8])
    times = np.linspace(-1.6, 1.6, 641)
    values = np.array([np.linalg.eigvalsh(A + t * B) for t in times])  # (times, 5)
    slopes, turning = TABLE["eigenvalues-of-a-symmetric-matrix"], TABLE["eigenvectors-of-a-symmetric-matrix"]
    fig, (left, right) = plotting.figure("wide", cols=2, height=3.6)
    left.plot(times, values, color=plotting.COLOURS[0], linewidth=2.2)
    worst, h = 0.0, 1e-4
    for t in (-0.95, -0.2, 0.75):
        slope = slopes.differential(A + t * B, B)
        measured = (np.linalg.eigvalsh(A + (t + h) * B) - np.linalg.eigvalsh(A + (t - h) * B)) / (2 * h)
        worst = max(worst, np.abs(slope - measured).max())
        for value, s in zip(np.linalg.eigvalsh(A + t * B), slope, strict=True):
            ends = np.array([-0.45, 0.45])
            left.plot(t + ends, value + ends * s, color=plotting.COLOURS[1], linewidth=1.1)
            left.plot(t, value, "o", color=plotting.COLOURS[1], markersize=4)
    left.set(xlabel="t", ylabel="eigenvalues of A + tB", title="curves and their tangents")
    moved = np.array([np.linalg.norm(turning.differential(A + t * B, B)) for t in times])
    bound = np.linalg.norm(B) / np.diff(values, axis=1).min(axis=1)
    right.semilogy(times, bound, label="bound", color=plotting.SOFT, linestyle=DASHED)
    right.semilogy(times, moved, label="speed")
    right.set(xlabel="t", ylabel="speed of the eigenvectors", title="fast where eigenvalues come close")
    plotting.label_lines(right)
    plotting.save(fig, path)
    share = float((moved / bound).max())
    report(
        "Eigenvalues along a line",
        "tangents equal to differences up to 1e-6, and ‖dV‖ at most ‖B‖ over the least gap",
        f"{worst:.0e}, and ‖dV‖ at most {share:.2f} of that bound",
        met=worst < 1e-6 and share <= 1,
        tangent_error=worst,
        share_of_bound=share,
    )
