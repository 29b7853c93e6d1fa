"""Figure 7: the layers of residual networks respond less than those of plain ones, the deeper the less.

Trained as in `degradation`: the same networks, digits and steps, without the three arms it does not need.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, all_of, at_most, between
from papers.resnet.experiments import learning
from papers.resnet.experiments.learning import learn, network, rows
from papers.resnet.looking import responses
from papers.resnet.resnet import ResNet

ARMS = ("residual-8", "plain-32", "residual-32")
AT_MOST = 0.0
CONTROL_WITHIN = 0.01
"""γ = 1 gives deviations of 1 but for the ε under the root."""


def mean_response(model: ResNet, images: np.ndarray) -> float:
    """Return the mean over 3 × 3 layers of the deviation of the responses."""
    return float(np.mean(list(responses(model, images).values())))


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Measure the responses of each network before training, and after it by running statistics."""
    metrics, images = {}, rows(seed, budget).fresh.images
    for arm in ARMS:
        metrics[f"untrained_{arm}"] = mean_response(network(arm, seed).train(), images)
        learned = learn(arm, best[arm], seed, budget)
        metrics[f"response_{arm}"] = mean_response(learned.model, images)
        metrics[f"moved_{arm}"], metrics[f"error_{arm}"] = learned.moved, learned.error
    return metrics


def log_ratio(m: Metrics, below: str, *, of: str = "response") -> np.ndarray:
    """Return the logarithm of the mean response of 32 residual layers over that of another network."""
    return np.log(m[f"{of}_residual-32"] / m[f"{of}_{below}"])


def holds(m: Metrics) -> Verdict:
    """32 residual layers respond less than 32 plain ones, and less than 8 residual ones."""
    return all_of(*(at_most(log_ratio(m, arm), AT_MOST) for arm in ("plain-32", "residual-8")))


def convergence(m: Metrics) -> Verdict:
    """The training loss of each arm moves less than 2 % over the last tenth of the steps."""
    return learning.converged(m, ARMS)


def control(m: Metrics) -> Verdict:
    """Before training every log ratio lies within 0.01 of 0."""
    return all_of(
        *(
            between(log_ratio(m, arm, of="untrained"), -CONTROL_WITHIN, CONTROL_WITHIN)
            for arm in ("plain-32", "residual-8")
        )
    )


def _contrast(arm: str, words: str) -> Contrast:
    return Contrast(
        values=lambda m: log_ratio(m, arm),
        axis=f"log of the mean response, 32 residual layers over {words}",
        left="32 residual layers respond less",
        right="they respond more",
        thresholds=("at_most",),
        supports="below",
    )


CLAIM = Claim(
    id="responses",
    where="Section 4.2, Figure 7",
    says="Residual networks have smaller responses than plain ones, and deeper ones smaller still.",
    estimand="Mean over 3 × 3 layers of the standard deviation of the outputs of batch normalisation, before "
    "ReLU and addition (5000 fresh training images, running statistics): log ratio of 32 residual layers to "
    "32 plain ones, and to 8 residual ones. 400 steps for 2000, as in degradation. Measured 28 seconds a "
    "seed on one core.",
    predicts="Both log ratios lie below 0.",
    refuted="The lower end of one lies above 0.",
    control="Untrained networks, where γ = 1 makes every ratio 1.",
    thresholds={
        "at_most": AT_MOST,
        "control_within": CONTROL_WITHIN,
        "moved_at_most": learning.MOVED_AT_MOST,
    },
    run=run,
    holds=holds,
    gates={"convergence": convergence, "control": control},
    scale=learning.scale_of("residual-32"),
    arms=ARMS,
    grid=learning.GRID,
    pilot=learning.score,
    plots={
        "plain": _contrast("plain-32", "32 plain ones"),
        "shallow": _contrast("residual-8", "8 residual ones"),
    },
)
