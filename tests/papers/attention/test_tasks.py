"""The tasks: right answers, faithful encoding, and a test set that training cannot meet."""

import numpy as np
import pytest

from foundations.errors import ValueRangeError
from papers.attention.tasks import (
    END,
    FOLDS,
    HELD_OUT,
    TASKS,
    add,
    mixture,
    number_in_words,
    reverse,
    sort,
)


@pytest.mark.parametrize("name", TASKS)
def test_texts_survive_encoding_and_fit_the_lengths(name):
    task, rng = TASKS[name](), np.random.default_rng(0)
    for _ in range(300):
        source, target = task.make(rng)
        for text, length in ((source, task.source_length), (target, task.target_length)):
            tokens = task.encode([text], length)[0]
            assert task.decode(tokens) == text
            assert (tokens == END).sum() == 1
            assert tokens.max() < task.vocabulary


@pytest.mark.parametrize("name", TASKS)
def test_no_held_out_source_is_ever_drawn_for_training(name):
    task = TASKS[name]()
    test = {task.decode(s) for s in task.sample(100, held_out=True, rng=np.random.default_rng(0))[0]}
    train = {task.decode(s) for s in task.sample(2000, held_out=False, rng=np.random.default_rng(1))[0]}
    assert not test & train
    assert all(task.fold(s) in HELD_OUT for s in test)


@pytest.mark.parametrize("name", TASKS)
def test_folds_are_about_equally_large(name):
    task, rng = TASKS[name](), np.random.default_rng(0)
    counts = np.bincount([task.fold(task.make(rng)[0]) for _ in range(4000)], minlength=FOLDS)
    assert len(counts) == FOLDS
    if name not in ("spell", "read"):  # a tenth of those are the ten digits
        assert counts.min() > 120
        assert counts.max() < 290


def test_sources_that_give_each_other_away_lie_in_one_fold():
    rng = np.random.default_rng(0)
    for _ in range(300):
        a, b = (f"{n:03d}" for n in rng.integers(0, 1000, 2))
        assert add(3).fold(tuple(f"{a}+{b}")) == add(3).fold(tuple(f"{b}+{a}"))
        digits = tuple(a + b)
        assert reverse().fold(digits) == reverse().fold(digits[::-1])
        assert sort().fold(digits) == sort().fold(tuple(rng.permutation(digits)))


def test_a_mixture_splits_each_of_its_tasks_by_what_could_leak():
    both = mixture([add(2), sort()])
    assert both.fold(("add", *"12+34")) == both.fold(("add", *"34+12"))
    assert both.fold(("sort", *"4321")) == both.fold(("sort", *"1234"))
    assert len({both.fold(("sort", *text)) for text in ("1234", "1235", "1236", "1237")}) > 1


def test_rows_are_drawn_from_the_folds_asked_for():
    task = sort()
    source, target = task.draw(200, folds={3, 7}, rng=np.random.default_rng(0))
    assert source.shape == target.shape == (200, 11)
    assert {task.fold(task.decode(row)) for row in source} == {3, 7}


@pytest.mark.parametrize("folds", [(), (20,), (-1, 3)])
def test_folds_that_are_not_there_are_refused(folds):
    with pytest.raises(ValueRangeError, match="numbers from 0 to 19"):
        reverse().draw(1, folds=folds, rng=np.random.default_rng(0))


def test_answers_are_right():
    rng = np.random.default_rng(0)
    for _ in range(100):
        source, target = TASKS["reverse"]().make(rng)
        assert "".join(target) == "".join(source)[::-1]
        source, target = TASKS["copy"]().make(rng)
        assert target == source
        source, target = TASKS["sort"]().make(rng)
        assert list(target) == sorted(source)
        source, target = TASKS["add"]().make(rng)
        a, b = "".join(source).split("+")
        assert int("".join(target)) == int(a) + int(b)
        digits, words = TASKS["spell"]().make(rng)
        assert words == number_in_words(int("".join(digits)))


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (40, "forty"),
        (99, "ninety nine"),
        (100, "one hundred"),
        (1204, "one thousand two hundred four"),
        (70_000, "seventy thousand"),
        (999_999, "nine hundred ninety nine thousand nine hundred ninety nine"),
    ],
)
def test_numbers_are_spelled_as_english_has_them(n, words):
    assert " ".join(number_in_words(n)) == words


def test_a_mixture_says_which_task_is_meant():
    task, rng = mixture([reverse(), sort()]), np.random.default_rng(0)
    for _ in range(50):
        (name, *source), target = task.make(rng)
        assert target == (tuple(source[::-1]) if name == "reverse" else tuple(sorted(source)))
