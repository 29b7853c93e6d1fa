"""Claims of papers, run over seeds and judged by intervals.

A `Claim` says beforehand what would support it; `run_claims` runs claims over seeds in parallel;
`keep_results` puts what came out into `results.json`, with a hash of the code that produced it and a
fingerprint that tests take again.
"""

from foundations.errors import ClaimError, ExperimentError, ResultsError
from foundations.experiment.backends import BACKENDS, Backend, parse_backend
from foundations.experiment.budget import BUDGETS, Budget, by_budget, parse_budget
from foundations.experiment.checkpoints import clear_checkpoints
from foundations.experiment.claim import Claim, Metrics, Scale, check_designed, with_fingerprints
from foundations.experiment.contrast import Contrast, Plot
from foundations.experiment.counts import PairedTest, holm, mcnemar, proportion_interval
from foundations.experiment.design import Design
from foundations.experiment.fingerprint import Fingerprint, Losses, compare_fingerprints, take_fingerprint
from foundations.experiment.intervals import Interval, mean_interval
from foundations.experiment.measurement import Measurement, seed_interval
from foundations.experiment.pilot import Pilot
from foundations.experiment.piloting import clear_scores, keep_pilots, load_pilots, tune_claims
from foundations.experiment.provenance import code_hash, foundations_hash
from foundations.experiment.resampling import bootstrap_interval, permutation_test
from foundations.experiment.result import Result, Superseded
from foundations.experiment.results import Results, keep_results, needing_reason
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
    "Contrast",
    "Design",
    "ExperimentError",
    "Fingerprint",
    "Interval",
    "Losses",
    "Measurement",
    "Metrics",
    "PairedTest",
    "Pilot",
    "Plot",
    "Result",
    "Results",
    "ResultsError",
    "Scale",
    "Step",
    "Superseded",
    "Tuning",
    "Verdict",
    "all_of",
    "at_least",
    "at_most",
    "between",
    "bootstrap_interval",
    "by_budget",
    "check_designed",
    "clear_checkpoints",
    "clear_scores",
    "code_hash",
    "compare_fingerprints",
    "equivalent",
    "foundations_hash",
    "guarded",
    "holm",
    "keep_pilots",
    "keep_results",
    "load_pilots",
    "mcnemar",
    "mean_interval",
    "needing_reason",
    "paired_interval",
    "parse_backend",
    "parse_budget",
    "permutation_test",
    "proportion_interval",
    "run_claim",
    "run_claims",
    "seed_interval",
    "take_fingerprint",
    "tune",
    "tune_claims",
    "with_fingerprints",
]
