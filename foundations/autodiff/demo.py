"""The demo: graphs with their gradients, networks that learn, and what derivatives cost."""

from __future__ import annotations

import math
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from foundations import plotting
from foundations.autodiff import Tensor, grad, gradients, hessian, hvp, jacobian, jvp, ops, primitive
from foundations.autodiff.demo_networks import boundaries, digits
from foundations.autodiff.drawing import draw_graph
from foundations.demo_report import Report
from foundations.experiment import Budget, by_budget
from foundations.plotting import DASHED

BLUE, ORANGE, TEAL, PLUM, GOLD, _ = plotting.COLOURS


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Draw the figures of this entry, and print for each what to expect and what came.

    Args:
        budget: "quick" for three networks on the digits, "standard" for ten, "full" for thirty.
        seed: Of weights, data and directions.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    seeds = by_budget(budget, quick=3, standard=10, full=30)
    expression(report, out)
    derivative_of_a_derivative(report, out)
    for name, right in boundaries(np.random.default_rng(seed), out / "boundaries.svg").items():
        what = f"New points of the {name} put in their class"
        report(what, "more than 98 %", f"{right:.1%}", met=right > 0.98, **{f"{name}_right": right})
    right = digits([seed + i for i in range(seeds)], out)
    what = f"New digits read right, mean over {seeds} networks of widths 64, 64, 10"
    report(what, "more than 95 %", f"{right:.1%}", met=right > 0.95, digits_right=right)
    gradient_check(np.random.default_rng(seed), report, out)
    cost(report, out)
    return report


def expression(report: Report, out: Path) -> None:
    """Draw y = (a b + c)^2 with values, slopes and gradients."""
    a, b, c = (Tensor(v, requires_grad=True) for v in (2.0, 3.0, -1.0))
    p = a * b
    s = p + c
    y = s * s
    plotting.save(draw_graph(y, {"a": a, "b": b, "c": c, "p": p, "s": s, "y": y}), out / "expression.svg")
    y.backward()
    by_a, by_b, by_c = (x.grad.item() for x in (a, b, c) if x.grad is not None)
    report(
        "Gradients of (a b + c)² at 2, 3, −1, worked by hand",
        "30, 20, 10",
        f"{by_a:g}, {by_b:g}, {by_c:g}",
        met=(by_a, by_b, by_c) == (30, 20, 10),
        gradient_a=by_a,
        gradient_b=by_b,
        gradient_c=by_c,
    )


def derivative_of_a_derivative(report: Report, out: Path) -> None:
    """Draw the graph that a recorded backward pass through x^3 leaves: a derivative to differentiate."""
    x = Tensor(2.0, requires_grad=True)
    (first,) = gradients(x * x * x, [x], create_graph=True)
    plotting.save(draw_graph(first, {"x": x}), out / "derivative.svg")
    (second,) = gradients(first, [x])
    report(
        "First and second derivative of x³ at 2",
        "12, 12",
        f"{first.item():g}, {second.item():g}",
        met=first.item() == second.item() == 12,
        first_derivative=first.item(),
        second_derivative=second.item(),
    )


def gradient_check(rng: np.random.Generator, report: Report, out: Path) -> None:
    """Draw the error of finite differences along random directions against their step."""
    n, directions = 50, 15
    W = rng.standard_normal((n, n)) / n**0.5
    point = rng.standard_normal(n)
    vs = rng.standard_normal((directions, n))

    def f(x: Any) -> Any:
        """Return one number a row of x."""
        return ops.logsumexp(ops.tanh(x @ W.astype(x.dtype)), axis=1)

    x = Tensor(point[None], requires_grad=True)
    (gradient,) = gradients(f(x).sum(), [x])
    exact = vs @ gradient.numpy()[0]  # (directions,)
    steps = np.geomspace(1e-13, 1, 90)

    def differences(dtype: type, central: bool) -> np.ndarray:
        """Return the difference quotients, (steps, directions)."""
        ahead, behind = (
            np.array([f((point + side * h * vs).astype(dtype)) for h in steps]) for side in (1, -central)
        )
        return (ahead.astype(float) - behind) / ((1 + central) * steps[:, None])

    one_sided, central, single = (
        differences(dtype, both) for dtype, both in ((float, False), (float, True), (np.float32, True))
    )
    fig, ax = plotting.figure(height=3.8)
    for found, claim, colour, words, place in (
        (single, exact, TEAL, "central, float32", (3e-6, 2)),
        (one_sided, exact, GOLD, "one-sided", (2.5e-5, 8e-6)),
        (central, exact, BLUE, "central", (1e-4, 2e-9)),
        (central, 1.001 * exact, ORANGE, "against a derivative wrong by 0.1 %", (1.2e-10, 1.7e-3)),
    ):
        error = np.median(np.abs(found / claim - 1), axis=1)
        seen = steps > (2e-7 if found is single else 0)
        ax.loglog(steps[seen], error[seen], color=colour, linewidth=1.5)
        ax.text(*place, words, color=colour, size=9.5)
    ax.set(xlabel="step $h$", ylabel="relative disagreement", ylim=(1e-11, 20), xlim=(1e-13, 1))
    plotting.save(fig, out / "gradient_check.svg")
    error, wrong = (np.median(np.abs(central / claim - 1), axis=1) for claim in (exact, 1.001 * exact))
    best, left_over = float(steps[error.argmin()]), float(wrong[error.argmin()])
    report(
        "Best step of a central difference; disagreement there with a derivative that is wrong by 0.1 %",
        "within a factor of ten of 6e-06; 1e-03",
        f"{best:.0e}; {left_over:.0e}",
        met=6e-7 < best < 6e-5 and math.isclose(left_over, 1e-3, rel_tol=0.01),
        best_step=best,
        disagreement=left_over,
    )


def cost(report: Report, out: Path) -> None:
    """Draw how much computing derivatives take, and the memory that lives during a pass."""
    counts = products()
    fig, (left, right) = plotting.figure("wide", cols=2, height=3.1)
    bars = left.barh(list(counts), list(counts.values()), color=BLUE, height=0.62)
    left.bar_label(bars, padding=3, size=9.5)
    left.set(xscale="log", xlim=(0.7, 500), xlabel="matrix products, in evaluations of $f$")
    left.invert_yaxis()
    left.grid(visible=False)
    for name, colour, function, retain in (
        ("tanh, graph retained", PLUM, _watched_tanh, True),
        ("tanh", BLUE, _watched_tanh, False),
        ("x + 1", ORANGE, _watched_shift, False),
    ):
        levels = memory(function, retain)
        right.plot(np.arange(1, len(levels) + 1), levels, color=colour, label=name)
    right.axvline(_CHAIN + 0.5, color=plotting.SOFT, linewidth=0.8, linestyle=DASHED)
    right.set(xlabel="30 operations forward, then 30 backward", ylabel="memory, megabytes", ylim=(0, None))
    plotting.label_lines(right)
    plotting.save(fig, out / "cost.svg")
    costs = [counts[name] for name in ("gradient", "Jacobian, 10 × 64", "Hessian, 64 × 64")]
    report(
        "Cost of gradient, Jacobian (10 × 64) and Hessian of a network, in evaluations of it",
        "2, 11, 130",
        "{:g}, {:g}, {:g}".format(*costs),
        met=costs == [2, 11, 130],
        gradient_cost=costs[0],
        jacobian_cost=costs[1],
        hessian_cost=costs[2],
    )
    slope, there, back = _time_chain(100_000)
    report(
        "A chain of 100,000 operations, forward and backward",
        "no limit of recursion is met, and the derivative is 1",
        f"{slope:g}, in {there:.2f} s and {back:.2f} s",
        met=slope == 1,
        chain_derivative=slope,
    )


def _time_chain(length: int) -> tuple[float, float, float]:
    """Return the derivative of a chain of additions, and the seconds it takes forward and backward."""
    x = Tensor(0.5, requires_grad=True)
    start = time.perf_counter()
    y = x
    for _ in range(length):
        y = y + 1.0
    middle = time.perf_counter()
    y.backward()
    end = time.perf_counter()
    assert x.grad is not None
    return x.grad.item(), middle - start, end - middle


# ---------------------------------------------------------------------- instruments

_tally = [0]


def _count(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    _tally[0] += a.shape[0] * a.shape[1] * b.shape[1]
    return a @ b


counted = primitive(
    _count, lambda g, _y, _a, b: counted(g, b.mT), lambda g, _y, a, _b: counted(a.mT, g), name="counted"
)
"""A matrix product that adds its multiplications to `_tally`."""


def products() -> dict[str, float]:
    """Count the multiplications of matrix products in derivatives of a network with 64 inputs and 10 outputs.

    Returns:
        Name of the derivative -> its multiplications over those of the network itself.
    """
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(shape) / 8 for shape in ((64, 64), (64, 64), (64, 10))]
    x, v = rng.standard_normal((2, 1, 64))

    def f(x: Any, *parameters: Any) -> Any:
        *inner, last = parameters or weights
        for W in inner:
            x = ops.tanh(counted(x, W))
        return counted(x, last)

    def loss(x: Any, *parameters: Any) -> Any:
        return ops.logsumexp(f(x, *parameters))

    def multiplications(derivative: Callable[[], object]) -> int:
        _tally[0] = 0
        derivative()
        return _tally[0]

    one = multiplications(lambda: f(x))
    tensors = [Tensor(W, requires_grad=True) for W in weights]
    computed = {
        "value": lambda: f(x),
        "gradient": lambda: grad(loss)(x),
        "by the weights": lambda: loss(x, *tensors).backward(),
        "J v": lambda: jvp(f, [x], [v]),
        "H v": lambda: hvp(loss, x, v),
        "Jacobian, 10 × 64": lambda: jacobian(f, x),
        "Hessian, 64 × 64": lambda: hessian(loss, x),
    }
    return {name: round(multiplications(derivative) / one, 2) for name, derivative in computed.items()}


_CHAIN = 30
_levels: list[float] = []


def _note(value: np.ndarray) -> np.ndarray:
    """Remember how many megabytes live now, to a tenth: what is smaller is Python's own."""
    _levels.append(round(tracemalloc.get_traced_memory()[0] / 1e6, 1))
    return value


_watched_tanh = primitive(
    lambda x: _note(np.tanh(x)), lambda g, y, _x: _note(g * (1 - y * y)), name="watched_tanh"
)
_watched_shift = primitive(lambda x: _note(x + 1), lambda g, _y, _x: _note(g), name="watched_shift")


def memory(function: Callable[[Tensor], Tensor], retain_graph: bool) -> list[float]:
    """Return the megabytes alive after each operation of a chain over a million bytes, to and fro."""
    _levels.clear()
    tracemalloc.start()
    y = x = Tensor(np.zeros(250_000, np.float32), requires_grad=True)
    for _ in range(_CHAIN):
        y = function(y)
    y.backward(np.ones_like(x.data), retain_graph=retain_graph)
    tracemalloc.stop()
    return list(_levels)
