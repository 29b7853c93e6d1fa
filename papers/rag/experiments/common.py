"""What the synthetic claims share: a seed's world, its folds, its pretrained encoders and generator."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from foundations.autodiff import no_grad
from foundations.experiment import Budget, Scale, by_budget
from papers.rag.decoding import answer
from papers.rag.dense import DenseIndex, Retriever
from papers.rag.generator import Reader, ReaderConfig
from papers.rag.rag import RagSequence, RagToken
from papers.rag.training import BagEncoder, minimise, train_reader, train_retriever
from papers.rag.worlds import VOCABULARY, WORDS, World, ask, draw_world

P, K, BATCH = 0.4, 10, 24
TRAINED, UNTRAINED = (0, WORDS // 2), (WORDS // 2, WORDS)
"""Words whose synonyms occur in training questions, and the others."""
RATES = (3e-3, 9e-3, 2.7e-2, 8.1e-2)
SHARED = (
    "Shared by the synthetic claims: a world a seed, 600 entities of three words out of 300, half of them "
    "with two words of another's, 4 facts each of 8 relations, values of two tokens out of 64; questions "
    "of 500 test facts, 400 for validation and 1,500 for training, no entity in two folds; p = 0.4, k = "
    "10. Encoders sum vectors of width 64 and are trained beforehand with in-batch negatives on other "
    "worlds without synonyms; the generator (43,584 weights, d = 32 instead of the 64 first planned, for "
    "time) reads copied answers from other worlds beforehand, as BART is trained beforehand."
)


class Fold(NamedTuple):
    """Facts with their row in the world."""

    rows: np.ndarray
    facts: World


class Setup(NamedTuple):
    """A seed's world and what is trained before the claims' own training."""

    world: World
    training: Fold
    validation: Fold
    test: Fold
    questions: BagEncoder
    documents: BagEncoder
    reader: Reader


def steps_of(budget: Budget, standard: int) -> int:
    """Return training steps: few for the quick budget."""
    return by_budget(budget, quick=4, standard=standard, full=5 * standard)


@lru_cache(maxsize=2)
def setup(seed: int, budget: Budget) -> Setup:
    """Return what a seed's arms share; everything is drawn from the seed."""
    world = draw_world(by_budget(budget, quick=24, standard=600, full=6000), 4, rng=stream(seed, 0))
    n = len(world.names)
    ends = [n * 5 // 8, n * 19 // 24]  # 1500, 400, 500 of 2400: multiples of 4, so that no entity is cut
    folds = [Fold(rows, world.take(rows)) for rows in np.split(np.arange(n), ends)]
    questions, documents = (BagEncoder(VOCABULARY, rng=stream(seed, i)) for i in (1, 2))
    size = by_budget(budget, quick=8, standard=64, full=64)

    def pairs(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        other = draw_world(size, 1, rng=rng)
        return ask(other, 0.0, rng=rng), other.keys

    train_retriever(questions, documents, pairs, steps=steps_of(budget, 300), rate=1e-2, rng=stream(seed, 3))
    reader = Reader(ReaderConfig(VOCABULARY), rng=stream(seed, 4))

    def contexts(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        other = draw_world(size, 1, rng=rng)
        return np.concatenate([other.documents, ask(other, P, rng=rng)], axis=1), other.values

    train_reader(reader, contexts, steps=steps_of(budget, 250), rate=1e-2, rng=stream(seed, 5))
    training, validation, test = folds
    return Setup(world, training, validation, test, questions, documents, reader)


def stream(seed: int, use: int) -> np.random.Generator:
    """Return the randomness of one use of a seed."""
    return np.random.default_rng([seed, use])


def index_of(own: Setup, world: World | None = None) -> DenseIndex:
    """Return the index of a world: its keys encoded, its documents to read."""
    world = own.world if world is None else world
    return DenseIndex(own.documents.numbers(world.keys), world.documents)


def copied(own: Setup) -> tuple[BagEncoder, Reader]:
    """Return an encoder of questions and a generator that start from the seed's."""
    encoder = BagEncoder(VOCABULARY, rng=np.random.default_rng(0))
    encoder.load_state_dict(own.questions.state_dict())
    reader = Reader(own.reader.config, rng=np.random.default_rng(0))
    reader.load_state_dict(own.reader.state_dict())
    return encoder, reader


class Trained(NamedTuple):
    """A model after its training, and its losses in nats an answer."""

    model: RagSequence | RagToken
    losses: list[float]


def train(
    own: Setup,
    rate: float,
    *,
    steps: int,
    learned: bool = True,
    kind: Callable[..., RagSequence | RagToken] = RagSequence,
    seed: int,
) -> Trained:
    """Train generator and, where `learned`, encoder of questions on answers alone."""
    encoder, reader = copied(own)
    model = kind(Retriever(encoder if learned else encoder.numbers, index_of(own)), reader, k=K)

    def batch(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        rows = rng.integers(0, len(own.training.rows), BATCH)
        facts = own.training.facts.take(rows)
        return ask(facts, P, synonyms=TRAINED, rng=rng), facts.values

    parameters = [*reader.parameters(), *(encoder.parameters() if learned else ())]
    return Trained(
        model, minimise(model.loss, batch, parameters, steps=steps, rate=rate, rng=stream(seed, 6))
    )


def exact(model: RagSequence | RagToken, questions: np.ndarray, values: np.ndarray, beams: int = 2) -> float:
    """Return the percentage of answers without a wrong token."""
    found = answer(model, questions, length=values.shape[1], beams=beams).tokens
    return 100 * float((found == values).all(axis=1).mean())


def validation_loss(model: RagSequence | RagToken, own: Setup, seed: int) -> float:
    """Return nats an answer on the validation facts."""
    asked = ask(own.validation.facts, P, synonyms=TRAINED, rng=stream(seed, 7))
    with no_grad():
        return model.loss(asked, own.validation.facts.values).item()


def moved(losses: list[float]) -> float:
    """Return by how many nats the loss fell from the last fifth but one to the last fifth of the steps."""
    fifth = max(len(losses) // 5, 1)
    return float(np.mean(losses[-2 * fifth : -fifth] or losses) - np.mean(losses[-fifth:]))


def scale(budget: Budget) -> Scale:
    """Return parameters of the generator, facts trained on, and steps, beside the paper's."""
    return {
        "parameters": (43_584, 406e6),
        "documents": (by_budget(budget, quick=96, standard=2400, full=24_000), 21e6),
    }
