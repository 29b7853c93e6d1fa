"""Claims of papers, run over seeds and judged by intervals.

A `Claim` says beforehand what would support it; `run_claims` runs claims over seeds in parallel; `Results`
keeps what came out in `results.json`, with a hash of the code that produced it.
"""

from foundations.errors import ClaimError, ExperimentError, ResultsError
from foundations.experiment.backends import BACKENDS, Backend, parse_backend
from foundations.experiment.budget import BUDGETS, Budget, by_budget, parse_budget
from foundations.experiment.claim import Claim, Metrics
from foundations.experiment.intervals import Interval, mean_interval
from foundations.experiment.provenance import code_hash, foundations_hash
from foundations.experiment.results import SCHEMA, Measurement, Result, Results
from foundations.experiment.runner import Step, run_claim, run_claims
from foundations.experiment.verdict import Verdict, all_of, at_least, at_most, between

__all__ = [
    "BACKENDS",
    "BUDGETS",
    "SCHEMA",
    "Backend",
    "Budget",
    "Claim",
    "ClaimError",
    "ExperimentError",
    "Interval",
    "Measurement",
    "Metrics",
    "Result",
    "Results",
    "ResultsError",
    "Step",
    "Verdict",
    "all_of",
    "at_least",
    "at_most",
    "between",
    "by_budget",
    "code_hash",
    "foundations_hash",
    "mean_interval",
    "parse_backend",
    "parse_budget",
    "run_claim",
    "run_claims",
]
