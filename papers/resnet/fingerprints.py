"""The first steps of every arm of the claims, which the tests take again."""

from __future__ import annotations

from collections.abc import Callable

from papers.resnet.experiments import convergence, degradation, gradients, responses, shortcuts
from papers.resnet.experiments.learning import descend, network
from papers.resnet.experiments.rows import Rows

STEPS = 20
RATE = 0.1

Losses = dict[str, list[float]]


def first_steps(arms: tuple[str, ...]) -> Losses:
    """Return the losses of the first steps of networks, on 256 digits of mnist-small."""
    rows = Rows(0, "quick", n_train=256, n_validation=1)
    return {arm: descend(network(arm, 0), rows, RATE, STEPS, drops=False) for arm in arms}


def of(arms: tuple[str, ...]) -> Callable[[], Losses]:
    """Return the fingerprint of some networks."""
    return lambda: first_steps(arms)


def of_gradients() -> Losses:
    """Losses of plain networks, and log10 of the ratios of gradients without batch normalisation."""
    found = first_steps(("plain_8", "plain_32"))
    ratios = [gradients.ratio(gradients.without(depth, 0, 0), 0, "quick") for depth in gradients.DEPTHS]
    return found | {"without": ratios}


FINGERPRINTS = {
    "degradation": of(degradation.ARMS),
    "persistence": of(("plain_8", "plain_32")),
    "gradients": of_gradients,
    "responses": of(responses.ARMS),
    "shortcuts": of(shortcuts.ARMS),
    "convergence": of(convergence.ARMS),
}
