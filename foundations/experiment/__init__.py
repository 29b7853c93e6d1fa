"""Claims of papers, run over seeds and judged by intervals.

A `Claim` says beforehand what would support it; `run_claim` runs it over seeds in parallel; `Results` keeps
what came out in `results.json`, with a hash of the code that produced it.
"""

from foundations.errors import ClaimError, ExperimentError, ResultsError
from foundations.experiment.budget import BUDGETS, Budget, by_budget, parse_budget
from foundations.experiment.claim import Claim, Metrics
from foundations.experiment.intervals import Interval, mean_interval
from foundations.experiment.verdict import Verdict, all_of, at_least, at_most, between

__all__ = [
    "BUDGETS",
    "Budget",
    "Claim",
    "ClaimError",
    "ExperimentError",
    "Interval",
    "Metrics",
    "ResultsError",
    "Verdict",
    "all_of",
    "at_least",
    "at_most",
    "between",
    "by_budget",
    "mean_interval",
    "parse_budget",
]
