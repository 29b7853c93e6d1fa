"""Tuning: each arm its own best, edges complained of, the table kept."""

import math

import pytest

from foundations.errors import ExperimentError
from foundations.experiment import tune

GRID = [0.01, 0.03, 0.1, 0.3]


def test_each_arm_gets_its_own_value_by_the_mean_over_seeds():
    optimum = {"plain": 0.03, "scaled": 0.1}
    noise = {100: 0.3, 101: -0.3}  # cancels over the seeds, and alone would mislead

    def score(arm, value, seed):
        return abs(math.log(value / optimum[arm])) + noise[seed] * (value == 0.1)

    found = tune(["plain", "scaled"], GRID, score, [100, 101])
    assert found.best == optimum
    assert found.complaints == ()
    assert [value for value, _ in found.table["plain"]] == GRID


@pytest.mark.parametrize(("optimum", "side"), [(0.001, "lower"), (9.0, "upper")])
def test_a_best_value_at_an_edge_is_complained_of(optimum, side):
    found = tune(["a"], GRID, lambda arm, value, seed: abs(value - optimum), [100])
    assert len(found.complaints) == 1
    assert f"{side} edge" in found.complaints[0]


def test_a_run_that_diverged_is_never_the_best():
    def score(arm, value, seed):
        return math.nan if value == 0.1 and seed == 101 else abs(value - 0.1)

    found = tune(["a"], GRID, score, [100, 101])
    assert found.best["a"] == 0.03
    assert found.table["a"][2] == (0.1, math.inf)
    with pytest.raises(ExperimentError, match="every value"):
        tune(["a"], GRID, lambda arm, value, seed: math.inf, [100])


@pytest.mark.parametrize(
    ("arms", "grid", "seeds"),
    [([], GRID, [100]), (["a", "a"], GRID, [100]), (["a"], [1, 2], [100]), (["a"], [3, 2, 1], [100])]
    + [(["a"], GRID, seeds) for seeds in ([], [0], [99], [100.0])],
)
def test_what_cannot_be_tuned_is_refused(arms, grid, seeds):
    with pytest.raises(ExperimentError):
        tune(arms, grid, lambda arm, value, seed: value, seeds)
