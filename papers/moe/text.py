"""Six novels of Jane Austen as positions to predict: train, validation and test of every seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from foundations.data import load
from foundations.data.sets.austen import NOVELS
from foundations.errors import DataError, ExperimentError
from implementations.transformer.characters import Characters

CONTEXT, FOLDS, FIRST_PILOT_SEED = 10, 8, 100


class Novels(NamedTuple):
    """The text as tokens, and the positions that are predicted.

    Attributes:
        tokens: uint8, shape (characters,).
        letters: Which character is which token.
        train: Positions to learn from: all but the last tenth of each novel.
        validation: The 5 % before the last 5 % of each.
        test: The last 5 % of each.
    """

    tokens: np.ndarray
    letters: Characters
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


@cache
def novels() -> Novels:
    """Read and split the six novels; of each part the first `CONTEXT` positions only serve as context.

    Raises:
        DataError: If a novel is not where it should be.
    """
    data = load("austen")
    text = data["train"]["text"] + data["test"]["text"]
    starts, at = [], 0
    for title, _ in NOVELS:
        at = text.lower().find(title.lower() + "\n", at)
        if at < 0:
            raise DataError(f"austen holds no novel called {title}: fetch it again")
        starts.append(at)
    letters = Characters.train(text)
    parts: dict[str, list[np.ndarray]] = {"train": [], "validation": [], "test": []}
    for a, b in zip(starts, [*starts[1:], len(text)], strict=True):
        cuts = [a, a + (b - a) * 90 // 100, a + (b - a) * 95 // 100, b]
        for name, low, high in zip(parts, cuts, cuts[1:], strict=False):
            parts[name].append(np.arange(low + CONTEXT, high))
    joined = {name: np.concatenate(part) for name, part in parts.items()}
    return Novels(letters.encode(text).astype(np.uint8), letters, **joined)


@dataclass(frozen=True)
class Positions:
    """What one seed learns from and is tested on.

    Attributes:
        seed: 0 to 7; 100 and up for pilots, which see no test position.
        train_size: Positions to learn from, drawn without replacement: none is seen twice.
        held_out: Positions of validation, and of test.
    """

    seed: int
    train_size: int
    held_out: int = 16_384

    def _drawn(self, positions: np.ndarray, size: int, part: int) -> np.ndarray:
        rng = np.random.default_rng([self.seed, part])
        if size > len(positions):
            raise ExperimentError(f"there are {len(positions)} positions, got a wish for {size}: take fewer")
        return rng.permutation(positions)[:size]

    @cached_property
    def train(self) -> np.ndarray:
        """Positions to learn from, in the order in which they are seen."""
        return self._drawn(novels().train, self.train_size, 0)

    @cached_property
    def validation(self) -> np.ndarray:
        """Positions to choose on."""
        return self._drawn(novels().validation, self.held_out, 1)

    @cached_property
    def test(self) -> np.ndarray:
        """Positions of a test fold that no other seed has. ExperimentError for a pilot, which has none."""
        if not 0 <= self.seed < FOLDS:
            raise ExperimentError(
                f"seed {self.seed} has no test fold: those of the claims are 0 to {FOLDS - 1}"
            )
        fold = np.random.default_rng(0).permutation(novels().test)[self.seed :: FOLDS]
        return self._drawn(fold, self.held_out, 2)


def windows(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return contexts, int64 (n, CONTEXT), and the characters that follow, int64 (n,)."""
    tokens = novels().tokens
    return (
        tokens[positions[:, None] + np.arange(-CONTEXT, 0)].astype(np.int64),
        tokens[positions].astype(np.int64),
    )
