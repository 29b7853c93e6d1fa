"""The first steps of every arm of the claims, which the tests take again."""

from __future__ import annotations

import numpy as np

from foundations.nn import Module
from implementations.transformer.config import cached_multiply_adds, multiply_adds_by_hand
from implementations.transformer.corpus import Tokenizer
from implementations.transformer.experiments import CLAIMS, cache, five_steps, power_law, tying
from implementations.transformer.experiments.learning import Size, trainer
from implementations.transformer.experiments.text import Texts, texts, tokenizer

STEPS = 20
BATCH_SIZE = 4  # a small share of that of the claims, for the time it takes
RATE = 0.01

Losses = dict[str, list[float]]


def first_losses(model: Module, read: Texts, context: int, tokens: Tokenizer) -> list[float]:
    """Train as `learning.learn` does from seed 0, and stop after a few steps."""
    run = trainer(model, read, RATE, Size(10 * STEPS, BATCH_SIZE, context), seed=0, tokens=tokens)
    return [run.step() for _ in range(STEPS)]


def of_five_steps() -> Losses:
    """Every model on the text and the ladder on pairs."""
    found: Losses = {}
    for arm in five_steps.ARMS:
        name, kind = arm.split("_")
        read = texts(0, "quick", five_steps.kind_of(kind))
        found[arm] = first_losses(
            five_steps.model(name, 0, "quick"), read, five_steps.CONTEXT, tokenizer("quick")
        )
    return found


def of_tying() -> Losses:
    """All four models on byte pairs."""
    tokens = tying.tokens(0, "quick")
    return {
        arm: first_losses(tying.model(arm, 0, "quick"), texts(0, "quick"), tying.CONTEXT, tokens)
        for arm in tying.ARMS
    }


def of_power_law() -> Losses:
    """Four sizes on the text, two on letters."""
    found: Losses = {}
    for arm in power_law.ARMS:
        width, kind = arm.split("_")
        read = texts(0, "quick", power_law.kind_of(kind))
        found[arm] = first_losses(
            power_law.model(int(width), 0, "quick"), read, power_law.CONTEXT, tokenizer("quick")
        )
    return found


def of_cache() -> Losses:
    """Logits of the three ways, and thousands of multiply-adds by length."""
    sizes, lengths = cache.config("quick"), cache.LENGTHS["quick"]
    ways = cache.ways(0, "quick")
    return {way: np.asarray(ways[way, lengths[-1]]()).tolist() for way in cache.WAYS} | {
        "work_cached": [cached_multiply_adds(sizes, n) / 1e3 for n in lengths],
        "work_uncached": [sum(multiply_adds_by_hand(sizes, n + 1).values()) / 1e3 for n in lengths],
    }


DESIGNED = {
    "five-steps": of_five_steps,
    "tying": of_tying,
    "power-law": of_power_law,
    "cache": of_cache,
}
FINGERPRINTS = {claim.id: DESIGNED[claim.id] for claim in CLAIMS}
