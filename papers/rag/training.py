"""How the small models are trained: the encoders of retrieval, the generator, and all of it together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff import no_grad, ops
from foundations.nn import functional as F
from foundations.nn import init
from foundations.optimization import Adam
from papers.rag.dense import in_batch_loss
from papers.rag.generator import Reader, answer_log_probs

WIDTH = 64
"""Of the vectors of questions and documents."""


class BagEncoder(nn.Module):
    """q(x) or d(z): the sum of a vector for every token.

    Args:
        vocabulary: Number of tokens.
        width: Of the vectors.
        rng: Source of the initial vectors.

    Deviation: the paper has BERT-base in this place.
    """

    def __init__(self, vocabulary: int, width: int = WIDTH, *, rng: np.random.Generator) -> None:
        self.tokens = nn.Parameter(init.normal((vocabulary, width), width**-0.5, rng=rng))

    def forward(self, tokens: np.ndarray) -> Any:
        """Return the vectors of texts: (n, L) tokens to (n, width)."""
        return ops.sum(F.embedding(tokens, self.tokens), axis=1)

    def numbers(self, tokens: np.ndarray) -> np.ndarray:
        """Return the same as an array, through which no gradient goes."""
        with no_grad():
            return self(tokens).numpy()


Batch = Callable[[np.random.Generator], tuple[np.ndarray, ...]]


def minimise(
    loss_of: Callable[..., Any],
    batch: Batch,
    parameters: Any,
    *,
    steps: int,
    rate: float,
    rng: np.random.Generator,
) -> list[float]:
    """Take steps of Adam, the rate falling linearly to 0; return the losses in nats."""
    parameters = list(parameters)
    optimizer = Adam(parameters, rate)
    losses = []
    for step in range(steps):
        optimizer.learning_rate = rate * (1 - step / steps)
        optimizer.zero_grad()
        loss = loss_of(*batch(rng))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def train_retriever(
    questions: BagEncoder,
    documents: BagEncoder,
    batch: Batch,
    *,
    steps: int,
    rate: float,
    rng: np.random.Generator,
) -> list[float]:
    """Train both encoders on pairs of question and document with negatives from the batch.

    Source: Karpukhin et al. 2020, section 3.2: where RAG's retriever comes from.
    """
    parameters = [*questions.parameters(), *documents.parameters()]

    def loss(x: np.ndarray, z: np.ndarray) -> Any:
        return in_batch_loss(questions(x), documents(z))

    return minimise(loss, batch, parameters, steps=steps, rate=rate, rng=rng)


def train_reader(
    reader: Reader, batch: Batch, *, steps: int, rate: float, rng: np.random.Generator
) -> list[float]:
    """Train a generator on contexts (n, S) and answers (n, T), in nats an answer."""

    def loss(contexts: np.ndarray, answers: np.ndarray) -> Any:
        return -ops.mean(ops.sum(answer_log_probs(reader, contexts, answers), axis=1))

    return minimise(loss, batch, reader.parameters(), steps=steps, rate=rate, rng=rng)


def rows_of(*arrays: np.ndarray, size: int) -> Batch:
    """Return what draws batches of rows, the same rows of every array."""

    def batch(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        rows = rng.integers(0, len(arrays[0]), size)
        return tuple(one[rows] for one in arrays)

    return batch
