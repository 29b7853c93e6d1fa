"""Tune every arm of an experiment alike: the same grid, on pilot seeds, by a validation score."""

import itertools
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from foundations.errors import ExperimentError
from foundations.files import write_atomically

FIRST_PILOT_SEED = 100
"""Pilot seeds start here, so that no seed of the real run was looked at."""


@dataclass(frozen=True)
class Tuning:
    """What a search found.

    Args:
        best: Arm to its best value of the grid.
        table: Arm to (value of the grid, mean score over the pilot seeds), in the order of the grid.
        seeds: The pilot seeds.
        complaints: One sentence for every arm whose best value stands at an edge of the grid: the best may
            lie beyond, so the grid must be widened before the real run.
    """

    best: Mapping[str, float]
    table: Mapping[str, tuple[tuple[float, float], ...]]
    seeds: tuple[int, ...]
    complaints: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "best", MappingProxyType(dict(self.best)))
        object.__setattr__(self, "table", MappingProxyType(dict(self.table)))

    def save(self, path: str | Path) -> None:
        """Write the table as JSON, to be committed as `pilot.json` before the real run.

        Args:
            path: The file.

        Raises:
            ExperimentError: If it cannot be written.
        """
        record = {
            "seeds": list(self.seeds),
            "best": dict(self.best),
            "table": {arm: [[v, _json(s)] for v, s in rows] for arm, rows in self.table.items()},
            "complaints": list(self.complaints),
        }
        write_atomically(path, json.dumps(record, indent=1) + "\n", error=ExperimentError)


def tune(
    arms: Iterable[str],
    grid: Sequence[float],
    score: Callable[[str, float, int], float],
    seeds: Sequence[int],
) -> Tuning:
    """Give each arm its own best value of one hyper-parameter, by the mean validation score.

    A run that diverged (its score is not finite) counts as infinitely bad. Ties go to the smaller value.

    Args:
        arms: Names of the arms, each once.
        grid: Values, ascending, at least three; steps of 2 to 3 for a learning rate.
        score: `score(arm, value, seed)`: a validation loss, lower is better.
        seeds: Pilot seeds, from `FIRST_PILOT_SEED` on.

    Returns:
        Best value by arm, the table, and a complaint for every arm whose best stands at an edge.

    Raises:
        ExperimentError: If arms, grid or seeds cannot be used, or every value of an arm diverged.

    Examples:
        >>> found = tune(["plain"], [0.1, 0.3, 1.0], lambda arm, rate, seed: (rate - 0.3) ** 2, [100])
        >>> found.best["plain"], found.complaints
        (0.3, ())
    """
    names, values, pilots = tuple(arms), tuple(grid), tuple(seeds)
    if not names or len(set(names)) < len(names):
        raise ExperimentError(f"tune needs at least one arm, each named once, got {names}")
    if len(values) < 3 or any(a >= b for a, b in itertools.pairwise(values)):
        raise ExperimentError(f"tune needs a grid of at least three ascending values, got {values}")
    if not pilots or any(type(seed) is not int or seed < FIRST_PILOT_SEED for seed in pilots):
        raise ExperimentError(
            f"pilot seeds are whole numbers from {FIRST_PILOT_SEED}, got {pilots}: the real run must be fresh"
        )
    best: dict[str, float] = {}
    table: dict[str, tuple[tuple[float, float], ...]] = {}
    complaints = []
    for arm in names:
        rows = [(value, _mean([score(arm, value, seed) for seed in pilots])) for value in values]
        table[arm] = tuple(rows)
        value, reached = min(rows, key=lambda row: row[1])
        if math.isinf(reached):
            raise ExperimentError(f"tune: every value of the grid diverged for {arm!r}: start lower")
        best[arm] = value
        if value in (values[0], values[-1]):
            side = "lower" if value == values[0] else "upper"
            complaints.append(f"{arm}: the best value {value:g} is at the {side} edge of the grid: widen it")
    return Tuning(best, table, pilots, tuple(complaints))


def _mean(scores: Sequence[float]) -> float:
    finite = [float(s) for s in scores if math.isfinite(s)]
    return float(np.mean(finite)) if len(finite) == len(scores) else math.inf


def _json(score: float) -> float | None:
    return score if math.isfinite(score) else None
