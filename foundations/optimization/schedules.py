"""Learning-rate schedules: functions from the number of the step, counted from 1, to the learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable

from foundations.errors import ValueRangeError

Schedule = Callable[[int], float]


def _check_step(step: int) -> None:
    if step < 1:
        raise ValueRangeError(f"schedules count steps from 1, got {step}: pass optimizer.steps + 1")


def constant_schedule(learning_rate: float) -> Schedule:
    """Return the schedule that never changes."""

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
    """
    after = after or constant_schedule(learning_rate)

    def rate(step: int) -> float:
        _check_step(step)
        return learning_rate * step / warmup_steps if step <= warmup_steps else after(step - warmup_steps)

    return rate


def cosine_schedule(learning_rate: float, total_steps: int, final: float = 0.0) -> Schedule:
    """Fall from `learning_rate` to `final` along half a cosine, and stay there.

    Args:
        learning_rate: Where the fall begins, just before step 1.
        total_steps: Length of the fall, at least 1.
        final: Where it ends.

    Returns:
        The schedule.

    Source: Loshchilov & Hutter 2016, arXiv:1608.03983, equation 5, one period.
    """
    if total_steps < 1:
        raise ValueRangeError(f"the fall takes at least one step, got {total_steps}")

    def rate(step: int) -> float:
        _check_step(step)
        share = min(step / total_steps, 1.0)
        return final + (learning_rate - final) * (1 + math.cos(math.pi * share)) / 2

    return rate


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
    if warmup_steps < 1:
        raise ValueRangeError(f"the rise takes at least one step, got {warmup_steps}")

    def rate(step: int) -> float:
        _check_step(step)
        return factor * d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)

    return rate
