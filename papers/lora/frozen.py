"""The arm that leaves the encoder alone: its vectors are computed once, and the head learns on them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from foundations import nn
from foundations.autodiff import no_grad
from foundations.experiment import Budget
from foundations.nn import functional as F
from foundations.optimization import Adam
from implementations.transformer.sentence_encoder import mean_pooling
from papers.lora.encoders import encoder
from papers.lora.polarity import Sentences, parts
from papers.lora.training import BATCH

EPOCHS = 20


class Rows(NamedTuple):
    """Mean vectors of sentences, shape (n, d), with their labels, shape (n,)."""

    x: np.ndarray
    labels: np.ndarray


def vectors(sentences: Sentences, budget: Budget) -> Rows:
    """Return what the frozen encoder makes of sentences."""
    frozen, x, y = encoder(budget).encoder, [], []
    with no_grad():
        for numbers, visible, labels in sentences.batches(64):
            x.append(np.asarray(mean_pooling(frozen(numbers, visible), visible)))
            y.append(labels)
    return Rows(np.concatenate(x), np.concatenate(y))


@lru_cache(maxsize=2)
def learning_vectors(seed: int, budget: Budget) -> tuple[Rows, Rows]:
    """Return the vectors of the training and validation sentences of a seed."""
    found = parts(seed, budget)
    return vectors(found.train, budget), vectors(found.validation, budget)


class Frozen(NamedTuple):
    """A trained head, and its cross-entropy on validation sentences at its best epoch."""

    head: nn.Linear
    validation: float

    def right(self, rows: Rows) -> np.ndarray:
        """Return which sentences are told right, shape (n,)."""
        with no_grad():
            return (np.asarray(self.head(rows.x)).argmax(axis=1) == rows.labels).astype(float)


def fit_head(rate: float, seed: int, budget: Budget) -> Frozen:
    """Train the head for 20 epochs at a constant rate; keep the best on validation sentences."""
    train, validation = learning_vectors(seed, budget)
    rng = np.random.default_rng([seed, 4])
    head = nn.Linear(train.x.shape[1], 2, rng=rng)
    for p in head.parameters():
        p.data[...] = 0
    optimizer = Adam(head.parameters(), rate)
    best, kept = np.inf, [p.data.copy() for p in head.parameters()]
    for _ in range(EPOCHS):
        order = rng.permutation(len(train.labels))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            optimizer.zero_grad()
            F.cross_entropy(head(train.x[rows]), train.labels[rows]).backward()
            optimizer.step()
        with no_grad():
            loss = float(F.cross_entropy(head(validation.x), validation.labels).item())
        if loss < best:
            best, kept = loss, [p.data.copy() for p in head.parameters()]
    for p, value in zip(head.parameters(), kept, strict=True):
        p.data[...] = value
    return Frozen(head, best)
