"""What the demo trains in each budget, and the five small models on the way to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foundations.data import load
from foundations.experiment import Budget
from implementations.transformer.budgets import BUDGET_CONFIGS, shakespeare_trainer
from implementations.transformer.corpus import Corpus
from implementations.transformer.five_steps import five_steps
from implementations.transformer.language_model import LanguageModel
from implementations.transformer.n_grams import NGrams
from implementations.transformer.training import Trainer, TrainingConfig

CONTEXT, WIDTH = 16, 32
"""Of the five small models: characters that they read, and width of what is mixed."""

RATES = {"bigram": 0.05, "one head": 0.01, "block": 0.004}
"""Highest learning rate of the models that learn at another rate than 0.02."""


def novel() -> Corpus:
    """Return *Pride and Prejudice* in characters, which comes with the package; the last tenth held out."""
    data = load("pride-and-prejudice")
    return Corpus.of(data["train"]["text"], data["test"]["text"])


def trainer(budget: Budget, seed: int) -> Trainer:
    """Return the run of a budget before its first step.

    Args:
        budget: "quick" for the novel, some seconds; "standard" and "full" for Shakespeare's plays, which are
            fetched, an hour and many.
        seed: Of weights, windows and dropout.
    """
    rng = np.random.default_rng(seed)
    if budget != "quick":
        return shakespeare_trainer(budget, rng=rng)
    sizes, how = BUDGET_CONFIGS["quick"]
    corpus = novel()
    sizes = replace(sizes, vocab_size=corpus.tokenizer.vocab_size)
    how = replace(how, steps=200, warmup=20)  # so that the demo with all its figures stays below 15 s
    return Trainer(LanguageModel(sizes, rng=rng), corpus, how, rng=rng)


def step_losses(corpus: Corpus, seed: int, steps: int = 250) -> dict[str, float]:
    """Train the five models and the average alone, briefly.

    Args:
        corpus: What they learn from.
        seed: Of weights and windows.
        steps: Of each.

    Returns:
        Validation loss by name, nats a token.
    """
    found = {}
    models = five_steps(corpus.tokenizer.vocab_size, CONTEXT, WIDTH, rng=np.random.default_rng(seed))
    for name, model in models.items():
        how = TrainingConfig(
            steps, batch_size=32, context=CONTEXT, learning_rate=RATES.get(name, 0.02), warmup=20,
            weight_decay=0.0,
        )  # fmt: skip
        run = Trainer(model, corpus, how, rng=np.random.default_rng([seed, 1])).run()
        found[name] = run.history[-1].validation
    return found


def count_losses(corpus: Corpus, orders: tuple[int, ...] = (1, 2, 3, 4, 5)) -> dict[int, float]:
    """Return the validation loss of interpolated counts by order, nats a token."""
    v = corpus.tokenizer.vocab_size
    return {n: NGrams(n, v).fit(corpus.train).evaluate(corpus.validation).nats for n in orders}
