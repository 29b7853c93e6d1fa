"""Section 5.4: label smoothing costs likelihood and does not cost right answers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    all_of,
    at_least,
    between,
    paired_interval,
)
from papers.attention.experiments import gates
from papers.attention.experiments.learning import Learned, Rows, Size, learn
from papers.attention.experiments.reversal import sized
from papers.attention.tasks import add
from papers.attention.training import evaluate, right_sequences

REPLACED = 0.1
"""Share of the answers that are those of other sums."""
SMOOTHING = {"plain": 0.0, "smoothed": 0.1, "tiny": 0.001, "clean": 0.0}
"""The epsilon of each arm; `clean` is `plain` with none of its answers replaced."""
COST_AT_LEAST = 0.0
THRESHOLDS = {"cost_at_least": COST_AT_LEAST, "third": gates.THIRD, **gates.SHARED}

ARMS = tuple(SMOOTHING)


def adding(budget: Budget) -> Size:
    """Return the size for adding two numbers of two digits; learned positions, with which it takes less."""
    return sized(budget, add(2), steps=1000, d_model=16, d_ff=32, positions="learned")


class NoisyRows(Rows):
    """Rows of which a tenth have the answer of another row, drawn from the same sums as `Rows`."""

    def _draw(self, n: int, folds: object, part: int) -> tuple[np.ndarray, np.ndarray]:
        source, target = super()._draw(n, folds, part)
        rng = np.random.default_rng([self.seed, part, 6])
        other = np.where(rng.random(n) < REPLACED, rng.integers(0, n, n), np.arange(n))
        return source, target[other]


@lru_cache(maxsize=8)
def _rows(noisy: bool, seed: int, budget: Budget) -> Rows:
    return (NoisyRows if noisy else Rows)(adding(budget), seed)


def _learn(arm: str, rate: float, seed: int, budget: Budget) -> Learned:
    return learn(_rows(arm != "clean", seed, budget), rate, label_smoothing=SMOOTHING[arm])


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of an arm at one peak rate, without smoothing, in nats a token."""
    return _learn(arm, rate, seed, budget).validation


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train four arms; losses on sums whose answers are as noisy as in training, accuracies on clean ones."""
    clean, metrics = _rows(False, seed, budget).test, {}
    for arm in ARMS:
        learned = _learn(arm, best[arm], seed, budget)
        metrics[f"loss_{arm}"] = learned.loss()
        metrics[f"cleanloss_{arm}"] = evaluate(learned.model, *clean)["nll"]
        metrics[f"wrong_{arm}"] = float(1 - right_sequences(learned.model, *clean).mean())
        metrics[f"moved_{arm}"] = learned.moved
    return metrics


def cost(m: Metrics, arm: str = "smoothed") -> np.ndarray:
    """Return the held-out loss, measured without smoothing, that smoothing adds, in nats a token."""
    return m[f"loss_{arm}"] - m["loss_plain"]


def gained(m: Metrics) -> np.ndarray:
    """Return the share of sums that smoothing gets right beyond those right without it."""
    return m["wrong_plain"] - m["wrong_smoothed"]


def noise(m: Metrics) -> np.ndarray:
    """Return the share of sums that the replaced answers cost."""
    return m["wrong_plain"] - m["wrong_clean"]


def holds(m: Metrics) -> Verdict:
    """The loss is higher, and the share of right answers not lower by more than a third of the noise's."""
    margin = max(paired_interval(noise(m)).low, 0.0) * gates.THIRD
    return all_of(
        at_least(paired_interval(cost(m)), COST_AT_LEAST), at_least(paired_interval(gained(m)), -margin)
    )


def regime(m: Metrics) -> Verdict:
    """Without smoothing, 2 % to 30 % of the sums are wrong."""
    return gates.regime(m, "plain")


def convergence(m: Metrics) -> Verdict:
    """The validation loss of each of the four arms moves less than 2 % over the last tenth of the steps."""
    return gates.converged(m, ARMS)


def control(m: Metrics) -> Verdict:
    """Smoothing of 0.001 changes the loss by at most a third of what smoothing of 0.1 does."""
    margin = paired_interval(cost(m)).low * gates.THIRD
    if not margin > 0:
        return Verdict.INCONCLUSIVE
    return between(paired_interval(cost(m, "tiny")), -margin, margin)


def sensitivity(m: Metrics) -> Verdict:
    """The replaced answers cost right sums, so that a difference in accuracy could show."""
    low = paired_interval(noise(m)).low
    return Verdict.SUPPORTED if low > 0 else Verdict.INCONCLUSIVE


CLAIM = Claim(
    id="smoothing",
    where="Section 5.4",
    says="Label smoothing of 0.1 hurts perplexity, as the model learns to be more unsure, but improves "
    "accuracy and BLEU.",
    estimand="Adding two numbers of two digits, a tenth of the answers being those of other sums: the "
    "held-out loss measured without smoothing, smoothed minus plain, in nats a token; and the share of sums "
    "answered without an error, smoothed minus plain, on clean answers.",
    predicts="The loss is higher, and the share of right sums not lower by more than a third of what the "
    r"replaced answers cost. For a model that is always right, theory has $-\ln(1 - \varepsilon + "
    r"\varepsilon/K) = 0.097$ nats on clean answers, with $K = 14$ tokens.",
    refuted="The loss is lower, or the share of right sums is lower by more than that third; the whole "
    "interval.",
    control=r"Smoothing of $\varepsilon = 0.001$, a hundredth: the loss changes by at most a third of what "
    r"it changes for $\varepsilon = 0.1$.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"regime": regime, "convergence": convergence, "control": control, "sensitivity": sensitivity},
    scale=gates.scale_of(adding),
    arms=ARMS,
    grid=(3e-3, 6e-3, 1.2e-2, 2.4e-2, 4.8e-2),
    pilot=pilot,
    plots={
        "cost": Contrast(
            values=cost,
            axis="held-out loss, smoothed minus plain, nats a token",
            left="smoothing helps",
            right="smoothing costs",
            thresholds=("cost_at_least",),
            supports="above",
        ),
        "gained": Contrast(
            values=gained,
            axis="share of sums right, smoothed minus plain",
            left="smoothing costs",
            right="smoothing helps",
        ),
        "noise": Contrast(
            values=noise,
            axis="share of sums that the replaced answers cost",
            left="nothing",
            right="much",
        ),
        "control": Contrast(
            values=lambda m: cost(m, "tiny"),
            axis="held-out loss, smoothing of 0.001 minus plain, nats a token",
            left="smoothing helps",
            right="smoothing costs",
        ),
    },
)
