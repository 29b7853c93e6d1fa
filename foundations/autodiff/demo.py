"""The show: graphs with their gradients, networks that learn to draw lines, and what derivatives cost."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from foundations import plotting
from foundations.autodiff import Tensor, gradients, no_grad, ops, primitive
from foundations.autodiff.drawing import draw_graph
from foundations.autodiff.mlp import MLP, train
from foundations.data import circles, load, moons, spirals
from foundations.data.synthetic import Labelled
from foundations.experiment import Budget, by_budget

BLUE, ORANGE, TEAL, _, GOLD, _ = plotting.COLOURS
DASHED = (0, (4, 2.2))
MOMENTS = (10, 60, 600)
"""Steps after which the boundaries are drawn."""
EPOCHS = 15
"""Passes over the digits."""


def demo(budget: Budget, *, seed: int, out: Path) -> None:
    """Draw the figures of this entry, and print for each what to expect and what came.

    Args:
        budget: "quick" for three networks on the digits, "standard" for ten, "full" for thirty.
        seed: Of weights, data and directions.
        out: Folder for the figures.
    """
    seeds = by_budget(budget, quick=3, standard=10, full=30)
    expression(out)
    derivative_of_a_derivative(out)
    boundaries(np.random.default_rng(seed), out)
    digits([seed + i for i in range(seeds)], out)
    gradient_check(np.random.default_rng(seed), out)
    cost(out)


def report(what: str, expected: str, got: str) -> None:
    """Print one promise and what became of it."""
    print(f"{what}\n    expected  {expected}\n    got       {got}")


def expression(out: Path) -> None:
    """Draw y = (a b + c)^2 with values, slopes and gradients."""
    a, b, c = (Tensor(v, requires_grad=True) for v in (2.0, 3.0, -1.0))
    p = a * b
    s = p + c
    y = s * s
    plotting.save(draw_graph(y, {"a": a, "b": b, "c": c, "p": p, "s": s, "y": y}), out / "expression.svg")
    y.backward()
    got = ", ".join(f"{x.grad.item():g}" for x in (a, b, c) if x.grad is not None)
    report("Gradients of (a b + c)² at 2, 3, −1, worked by hand", "30, 20, 10", got)


def derivative_of_a_derivative(out: Path) -> None:
    """Draw the graph that a recorded backward pass through x^3 leaves: the derivative, ready for another."""
    x = Tensor(2.0, requires_grad=True)
    (first,) = gradients(x * x * x, [x], create_graph=True)
    plotting.save(draw_graph(first, {"x": x}), out / "derivative.svg")
    (second,) = gradients(first, [x])
    report("First and second derivative of x³ at 2", "12, 12", f"{first.item():g}, {second.item():g}")


# ---------------------------------------------------------------------- networks


def boundaries(rng: np.random.Generator, out: Path) -> None:
    """Draw what a small network believes of the plane while it learns, on three sets of points."""
    sets: tuple[tuple[str, Callable[[int], Labelled]], ...] = (
        ("moons", lambda n: moons(n, noise=0.12, rng=rng)),
        ("circles", lambda n: circles(n, noise=0.08, rng=rng)),
        ("spirals", lambda n: spirals(n, turns=1.6, rng=rng)),
    )
    fig, axes = plotting.figure("wide", rows=3, cols=3, height=8.1)
    for (name, make), row in zip(sets, axes, strict=True):
        right = _learn_in_view(make(260), make(2000), row, rng)
        row[0].set_ylabel(name)
        report(f"New points of the {name} put in their class", "more than 98 %", f"{right:.1%}")
    for ax, steps in zip(axes[0], MOMENTS, strict=True):
        ax.set_title(f"after {steps} steps")
    plotting.save(fig, out / "boundaries.svg")


def _learn_in_view(known: Labelled, new: Labelled, panels: Sequence[Axes], rng: np.random.Generator) -> float:
    """Train on known points, draw the belief at each of `MOMENTS`, and return the share of new ones right."""
    model = MLP([2, 32, 32, 2], rng=rng)

    def draw(step: int, loss: float) -> None:
        if step in MOMENTS:
            ax = panels[MOMENTS.index(step)]
            _draw_belief(ax, model, *known)
            ax.set_xlabel(f"loss {loss:.2g} nats")

    train(
        model,
        *known,
        steps=MOMENTS[-1],
        batch_size=len(known[0]),
        learning_rate=0.01,
        rng=rng,
        after_step=draw,
    )
    return _share_right(model, *new)


@no_grad()
def _share_right(model: MLP, x: np.ndarray, labels: np.ndarray) -> float:
    return float((model(x).numpy().argmax(1) == labels).mean())


def _draw_belief(ax: Axes, model: MLP, x: np.ndarray, y: np.ndarray) -> None:
    """Draw P(class 1) over the plane as colour on either side of paper, and the points on it."""
    cells = 90
    low, high = x.min(0) - 0.25, x.max(0) + 0.25
    middle, reach = (low + high) / 2, float((high - low).max()) / 2
    ticks = np.linspace(-reach, reach, cells)
    plane = np.stack(np.meshgrid(middle[0] + ticks, middle[1] - ticks), axis=-1)  # (cells, cells, 2)
    with no_grad():
        logits = model(plane.reshape(-1, 2).astype(np.float32)).numpy()
    belief = np.tanh((logits[:, 1] - logits[:, 0]) / 2).reshape(cells, cells)  # 2 P(class 1) - 1
    plotting.heatmap(ax, belief.round(2), kind="diverging", low=-2.4, high=2.4)
    at = ((x - middle) / reach * [1, -1] + 1) / 2 * (cells - 1)
    for label, colour in ((0, ORANGE), (1, BLUE)):
        ax.scatter(*at[y == label].T, s=8, color=colour, edgecolor=plotting.PAPER, linewidth=0.4)
    ax.set(xticks=[], yticks=[], xlim=(-0.5, cells - 0.5), ylim=(cells - 0.5, -0.5))


def digits(seeds: Sequence[int], out: Path) -> None:
    """Draw how networks learn the digits, and what the last would have to see to mend its mistakes."""
    data = load("digits")
    known, new = ((data[s]["images"].reshape(-1, 64), data[s]["labels"]) for s in ("train", "test"))
    runs = [_learn_digits(known, new, np.random.default_rng(seed)) for seed in seeds]
    losses, wrong = (np.array([run[i] for run in runs]) for i in (1, 2))  # (seeds, EPOCHS) each
    fig, (left, right) = plotting.figure("wide", cols=2)
    passes = np.arange(1, EPOCHS + 1)
    plotting.line_with_band(left, passes, losses, color=BLUE)
    plotting.line_with_band(right, passes, 100 * wrong, color=ORANGE)
    left.set(yscale="log", xlabel="pass over 1,437 digits", ylabel="loss while learning, nats")
    right.set(ylim=(0, None), xlabel="pass over 1,437 digits", ylabel="360 new digits read wrong, %")
    plotting.save(fig, out / "digits.svg")
    _draw_mistakes(runs[-1][0], *new, out / "mistakes.svg")
    what = f"New digits read right, mean over {len(seeds)} networks of widths 64, 64, 10"
    report(what, "more than 95 %", f"{1 - wrong[:, -1].mean():.1%}")


def _learn_digits(
    known: Labelled, new: Labelled, rng: np.random.Generator
) -> tuple[MLP, np.ndarray, list[float]]:
    """Return a trained network, and for every pass its mean loss and the share of new digits read wrong."""
    model, batch = MLP([64, 64, 10], rng=rng), 64
    per_pass = -(-len(known[0]) // batch)
    wrong = []

    def count(step: int, _loss: float) -> None:
        if step % per_pass == 0:
            wrong.append(1 - _share_right(model, *new))

    losses = train(
        model,
        *known,
        steps=EPOCHS * per_pass,
        batch_size=batch,
        learning_rate=3e-3,
        rng=rng,
        after_step=count,
    )
    return model, np.reshape(losses, (EPOCHS, per_pass)).mean(1), wrong


def _draw_mistakes(model: MLP, x: np.ndarray, y: np.ndarray, path: Path) -> None:
    """Draw digits that were read wrong, and the gradient that says what would have been read right."""
    with no_grad():
        read = model(x).numpy().argmax(1)
    chosen = np.flatnonzero(read != y)[:8]
    pictures = Tensor(x[chosen], requires_grad=True)
    logits, rows = model(pictures), np.arange(len(chosen))
    (slope,) = gradients((logits[rows, y[chosen]] - logits[rows, read[chosen]]).sum(), [pictures])
    slopes = slope.numpy().reshape(-1, 8, 8)
    slopes = slopes / np.abs(slopes).max((1, 2), keepdims=True)
    fig, (top, bottom) = plotting.figure("wide", rows=2, height=2.5)
    plotting.image_grid(
        top,
        x[chosen].reshape(-1, 8, 8),
        columns=len(chosen),
        x_labels=[f"{said}, is {true}" for said, true in zip(read[chosen], y[chosen], strict=True)],
    )
    sheet = np.full((8, 9 * len(chosen) - 1), np.nan)
    for i, picture in enumerate(slopes):
        sheet[:, 9 * i : 9 * i + 8] = picture
    plotting.heatmap(bottom, sheet, kind="diverging", low=-1.0, high=1.0)
    bottom.set(xticks=[], yticks=[])
    bottom.spines[:].set_visible(False)
    plotting.save(fig, path)


# ---------------------------------------------------------------------- trust and cost


def gradient_check(rng: np.random.Generator, out: Path) -> None:
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
    error = np.median(np.abs(central / exact - 1), axis=1)
    flat = np.median(np.abs(central / (1.001 * exact) - 1), axis=1).min()
    report(
        "Best step of a central difference; least disagreement with a derivative that is wrong by 0.1 %",
        "about 6e-06; 1e-03",
        f"{steps[error.argmin()]:.0e}; {flat:.0e}",
    )


def cost(out: Path) -> None:
    """Draw the time of long chains, and the memory that lives during a pass."""
    lengths = np.array([100, 1000, 10_000, 100_000])
    there, back = np.array([min(_time_chain(int(n)) for _ in range(3 if n < 1e5 else 1)) for n in lengths]).T
    fig, (left, right) = plotting.figure("wide", cols=2, height=3.1)
    left.loglog(lengths, there, "o-", color=BLUE, label="forward")
    left.loglog(lengths, back, "o-", color=ORANGE, label="backward")
    left.set(xlabel="operations in one chain", ylabel="seconds")
    plotting.label_lines(left)
    for name, colour, function, records, width in (
        ("tanh", BLUE, _watched_tanh, True, 1.8),
        ("x + 1", ORANGE, _watched_shift, True, 3.2),
        ("tanh, no_grad", TEAL, _watched_tanh, False, 1.8),
    ):
        levels = _watch(function, records)
        right.plot(np.arange(1, len(levels) + 1), levels, color=colour, label=name, linewidth=width)
    right.axvline(_CHAIN + 0.5, color=plotting.SOFT, linewidth=0.8, linestyle=DASHED)
    right.set(xlabel="30 operations forward, then 30 backward", ylabel="memory, megabytes", ylim=(0, None))
    plotting.label_lines(right)
    plotting.save(fig, out / "cost.svg")
    report(
        "A chain of 100,000 operations, forward and backward",
        "some seconds, and no recursion",
        f"{there[-1]:.2f} s and {back[-1]:.2f} s",
    )


def _time_chain(length: int) -> tuple[float, float]:
    """Return the seconds that a chain takes forward and backward."""
    x = Tensor(0.5, requires_grad=True)
    start = time.perf_counter()
    y = x
    for _ in range(length):
        y = y + 1.0
    middle = time.perf_counter()
    y.backward()
    return middle - start, time.perf_counter() - middle


_CHAIN = 30
_levels: list[float] = []


def _note(value: np.ndarray) -> np.ndarray:
    """Remember how many megabytes live now."""
    _levels.append(tracemalloc.get_traced_memory()[0] / 1e6)
    return value


_watched_tanh = primitive(
    lambda x: _note(np.tanh(x)), lambda g, y, _x: _note(g * (1 - y * y)), name="watched_tanh"
)
_watched_shift = primitive(lambda x: _note(x + 1), lambda g, _y, _x: _note(g), name="watched_shift")


def _watch(function: Callable[[Tensor], Tensor], records: bool) -> list[float]:
    """Return the megabytes alive after each operation of a chain over a million bytes."""
    _levels.clear()
    tracemalloc.start()
    y = x = Tensor(np.zeros(250_000, np.float32), requires_grad=records)
    for _ in range(_CHAIN):
        y = function(y)
    if records:
        y.backward(np.ones_like(x.data))
    tracemalloc.stop()
    return list(_levels)
