"""What the demo teaches: its tasks by budget, and how the model of each is trained."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import numpy as np
from rich.console import Console
from rich.progress import Progress

from foundations.experiment import Budget, by_budget
from papers.attention.setups import schedule, setup_for
from papers.attention.tasks import Task, add, read, reverse, sort, spell
from papers.attention.training import train
from papers.attention.transformer import Transformer


@dataclass(frozen=True)
class Lesson:
    """One task of the demo, and how its model is trained.

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


def lessons(budget: Budget) -> list[Lesson]:
    """Return the tasks that fit a budget. Adding and spelling need minutes: they are left out of "quick"."""
    every = ("encoder", "decoder", "cross")
    return by_budget(
        budget,
        quick=[Lesson(reverse(8), 500, every, 5e-3), Lesson(sort(8), 500, learning_rate=5e-3)],
        standard=[
            Lesson(reverse(12), 1500, every),
            Lesson(sort(12), 1500),
            Lesson(add(3), 3000),
            Lesson(spell(), 2500),
            Lesson(read(), 2500),
        ],
        full=[Lesson(make(), 20_000, every, 5e-4) for make in (reverse, sort, add, spell, read)],
    )


def learn(lesson: Lesson, seed: int, budget: Budget) -> tuple[Transformer, list[float]]:
    """Train a model on one task; return it with the loss of every step, in nats a token."""
    setup = replace(
        setup_for("full" if budget == "full" else "standard", lesson.task),
        steps=lesson.steps,
        warmup_steps=lesson.steps // 5,
        learning_rate=lesson.learning_rate,
    )
    if budget == "quick":
        small = replace(setup.config, num_layers=1, d_model=48, d_ff=4 * 48)
        setup = replace(setup, config=small, batch_size=32)
    rng = np.random.default_rng(seed)
    model = Transformer(setup.config, rng=rng)
    hidden = not sys.stderr.isatty()
    with Progress(console=Console(stderr=True), transient=True, disable=hidden) as progress:
        bar = progress.add_task(f"learning to {lesson.task.name}", total=lesson.steps)
        history = train(
            model,
            lesson.task,
            schedule(setup),
            steps=lesson.steps,
            batch_size=setup.batch_size,
            rng=rng,
            after_step=lambda step, _loss: progress.update(bar, completed=step),
        )
    return model, history.losses
