"""Beyond the paper, which treats convolutions: a sentence encoder with its weights in bytes."""

from __future__ import annotations

import re
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from foundations.data import load
from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Interval,
    Metrics,
    Verdict,
    all_of,
    at_least,
    bootstrap_interval,
    by_budget,
)
from implementations.transformer.bert import BertConfig, BertEncoder
from implementations.transformer.sentence_encoder import SentenceEncoder
from implementations.transformer.wordpiece import WordPiece
from papers.quantization.encoder import quantize_state, save_state, with_bits

RATIO_AT_LEAST = 3.5
FOUR_LOSES = 3.0
LOST_AT_MOST = 2.0
ARMS = {"real": None, "bytes": (8, True), "four": (4, False)}
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[\"(\[]?[A-Z0-9])")


class Asked(NamedTuple):
    """Questions, the number of the sentence that answers each, its paragraph's number, and all sentences."""

    questions: list[str]
    answers: np.ndarray
    paragraphs: np.ndarray
    sentences: list[str]


@lru_cache
def asked() -> Asked:
    """Return the questions of XQuAD's development half, and the sentences of its paragraphs."""
    rows = load("xquad-en-half")["test"]
    sentences: list[str] = []
    begins: dict[str, tuple[int, list[int]]] = {}
    for context in dict.fromkeys(rows["contexts"]):
        starts = [0, *(found.end() for found in SENTENCE.finditer(context))]
        begins[context] = len(sentences), starts
        sentences += [context[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
    numbers = {context: i for i, context in enumerate(begins)}
    answers = [
        begins[context][0] + int(np.searchsorted(begins[context][1], start, side="right")) - 1
        for context, start in zip(rows["contexts"], rows["starts"], strict=True)
    ]
    of = [numbers[context] for context in rows["contexts"]]
    return Asked(list(rows["questions"]), np.array(answers), np.array(of), sentences)


def others(seed: int, count: int) -> list[str]:
    """Return first sentences of Wikipedia articles that the seed draws."""
    texts = load("wiki-summaries")["all"]["texts"]
    chosen = np.random.default_rng([seed, 0]).permutation(len(texts))[:count]
    return [SENTENCE.split(texts[i])[0] for i in chosen]


@lru_cache
def encoder(arm: str, budget: Budget) -> SentenceEncoder:
    """Return the encoder of an arm; for the quick budget a tiny one with random weights."""
    if budget == "quick":
        words = sorted({w for s in asked().sentences for w in re.findall("[a-z]+", s.lower())})[:200]
        pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
        config = BertConfig(len(pieces), 16, 1, 2, 32)
        real = SentenceEncoder(BertEncoder(config, rng=np.random.default_rng(0)), WordPiece(pieces))
    else:
        real = SentenceEncoder.from_pretrained() if arm == "real" else encoder("real", budget)
    how = ARMS[arm]
    return real if how is None else with_bits(real, how[0], per_channel=how[1])


@lru_cache
def encoded(arm: str, budget: Budget) -> tuple[np.ndarray, np.ndarray]:
    """Return the vectors of the questions and of the sentences of their paragraphs."""
    few = slice(12 if budget == "quick" else None)
    model = encoder(arm, budget)
    return model.encode(asked().questions[few]), model.encode(asked().sentences)


def run(seed: int, budget: Budget) -> dict[str, float | np.ndarray]:
    """Find the sentence that answers each question, among those of all paragraphs and others of the seed."""
    metrics: dict[str, float | np.ndarray] = {}
    mixed = others(seed, by_budget(budget, quick=5, standard=400, full=5000))
    for arm in ARMS:
        questions, sentences = encoded(arm, budget)
        pool = np.concatenate([sentences, encoder(arm, budget).encode(mixed)])
        found = (questions @ pool.T).argmax(axis=1)
        metrics[f"hit_{arm}"] = (found == asked().answers[: len(found)]).astype(float)
    metrics["paragraph"] = asked().paragraphs[: len(encoded("real", budget)[0])].astype(float)
    state = encoder("real", budget).encoder.state_dict()
    with tempfile.TemporaryDirectory() as folder:
        real = save_state(
            Path(folder) / "real.safetensors", {name: (one, None) for name, one in state.items()}
        )
        small = save_state(Path(folder) / "bytes.safetensors", quantize_state(state))
    metrics["ratio"] = real / small
    metrics["megabytes"] = small / 1e6
    return metrics


def difference(m: Metrics, arm: str) -> Interval:
    """Return points of recall at 1 gained over real weights; the unit is the question, drawn by paragraph."""
    gained = 100 * (m[f"hit_{arm}"] - m["hit_real"]).mean(axis=0)  # (questions,)
    groups = m["paragraph"][0].astype(int)
    if len(np.unique(groups)) < 10:  # a quick run, which is not judged
        groups = np.arange(len(gained))
    return bootstrap_interval(gained, np.mean, groups=groups.tolist(), rng=np.random.default_rng(0))


def holds(m: Metrics) -> Verdict:
    """3.5 times smaller at least; recall falls by 2 points at most, and a third of what 4 bits lose."""
    margin = min(max(-difference(m, "four").mean, 0) / 3, LOST_AT_MOST)
    return all_of(at_least(m["ratio"], RATIO_AT_LEAST), at_least(difference(m, "bytes"), -margin))


def sensitivity(m: Metrics) -> Verdict:
    """Weights of 4 bits with a scale an array lose at least 3 points."""
    four = difference(m, "four")
    return at_least(Interval(-four.mean, -four.high, -four.low), FOUR_LOSES)


CLAIM = Claim(
    id="minilm",
    where="Beyond the paper: section 3.1.1 (weights only) for a Transformer",
    says="A sentence encoder with its weights in 8 bits is nearly four times smaller on disk and finds as "
    "well. (The paper treats convolutions; this is not its claim.)",
    estimand="all-MiniLM-L6-v2, tables and maps in 8 bits a channel, activations real. Bytes of its file in "
    "float32 over bytes in integers; recall at 1 of 612 XQuAD questions among the 611 sentences of their "
    "paragraphs and 400 first sentences of Wikipedia articles that the seed draws, in points minus that of "
    "float32. Unit: the question, paragraphs drawn together.",
    predicts="A ratio of at least 3.5 (scales and vectors cost the rest of 4); the lower end of the "
    "difference at least minus a third of what 4 bits lose, and at least −2.",
    refuted="A ratio below 3.5, or the whole interval of the difference below that.",
    control="Weights of 4 bits with one scale an array must lose at least 3 points (sensitivity). Cut for "
    "time before the run: 400 other sentences instead of 5,000.",
    thresholds={"ratio_at_least": RATIO_AT_LEAST, "four_loses": FOUR_LOSES, "lost_at_most": LOST_AT_MOST},
    run=run,
    holds=holds,
    gates={"sensitivity": sensitivity},
    plots={
        "bytes": Contrast(
            values=lambda m: 100 * (m["hit_bytes"] - m["hit_real"]).mean(axis=1),
            interval=lambda m: difference(m, "bytes"),
            by="bootstrap over questions by paragraph",
            axis="points of recall at 1 gained with 8 bits",
            left="loses",
            right="gains",
            thresholds=("-lost_at_most",),
            supports="above",
        ),
        "four": Contrast(
            values=lambda m: 100 * (m["hit_four"] - m["hit_real"]).mean(axis=1),
            interval=lambda m: difference(m, "four"),
            by="bootstrap over questions by paragraph",
            axis="points of recall at 1 gained with 4 bits, a scale an array",
            left="loses",
            right="gains",
            thresholds=("-four_loses",),
            supports="below",
        ),
    },
)
