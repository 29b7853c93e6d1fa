"""Claims of papers, run over seeds and judged by intervals.

A `Claim` says beforehand what would support it; `run_claims` runs claims over seeds in parallel;
`keep_results` puts what came out into `results.json`, with a hash of the code that produced it and a
fingerprint that tests take again.
"""

from foundations.errors import ClaimError, ExperimentError, ResultsError
from foundations.experiment.backends import BACKENDS, Backend, parse_backend
from foundations.experiment.budget import BUDGETS, Budget, by_budget, parse_budget
from foundations.experiment.checkpoints import clear_checkpoints
from foundations.experiment.claim import Claim, Metrics, with_fingerprints
from foundations.experiment.counts import PairedTest, holm, mcnemar, proportion_interval
from foundations.experiment.fingerprint import Fingerprint, Losses, compare_fingerprints, take_fingerprint
from foundations.experiment.intervals import Interval, mean_interval
from foundations.experiment.provenance import code_hash, foundations_hash
from foundations.experiment.resampling import bootstrap_interval, permutation_test
from foundations.experiment.result import Measurement, Result
from foundations.experiment.results import Results, keep_results
from foundations.experiment.runner import Step, run_claim, run_claims
from foundations.experiment.schema import SCHEMA
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
    "Fingerprint",
    "Interval",
    "Losses",
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
    "clear_checkpoints",
    "code_hash",
    "compare_fingerprints",
    "equivalent",
    "foundations_hash",
    "guarded",
    "holm",
    "keep_results",
    "mcnemar",
    "mean_interval",
    "paired_interval",
    "parse_backend",
    "parse_budget",
    "permutation_test",
    "proportion_interval",
    "run_claim",
    "run_claims",
    "take_fingerprint",
    "tune",
    "with_fingerprints",
]
