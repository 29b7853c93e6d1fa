"""Table 6: dense retrieval against BM25; where question and text share few words, meaning should help."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Interval,
    Metrics,
    Verdict,
    at_least,
    at_most,
    bootstrap_interval,
    by_budget,
)
from implementations.transformer import BertConfig, BertEncoder, SentenceEncoder, WordPiece
from papers.rag.bm25 import BM25
from papers.rag.dense import DenseIndex
from papers.rag.passages import Questions, questions, summaries
from papers.rag.words import words

INTERACTION_AT_LEAST = 10.0
CHANCE_AT_MOST = 5.0
"""Percent: 5 places among over a thousand sentences are half a percent by chance."""
K = 5


@lru_cache
def asked(budget: Budget) -> Questions:
    """Return the questions; of the quick budget every twentieth."""
    every = questions()
    step = by_budget(budget, quick=20, standard=1, full=1)
    return every._replace(
        questions=every.questions[::step],
        answers=every.answers[::step],
        paragraphs=every.paragraphs[::step],
    )


def overlap(own: Questions) -> np.ndarray:
    """Return the share of each question's words that its paragraph has, shape (questions,)."""
    held = [set(words(text)) for text in own.contexts]
    found = []
    for text, paragraph in zip(own.questions, own.paragraphs, strict=True):
        distinct = set(words(text))
        found.append(len(distinct & held[paragraph]) / max(len(distinct), 1))
    return np.array(found)


def thirds(own: Questions) -> np.ndarray:
    """Return 0, 1 or 2 for each question: its third by overlap; equals are parted by their order."""
    order = np.argsort(overlap(own), kind="stable")
    third = np.empty(len(order), dtype=np.int64)
    third[order] = np.arange(len(order)) * 3 // len(order)
    return third


@lru_cache
def encoder(budget: Budget) -> SentenceEncoder:
    """Return MiniLM; for the quick budget a tiny encoder of random weights."""
    if by_budget(budget, quick=False, standard=True, full=True):
        return SentenceEncoder.from_pretrained()
    known = sorted({w for s in questions().sentences for w in re.findall("[a-z]+", s.lower())})[:200]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *known]
    config = BertConfig(len(pieces), 16, 1, 2, 32)
    return SentenceEncoder(BertEncoder(config, rng=np.random.default_rng(0)), WordPiece(pieces))


@lru_cache
def encoded(budget: Budget) -> tuple[np.ndarray, np.ndarray]:
    """Return the vectors of the questions and of their sentences."""
    model, own = encoder(budget), asked(budget)
    count = by_budget(budget, quick=60, standard=len(own.sentences), full=len(own.sentences))
    return model.encode(own.questions), model.encode(own.sentences[:count])


def hits(index: BM25, texts: list[list[str]], answers: np.ndarray) -> np.ndarray:
    """Return 1 where BM25 has the answer's sentence among its first five, shape (questions,)."""
    found = [index.search(one, K).documents if one else np.zeros(0) for one in texts]
    return np.array([float(answer in one) for one, answer in zip(found, answers, strict=True)])


def run(seed: int, budget: Budget) -> dict[str, np.ndarray]:
    """Find the sentence that answers each question among those of all paragraphs and others of the seed."""
    own = asked(budget)
    q, sentences = encoded(budget)
    rng = np.random.default_rng([seed, 0])
    mixed = summaries(by_budget(budget, quick=5, standard=500, full=10_000), rng=rng)
    index = DenseIndex(np.concatenate([sentences, encoder(budget).encode(mixed)]))
    _, numbers = index.search(q, K)
    bm25 = BM25([*own.sentences[: len(sentences)], *mixed])
    cut = [words(text) for text in own.questions]
    held = [set(words(text)) for text in own.contexts]
    strange = [[w for w in one if w not in held[p]] for one, p in zip(cut, own.paragraphs, strict=True)]
    return {
        "dense": (numbers == own.answers[:, None]).any(axis=1).astype(float),
        "bm25": hits(bm25, cut, own.answers),
        "strange": hits(bm25, strange, own.answers),
        "third": thirds(own).astype(float),
        "paragraph": own.paragraphs.astype(float),
    }


def difference(m: Metrics) -> np.ndarray:
    """Return points of recall at 5 that MiniLM gains over BM25, a question, mean over seeds."""
    return 100 * (m["dense"] - m["bm25"]).mean(axis=0)


def bootstrap(m: Metrics, third: int | None = None) -> Interval:
    """Return the mean difference, of all questions or of a third, paragraphs drawn together."""
    rows = np.ones(m["third"].shape[1], bool) if third is None else m["third"][0] == third
    values, groups = difference(m)[rows], m["paragraph"][0][rows].astype(int)
    if len(np.unique(groups)) < 20:  # a quick run, which is not judged
        return Interval(float(values.mean()), -100.0, 100.0)
    rng = np.random.default_rng(0)
    return bootstrap_interval(values, np.mean, groups=groups.tolist(), rng=rng)


def interaction(m: Metrics) -> Interval:
    """Return the gain in the lowest third of overlap minus that in the highest, paragraphs drawn together."""
    items = np.stack([difference(m), m["third"][0]], axis=1)  # (questions, 2)
    groups = m["paragraph"][0].astype(int)
    if len(np.unique(groups)) < 50:  # a quick run, which is not judged
        return Interval(float(_interaction(items)), -200.0, 200.0)
    rng = np.random.default_rng(0)
    return bootstrap_interval(items, _interaction, groups=groups.tolist(), rng=rng)


def _interaction(items: np.ndarray) -> float:
    low, high = (items[items[:, 1] == third, 0].mean() for third in (0, 2))
    return float(low - high)


def by_seed(m: Metrics) -> np.ndarray:
    """Return the interaction of each seed, shape (seeds,)."""
    gained = 100 * (m["dense"] - m["bm25"])  # (seeds, questions)
    pairs = zip(gained, m["third"], strict=True)
    return np.array([_interaction(np.stack(one, axis=1)) for one in pairs])


def holds(m: Metrics) -> Verdict:
    """MiniLM gains at least 10 points more in the lowest third of overlap than in the highest."""
    return at_least(interaction(m), INTERACTION_AT_LEAST)


def control(m: Metrics) -> Verdict:
    """Without the words that the paragraph has, BM25 finds at most 5 % of the sentences."""
    return at_most(100 * m["strange"].mean(axis=1), CHANCE_AT_MOST)


CLAIM = Claim(
    id="dense-bm25",
    where="Table 6; section 4.5",
    says="Dense retrieval beats BM25 on Natural Questions (44.0 against 31.8), while BM25 is best on FEVER, "
    "whose claims are full of names: which is better depends on the words that question and passage share.",
    estimand="612 questions of XQuAD; recall at 5 of the sentence that answers, MiniLM minus BM25, in "
    "points, in the third of the questions that share least words with their paragraph minus the "
    "same in the third that share most. Index: the sentences of the 120 paragraphs, and 500 "
    "first sentences of Wikipedia articles that the seed draws; cut for time from 37,000 "
    "sentences, so that both find more. Unit: the question, paragraphs drawn together; a "
    "question's outcome is its mean over seeds. MiniLM was trained on questions of SQuAD's "
    "training half, in the style of these: not zero-shot. Measured 15 seconds a seed.",
    predicts="At least 10 points. The sign of the overall difference is left open: these questions were "
    "written with the paragraph in view.",
    refuted="The whole interval lies below 10.",
    control="From each question the words of its paragraph are deleted: BM25 falls to at most 5 %.",
    thresholds={"interaction_at_least": INTERACTION_AT_LEAST, "chance_at_most": CHANCE_AT_MOST},
    run=run,
    holds=holds,
    gates={"control": control},
    plots={
        "interaction": Contrast(
            values=by_seed,
            interval=interaction,
            by="bootstrap over questions by paragraph",
            axis="points that MiniLM gains with few shared words, less those with many",
            left="gains where words are shared",
            right="gains where they are not",
            thresholds=("interaction_at_least",),
            supports="above",
        ),
        "overall": Contrast(
            values=lambda m: 100 * (m["dense"] - m["bm25"]).mean(axis=1),
            interval=bootstrap,
            by="bootstrap over questions by paragraph",
            axis="points of recall at 5, MiniLM minus BM25",
            left="BM25 is ahead",
            right="MiniLM is ahead",
        ),
    },
)
