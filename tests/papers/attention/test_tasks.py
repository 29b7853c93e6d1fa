"""The tasks: right answers, faithful encoding, and a test set that training cannot meet."""

import numpy as np
import pytest

from papers.attention.tasks import (
    END,
    TASKS,
    is_held_out,
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
    assert all(is_held_out(s) for s in test)


def test_about_a_tenth_is_held_out():
    rng = np.random.default_rng(0)
    share = np.mean([is_held_out(reverse().make(rng)[0]) for _ in range(5000)])
    assert 0.08 < share < 0.12


def test_answers_are_right():
    rng = np.random.default_rng(0)
    for _ in range(100):
        source, target = TASKS["reverse"]().make(rng)
        assert "".join(target) == "".join(source)[::-1]
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
