"""Schedules against their formulas, and against torch.optim.lr_scheduler where the two coincide."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import ValueRangeError
from foundations.optimization import (
    constant_schedule,
    cosine_restarts_schedule,
    cosine_schedule,
    exponential_schedule,
    noam_schedule,
    one_cycle_schedule,
    polynomial_schedule,
    step_schedule,
    warmup_schedule,
)

LR = torch.optim.lr_scheduler


def torch_rates(build, steps, learning_rate=0.3):
    """Return the rates of a PyTorch scheduler for epochs 0, 1, …"""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=learning_rate)
    scheduler = build(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


# ours; theirs: our step 1 is their epoch 0
COINCIDENT = {
    "constant": (constant_schedule(0.3), lambda o: LR.ConstantLR(o, factor=1.0)),
    "warmup": (warmup_schedule(0.3, 10), lambda o: LR.LinearLR(o, 0.1, 1.0, total_iters=9)),
    "warmup, then a cosine": (
        warmup_schedule(0.3, 10, after=cosine_schedule(0.3, 40, 0.01)),
        lambda o: LR.SequentialLR(
            o, [LR.LinearLR(o, 0.1, 1.0, total_iters=9), LR.CosineAnnealingLR(o, 40, 0.01)], milestones=[10]
        ),
    ),
    "warmup, then a line": (
        warmup_schedule(0.3, 10, after=polynomial_schedule(0.3, 40)),
        lambda o: LR.SequentialLR(
            o, [LR.LinearLR(o, 0.1, 1.0, total_iters=9), LR.PolynomialLR(o, 40)], milestones=[10]
        ),
    ),
    "step": (step_schedule(0.3, 7, 0.5), lambda o: LR.StepLR(o, 7, 0.5)),
    "stairs": (step_schedule(0.3, [5, 6, 20], 0.1), lambda o: LR.MultiStepLR(o, [5, 6, 20], 0.1)),
    "exponential": (exponential_schedule(0.3, 0.9), lambda o: LR.ExponentialLR(o, 0.9)),
    "linear": (polynomial_schedule(0.3, 40), lambda o: LR.PolynomialLR(o, 40, 1.0)),
    "polynomial": (polynomial_schedule(0.3, 40, 2.5), lambda o: LR.PolynomialLR(o, 40, 2.5)),
    "cosine": (cosine_schedule(0.3, 50, 0.01), lambda o: LR.CosineAnnealingLR(o, 50, 0.01)),
    "restarts": (
        cosine_restarts_schedule(0.3, 7, final=0.01),
        lambda o: LR.CosineAnnealingWarmRestarts(o, 7, 1, 0.01),
    ),
    "growing restarts": (
        cosine_restarts_schedule(0.3, 5, 2, 0.02),
        lambda o: LR.CosineAnnealingWarmRestarts(o, 5, 2, 0.02),
    ),
    "one cycle": (one_cycle_schedule(0.3, 51), lambda o: LR.OneCycleLR(o, 0.3, total_steps=51)),
    "short rise": (
        one_cycle_schedule(0.3, 51, 0.1, 10.0, 100.0),
        lambda o: LR.OneCycleLR(o, 0.3, total_steps=51, pct_start=0.1, div_factor=10, final_div_factor=100),
    ),
}


@pytest.mark.parametrize("name", COINCIDENT)
def test_a_schedule_is_that_of_pytorch(name):
    rate, build = COINCIDENT[name]
    for epoch, theirs in enumerate(torch_rates(build, 50)):
        assert rate(epoch + 1) == pytest.approx(theirs, rel=1e-9, abs=1e-14), epoch


def test_noam_is_equation_3():
    rate = noam_schedule(512, 4000, 2.0)
    for t in (1, 17, 3999, 4000, 4001, 100_000):
        assert rate(t) == pytest.approx(2 * 512**-0.5 * min(t**-0.5, t * 4000**-1.5))
    assert rate(4000) == max(rate(t) for t in range(3900, 4100))


@given(warmup=st.integers(0, 20), total=st.integers(1, 30))
def test_warmup_meets_what_follows_without_a_jump(warmup, total):
    rate = warmup_schedule(0.3, warmup, after=cosine_schedule(0.3, total))
    rates = [rate(t) for t in range(1, warmup + total + 2)]
    assert all(b > a for a, b in pairwise(rates[:warmup]))
    if warmup:
        assert rates[warmup - 1] == 0.3
    assert rates[warmup] == 0.3  # step 1 of what follows: the peak again
    assert all(b < a for a, b in pairwise(rates[warmup:]))
    assert rates[-1] == pytest.approx(0, abs=1e-16)


@given(
    steps=st.integers(2, 60), rise=st.floats(0.05, 0.95), first=st.floats(1.5, 50), last=st.floats(1.5, 1e5)
)
def test_one_cycle_starts_and_ends_where_it_is_told_and_never_exceeds_its_peak(steps, rise, first, last):
    if rise * steps <= 1:
        with pytest.raises(ValueRangeError, match="take more of them"):
            one_cycle_schedule(0.3, steps, rise, first, last)
        return
    rate = one_cycle_schedule(0.3, steps, rise, first, last)
    assert rate(1) == pytest.approx(0.3 / first)
    assert rate(steps) == pytest.approx(0.3 / first / last)
    assert rate(steps + 100) == rate(steps)
    assert max(rate(t) for t in range(1, steps + 1)) <= 0.3 * (1 + 1e-12)


def test_falls_stay_where_they_end():
    for rate in (cosine_schedule(0.3, 5, 0.1), polynomial_schedule(0.3, 5, 2, 0.1)):
        assert rate(1) == 0.3
        assert rate(5) > rate(6) == rate(7) == rate(10_000) == 0.1


def test_numpys_whole_numbers_are_whole_numbers():
    assert step_schedule(1.0, np.int64(3))(np.int32(4)) == step_schedule(1.0, 3)(4) == 0.1
    assert step_schedule(1.0, np.array([2, 3]))(4) == pytest.approx(0.01)


@pytest.mark.parametrize(
    "schedule",
    [rate for rate, _ in COINCIDENT.values()] + [noam_schedule(64)],
    ids=[*COINCIDENT, "noam"],
)
def test_steps_count_from_1(schedule):
    assert schedule(1) >= 0
    with pytest.raises(ValueRangeError, match=r"count steps from 1, got 0: pass optimizer.steps \+ 1"):
        schedule(0)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: constant_schedule(-1.0), "learning_rate is a finite number, at least 0"),
        (lambda: constant_schedule(math.nan), "learning_rate is a finite number"),
        (lambda: warmup_schedule(0.1, -1), "warmup_steps is a whole number, at least 0; got -1"),
        (lambda: step_schedule(0.1, 0), "increasing steps from 1 on, got 0"),
        (lambda: step_schedule(0.1, [3, 3]), r"increasing steps from 1 on, got \[3, 3\]"),
        (lambda: exponential_schedule(0.1, -0.5), "factor is a finite number, at least 0"),
        (lambda: polynomial_schedule(0.1, 0), "the fall takes at least one step, got 0"),
        (lambda: polynomial_schedule(0.1, 5, 0.0), "power is a finite positive number, got 0.0"),
        (lambda: cosine_schedule(0.1, 0), "the fall takes at least one step"),
        (lambda: cosine_schedule(0.1, 5, -1.0), "final is a finite number"),
        (lambda: cosine_restarts_schedule(0.1, 0), "a period takes at least one step"),
        (lambda: cosine_restarts_schedule(0.1, 5, 0), "growth is a whole number, at least 1; got 0"),
        (lambda: one_cycle_schedule(0.1, 100, rise=1.0), r"rise lies in \(0, 1\), got 1.0"),
        (lambda: noam_schedule(64, 0), "the rise takes at least one step"),
    ],
)
def test_what_makes_no_schedule_is_an_error(build, message):
    with pytest.raises(ValueRangeError, match=message):
        build()
