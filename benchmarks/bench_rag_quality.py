"""Retrieval of real sentences: BM25, MiniLM and both fused; recall at 1, 5 and 20, and nDCG at 10.

Every question of XQuAD asks for one sentence, the one in which its answer begins. It is hidden among the
other sentences of its 120 paragraphs and all sentences of 10,033 Wikipedia summaries; a sentence that occurs
twice is kept once. Vectors are kept by the content of each text, in pieces, so that a run that was stopped
goes on where it was.

Run from the repository root: python -m benchmarks.bench_rag_quality [CACHE]
The first run encodes 37,000 sentences, about ten minutes on one core; later runs take under a minute.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from foundations.data import DataError, cache_folder, load
from foundations.experiment import Interval, bootstrap_interval
from papers.rag import EmbeddingCache, Library, minilm, ndcg_at_k, recall_at_k
from papers.rag.passages import questions, sentences_of

WAYS = ("bm25", "dense", "fused")
DEPTH, PIECE = 20, 1024
"""Places that are looked at, and texts that are encoded before the cache is written."""


class Task(NamedTuple):
    """Questions, and the sentences among which their answers lie.

    Attributes:
        sentences: All different.
        questions: Texts.
        answers: Number of the sentence that answers, one a question.
        paragraphs: Number of the paragraph that the question was asked about.
    """

    sentences: list[str]
    questions: list[str]
    answers: list[int]
    paragraphs: list[int]


def task(texts: Sequence[str]) -> Task:
    """Return XQuAD's questions over its sentences and those of other texts, each sentence once."""
    own = questions()
    others = [sentence for text in texts for _, sentence in sentences_of(text)]
    numbers = {one: i for i, one in enumerate(dict.fromkeys([*own.sentences, *others]))}
    answers = [numbers[own.sentences[i]] for i in own.answers]
    return Task(list(numbers), own.questions, answers, own.paragraphs.tolist())


def encode_in_pieces(cache: EmbeddingCache, texts: Sequence[str], *, say: bool = False) -> None:
    """Encode what the cache does not know, texts of one length together; each piece is kept at once."""
    by_length = sorted(texts, key=len)
    for start in range(0, len(by_length), PIECE):
        before = cache.encoded
        cache(by_length[start : start + PIECE])
        if say and cache.encoded > before:
            print(f"    encoded {start + PIECE:,} of {len(texts):,}", flush=True)


def rank(library: Library, asked: Sequence[str], by: str) -> np.ndarray:
    """Return the first 20 sentences for each question, -1 where fewer share a word, shape (questions, 20)."""
    rows = np.full((len(asked), DEPTH), -1)
    for row, question in zip(rows, asked, strict=True):
        found = [one.number for one in library.search(question, DEPTH, by=by)]
        row[: len(found)] = found
    return rows


def measures(ranked: np.ndarray, answers: Sequence[int]) -> dict[str, np.ndarray]:
    """Return each measure of a ranking, shape (questions,)."""
    found = {f"recall@{k}": recall_at_k(ranked, answers, k) for k in (1, 5, 20)}
    return found | {"nDCG@10": ndcg_at_k(ranked, answers, 10)}


def against_bm25(
    found: dict[str, np.ndarray], bm25: dict[str, np.ndarray], paragraphs: Sequence[int]
) -> dict[str, Interval]:
    """Return the mean gain over BM25 of each measure, with its interval; paragraphs are drawn together."""
    return {
        name: bootstrap_interval(
            one - bm25[name], np.mean, groups=list(paragraphs), rng=np.random.default_rng(0)
        )
        for name, one in found.items()
    }


def compare(own: Task, library: Library) -> None:
    """Print the table, and below it what MiniLM and fusion gain over BM25."""
    print(f"{len(own.questions)} questions, one sentence each among {len(own.sentences):,}")
    ways = WAYS if library.index is not None else WAYS[:1]
    found = {by: measures(rank(library, own.questions, by), own.answers) for by in ways}
    print("            " + "".join(f"{name:>11}" for name in found["bm25"]))
    for by, each in found.items():
        print(f"    {by:8}" + "".join(f"{one.mean():11.3f}" for one in each.values()))
    for by in ways[1:]:
        print(f"    {by} minus bm25, 95 % over paragraphs")
        for name, gain in against_bm25(found[by], found["bm25"], own.paragraphs).items():
            print(f"        {name:10}{gain.mean:+.3f}   [{gain.low:+.3f}, {gain.high:+.3f}]")


def main() -> None:
    """Encode what is new, and print the table; without MiniLM's weights, the row of BM25."""
    own = task(load("wiki-summaries")["all"]["texts"])
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else cache_folder() / "rag" / "minilm.safetensors"
    try:
        encode = minilm(path)
    except DataError as error:
        print(f"BM25 alone: {error}")
        compare(own, Library(own.sentences))
        return
    assert isinstance(encode, EmbeddingCache)
    encode_in_pieces(encode, [*own.sentences, *own.questions], say=True)
    compare(own, Library(own.sentences, encode=encode))


if __name__ == "__main__":
    main()
