"""The show: small Transformers learn to reverse, sort and add, and their attention is drawn."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from rich.console import Console
from rich.progress import Progress

from foundations.autodiff import no_grad
from foundations.experiment import Budget, by_budget
from foundations.experiment.backends import deaf_to_interrupts
from foundations.optimization import noam_schedule
from foundations.plotting import COLOURS, figure, heatmap, label_lines, save
from papers.attention.decoding import beam_search
from papers.attention.experiments import Setup, saturation, schedule, setup_for
from papers.attention.tasks import END, START, Task, add, read, reverse, sort, spell
from papers.attention.training import exact_match, train
from papers.attention.transformer import (
    PAD,
    Transformer,
    padding_mask,
    shift_right,
    sinusoidal_positions,
)


@dataclass(frozen=True)
class Act:
    """One task of the show.

    Attributes:
        task: What is learned.
        steps: Training steps.
        kinds: Which attention maps are drawn: "encoder", "decoder", "cross".
        learning_rate: Its peak.
    """

    task: Task
    steps: int
    kinds: tuple[str, ...] = ("cross",)
    learning_rate: float = 2e-3


def programme(budget: Budget) -> list[Act]:
    """Return the tasks that fit a budget."""
    every = ("encoder", "decoder", "cross")
    return by_budget(
        budget,
        quick=[
            Act(reverse(8), 380, every),
            Act(sort(8), 380),
            Act(add(2), 700, learning_rate=3e-3),
        ],
        standard=[
            Act(reverse(12), 1500, every),
            Act(sort(12), 1500),
            Act(add(3), 3000),
            Act(spell(), 2500),
            Act(read(), 2500),
        ],
        full=[Act(make(), 20_000, every, 5e-4) for make in (reverse, sort, add, spell, read)],
    )


def demo(budget: Budget, *, seed: int, out: Path) -> None:
    """Train a model a task, say how often it is right on sequences it never met, and draw the figures.

    Args:
        budget: "quick" for three tasks in under half a minute, "standard" for five in some minutes.
        seed: Seed of weights and data.
        out: Folder for the figures.
    """
    print("Small Transformers learn tasks from examples alone. Expect more than 99 % of the sequences they")
    print("were never shown to come out without a single wrong token, and attention one can read.\n")
    acts = programme(budget)
    under_way = _begin(acts, seed, budget, out)
    _draw_positions(out / "positions.svg")
    _draw_saturation(out / "saturation.svg")
    _draw_schedule(out / "schedule.svg")
    curves = {}
    for name, (losses, report) in _await(under_way, acts).items():
        print(report)
        curves[name] = losses
    _draw_losses(curves, out / "losses.svg")


Given = tuple[str, list[float], str]  # an act's name, its losses, and what to say of it


def _begin(acts: list[Act], seed: int, budget: Budget, out: Path) -> Iterator[Given]:
    """Begin to give the acts, one on every core; they go on while the caller does something else."""
    parallel: Any = joblib.Parallel(
        n_jobs=min(joblib.cpu_count(), len(acts)), return_as="generator_unordered"
    )
    longest_first = sorted(acts, key=lambda act: -act.steps)
    with deaf_to_interrupts():
        return parallel(joblib.delayed(_give)(act, seed, budget, out) for act in longest_first)


def _await(under_way: Iterator[Given], acts: list[Act]) -> dict[str, tuple[list[float], str]]:
    """Wait for the acts; return losses and report by name, in the order of the programme."""
    names = [act.task.name for act in acts]
    hidden = not sys.stderr.isatty()
    with Progress(console=Console(stderr=True), transient=True, disable=hidden) as progress:
        shown = progress.track(under_way, len(acts), description=f"learning to {', '.join(names)}")
        given = {name: (losses, report) for name, losses, report in shown}
    return {name: given[name] for name in names}


def _give(act: Act, seed: int, budget: Budget, out: Path) -> Given:
    """Train a model, judge it, and draw where it looks."""
    model, losses = _learn(act, seed, budget)
    for kind, maps in attention_maps(model, *_example(act.task)).items():
        if kind in act.kinds:
            _draw_maps(maps, act.task, kind, out / f"{act.task.name}_{kind}.svg")
    return act.task.name, losses, _judge(act.task, model)


def _learn(act: Act, seed: int, budget: Budget) -> tuple[Transformer, list[float]]:
    task = act.task
    setup: Setup = replace(
        setup_for("full" if budget == "full" else "standard", task),
        steps=act.steps,
        warmup_steps=act.steps // 5,
        learning_rate=act.learning_rate,
    )
    rng = np.random.default_rng(seed)
    model = Transformer(setup.config, rng=rng)
    history = train(model, task, schedule(setup), steps=act.steps, batch_size=setup.batch_size, rng=rng)
    return model, history.losses


def _judge(task: Task, model: Transformer) -> str:
    """Return examples, the share of faultless sequences, and what a beam adds."""
    rng = np.random.default_rng(0)
    source, target = task.sample(1000, held_out=True, rng=rng)
    exact = exact_match(model, source, target)
    lines = [f"{task.name}: {100 * exact:.1f} % of 1,000 unseen sequences without an error"]
    n = 25
    beams = [
        beam_search(model, s, start=START, end=END, max_length=task.target_length, beam_size=4)[0]
        for s in source[:n]
    ]
    answers = [task.decode(np.array(beam.tokens)) for beam in beams]
    wanted = [task.decode(t) for t in target[:n]]
    for s, answer, want in list(zip(source, answers, wanted, strict=False))[:2]:
        lines.append(f"    {_spaced(task.decode(s))} → {_spaced(answer)} {'✓' if answer == want else '✗'}")
    right = np.mean([answer == want for answer, want in zip(answers, wanted, strict=True)])
    greedy = exact_match(model, source[:n], target[:n])
    lines.append(f"    on {n} of them: beam of four {100 * right:.0f} %, greedy {100 * greedy:.0f} %\n")
    return "\n".join(lines)


def _spaced(text: tuple[str, ...]) -> str:
    """Write characters together and words apart."""
    return ("" if all(len(symbol) == 1 for symbol in text) else " ").join(text)


def _example(task: Task) -> tuple[np.ndarray, np.ndarray, Task]:
    """Return the first unseen pair, cut to its own length."""
    source, target = task.sample(1, held_out=True, rng=np.random.default_rng(4))
    return source[:, source[0] != PAD], target[:, target[0] != PAD], task


@no_grad()
def attention_maps(
    model: Transformer, source: np.ndarray, target: np.ndarray, task: Task
) -> dict[str, tuple[np.ndarray, list[str], list[str]]]:
    """Return how every head looks, in every layer, at one pair.

    Args:
        model: In evaluation mode.
        source: Tokens, shape (1, S).
        target: Tokens, shape (1, T).
        task: Gives the tokens their names.

    Returns:
        For "encoder", "decoder" and "cross": weights of shape (layers, heads, queries, keys), and the names
        of queries and keys. A decoder position is named by the token it is about to write.
    """
    names = {PAD: "·", START: "^", END: "$"}
    of = [names.get(int(t)) or task.symbols[int(t) - 3] for t in source[0]]
    inputs = shift_right(target, START)
    seen = [names.get(int(t)) or task.symbols[int(t) - 3] for t in inputs[0]]
    written = [names.get(int(t)) or task.symbols[int(t) - 3] for t in target[0]]
    mask = padding_mask(source)
    encoder, decoder, cross = [], [], []
    x = model.embed(source)
    for layer in model.encoder:
        encoder.append(layer.attention.weights(x, mask=mask))
        x = layer(x, mask=mask)
    memory, x = x, model.embed(inputs)
    for layer in model.decoder:
        decoder.append(layer.attention.weights(x, causal=True))
        inner = layer.residual(x, layer.attention_norm, lambda h, at=layer.attention: at(h, causal=True))
        cross.append(layer.cross_attention.weights(inner, memory, mask=mask))
        x = layer(x, memory, memory_mask=mask)
    return {
        "encoder": (np.concatenate(encoder), of, of),
        "decoder": (np.concatenate(decoder), written, seen),
        "cross": (np.concatenate(cross), written, of),
    }


def _draw_maps(maps: tuple[np.ndarray, list[str], list[str]], task: Task, kind: str, path: Path) -> None:
    weights, queries, keys = maps
    layers, heads = weights.shape[:2]
    fig, axes = figure("wide", layers, heads, height=layers * (1.0 + 1.5 * len(queries) / len(keys)))
    for layer, row in enumerate(np.atleast_2d(axes)):
        for head, ax in enumerate(row):
            heatmap(ax, weights[layer, head], x_labels=keys, y_labels=queries, low=0.0, high=1.0)
            ax.set_title(f"layer {layer + 1}, head {head + 1}", fontsize=8)
    for _ in range(3):
        fig.draw_without_rendering()  # the layout settles, to a quarter of a pixel
    fig.set_layout_engine("none")
    save(fig, path)


def _draw_losses(curves: dict[str, list[float]], path: Path) -> None:
    fig, ax = figure()
    for name, losses in curves.items():
        smooth = np.convolve(losses, np.ones(10) / 10, mode="valid")
        ax.plot(np.arange(len(smooth)) + 10, smooth, label=name)
    ax.set_yscale("log")
    ax.set_xlabel("training step")
    ax.set_ylabel("loss, nats a token")
    label_lines(ax)
    save(fig, path)


def _draw_positions(path: Path) -> None:
    d_model, length = 64, 64
    table = sinusoidal_positions(length, d_model).astype(np.float64)
    fig, (left, right) = figure("wide", cols=2)
    heatmap(left, table, kind="diverging", low=-1.0, high=1.0, square=False)
    left.set_xlabel("dimension")
    left.set_ylabel("position")
    left.set_title("the table")
    for position, colour in zip((8, 32, 56), COLOURS, strict=False):
        right.plot(np.arange(length), table @ table[position], color=colour, label=f"with {position}")
    right.set_xlabel("position")
    right.set_ylabel("dot product")
    right.set_title("products depend on the distance only")
    label_lines(right)
    save(fig, path)


def _draw_saturation(path: Path) -> None:
    widths = [2**i for i in range(1, 10)]
    fig, (left, right) = figure("wide", cols=2)
    for scaled, name in ((False, "q·k"), (True, "q·k / √d_k")):
        measured = [saturation(d, scaled, np.random.default_rng(0)) for d in widths]
        left.plot(widths, [m["max_probability"] for m in measured], label=name)
        right.plot(widths, [m["jacobian"] for m in measured], label=name)
    for ax, title in ((left, "largest of 16 weights"), (right, "norm of the softmax's Jacobian")):
        ax.set_xscale("log", base=2)
        ax.set_xlabel("d_k")
        ax.set_title(title)
        ax.set_ylim(bottom=0)
        label_lines(ax)
    save(fig, path)


def _draw_schedule(path: Path) -> None:
    steps = np.arange(1, 20_001, 20)
    fig, ax = figure()
    for d_model, warmup in ((512, 4000), (512, 8000), (256, 4000)):
        rate = noam_schedule(d_model, warmup)
        ax.plot(steps, [1e3 * rate(int(t)) for t in steps], label=f"width {d_model}, warmup {warmup}")
    ax.set_xlabel("training step")
    ax.set_ylabel("learning rate, thousandths")
    ax.set_ylim(bottom=0)
    label_lines(ax)
    save(fig, path)
