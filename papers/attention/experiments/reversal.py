"""Reversing 4 to 8 digits with a narrow model: the size that `positions` and `extrapolation` share."""

from __future__ import annotations

from typing import Any

from foundations.experiment import Budget, by_budget
from papers.attention.experiments.learning import Size, small
from papers.attention.tasks import Task, reverse


def reversal(budget: Budget) -> Size:
    """Return the size at which reversal with sinusoids ends with some sequences wrong."""
    return sized(budget, reverse(longest=8), steps=310)


def sized(budget: Budget, task: Task, *, steps: int, **changes: Any) -> Size:
    """Return the size of a narrow model for a task.

    Args:
        budget: The budget.
        task: What is learned.
        steps: Training steps under the standard budget.
        **changes: What differs in the configuration, whatever the budget.
    """
    width = by_budget(budget, quick=16, standard=32, full=256)
    return Size(
        task,
        small(task, **{"d_model": width, "d_ff": 2 * width, **changes}),
        steps=by_budget(budget, quick=20, standard=steps, full=20 * steps),
        batch_size=by_budget(budget, quick=8, standard=64, full=64),
        n_validation=by_budget(budget, quick=20, standard=500, full=2000),
        n_test=by_budget(budget, quick=20, standard=1000, full=5000),
    )
