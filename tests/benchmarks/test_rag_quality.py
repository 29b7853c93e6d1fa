"""The benchmark of retrieval quality: the task, the order it finds, and the cache it resumes from."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import bench_rag_quality as bench
from papers.rag import EmbeddingCache, Library
from papers.rag.passages import Questions

OWN = Questions(
    questions=["Where did the Normans settle?", "What is oxygen?", "Who ruled Normandy?"],
    answers=np.array([0, 2, 1]),
    paragraphs=np.array([0, 1, 0]),
    sentences=["The Normans settled in France.", "Rollo ruled Normandy.", "Oxygen is a gas."],
    contexts=["The Normans settled in France. Rollo ruled Normandy.", "Oxygen is a gas."],
)
TEXTS = ["Iron is a metal. Oxygen is a gas.", "Paris is in France. Iron is a metal."]


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> bench.Task:
    monkeypatch.setattr(bench, "questions", lambda: OWN)
    return bench.task(TEXTS)


def letters(texts):
    return np.array([[text.lower().count(one) for one in "aeinorst"] for text in texts], dtype=np.float32)


def test_every_sentence_stands_once_and_answers_point_at_theirs(own) -> None:
    assert own.sentences == [*OWN.sentences, "Iron is a metal.", "Paris is in France."]
    found = [own.sentences[i] for i in own.answers]
    assert found == ["The Normans settled in France.", "Oxygen is a gas.", "Rollo ruled Normandy."]


def test_rankings_and_measures_are_those_of_hand(own) -> None:
    ranked = bench.rank(Library(own.sentences), own.questions, "bm25")
    assert ranked.shape == (3, 20)
    assert ranked[0, :2].tolist() == [0, -1]  # "settle" is not "settled": one sentence shares a word
    assert (ranked[1] >= 0).sum() == 1
    found = bench.measures(np.array([[4, 0] + [-1] * 18, [2] + [-1] * 19]), [0, 1])
    assert {name: one.tolist() for name, one in found.items() if name != "nDCG@10"} == {
        "recall@1": [0, 0],
        "recall@5": [1, 0],
        "recall@20": [1, 0],
    }
    np.testing.assert_allclose(found["nDCG@10"], [1 / np.log2(3), 0])


def test_a_run_that_was_stopped_goes_on_where_it_was(own, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(bench, "PIECE", 2)
    pieces = []

    def stops(texts):
        pieces.append(len(texts))
        if len(pieces) == 2:
            raise KeyboardInterrupt
        return letters(texts)

    path = tmp_path / "vectors.safetensors"
    with pytest.raises(KeyboardInterrupt):
        bench.encode_in_pieces(EmbeddingCache(stops, path, name="letters"), own.sentences)
    again = EmbeddingCache(letters, path, name="letters")
    bench.encode_in_pieces(again, own.sentences)
    assert again.encoded == len(own.sentences) - 2
    np.testing.assert_array_equal(again(own.sentences), letters(own.sentences))


def test_the_table_has_a_row_a_way(own, capsys) -> None:
    many = own._replace(  # the bootstrap wants several paragraphs
        questions=own.questions * 10, answers=own.answers * 10, paragraphs=list(range(30))
    )
    bench.compare(many, Library(own.sentences, encode=letters))
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "30 questions, one sentence each among 5"
    assert [line.split()[0] for line in said[2:5]] == ["bm25", "dense", "fused"]
    assert len(said) == 5 + 2 * 5
    bench.compare(many, Library(own.sentences))
    assert len(capsys.readouterr().out.splitlines()) == 3
