"""What the claims share: the arms of a seed, trained, and measured on its fold."""

from __future__ import annotations

import numpy as np

from foundations.experiment import Budget
from papers.lora.classifier import evaluate
from papers.lora.frozen import fit_head, vectors
from papers.lora.polarity import parts
from papers.lora.training import Arm, Fitted, build, fit

FULL_RATES = (2e-5, 5e-5, 1e-4, 2e-4)
LORA_RATES = (5e-4, 1e-3, 2e-3, 5e-3)
BIAS_RATES = (1e-3, 2e-3, 5e-3, 1e-2)
LAST_RATES = (5e-5, 1e-4, 2e-4, 5e-4)
FROZEN_RATES = (1e-3, 3e-3, 1e-2, 3e-2)
PILOT_SEEDS = (100,)
"""One instead of two, for time, decided before any run."""
SHARE = 0.25
SENSITIVITY = 3.0


def fitted(arm: Arm, rate: float, seed: int, budget: Budget) -> Fitted:
    """Train an arm; the arms of a seed share sentences and batches, and draw A for each rank anew."""
    model = build(arm, budget, rng=np.random.default_rng([seed, 3, arm.r]))
    return fit(model, parts(seed, budget), rate=rate, seed=seed, budget=budget)


def accuracy(found: Fitted, seed: int, budget: Budget) -> float:
    """Return the percent of the seed's test sentences that are told right."""
    return 100 * float(evaluate(found.model, parts(seed, budget).tested_on())[0].mean())


def frozen_accuracy(rate: float, seed: int, budget: Budget) -> float:
    """Return the same of a head on the frozen encoder."""
    test = vectors(parts(seed, budget).tested_on(), budget)
    return 100 * float(fit_head(rate, seed, budget).right(test).mean())


def on_validation(arm: Arm, rate: float, seed: int, budget: Budget) -> float:
    """Return cross-entropy on validation sentences at the best epoch: what a rate is chosen by."""
    return min(fitted(arm, rate, seed, budget).validation)
