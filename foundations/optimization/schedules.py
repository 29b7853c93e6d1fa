"""Learning-rate schedules: functions from the number of the step, counted from 1, to the learning rate.

A loop sets `optimizer.learning_rate = rate(optimizer.steps + 1)` before every step. Schedules that jump or
fade (step, exponential, restarts, one cycle) give step 1 what PyTorch's schedulers give epoch 0. Those that
run for a number of steps to a final rate (cosine, polynomial) reach it *at* that step: their step t is
PyTorch's epoch t, so that they follow a warmup without a step at the peak twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from foundations.errors import ValueRangeError

Schedule = Callable[[int], float]


def _check_step(step: int) -> None:
    if step < 1:
        raise ValueRangeError(f"schedules count steps from 1, got {step}: pass optimizer.steps + 1")


def _check_length(what: str, steps: int) -> None:
    if steps < 1:
        raise ValueRangeError(f"{what} takes at least one step, got {steps}")


def _check_rates(**rates: float) -> None:
    for name, rate in rates.items():
        if not 0 <= rate < math.inf:
            raise ValueRangeError(f"{name} is a finite number, at least 0; got {rate}")


def constant_schedule(learning_rate: float) -> Schedule:
    """Return the schedule that never changes."""
    _check_rates(learning_rate=learning_rate)

    def rate(step: int) -> float:
        _check_step(step)
        return learning_rate

    return rate


def warmup_schedule(learning_rate: float, warmup_steps: int, after: Schedule | None = None) -> Schedule:
    """Rise linearly to `learning_rate`, reached at step `warmup_steps`, then follow `after`.

    Args:
        learning_rate: The rate at the end of the rise.
        warmup_steps: Length of the rise, at least 0.
        after: Schedule whose step 1 follows the rise; constant by default.

    Returns:
        The schedule.

    Raises:
        ValueRangeError: If the rise takes less than 0 steps.

    Example:
        >>> rate = warmup_schedule(0.1, 10, after=cosine_schedule(0.1, 90))
        >>> [round(rate(t), 4) for t in (1, 10, 55, 100)]
        [0.01, 0.1, 0.05, 0.0]
    """
    _check_rates(learning_rate=learning_rate)
    if warmup_steps < 0:
        raise ValueRangeError(f"warmup_steps is at least 0, got {warmup_steps}")
    after = after or constant_schedule(learning_rate)

    def rate(step: int) -> float:
        _check_step(step)
        return learning_rate * step / warmup_steps if step <= warmup_steps else after(step - warmup_steps)

    return rate


def step_schedule(learning_rate: float, every: int | Sequence[int], factor: float = 0.1) -> Schedule:
    """Multiply the rate by `factor` after every so many steps, or after each of given ones.

    Args:
        learning_rate: Where it begins.
        every: Length of a stair; or the steps after which the rate falls, in increasing order.
        factor: What each fall multiplies by, at least 0.

    Returns:
        The schedule.

    Raises:
        ValueRangeError: If a stair is shorter than a step, or the steps do not increase.

    Example:
        >>> rate = step_schedule(1.0, [2, 3], factor=0.5)
        >>> [rate(t) for t in (1, 2, 3, 4)]
        [1.0, 1.0, 0.5, 0.25]
    """
    _check_rates(learning_rate=learning_rate, factor=factor)
    stairs = [every] if isinstance(every, int) else list(every)
    for before, after in zip([0, *stairs], stairs, strict=False):
        if after <= before:
            raise ValueRangeError(f"stairs end at increasing steps from 1 on, got {every}")

    def rate(step: int) -> float:
        _check_step(step)
        if isinstance(every, int):
            return learning_rate * factor ** ((step - 1) // every)
        return learning_rate * factor ** sum(end < step for end in stairs)

    return rate


def exponential_schedule(learning_rate: float, factor: float) -> Schedule:
    """Multiply the rate by `factor` after every step: learning_rate factor^(t - 1).

    Args:
        learning_rate: The rate of step 1.
        factor: At least 0; below 1 for a rate that falls.

    Returns:
        The schedule.
    """
    return step_schedule(learning_rate, 1, factor)


def polynomial_schedule(
    learning_rate: float, total_steps: int, power: float = 1.0, final: float = 0.0
) -> Schedule:
    """Fall as (1 - t / total_steps)^power from `learning_rate` to `final`, and stay there.

    Args:
        learning_rate: Where the fall begins, just before step 1.
        total_steps: Length of the fall, at least 1.
        power: 1 for a straight line; larger falls early.
        final: Where it ends.

    Returns:
        The schedule.

    Raises:
        ValueRangeError: If total_steps is below 1 or power not positive.
    """
    _check_rates(learning_rate=learning_rate, final=final)
    _check_length("the fall", total_steps)
    if not 0 < power < math.inf:
        raise ValueRangeError(f"power is positive, got {power}: 1 is a straight line")

    def rate(step: int) -> float:
        _check_step(step)
        return final + (learning_rate - final) * (1 - min(step / total_steps, 1.0)) ** power

    return rate


def cosine_schedule(learning_rate: float, total_steps: int, final: float = 0.0) -> Schedule:
    """Fall from `learning_rate` to `final` along half a cosine, and stay there.

    Args:
        learning_rate: Where the fall begins, just before step 1.
        total_steps: Length of the fall, at least 1.
        final: Where it ends.

    Returns:
        The schedule.

    Raises:
        ValueRangeError: If total_steps is below 1.

    Source: Loshchilov & Hutter 2016, arXiv:1608.03983, equation 5, one period.
    """
    _check_rates(learning_rate=learning_rate, final=final)
    _check_length("the fall", total_steps)

    def rate(step: int) -> float:
        _check_step(step)
        return _cosine(learning_rate, final, min(step / total_steps, 1.0))

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
    _check_rates(learning_rate=learning_rate, final=final)
    _check_length("a period", period)
    if growth < 1:
        raise ValueRangeError(f"growth is at least 1, got {growth}")

    def rate(step: int) -> float:
        _check_step(step)
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
    _check_rates(learning_rate=learning_rate)
    if not 0 < rise < 1 or not first_divisor > 0 or not last_divisor > 0:
        raise ValueRangeError(
            "one cycle needs rise in (0, 1) and positive divisors, "
            f"got {rise}, {first_divisor} and {last_divisor}"
        )
    peak, end = rise * total_steps - 1, total_steps - 1  # counted from 0, the peak between steps
    if peak <= 0:
        raise ValueRangeError(f"a rise of {rise} of {total_steps} steps is no step: take more of them")
    first = learning_rate / first_divisor

    def rate(step: int) -> float:
        _check_step(step)
        t = min(step - 1, end)
        if t <= peak:
            return _cosine(first, learning_rate, t / peak)
        return _cosine(learning_rate, first / last_divisor, (t - peak) / (end - peak))

    return rate


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def noam_schedule(d_model: int, warmup_steps: int = 4000, factor: float = 1.0) -> Schedule:
    """Rise linearly for `warmup_steps`, then fall with the inverse square root of the step.

    rate(t) = factor d_model^-0.5 min(t^-0.5, t warmup_steps^-1.5); both branches meet at t = warmup_steps.

    Args:
        d_model: Width of the model.
        warmup_steps: Length of the rise, at least 1.
        factor: Multiplies the whole curve; 1 in the paper.

    Returns:
        The schedule.

    Source: Vaswani et al. 2017, arXiv:1706.03762, equation 3.

    Example:
        >>> rate = noam_schedule(512)
        >>> f"{rate(4000):.6f}"
        '0.000699'
    """
    _check_length("the rise", warmup_steps)

    def rate(step: int) -> float:
        _check_step(step)
        return factor * d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)

    return rate
