"""Search by meaning, and answers: with an encoder of a few words, since what is tested is the joining."""

from __future__ import annotations

import numpy as np
import pytest

from study.files.errors import UsageError
from study.search import Index
from study.search.answers import PART, ask, mend
from study.search.meaning import Meaning, Near, pieces, sentences
from study.search.prose import plain
from study.search.related import related
from study.search.weights import fused

SENSES = (
    ("heads", "toss", "coin", "penny", "flip"),
    ("matrix", "algebra", "grid"),
    ("walk", "stroll", "step"),
)


def encode(texts):
    """Return a vector a text: which of three senses its words have, and a little of none."""
    counts = np.array(
        [[sum(word in text.lower() for word in sense) for sense in SENSES] + [0.1] for text in texts],
        np.float32,
    )
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def test_what_shares_no_word_is_found_by_its_meaning(base):
    with Index(base.root) as index:
        assert not index.query("penny").hits
        found = index.query("penny", meaning=Meaning(encode))
    assert found.hits[0].entry == "coin"
    assert found.hits[0].kind == "notes"
    assert found.nearest == pytest.approx(1.0, abs=0.05)
    assert found.hits[0].snippet  # the piece that is nearest stands in for marked words


def test_without_meaning_nothing_changes(base):
    with Index(base.root) as index:
        found = index.query("coin")
    assert found.nearest is None
    assert found.hits


def test_texts_are_told_of_and_kept_apart_from_the_question(base):
    told, kept, asked = [], [], []

    def keep(texts):
        kept.extend(texts)
        return encode(texts)

    def plain(texts):
        asked.extend(texts)
        return encode(texts)

    with Index(base.root) as index:
        index.query("penny", meaning=Meaning(plain, keep=keep, told=lambda *now: told.append(now)))
    assert asked == ["penny"]
    assert "penny" not in kept
    assert len(kept) == len(set(kept))  # nothing is encoded twice
    assert told[-1] == (len(kept), len(kept))


def test_filters_hold_for_meaning_too(base):
    with Index(base.root) as index:
        found = index.query("penny flip", meaning=Meaning(encode), entries=["walk"])
    assert {hit.entry for hit in found.hits} == {"walk"}


def test_scores_of_words_and_meaning_are_added():
    near = {1: Near(0.5, 0.3, ""), 2: Near(2.0, 0.9, "")}
    by_both = fused({1: (1.0, 8.0), 3: (1.0, 4.0), 4: (0.4, 6.0)}, near, 1.0)
    assert by_both == {1: pytest.approx(1.5), 2: pytest.approx(2.0), 3: pytest.approx(0.5**0.5)}
    assert fused({1: (1.0, 8.0)}, {}, 1.0) == {1: 8.0}


def test_pieces_end_with_sentences_and_lose_nothing():
    text = "One is short. " + " ".join(f"Sentence {n} has a few more words than that." for n in range(30))
    cut = list(pieces(text))
    assert " ".join(cut) == text
    assert all(piece.endswith(".") for piece in cut)
    assert max(len(piece.split()) for piece in cut) <= 60
    assert list(pieces("")) == []
    assert sentences("a = 1.5 holds. So it is.") == ["a = 1.5 holds.", "So it is."]


def test_an_answer_quotes_what_stands_in_the_notes(base):
    with Index(base.root) as index:
        answer = ask(index, "does a fair coin show heads half of the time", limit=2)
    assert answer.answered
    assert answer.by == "words"
    for hit in answer.quotes:
        assert hit.kind in ("notes", "docs", "reader")
        assert hit.snippet
        assert hit.snippet in plain(base.read(hit.path)).text


def test_what_the_notes_do_not_hold_is_said(base):
    with Index(base.root) as index:
        by_words = ask(index, "who conquered the kingdom of naples with a coin")
        by_meaning = ask(index, "zebra", meaning=Meaning(_nowhere))
    assert not by_words.answered
    assert not by_meaning.answered
    assert by_meaning.by == "meaning"


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("", "no question"),
        (" ?! ", "no question"),
        ("what is it", "name what you ask about"),
        ("why " * 300, "1,000 characters, this one has 1,200"),
    ],
)
def test_a_question_without_a_word_to_go_by_is_refused(base, typed, complaint):
    with Index(base.root) as index, pytest.raises(UsageError, match=complaint):
        ask(index, typed)


def test_slips_of_the_finger_are_mended_and_told(base):
    with Index(base.root) as index:
        answer = ask(index, "does a fair coin show haeds half of the time")
        right = ask(index, "does a fair coin show heads half of the time")
    assert answer.read_as == "does a fair coin show heads half of the time"
    assert answer.answered
    assert [hit.snippet for hit in answer.quotes] == [hit.snippet for hit in right.quotes]
    assert right.read_as is None


def test_a_question_that_mending_does_not_answer_stays_as_it_was_typed(base):
    with Index(base.root) as index:
        assert (
            mend(index, "the president of the government at a wlak")
            == "the president of the government at a walk"
        )
        answer = ask(index, "the president of the government at a wlak")
    assert not answer.answered
    assert answer.read_as is None


@pytest.mark.parametrize("typed", ["warum zeigt eine coin oft kopf", "the physician of the coin"])
def test_another_language_and_words_of_english_are_no_slips(base, typed):
    with Index(base.root) as index:
        assert mend(index, typed) is None


def test_what_is_far_from_everything_is_not_quoted(base):
    with Index(base.root) as index:
        far = ask(index, "zebra", meaning=Meaning(_nowhere))
    assert far.quotes == ()


def test_by_words_alone_a_question_with_one_known_word_in_many_is_not_quoted(base):
    asked = "which emperors conquered naples sicily and tuscany for a coin"
    with Index(base.root) as index:
        far = ask(index, asked)
        near = ask(index, "which emperors flip a coin")
    assert not far.answered
    assert far.quotes == ()
    assert near.quotes


def test_a_long_table_is_quoted_in_part(base):
    rows = "\n".join(f"| row {n} | number {n} |" for n in range(80))
    notes = f"# Coin\n\n## Table\n\n| a | b |\n|---|---|\n{rows}\n| penny | flips |\n"
    base.write("reader/notes/coin.md", notes)
    with Index(base.root) as index:
        (hit, *_) = ask(index, "penny flips").quotes
    assert hit.snippet.startswith("… ")
    assert "penny · flips" in hit.snippet
    assert len(hit.snippet.split()) <= PART + 2


def _nowhere(texts):
    """Return vectors among which `zebra` is at right angles to all others."""
    return np.array([[float(text == "zebra"), float(text != "zebra")] for text in texts], np.float32)


def test_a_word_found_nowhere_is_stood_in_for_by_one_that_is_used_alike(base):
    base.write("reader/notes/coin.md", "# Coin\n\nMy doctor tosses it.\n")
    with Index(base.root) as index:
        assert not index.query("physician").hits
        found = index.query("physician", related=related)
    assert found.missing == ("physician",)
    assert found.hits[0].kind == "reader"


def test_related_words_are_near_and_none_for_what_is_unknown():
    assert "physician" in related("doctor")
    assert related("xyzzyx") == ()
