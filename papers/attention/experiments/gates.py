"""The conditions under which the claims of this entry say anything, and the paper's own sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from foundations.experiment import Budget, Metrics, Scale, Verdict, all_of, between, paired_interval
from papers.attention.experiments.learning import Size, parameters

WRONG_AT_LEAST, WRONG_AT_MOST = 0.02, 0.30
"""Off the floor and off the ceiling: share of sequences that the reference arm writes with an error."""
MOVED_AT_MOST = 0.02
"""Converged: by which share the validation loss of an arm may still move over the last tenth of the steps."""

SHARED = {
    "wrong_at_least": WRONG_AT_LEAST,
    "wrong_at_most": WRONG_AT_MOST,
    "moved_at_most": MOVED_AT_MOST,
}
"""The thresholds of the gates that every claim has."""

THIRD = 1 / 3
"""The largest margin for "no difference", as a share of an effect measured beside it."""

PAPER = {"parameters": 65e6, "examples": 4.5e6, "steps": 100_000.0}
"""Vaswani et al. 2017, Table 3 (base) and section 5.1: pairs of English and German sentences."""


def regime(m: Metrics, *references: str) -> Verdict:
    """Return whether reference arms end with 2 % to 30 % of the sequences wrong, on average over seeds."""
    return all_of(
        *(between(paired_interval(m[f"wrong_{arm}"]), WRONG_AT_LEAST, WRONG_AT_MOST) for arm in references)
    )


def converged(m: Metrics, arms: Sequence[str]) -> Verdict:
    """Return whether every arm's validation loss has stopped moving, on average over seeds."""
    return all_of(
        *(between(paired_interval(m[f"moved_{arm}"]), -MOVED_AT_MOST, MOVED_AT_MOST) for arm in arms)
    )


def scale_of(size: Callable[[Budget], Size]) -> Callable[[Budget], Scale]:
    """Return what compares a size with the paper's base model.

    Args:
        size: The size by budget.

    Returns:
        Parameters, pairs drawn and steps: ours and the paper's.
    """

    def scale(budget: Budget) -> Scale:
        chosen = size(budget)
        return {
            "parameters": (float(parameters(chosen)), PAPER["parameters"]),
            "examples": (float(chosen.steps * chosen.batch_size), PAPER["examples"]),
            "steps": (float(chosen.steps), PAPER["steps"]),
        }

    return scale
