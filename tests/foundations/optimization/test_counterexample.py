"""Adam's counterexample: it ends at the worst point, as the proof says, and AMSGrad at the best."""

from __future__ import annotations

import math

import numpy as np
import pytest

from foundations.errors import ValueRangeError
from foundations.optimization import SGD, Adam
from foundations.optimization.counterexample import average_regret, periodic_slopes, play, random_slopes


def adam(steep, *, amsgrad=False, rate=0.01):
    """Return a builder of Adam with the constants of the theorem."""
    return lambda p: Adam(p, rate, betas=(0.0, 1 / (1 + steep**2)), eps=0.0, amsgrad=amsgrad)


@pytest.mark.parametrize("steep", [2.1, 3.0, 10.0, 100.0])
@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("start", [-1.0, 0.0, 1.0])
def test_adam_goes_to_the_worst_point_and_amsgrad_to_the_best(steep, falling, start):
    slopes = periodic_slopes(3000, steep=steep, gentle=1.0, period=3)
    assert slopes.mean() > 0  # so that -1 is the best point and 1 the worst
    step_size = (lambda t: 0.5 / math.sqrt(t)) if falling else None
    wrong = play(adam(steep), slopes, step_size=step_size, start=start)
    right = play(adam(steep, amsgrad=True), slopes, step_size=step_size, start=start)
    assert wrong[-30:].mean() > 0.97
    assert right[-1] < max(start, -0.9)
    if steep >= 3 and start < 1:
        assert average_regret(wrong, slopes)[-1] > 5 * average_regret(right, slopes)[-1]
    sgd = play(lambda p: SGD(p, 0.05), slopes, start=start)
    assert sgd[-1] < -0.85


def test_in_every_cycle_adam_climbs_by_what_the_proof_says_at_least():
    for steep in (2.1, 3.0, 10.0):
        slopes = periodic_slopes(60, steep=steep, gentle=1.0, period=3)
        x = play(adam(steep, rate=1e-4), slopes)
        cycles = np.diff(x[::3])  # what three rounds moved
        r = math.sqrt(1 + steep**2) / steep
        ratio = math.sqrt((1 + steep**2) / (3 + steep**2))
        assert (cycles >= 1e-4 * r * (1 / math.sqrt(2) + ratio - 1)).all()
        assert (cycles > 0).all()


def test_a_random_order_does_not_help():
    slopes = random_slopes(2000, 100, steep=5.0, gentle=1.0, probability=0.25, rng=np.random.default_rng(0))
    wrong, right = play(adam(5.0), slopes), play(adam(5.0, amsgrad=True), slopes)
    assert wrong[-1].mean() > 0.9
    assert right[-1].mean() < -0.9
    assert average_regret(wrong, slopes)[-1].mean() > 5 * average_regret(right, slopes)[-1].mean()


def test_slopes_and_regret_are_their_definitions():
    slopes = periodic_slopes(7, steep=4.0, gentle=1.5, period=3)
    assert slopes.tolist() == [4.0, -1.5, -1.5, 4.0, -1.5, -1.5, 4.0]
    positions = np.array([0.0, 1.0, -1.0, 0.5, 0.0, 0.0, 0.0])
    by_hand = [
        sum(s * x - s * -1.0 for s, x in zip(slopes[:t], positions[:t], strict=True)) / t for t in range(1, 8)
    ]
    np.testing.assert_allclose(average_regret(positions, slopes), by_hand)
    drawn = random_slopes(4000, 3, steep=5.0, gentle=1.0, probability=0.25, rng=np.random.default_rng(0))
    assert set(drawn.ravel()) == {5.0, -1.0}
    assert (drawn == 5.0).mean() == pytest.approx(0.25, abs=0.02)


def test_positions_stay_in_the_interval_and_many_games_are_each_their_own():
    slopes = random_slopes(50, 4, steep=5.0, gentle=1.0, probability=0.25, rng=np.random.default_rng(1))
    together = play(adam(5.0, rate=0.5), slopes)
    assert together.shape == (51, 4)
    assert np.abs(together).max() <= 1
    for game in range(4):
        alone = play(adam(5.0, rate=0.5), slopes[:, game])
        np.testing.assert_allclose(together[:, game], alone, rtol=1e-13)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: periodic_slopes(9, steep=2.0, gentle=1.0, period=3), r"steep > \(period - 1\) gentle"),
        (lambda: periodic_slopes(9, steep=2.0, gentle=1.0, period=1), "period >= 2"),
        (
            lambda: random_slopes(9, 1, steep=2.0, gentle=1.0, probability=0.1, rng=np.random.default_rng(0)),
            "the mean slope is positive",
        ),
    ],
)
def test_a_game_whose_answer_is_another_is_refused(build, message):
    with pytest.raises(ValueRangeError, match=message):
        build()
