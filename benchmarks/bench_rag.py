"""Retrieval: 100,000 vectors of 384 searched exactly, and BM25 beside bm25s at equal tokens, where installed.

Run from the repository root: python -m benchmarks.bench_rag [THREADS]
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from foundations.runtime import set_num_threads
from papers.rag import BM25, DenseIndex, ndcg_at_k, words
from papers.rag.passages import questions, summaries

DOCUMENTS, WIDTH, K, BATCH, ROUNDS = 100_000, 384, 10, 64, 9


def milliseconds(call: Callable[[], object]) -> float:
    """Return the median milliseconds of a call after a first one."""
    call()
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return 1e3 * statistics.median(seconds)


def dense() -> None:
    """Print milliseconds a query, one at a time and in batches."""
    rng = np.random.default_rng(0)
    index = DenseIndex(rng.standard_normal((DOCUMENTS, WIDTH), dtype=np.float32))
    queries = rng.standard_normal((BATCH, WIDTH), dtype=np.float32)
    alone = milliseconds(lambda: index.search(queries[0], K))
    batched = milliseconds(lambda: index.search(queries, K)) / BATCH
    print(f"{DOCUMENTS:,} vectors of {WIDTH}, exact, {K} best: ms a query")
    print(f"    one at a time  {alone:6.2f}   (goal: under 20)")
    print(f"    {BATCH} at once     {batched:6.2f}   (goal: under 5)")


def by_words() -> None:
    """Print nDCG@10 of our BM25 and of bm25s on XQuAD's sentences, from the same words."""
    own = questions()
    sentences = [words(text) for text in [*own.sentences, *summaries(10_000, rng=np.random.default_rng(0))]]
    asked = [words(text) for text in own.questions]
    index = BM25(sentences)
    ours = [_ten(index.search(one, 10).documents.tolist()) for one in asked]
    print(f"BM25, {len(sentences):,} sentences, 612 questions: nDCG@10")
    print(f"    ours           {ndcg_at_k(ours, own.answers.tolist(), 10).mean():6.4f}")
    try:
        import bm25s  # type: ignore[import-not-found]
    except ImportError:
        print("    bm25s is not installed: pip install bm25s to compare (within 0.003)")
        return
    theirs = bm25s.BM25(k1=1.5, b=0.75, method="lucene")
    theirs.index(sentences, show_progress=False)
    ranked, _ = theirs.retrieve(asked, k=10, show_progress=False)
    print(f"    bm25s          {ndcg_at_k(ranked.tolist(), own.answers.tolist(), 10).mean():6.4f}")


def _ten(row: list[int]) -> list[int]:
    return row + [-1] * (10 - len(row))


def main() -> None:
    """Print both."""
    set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else os.cpu_count() or 1)
    dense()
    by_words()


if __name__ == "__main__":
    main()
