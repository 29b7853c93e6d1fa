"""The first steps of every claim's arms, which the tests take again."""

from __future__ import annotations

import numpy as np

from papers.rag.experiments import closed_book, common, dense_bm25, sequence_token
from papers.rag.experiments.common import setup, train
from papers.rag.generator import Reader, ReaderConfig
from papers.rag.training import minimise, train_reader
from papers.rag.worlds import VOCABULARY, ask

STEPS, RATE = 20, 3e-3
Losses = dict[str, list[float]]


def of_hot_swap() -> Losses:
    """Loss of 20 steps of the one arm."""
    return {"rag": train(setup(0, "quick"), RATE, steps=STEPS, seed=0).losses}


def of_learned_encoder() -> Losses:
    """Loss of 20 steps with the encoder frozen and learned."""
    own = setup(0, "quick")
    return {
        arm: train(own, RATE, steps=STEPS, learned=arm == "learned", seed=0).losses
        for arm in ("frozen", "learned")
    }


def of_closed_book() -> Losses:
    """Loss of 20 steps without documents."""
    world = closed_book.facts("some", 0, "quick")
    asked = ask(world, 0.0, rng=np.random.default_rng(0))
    reader = Reader(ReaderConfig(VOCABULARY, **closed_book.SMALL), rng=np.random.default_rng(1))
    rng = np.random.default_rng(2)
    return {"closed": train_reader(reader, lambda _: (asked, world.values), steps=STEPS, rate=RATE, rng=rng)}


def of_sequence_token() -> Losses:
    """Loss of 20 steps of both models on both tasks."""
    own, found = setup(0, "quick"), {}
    facts = own.training.facts.take(np.arange(8))
    asked = ask(facts, common.P, rng=np.random.default_rng(3))
    for arm in sequence_token.ARMS:
        model = sequence_token.learned(arm, RATE, 0, "quick")
        assert isinstance(model.generator, Reader)
        rng = np.random.default_rng(4)
        found[arm] = minimise(
            model.loss, lambda _: (asked, facts.values), model.generator.parameters(), steps=STEPS,
            rate=RATE, rng=rng,
        )  # fmt: skip
    return found


def of_dense_bm25() -> Losses:
    """Inner products of three texts under the tiny encoder, and BM25's scores of the first question."""
    own = dense_bm25.asked("quick")
    vectors = dense_bm25.encoder("quick").encode(own.sentences[:3])
    scores = dense_bm25.BM25(own.sentences).scores(own.questions[0])
    return {"dense": (vectors @ vectors.T).ravel().tolist(), "bm25": np.sort(scores)[-20:].tolist()}


FINGERPRINTS = {
    "hot-swap": of_hot_swap,
    "learned-encoder": of_learned_encoder,
    "closed-book": of_closed_book,
    "sequence-token": of_sequence_token,
    "dense-bm25": of_dense_bm25,
}
