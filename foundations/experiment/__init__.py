"""Claims of papers, run over seeds and judged by intervals.

A `Claim` says beforehand what would support it; `run_claims` runs claims over seeds in parallel; `Results`
keeps what came out in `results.json`, with a hash of the code that produced it.
"""

from foundations.errors import ClaimError, ExperimentError, ResultsError
from foundations.experiment.backends import BACKENDS, Backend, parse_backend
from foundations.experiment.budget import BUDGETS, Budget, by_budget, parse_budget
from foundations.experiment.claim import Claim, Metrics
from foundations.experiment.counts import PairedTest, holm, mcnemar, proportion_interval
from foundations.experiment.intervals import Interval, mean_interval
from foundations.experiment.provenance import code_hash, foundations_hash
from foundations.experiment.resampling import bootstrap_interval, permutation_test
from foundations.experiment.results import SCHEMA, Measurement, Result, Results
from foundations.experiment.runner import Step, run_claim, run_claims
from foundations.experiment.tuning import Tuning, tune
from foundations.experiment.typical_values import paired_interval
from foundations.experiment.verdict import (
    Verdict,
    all_of,
    at_least,
    at_most,
    between,
    equivalent,
    guarded,
)

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
    "PairedTest",
    "Result",
    "Results",
    "ResultsError",
    "Step",
    "Tuning",
    "Verdict",
    "all_of",
    "at_least",
    "at_most",
    "between",
    "bootstrap_interval",
    "by_budget",
    "code_hash",
    "equivalent",
    "foundations_hash",
    "guarded",
    "holm",
    "mcnemar",
    "mean_interval",
    "paired_interval",
    "parse_backend",
    "parse_budget",
    "permutation_test",
    "proportion_interval",
    "run_claim",
    "run_claims",
    "tune",
]
