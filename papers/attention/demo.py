"""The demo: small Transformers learn to reverse, sort, add and spell, and where they look is drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations.demo_report import Report
from foundations.experiment import Budget
from papers.attention import demo_figures
from papers.attention.decoding import beam_search
from papers.attention.demo_architecture import draw_architecture
from papers.attention.demo_lessons import learn, lessons
from papers.attention.demo_live import draw_live
from papers.attention.demo_maps import attention_maps, draw_maps
from papers.attention.tasks import END, START, Task
from papers.attention.training import exact_match
from papers.attention.transformer import PAD, Transformer


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Train a model a task, say how often it is right on sequences it never met, and draw the figures.

    Args:
        budget: "quick" for reversing and sorting with one layer, in some seconds; "standard" for five tasks
            with two layers, in minutes.
        seed: Seed of weights and data.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    chosen = lessons(budget)
    print(f"Small Transformers learn from examples alone to {', '.join(one.task.name for one in chosen)}.")
    if budget == "quick":
        print("To add, to spell and to read numbers takes minutes: --budget standard does.")
    demo_figures.draw_positions(out / "positions.svg")
    demo_figures.draw_saturation(out / "saturation.svg")
    demo_figures.draw_schedule(out / "schedule.svg")
    draw_architecture(out / "architecture.svg")
    draw_live(out / "live.svg")
    curves = {}
    for lesson in chosen:
        model, curves[lesson.task.name] = learn(lesson, seed, budget)
        judge(lesson.task, model, report)
        for kind, maps in attention_maps(model, *_example(lesson.task)).items():
            if kind in lesson.kinds:
                draw_maps(maps, out / f"{lesson.task.name}_{kind}.svg")
    demo_figures.draw_losses(curves, out / "losses.svg")
    return report


def judge(task: Task, model: Transformer, report: Report, beams: int = 10) -> None:
    """Report the share of faultless sequences, with two examples, and what a beam adds on some of them."""
    source, target = task.sample(1000, held_out=True, rng=np.random.default_rng(0))
    exact = exact_match(model, source, target)
    found = [
        beam_search(model, s, start=START, end=END, max_length=task.target_length, beam_size=4)[0]
        for s in source[:beams]
    ]
    answers = [task.decode(np.array(beam.tokens)) for beam in found]
    wanted = [task.decode(t) for t in target[:beams]]
    beam = float(np.mean([answer == want for answer, want in zip(answers, wanted, strict=True)]))
    greedy = exact_match(model, source[:beams], target[:beams])
    examples = [
        f"{_spaced(task.decode(s))} → {_spaced(answer)} {'✓' if answer == want else '✗'}"
        for s, answer, want in list(zip(source, answers, wanted, strict=False))[:2]
    ]
    report(
        f"{task.name}: 1,000 sequences it was never shown, written without a single wrong token",
        "more than 99 %",
        f"{exact:.1%}, such as {' and '.join(examples)}; "
        f"of the first {beams}: {beam:.0%} with a beam of four, {greedy:.0%} greedily",
        met=exact > 0.99,
        **{f"{task.name}: exact": exact, f"{task.name}: beam": beam, f"{task.name}: greedy": greedy},
    )


def _spaced(text: tuple[str, ...]) -> str:
    """Write characters together and words apart."""
    return ("" if all(len(symbol) == 1 for symbol in text) else " ").join(text)


def _example(task: Task) -> tuple[np.ndarray, np.ndarray, Task]:
    """Return the first unseen pair, cut to its own length."""
    source, target = task.sample(1, held_out=True, rng=np.random.default_rng(4))
    return source[:, source[0] != PAD], target[:, target[0] != PAD], task
