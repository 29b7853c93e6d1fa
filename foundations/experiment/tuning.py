"""Tune every arm of an experiment alike: the same grid, on pilot seeds, by a validation score."""

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from foundations.errors import ExperimentError

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


def tune(
    arms: Iterable[str],
    grid: Sequence[float] | Mapping[str, Sequence[float]],
    score: Callable[[str, float, int], float],
    seeds: Sequence[int],
) -> Tuning:
    """Give each arm its own best value of one hyper-parameter, by the mean validation score.

    A run that diverged (its score is not finite) counts as infinitely bad. Ties go to the smaller value.

    Args:
        arms: Names of the arms, each once.
        grid: Values, ascending, at least three; steps of 2 to 3 for a learning rate. A mapping gives each
            arm its own.
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
    names, pilots = tuple(arms), tuple(seeds)
    grids = {arm: tuple(grid[arm] if isinstance(grid, Mapping) else grid) for arm in names}
    check_grids(names, grids, pilots)
    best: dict[str, float] = {}
    table: dict[str, tuple[tuple[float, float], ...]] = {}
    complaints = []
    for arm, values in grids.items():
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


def check_grids(arms: Sequence[str], grids: Mapping[str, Sequence[float]], seeds: Sequence[int]) -> None:
    """Refuse what cannot be tuned.

    Args:
        arms: Names of the arms.
        grids: The values of each.
        seeds: Pilot seeds.

    Raises:
        ExperimentError: If there is no arm, one is named twice, its grid is not at least three ascending
            numbers, or a pilot seed could be one of the real run.
    """
    if not arms or len(set(arms)) < len(arms):
        raise ExperimentError(f"tune needs at least one arm, each named once, got {tuple(arms)}")
    for values in grids.values():
        finite = all(math.isfinite(value) for value in values)
        if len(values) < 3 or not finite or any(a >= b for a, b in itertools.pairwise(values)):
            raise ExperimentError(f"tune needs a grid of at least three ascending values, got {values}")
    if not seeds or any(type(seed) is not int or seed < FIRST_PILOT_SEED for seed in seeds):
        raise ExperimentError(
            f"pilot seeds are whole numbers from {FIRST_PILOT_SEED}, got {tuple(seeds)}: "
            "the real run must be fresh"
        )


def _mean(scores: Sequence[float]) -> float:
    finite = [float(s) for s in scores if math.isfinite(s)]
    return float(np.mean(finite)) if len(finite) == len(scores) else math.inf
