"""The benchmark of word vectors: both train on the same words, and the goal is judged both ways."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from benchmarks import bench_word_vectors as bench
from foundations.data import DataError
from foundations.experiment import Interval
from papers.word_vectors import WordVectors

WORDS = ["cat", "dog", "sun", "moon", "tree", "leaf", "car", "road", "sea", "ship", "bread", "salt"]
TEXT = [[str(w) for w in np.random.default_rng(i).choice(WORDS, 12)] for i in range(40)]
PAIRS = {"first": WORDS[:-1], "second": WORDS[1:], "scores": [7.0, 1, 6, 2, 8, 1.5, 9, 3, 5, 4, 0.5]}


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "load", lambda name: {"test": PAIRS} if name == "wordsim353" else None)


def fake(sign: float) -> bench.Way:
    """Return vectors of two words each that agree with the judgements, or say the contrary."""

    def way(_text: list[list[str]], _epochs: int, seed: int) -> WordVectors:
        angles = np.cumsum([0.0, *(np.exp(-sign * np.array(PAIRS["scores"]) / 5))]) + seed / 100
        return WordVectors(WORDS, np.stack([np.cos(angles / 4), np.sin(angles / 4)], axis=1))

    return way


@pytest.mark.usefixtures("pairs")
def test_a_row_has_both_and_their_ratio() -> None:
    ways = {"ours": bench._ours, "gensim": bench._ours}
    row = bench.run(ways, TEXT, rounds=3, epochs=1)
    assert row["words"] == 480
    assert row["low"] <= row["ratio"] <= row["high"]
    assert row["ours"] > 0 < row["gensim"]
    assert row["spearman"]["ours"] == row["spearman"]["gensim"]  # the same way, the same seeds
    assert (row["gain"].low, row["gain"].mean, row["gain"].high) == (0, 0, 0)
    assert bench.goals_missed(row | {"ratio": 1.0}) == ""


@pytest.mark.usefixtures("pairs")
def test_a_worse_similarity_misses_the_goal_and_a_better_one_does_not() -> None:
    row = bench.run({"ours": fake(1), "gensim": fake(-1)}, TEXT, rounds=1, epochs=1)
    assert row["spearman"]["ours"] == pytest.approx([1, 1])
    assert row["spearman"]["gensim"] == pytest.approx([-1, -1])
    assert bench.goals_missed(row | {"ratio": 2.0}) == ""
    row = bench.run({"ours": fake(-1), "gensim": fake(1)}, TEXT, rounds=1, epochs=1)
    assert "similarity" in bench.goals_missed(row | {"ratio": 2.0})
    assert "words a second" in bench.goals_missed({"ratio": 0.99})
    unsure = {"ratio": 1.0, "gain": Interval(-0.01, -0.02, 0.001)}
    assert bench.goals_missed(unsure) == ""


def test_without_the_pairs_the_speed_is_still_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent(_name: str) -> None:
        raise DataError("wordsim353 is not here")

    monkeypatch.setattr(bench, "load", absent)
    row = bench.run({"ours": bench._ours, "gensim": bench._ours}, TEXT, rounds=1, epochs=1)
    assert "gain" not in row
    assert "similarity is left out: wordsim353 is not here" in capsys.readouterr().out


def test_without_gensim_it_is_left_out_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    bench.main()
    assert capsys.readouterr().out.startswith("left out: gensim is not installed")


def test_both_train_on_the_same_words() -> None:
    pytest.importorskip("gensim.models", reason="gensim is not installed")
    ours, theirs = (way(TEXT, 1, 1) for way in bench.WAYS.values())
    assert set(ours.words) == set(theirs.words) == set(WORDS)
    assert ours.vectors.shape == theirs.vectors.shape == (12, 100)
