"""One seed's stretch of Shakespeare: its own text to learn from, to tune on and to be judged by."""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

import numpy as np

from foundations.data import load
from foundations.experiment import Budget, by_budget
from implementations.transformer.characters import Characters

FIRST_PILOT_SEED = 100
SEEDS, PILOTS = 8, 2
"""The text is cut into ten stretches of 111,539 characters: eight for seeds, two for pilots."""

Kind = Literal["written", "pairs", "letters"]
"""As written; drawn from how often each character follows another; drawn from how often each occurs."""


class Texts(NamedTuple):
    """The parts of a stretch, one after another.

    Attributes:
        train: Eight tenths, to learn from.
        validation: A tenth, to tune on and to see whether a loss still moves.
        test: The last tenth, which judges; a pilot never looks at it.
    """

    train: str
    validation: str
    test: str


@cache
def whole(budget: Budget) -> str:
    """Return the megabyte of plays, 1,115,394 characters; under the quick budget novels, which come along."""
    data = load(by_budget(budget, quick="austen", standard="tinyshakespeare", full="tinyshakespeare"))
    return "".join(data[split]["text"] for split in ("train", "test"))


@cache
def tokenizer(budget: Budget) -> Characters:
    """Return one token a character, the same for every seed: 65 of the plays."""
    return Characters.train(whole(budget))


def stretch(seed: int, budget: Budget, kind: Kind = "written") -> str:
    """Return the tenth of the text that belongs to a seed; under the quick budget its first 6,000 characters.

    Args:
        seed: From 0; pilots from 100 have two tenths that no seed below 100 reads.
        budget: Which text, and how much.
        kind: What stands there. What is drawn has as many characters, and the same numbers of each or of
            each pair, up to chance; nothing else of the text is left in it.
    """
    pilot = seed >= FIRST_PILOT_SEED
    place = SEEDS + (seed - FIRST_PILOT_SEED) % PILOTS if pilot else seed % SEEDS
    tenth = len(whole(budget)) // (SEEDS + PILOTS)
    size = by_budget(budget, quick=6000, standard=tenth, full=tenth)
    text = whole(budget)[place * tenth : place * tenth + size]
    if kind == "written":
        return text
    rng = np.random.default_rng([seed, 2])
    if kind == "letters":
        characters = np.array(list(text))
        return "".join(characters[rng.integers(0, size, size)].tolist())
    followers: dict[str, list[str]] = {}
    for character, following in zip(text, text[1:] + text[:1], strict=True):
        followers.setdefault(character, []).append(following)
    drawn = [text[0]]
    for u in rng.random(size - 1).tolist():
        choices = followers[drawn[-1]]
        drawn.append(choices[int(u * len(choices))])
    return "".join(drawn)


@cache
def texts(seed: int, budget: Budget, kind: Kind = "written") -> Texts:
    """Return the three parts of a seed's stretch."""
    text = stretch(seed, budget, kind)
    first, second = 8 * len(text) // 10, 9 * len(text) // 10
    return Texts(text[:first], text[first:second], text[second:])
