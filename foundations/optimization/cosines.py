"""Schedules along cosines: one fall, falls with restarts, and one cycle."""

from __future__ import annotations

import math

from foundations.errors import ValueRangeError
from foundations.optimization import checks
from foundations.optimization.checks import check_at_least_zero, check_positive
from foundations.optimization.schedules import Schedule, check_length, check_step


def cosine_schedule(learning_rate: float, total_steps: int, final: float = 0.0) -> Schedule:
    """Fall from `learning_rate` to `final` along half a cosine, and stay there.

    Args:
        learning_rate: The rate of step 1.
        total_steps: Length of the fall, at least 1: step total_steps + 1 has the final rate.
        final: Where it ends.

    Returns:
        The schedule.

    Raises:
        ValueRangeError: If total_steps is below 1.

    Source: Loshchilov & Hutter 2016, arXiv:1608.03983, equation 5, one period.
    """
    check_at_least_zero(learning_rate=learning_rate, final=final)
    check_length("the fall", total_steps)

    def rate(step: int) -> float:
        check_step(step)
        return _cosine(learning_rate, final, min((step - 1) / total_steps, 1.0))

    return rate


def cosine_restarts_schedule(
    learning_rate: float, period: int, growth: int = 1, final: float = 0.0
) -> Schedule:
    """Fall along half a cosine again and again, each period `growth` times as long as the one before.

    Args:
        learning_rate: The rate at the first step of every period.
        period: Steps of the first period, at least 1.
        growth: Factor of the length, at least 1.
        final: What each fall tends to; the restart comes just before it is reached.

    Returns:
        The schedule.

    Raises:
        ValueRangeError: If period or growth are below 1.

    Source: Loshchilov & Hutter 2016, arXiv:1608.03983, equation 5.
    """
    check_at_least_zero(learning_rate=learning_rate, final=final)
    check_length("a period", period)
    checks.whole("growth", growth, least=1)

    def rate(step: int) -> float:
        check_step(step)
        since, length = step - 1, period
        if growth == 1:
            since %= period
        while since >= length:
            since -= length
            length *= growth
        return _cosine(learning_rate, final, since / length)

    return rate


def one_cycle_schedule(
    learning_rate: float,
    total_steps: int,
    rise: float = 0.3,
    first_divisor: float = 25.0,
    last_divisor: float = 1e4,
) -> Schedule:
    """Rise along half a cosine to `learning_rate`, then fall along another, far below the start.

    Args:
        learning_rate: The peak.
        total_steps: Length of the cycle; afterwards the last rate stays.
        rise: Share of the steps that the rise takes, in (0, 1).
        first_divisor: The peak over the rate of step 1.
        last_divisor: The rate of step 1 over that of the last step.

    Returns:
        The schedule.

    Raises:
        ValueRangeError: If rise lies outside (0, 1), a divisor is not positive, or the cycle is too short for
            a rise and a fall.

    Source: Smith & Topin 2017, arXiv:1708.07120, in the form of PyTorch's `OneCycleLR`.
    """
    check_at_least_zero(learning_rate=learning_rate)
    check_positive(rise=rise, first_divisor=first_divisor, last_divisor=last_divisor)
    check_length("the cycle", total_steps)
    if not 0 < rise < 1:
        raise ValueRangeError(f"rise lies in (0, 1), got {rise}")
    peak, end = rise * total_steps - 1, total_steps - 1  # counted from 0, the peak between steps
    if peak <= 0:
        raise ValueRangeError(f"a rise of {rise} of {total_steps} steps is no step: take more of them")
    first = learning_rate / first_divisor

    def rate(step: int) -> float:
        check_step(step)
        t = min(step - 1, end)
        if t <= peak:
            return _cosine(first, learning_rate, t / peak)
        return _cosine(learning_rate, first / last_divisor, (t - peak) / (end - peak))

    return rate


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
