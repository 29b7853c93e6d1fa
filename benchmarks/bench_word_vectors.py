"""Skip-gram with negative sampling against gensim's, on one thread, in turns: words a second, and similarity.

Run from the repository root: python -m benchmarks.bench_word_vectors

The time is the processor's, to which other work adds little; gensim's second thread, which reads the text
while the first trains, counts with it. The goal: at least as many words a second, at an equal or better
similarity.
"""

from __future__ import annotations

import importlib.util
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from foundations.data import DataError, load
from foundations.experiment import bootstrap_interval
from papers.word_vectors import SkipGram, Vocabulary, Word2VecConfig, WordVectors
from papers.word_vectors.vectors import similarities, spearman

Way = Callable[[list[list[str]], int, int], WordVectors]
"""Train on a text for so many epochs from a seed."""

ROUNDS = 5  # an epoch each, in turns
EPOCHS = 15  # for the similarity
SEEDS = (1, 2)
RESAMPLES = 1999
MIN_COUNT = 5
CONFIG = Word2VecConfig(dimension=100, window=5, negatives=5, sample=1e-3)
SIMILARITY = "wordsim353"


def documents() -> list[list[str]]:
    """Return the opening paragraphs of Wikipedia as words in lower case."""
    texts = load("wiki-summaries")["all"]["texts"]
    return [re.findall(r"[a-z]+(?:'[a-z]+)?|\d+", text.lower()) for text in texts]


def run(
    ways: Mapping[str, Way], text: list[list[str]], *, rounds: int = ROUNDS, epochs: int = EPOCHS
) -> dict[str, Any]:
    """Train both for an epoch at a time, in turns, then for many.

    Args:
        ways: "ours" and "gensim": what trains on a text for so many epochs from a seed.
        text: Sentences.
        rounds: Turns of each, after one that warms up.
        epochs: For the similarity.

    Returns:
        `words` of an epoch; `ours` and `gensim`: median words a second of the processor; `ratio` of the two,
        median over the rounds, with its quartiles `low` and `high`; `clock`, the same ratio by the clock;
        and what `_similarity` returns, if WordSim is there.
    """
    words = sum(map(len, text))
    with threadpool_limits(1):
        turns = np.array([_turn(ways, text, number) for number in range(rounds + 1)])[1:]
        processor, clock = turns[..., 0], turns[..., 1]
        low, ratio, high = np.quantile(processor[:, 1] / processor[:, 0], (0.25, 0.5, 0.75))
        ours, theirs = words / np.median(processor, axis=0)
        found = {"words": words, "ours": ours, "gensim": theirs, "ratio": ratio, "low": low, "high": high}
        found["clock"] = np.median(clock[:, 1] / clock[:, 0])
        try:
            pairs = load(SIMILARITY)["test"]
        except DataError as reason:
            print(f"similarity is left out: {reason}")
            return found
        return found | _similarity(ways, text, pairs, epochs)


def _turn(ways: Mapping[str, Way], text: list[list[str]], number: int) -> list[list[float]]:
    """Return the seconds of an epoch of each, processor and clock; the first to go changes with the turn."""
    seconds = {name: [0.0, 0.0] for name in ways}
    for name in list(ways)[:: 1 if number % 2 else -1]:
        processor, clock = time.process_time(), time.perf_counter()
        ways[name](text, 1, number)
        seconds[name] = [time.process_time() - processor, time.perf_counter() - clock]
    return list(seconds.values())


def _similarity(
    ways: Mapping[str, Way], text: list[list[str]], pairs: Mapping[str, Any], epochs: int
) -> dict[str, Any]:
    """Return `spearman`, both seed by seed, and `gain`, ours minus theirs over resampled pairs."""
    judged = pairs["first"], pairs["second"], pairs["scores"]
    found = {
        name: [similarities(way(text, epochs, seed), *judged)[0] for seed in SEEDS]
        for name, way in ways.items()
    }
    items = np.stack([np.asarray(pairs["scores"], dtype=float), *found["ours"], *found["gensim"]], axis=1)
    items = items[np.isfinite(items).all(axis=1)]

    def scores(rows: np.ndarray) -> np.ndarray:
        return np.array([spearman(rows[:, 0], column) for column in rows.T[1:]]).reshape(2, -1)  # (2, seeds)

    def gain(rows: np.ndarray) -> float:
        ours, theirs = scores(rows).mean(axis=1)
        return float(ours - theirs)

    interval = bootstrap_interval(items, gain, rng=np.random.default_rng(0), resamples=RESAMPLES)
    return {"spearman": dict(zip(ways, scores(items).tolist(), strict=True)), "gain": interval}


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


WAYS: Mapping[str, Way] = {"ours": _ours, "gensim": _gensim}


def main() -> None:
    """Print both, and fail if the goal is missed."""
    if importlib.util.find_spec("gensim") is None:
        print("left out: gensim is not installed; pip install gensim, and run this again")
        return
    row = run(WAYS, documents())
    print(f"an epoch of {row['words']:,} words, vocabulary counted, one thread")
    print(f"ours    {row['ours'] / 1e3:7.0f} thousand words a second of the processor")
    print(f"gensim  {row['gensim'] / 1e3:7.0f} thousand words a second of the processor")
    print(f"ours are {row['ratio']:.2f} times gensim's, quartiles {row['low']:.2f} to {row['high']:.2f}; ")
    print(f"{row['clock']:.2f} times by the clock, where gensim reads its text in a second thread")
    for name, scores in row.get("spearman", {}).items():
        values = ", ".join(f"{score:.3f}" for score in scores)
        print(f"{name:7s} Spearman with WordSim after {EPOCHS} epochs, seeds {SEEDS}: {values}")
    if "gain" in row:
        gain = row["gain"]
        print(f"ours minus gensim's {gain.mean:+.3f}, {gain.low:+.3f} to {gain.high:+.3f} over word pairs")
    if missed := goals_missed(row):
        raise SystemExit(f"missed: {missed}")


def goals_missed(row: Mapping[str, Any]) -> str:
    """Return what falls short: fewer words a second, or a similarity that is worse beyond doubt."""
    missed = ["at least as many words a second"] * bool(row["ratio"] < 1)
    missed += ["an equal or better similarity"] * bool("gain" in row and row["gain"].high < 0)
    return ", ".join(missed)


if __name__ == "__main__":
    main()
