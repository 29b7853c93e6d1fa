"""How the arms of the claims train, and how they are judged."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foundations.errors import ExperimentError
from foundations.experiment import Metrics, Verdict, all_of, between
from foundations.nn import Module
from implementations.transformer.corpus import Corpus, Tokenizer
from implementations.transformer.evaluation import Evaluation, evaluate
from implementations.transformer.experiments.text import FIRST_PILOT_SEED, Texts
from implementations.transformer.training import Trainer, TrainingConfig

MOVED_AT_MOST = 0.02
"""Converged: by which share the validation loss of an arm may still move over the last tenth of the steps."""


class Size(NamedTuple):
    """How long an arm trains, and on how much at once.

    Attributes:
        steps: Steps in all, at least 10.
        batch_size: Windows a step.
        context: Tokens of a window.
    """

    steps: int
    batch_size: int
    context: int


class Learned(NamedTuple):
    """An arm at the end of its training.

    Attributes:
        validation: Loss on the validation text, nats a token.
        moved: By which share the validation loss fell over the last tenth of the steps.
        test: What the test text costs; None for a pilot, which does not look at it.
    """

    validation: float
    moved: float
    test: Evaluation | None


def trainer(model: Module, texts: Texts, rate: float, size: Size, *, seed: int, tokens: Tokenizer) -> Trainer:
    """Return a run before its first step; see `learn`."""
    corpus = Corpus.of(texts.train, texts.validation, tokens)
    tenth = size.steps // 10
    how = TrainingConfig(
        **size._asdict(),
        learning_rate=rate,
        warmup=tenth,
        weight_decay=0.0,
        evaluate_every=size.steps - tenth,
    )
    return Trainer(model, corpus, how, rng=np.random.default_rng([seed, 1]))


def learn(model: Module, texts: Texts, rate: float, size: Size, *, seed: int, tokens: Tokenizer) -> Learned:
    """Train by AdamW without weight decay; warmup of a tenth of the steps, cosine to a tenth of the rate.

    Args:
        model: Maps tokens (B, T) to logits (B, T, V); trained in place.
        texts: The seed's.
        rate: Highest learning rate.
        size: How long, and on how much at once.
        seed: The windows follow from it, so that the arms of a seed read the same ones.
        tokens: What turns the texts into tokens.
    """
    run = trainer(model, texts, rate, size, seed=seed, tokens=tokens).run()
    early, late = (one.validation for one in run.history[-2:])
    test = None
    if seed < FIRST_PILOT_SEED:
        test = evaluate(model, run.corpus.tokenizer.encode(texts.test), context=size.context)
    return Learned(late, early / late - 1, test)


def nats(learned: Learned) -> float:
    """Return what the test text costs, in nats a token.

    Raises:
        ExperimentError: For a pilot, whose test text nobody looks at.
    """
    if learned.test is None:
        raise ExperimentError("the test text of a pilot seed is not read: take a seed below 100")
    return learned.test.nats


def converged(m: Metrics, arms: tuple[str, ...]) -> Verdict:
    """Return whether the validation loss of every arm has stopped moving."""
    return all_of(*(between(m[f"moved_{arm}"], -MOVED_AT_MOST, MOVED_AT_MOST) for arm in arms))
