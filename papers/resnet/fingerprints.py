"""The first steps of every arm of the claims, which the tests take again."""

from __future__ import annotations

from functools import partial

from papers.resnet.experiments import convergence, degradation, gradients, responses, shortcuts
from papers.resnet.experiments.learning import descend, network
from papers.resnet.experiments.rows import Rows

STEPS, OF = 20, 400
RATE = 0.03

Losses = dict[str, list[float]]


def _rows() -> Rows:
    return Rows(0, "quick", n_train=512, n_validation=1, n_fresh=64)


def of_arms(arms: tuple[str, ...]) -> Losses:
    """Return the loss of the first 20 steps of every arm, nats an image."""
    return {arm: descend(network(arm, 0), _rows(), RATE, STEPS, OF) for arm in arms}


def of_gradients() -> Losses:
    """Return the log ratios of every network at initialisation, and losses of the shallowest and deepest."""
    rows = _rows()
    arms = [f"{kind}-{depth}" for kind in ("plain", "bare", "residual") for depth in gradients.DEPTHS]
    found = {f"ratio_{arm}": [gradients.ratio(network(arm, 0), rows)] for arm in arms}
    return found | of_arms(("plain-8", "plain-44"))


FINGERPRINTS = {
    "degradation": partial(of_arms, degradation.ARMS),
    "gradients": of_gradients,
    "responses": partial(of_arms, responses.ARMS),
    "shortcuts": partial(of_arms, shortcuts.ARMS),
    "convergence": partial(of_arms, convergence.ARMS),
}
