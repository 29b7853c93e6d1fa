"""The first steps of every arm of the claims, which the tests take again.

The results in `results.json` took hours; these take seconds. If they no longer come out as they did when the
results were measured, the engine below has changed what it computes, and the results are out of date.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from papers.attention.experiments import Setup, saturation, schedule, setup_for, without_scaling
from papers.attention.tasks import Task, add, reverse
from papers.attention.training import train
from papers.attention.transformer import Transformer

STEPS = 20
BATCH_SIZE = 16  # a quarter of that of the claims, for the time it takes

Losses = dict[str, list[float]]
"""Arm to the training loss of its first steps, in nats a token."""


def first_losses(
    task: Task, setup: Setup, change: Callable[[Transformer], None] | None = None
) -> list[float]:
    """Train as `experiments.learn` does from seed 0, and stop after a few steps.

    Args:
        task: What to learn.
        setup: Model and training.
        change: What to do to the model before training.

    Returns:
        The loss of each step, in nats a token.
    """
    rng = np.random.default_rng(0)
    model = Transformer(setup.config, rng=rng)
    if change is not None:
        change(model)
    return train(model, task, schedule(setup), steps=STEPS, batch_size=BATCH_SIZE, rng=rng).losses


def scaling() -> Losses:
    """One wide head and many narrow ones, with and without scaling; saturation of random softmaxes."""
    task = reverse(longest=8)
    base = setup_for("standard", task)
    wide = replace(base, config=replace(base.config, d_model=128, num_heads=1, d_ff=256, num_layers=1))
    narrow = replace(wide, config=replace(wide.config, num_heads=32))
    found: Losses = {}
    for name, setup in (("wide", wide), ("narrow", narrow)):
        found[f"{name}_scaled"] = first_losses(task, setup)
        found[f"{name}_unscaled"] = first_losses(task, setup, without_scaling)
    for scaled in (True, False):
        measured = [saturation(d_k, scaled, np.random.default_rng(0), n=200) for d_k in (4, 64, 512)]
        name = "scaled" if scaled else "unscaled"
        found[f"saturation_{name}"] = [value for one in measured for value in one.values()]
    return found


def positions() -> Losses:
    """Sinusoidal, learned and no positions."""
    task = reverse(longest=8)
    setup = setup_for("standard", task)
    return {
        kind: first_losses(task, replace(setup, config=replace(setup.config, positions=kind)))
        for kind in ("sinusoidal", "learned", "none")
    }


def heads() -> Losses:
    """One head and eight."""
    task = add(2)
    setup = setup_for("standard", task)
    return {
        f"heads_{number}": first_losses(task, replace(setup, config=replace(setup.config, num_heads=number)))
        for number in (1, 8)
    }


def smoothing() -> Losses:
    """With and without label smoothing."""
    task = add(2)
    setup = setup_for("standard", task)
    return {
        name: first_losses(task, replace(setup, config=replace(setup.config, label_smoothing=eps)))
        for name, eps in (("plain", 0.0), ("smoothed", 0.1))
    }


def warmup() -> Losses:
    """Six layers, norms after or before the sublayers, with and without warmup."""
    task = reverse(longest=6)
    base = setup_for("standard", task, steps=300)
    found: Losses = {}
    for norm, norm_first in (("post", False), ("pre", True)):
        config = replace(base.config, num_layers=6, norm_first=norm_first)
        for name, steps in (("warmup", 100), ("none", 0)):
            found[f"{norm}_{name}"] = first_losses(task, replace(base, config=config, warmup_steps=steps))
    return found


FINGERPRINTS = {
    "scaling": scaling,
    "positions": positions,
    "heads": heads,
    "smoothing": smoothing,
    "warmup": warmup,
}
