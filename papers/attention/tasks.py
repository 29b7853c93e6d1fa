"""Small sequence-to-sequence tasks whose answers are known: reverse, copy, sort, add, and spell out numbers.

A task makes pairs of texts: tuples of symbols (characters, or words), framed and padded. A hash sorts them
into twenty folds, so that no test sequence is met in training, whatever the seeds. What is hashed is what
could leak: 12+34 and 34+12 have one answer and lie in one fold, and so do all orders of digits to be sorted.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from foundations.errors import ValueRangeError
from papers.attention.transformer import PAD

START, END = 1, 2
Text = tuple[str, ...]

FOLDS = 20
HELD_OUT = frozenset({0, 1})
"""The folds that `Task.sample` keeps out of training: a tenth of all sources."""
TRAINING = frozenset(range(FOLDS)) - HELD_OUT


def _itself(source: Text) -> Text:
    return source


@dataclass(frozen=True)
class Task:
    """A way to make pairs of source and target.

    Attributes:
        name: What the task is called.
        symbols: The tokens that occur, without padding, start and end.
        make: From a source of randomness, a source and its target.
        source_length: Most tokens of a source, its end token included.
        target_length: Most tokens of a target, its end token included.
        key: From a source, what it shares with the sources that would give its answer away. Sources of one
            key lie in one fold.
    """

    name: str
    symbols: Text
    make: Callable[[np.random.Generator], tuple[Text, Text]]
    source_length: int
    target_length: int
    key: Callable[[Text], Text] = _itself

    @property
    def vocabulary(self) -> int:
        """Number of tokens: padding, start, end, and the symbols."""
        return 3 + len(self.symbols)

    def encode(self, texts: Sequence[Text], length: int) -> np.ndarray:
        """Turn texts into tokens, ended and padded: shape (n, length)."""
        number = {symbol: i + 3 for i, symbol in enumerate(self.symbols)}
        tokens = np.full((len(texts), length), PAD)
        for row, text in zip(tokens, texts, strict=True):
            row[: len(text) + 1] = [*(number[s] for s in text), END]
        return tokens

    def decode(self, tokens: np.ndarray) -> Text:
        """Turn one row of tokens back into symbols, up to the end token."""
        words = []
        for token in tokens:
            if token in (END, PAD):
                break
            words.append(self.symbols[int(token) - 3] if token > END else "?")
        return tuple(words)

    def sample(self, n: int, *, held_out: bool, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw pairs from the training set, or from the tenth of all sources that is kept out of it.

        Args:
            n: Number of pairs.
            held_out: Which of the two.
            rng: Source of randomness.

        Returns:
            Sources (n, source_length) and targets (n, target_length), ended and padded.
        """
        return self.draw(n, folds=HELD_OUT if held_out else TRAINING, rng=rng)

    def draw(
        self, n: int, *, folds: Collection[int], rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw pairs whose sources lie in some of the folds.

        Args:
            n: Number of pairs.
            folds: Numbers from 0 to `FOLDS` - 1, at least one.
            rng: Source of randomness.

        Returns:
            Sources (n, source_length) and targets (n, target_length), ended and padded.

        Raises:
            ValueRangeError: If there is no fold, or no such fold.
        """
        if not folds or not set(folds) <= set(range(FOLDS)):
            raise ValueRangeError(f"folds are numbers from 0 to {FOLDS - 1}, at least one, got {folds}")
        pairs: list[tuple[Text, Text]] = []
        while len(pairs) < n:
            pair = self.make(rng)
            if self.fold(pair[0]) in folds:
                pairs.append(pair)
        sources, targets = zip(*pairs, strict=True)
        return self.encode(sources, self.source_length), self.encode(targets, self.target_length)

    def fold(self, source: Text) -> int:
        """Return the fold of a source, 0 to `FOLDS` - 1: a hash of its key."""
        return zlib.crc32(" ".join(self.key(source)).encode()) % FOLDS


DIGITS = tuple("0123456789")


def _digits(rng: np.random.Generator, low: int, high: int) -> Text:
    return tuple(DIGITS[i] for i in rng.integers(0, 10, rng.integers(low, high + 1)))


def reverse(longest: int = 10, shortest: int = 4) -> Task:
    """Return the task of writing digits in the opposite order; a source and its answer lie in one fold."""

    def make(rng: np.random.Generator) -> tuple[Text, Text]:
        source = _digits(rng, shortest, longest)
        return source, source[::-1]

    return Task("reverse", DIGITS, make, longest + 1, longest + 1, lambda source: min(source, source[::-1]))


def copy(longest: int = 10, shortest: int = 4) -> Task:
    """Return the task of writing digits as they stand."""

    def make(rng: np.random.Generator) -> tuple[Text, Text]:
        source = _digits(rng, shortest, longest)
        return source, source

    return Task("copy", DIGITS, make, longest + 1, longest + 1)


def sort(longest: int = 10, shortest: int = 4) -> Task:
    """Return the task of writing digits in ascending order; all orders of the same digits lie in one fold."""

    def make(rng: np.random.Generator) -> tuple[Text, Text]:
        source = _digits(rng, shortest, longest)
        return source, tuple(sorted(source))

    return Task("sort", DIGITS, make, longest + 1, longest + 1, lambda source: tuple(sorted(source)))


def add(digits: int = 3) -> Task:
    """Return the task of adding two numbers of up to `digits` digits, written with leading zeros.

    a+b and b+a lie in one fold.
    """

    def make(rng: np.random.Generator) -> tuple[Text, Text]:
        a, b = (int(n) for n in rng.integers(0, 10**digits, 2))
        return tuple(f"{a:0{digits}d}+{b:0{digits}d}"), tuple(f"{a + b:0{digits + 1}d}")

    def key(source: Text) -> Text:
        first, second = source[:digits], source[digits + 1 :]
        return (*min(first, second), "+", *max(first, second))

    return Task("add", (*DIGITS, "+"), make, 2 * digits + 2, digits + 2, key)


def mixture(tasks: Sequence[Task]) -> Task:
    """Return the task of doing what the first token says: the tasks' names become symbols of their own."""
    symbols = tuple(dict.fromkeys(symbol for task in tasks for symbol in task.symbols))

    def make(rng: np.random.Generator) -> tuple[Text, Text]:
        task = tasks[int(rng.integers(len(tasks)))]
        source, target = task.make(rng)
        return (task.name, *source), target

    keys = {task.name: task.key for task in tasks}
    return Task(
        "+".join(task.name for task in tasks),
        (*symbols, *(task.name for task in tasks)),
        make,
        1 + max(task.source_length for task in tasks),
        max(task.target_length for task in tasks),
        lambda source: (source[0], *keys[source[0]](source[1:])),
    )


_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def number_in_words(n: int) -> Text:
    """Return the English words of a whole number below one million: 1204 -> one thousand two hundred four."""
    if n < 20:
        return (_ONES[n],)
    if n < 100:
        return (_TENS[n // 10 - 2], *(number_in_words(n % 10) if n % 10 else ()))
    base, word = (100, "hundred") if n < 1000 else (1000, "thousand")
    rest = number_in_words(n % base) if n % base else ()
    return (*number_in_words(n // base), word, *rest)


def spell(below: int = 1_000_000) -> Task:
    """Return the task of spelling out a number, each count of digits equally often."""
    words = (*_ONES, *_TENS, "hundred", "thousand")

    def make(rng: np.random.Generator) -> tuple[Text, Text]:
        size = int(rng.integers(1, len(str(below - 1)) + 1))
        n = int(rng.integers(10 ** (size - 1) if size > 1 else 0, min(10**size, below)))
        return tuple(str(n)), number_in_words(n)

    return Task("spell", (*DIGITS, *words), make, len(str(below - 1)) + 1, 12)


def read(below: int = 1_000_000) -> Task:
    """Return the task of reading a spelled-out number: words in, digits out."""
    there = spell(below)

    def make(rng: np.random.Generator) -> tuple[Text, Text]:
        digits, words = there.make(rng)
        return words, digits

    return Task("read", there.symbols, make, there.target_length, there.source_length)


TASKS: dict[str, Callable[[], Task]] = {
    "reverse": reverse,
    "copy": copy,
    "sort": sort,
    "add": add,
    "spell": spell,
    "read": read,
}
