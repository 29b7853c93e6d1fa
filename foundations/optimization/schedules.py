"""Learning-rate schedules: functions from the number of the step, counted from 1, to the learning rate.

A loop calls `optimizer.follow(rate)`, or sets `optimizer.learning_rate = rate(optimizer.steps + 1)`, before
every step. One rule for all: step t gets what PyTorch's schedulers give epoch t - 1. So step 1 gets the rate
at which a schedule begins, and one that falls for `total_steps` steps reaches its final rate in the step
after them and stays there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from foundations.errors import ValueRangeError
from foundations.optimization import checks
from foundations.optimization.checks import check_at_least_zero, check_positive

Schedule = Callable[[int], float]


def check_step(step: int) -> None:
    """Raise unless a schedule is asked for the rate of a step."""
    if checks.whole("step", step) < 1:
        raise ValueRangeError(f"schedules count steps from 1, got {step}: pass optimizer.steps + 1")


def check_length(what: str, steps: int) -> None:
    """Raise unless something takes at least one step."""
    if checks.whole(f"the length of {what}", steps) < 1:
        raise ValueRangeError(f"{what} takes at least one step, got {steps}")


def constant_schedule(learning_rate: float) -> Schedule:
    """Return the schedule that never changes."""
    check_at_least_zero(learning_rate=learning_rate)

    def rate(step: int) -> float:
        check_step(step)
        return learning_rate

    return rate


def warmup_schedule(learning_rate: float, warmup_steps: int, after: Schedule | None = None) -> Schedule:
    """Rise linearly to `learning_rate`, reached at step `warmup_steps`, then follow `after`.

    Args:
        learning_rate: The rate at the end of the rise.
        warmup_steps: Length of the rise, at least 0.
        after: Schedule whose step 1 is step `warmup_steps` + 1; constant by default. One that begins at
            `learning_rate`, as a cosine does, keeps the peak for two steps.

    Returns:
        The schedule.

    Raises:
        ValueRangeError: If the rise takes less than 0 steps.

    Example:
        >>> rate = warmup_schedule(0.1, 10, after=polynomial_schedule(0.1, 90))
        >>> [round(rate(t), 4) for t in (1, 10, 11, 56, 101)]
        [0.01, 0.1, 0.1, 0.05, 0.0]
    """
    check_at_least_zero(learning_rate=learning_rate)
    checks.whole("warmup_steps", warmup_steps)
    then = constant_schedule(learning_rate) if after is None else checks.function("after", after)

    def rate(step: int) -> float:
        check_step(step)
        return learning_rate * step / warmup_steps if step <= warmup_steps else then(step - warmup_steps)

    return rate


def step_schedule(
    learning_rate: float, every: int | Sequence[int] | np.ndarray, factor: float = 0.1
) -> Schedule:
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
    check_at_least_zero(learning_rate=learning_rate, factor=factor)
    if isinstance(every, Sequence | np.ndarray):
        length, stairs = None, [checks.whole("every", end) for end in every]
    else:
        stairs = [length := checks.whole("every", every)]
    for before, after in zip([0, *stairs], stairs, strict=False):
        if after <= before:
            raise ValueRangeError(f"stairs end at increasing steps from 1 on, got {every}")

    def rate(step: int) -> float:
        check_step(step)
        if length is not None:
            return learning_rate * factor ** ((step - 1) // length)
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
    """Fall as (1 - (t - 1) / total_steps)^power from `learning_rate` to `final`, and stay there.

    Args:
        learning_rate: The rate of step 1.
        total_steps: Length of the fall, at least 1: step total_steps + 1 has the final rate.
        power: 1 for a straight line; larger falls early.
        final: Where it ends.

    Returns:
        The schedule.

    Raises:
        ValueRangeError: If total_steps is below 1 or power not positive.
    """
    check_at_least_zero(learning_rate=learning_rate, final=final)
    check_length("the fall", total_steps)
    check_positive(power=power)

    def rate(step: int) -> float:
        check_step(step)
        return final + (learning_rate - final) * (1 - min((step - 1) / total_steps, 1.0)) ** power

    return rate


def noam_schedule(
    d_model: int,
    warmup_steps: int = 4000,
    factor: float = 1.0,
) -> Schedule:
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
    check_positive(d_model=d_model)
    check_at_least_zero(factor=factor)
    check_length("the rise", warmup_steps)

    def rate(step: int) -> float:
        check_step(step)
        return factor * d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)

    return rate
