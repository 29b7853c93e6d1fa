"""Skip-gram with negative sampling against gensim's, on one thread, in turns: words a second, and similarity.

Run from the repository root: python -m benchmarks.bench_word_vectors
"""

from __future__ import annotations

import importlib.util
import re
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from foundations.data import DataError, load
from papers.word_vectors import SkipGram, Vocabulary, Word2VecConfig, WordVectors, similarity_score

ROUNDS = 5  # an epoch each, in turns
EPOCHS = 15  # for the similarity
MIN_COUNT = 5
CONFIG = Word2VecConfig(dimension=100, window=5, negatives=5, sample=1e-3)
SIMILARITY = "wordsim353"


def documents() -> list[list[str]]:
    """Return the opening paragraphs of Wikipedia as words in lower case."""
    texts = load("wiki-summaries")["all"]["texts"]
    return [re.findall(r"[a-z]+(?:'[a-z]+)?|\d+", text.lower()) for text in texts]


def run() -> dict[str, Any]:
    """Train both for an epoch at a time, in turns, then for many.

    Returns:
        `words` of an epoch; `ours` and `gensim`: median words a second; `ratio` of the two with its quartiles
        `low` and `high`; `spearman`: both correlations with WordSim after `EPOCHS`, seed by seed, if it is
        there.
    """
    text = documents()
    words = sum(map(len, text))
    ways: dict[str, Callable[[int, int], WordVectors]] = {
        "ours": lambda epochs, seed: _ours(text, epochs, seed),
        "gensim": lambda epochs, seed: _gensim(text, epochs, seed),
    }
    with threadpool_limits(1):
        seconds = np.array([_turn(ways, round_) for round_ in range(ROUNDS + 1)])[1:]  # the first warms up
        ratios = seconds[:, 1] / seconds[:, 0]
        low, _, high = statistics.quantiles(ratios, n=4)
        ours, theirs = words / np.median(seconds, axis=0)
        found = {
            "words": words,
            "ours": float(ours),
            "gensim": float(theirs),
            "ratio": float(np.median(ratios)),
            "low": low,
            "high": high,
            "spearman": {},
        }
        try:
            pairs = load(SIMILARITY)["test"]
        except DataError as reason:
            print(f"similarity is left out: {reason}")
            return found
        for name, way in ways.items():
            scores = [
                similarity_score(way(EPOCHS, seed), pairs["first"], pairs["second"], pairs["scores"])
                for seed in (1, 2)
            ]
            found["spearman"][name] = [score.value for score in scores]
    return found


def _turn(ways: dict[str, Callable[[int, int], WordVectors]], number: int) -> list[float]:
    """Return the seconds of an epoch of each, the first to go changing from turn to turn."""
    seconds = dict.fromkeys(ways, 0.0)
    for name in list(ways)[:: 1 if number % 2 else -1]:
        start = time.perf_counter()
        ways[name](1, number)
        seconds[name] = time.perf_counter() - start
    return list(seconds.values())


def _ours(text: list[list[str]], epochs: int, seed: int) -> WordVectors:
    rng = np.random.default_rng(seed)
    vocabulary = Vocabulary.of(text, min_count=MIN_COUNT)
    model = SkipGram(vocabulary, CONFIG, rng=rng)
    model.train(vocabulary.encode(text), epochs=epochs, rng=rng)
    return model.word_vectors


def _gensim(text: list[list[str]], epochs: int, seed: int) -> WordVectors:
    from gensim.models import Word2Vec

    model = Word2Vec(
        text,
        sg=1,
        vector_size=CONFIG.dimension,
        window=CONFIG.window,
        negative=CONFIG.negatives,
        sample=CONFIG.sample,
        min_count=MIN_COUNT,
        epochs=epochs,
        workers=1,
        seed=seed,
    )
    return WordVectors(model.wv.index_to_key, model.wv.vectors)


def main() -> None:
    """Print both, and fail if the goal is missed."""
    if importlib.util.find_spec("gensim") is None:
        print("left out: gensim is not installed; pip install gensim, and run this again")
        return
    row = run()
    print(f"an epoch of {row['words']:,} words, vocabulary counted, one thread")
    print(f"ours    {row['ours'] / 1e3:7.0f} thousand words a second")
    print(f"gensim  {row['gensim'] / 1e3:7.0f} thousand words a second")
    print(f"ours are {row['ratio']:.2f} times gensim's, quartiles {row['low']:.2f} to {row['high']:.2f}")
    for name, scores in row["spearman"].items():
        values = ", ".join(f"{score:.3f}" for score in scores)
        print(f"{name:7s} Spearman with WordSim after {EPOCHS} epochs, two seeds: {values}")
    if row["ratio"] < 1:
        print("the goal, at least as many words a second, is missed")
        raise SystemExit(1)


if __name__ == "__main__":
    main()
