"""The first steps of every arm of the claims, which the tests take again.

The results in `results.json` took hours; these take seconds. If they no longer come out as they did when the
results were measured, the engine below has changed what it computes, and the results are out of date.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from papers.attention.experiments import extrapolation, heads, positions, scaling, smoothing, warmup
from papers.attention.experiments.learning import Rows, Size, falling
from papers.attention.experiments.reversal import reversal
from papers.attention.saturation import saturation
from papers.attention.training import fit
from papers.attention.transformer import Transformer

STEPS = 20
BATCH_SIZE = 16  # a quarter of that of the claims, for the time it takes
RATE = 2e-3

Losses = dict[str, list[float]]
"""Arm to the training loss of its first steps, in nats a token."""


def first_losses(
    size: Size,
    *,
    warmup: bool = True,
    change: Callable[[Transformer], None] | None = None,
    drawn: type[Rows] = Rows,
    **config: Any,
) -> list[float]:
    """Train as `learning.learn` does from seed 0, and stop after a few steps.

    Args:
        size: The size of the claim.
        warmup: Whether the rate rises to its peak.
        change: What to do to the model before training.
        drawn: How the rows are drawn.
        **config: What the arm changes in the configuration.

    Returns:
        The loss of each step, in nats a token.
    """
    rows = drawn(replace(size, steps=STEPS, batch_size=BATCH_SIZE), seed=0)
    model = Transformer(replace(size.config, **config), rng=np.random.default_rng([0, 0]))
    if change is not None:
        change(model)
    return fit(model, rows.batches(), falling(RATE, STEPS, STEPS // 10 if warmup else 0)).losses


def of_scaling() -> Losses:
    """One wide head and many narrow ones, with and without scaling; saturation of random softmaxes."""
    changes = {"scaled": None, "unscaled": scaling.without_scaling, "shrunk": scaling.shrunk}
    sizes = {"wide": scaling.wide("standard"), "narrow": scaling.narrow("standard")}
    found: Losses = {}
    for arm in scaling.ARMS:
        width, kind = arm.split("_")
        found[arm] = first_losses(sizes[width], change=changes[kind])
    for kind in ("scaled", "unscaled"):
        measured = [saturation(d, kind == "scaled", np.random.default_rng(0), n=200) for d in scaling.WIDTHS]
        found[f"saturation_{kind}"] = [value for one in measured for value in one.values()]
    return found


def of_positions() -> Losses:
    """Reversing with sinusoidal, learned and no positions; sorting with and without."""
    sort = positions.sorting("standard")
    return of_reversal(("sinusoidal", "learned", "none")) | {
        f"sort_{kind}": first_losses(sort, positions=kind) for kind in ("sinusoidal", "none")
    }


def of_reversal(kinds: tuple[str, ...]) -> Losses:
    """Reversing with these kinds of positions."""
    return {kind: first_losses(reversal("standard"), positions=kind) for kind in kinds}


def of_heads() -> Losses:
    """One head and eight, adding and copying."""
    sizes = {"add": heads.adding("standard"), "copy": heads.copying("standard")}
    return {
        f"{task}_{number}": first_losses(size, num_heads=number)
        for task, size in sizes.items()
        for number in (1, 8)
    }


def of_smoothing() -> Losses:
    """Every epsilon on noisy answers, and clean answers without smoothing."""
    return {
        arm: first_losses(
            smoothing.adding("standard"),
            drawn=Rows if arm == "clean" else smoothing.NoisyRows,
            label_smoothing=epsilon,
        )
        for arm, epsilon in smoothing.SMOOTHING.items()
    }


def of_warmup() -> Losses:
    """Six layers, norms after or before the sublayers, with and without warmup."""
    size = warmup.deep("standard")
    return {
        f"{norm}_{start}": first_losses(size, warmup=start == "warmup", norm_first=norm == "pre")
        for norm in ("post", "pre")
        for start in ("warmup", "none")
    }


FINGERPRINTS = {
    "scaling": of_scaling,
    "positions": of_positions,
    "extrapolation": partial(of_reversal, extrapolation.ARMS),
    "heads": of_heads,
    "smoothing": of_smoothing,
    "warmup": of_warmup,
}
