"""What reaches the last layer of a stack: the law of its depth, and the constant that keeps its variance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from implementations.transformer import last_gradient
from implementations.transformer.depth import GELU_SECOND_MOMENT


def mean_gradient(depth: int, *, norm_first: bool) -> float:
    rngs = (np.random.default_rng([seed, depth]) for seed in range(8))
    return float(np.mean([last_gradient(depth, norm_first=norm_first, rng=rng) for rng in rngs]))


def test_the_second_moment_of_gelu() -> None:
    def integrand(z: float) -> float:
        gelu = z * 0.5 * (1 + math.erf(z / math.sqrt(2)))
        return gelu**2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    assert quad(integrand, -10, 10)[0] == pytest.approx(GELU_SECOND_MOMENT, abs=1e-4)


@pytest.mark.parametrize("depth", [1, 3, 15])
def test_with_the_norm_in_the_branch_it_falls_as_the_stream_grows(depth: int) -> None:
    first, after = (mean_gradient(depth, norm_first=one) for one in (True, False))
    assert first / after == pytest.approx(math.sqrt(2 / (1 + depth)), rel=0.1)


def test_with_the_norm_after_the_sum_depth_does_not_matter() -> None:
    found = [mean_gradient(depth, norm_first=False) for depth in (1, 4, 16)]
    assert found == pytest.approx([found[0]] * 3, rel=0.08)


def test_the_same_generator_gives_the_same() -> None:
    both = [last_gradient(2, norm_first=True, rng=np.random.default_rng(5)) for _ in range(2)]
    assert both[0] == both[1] > 0
