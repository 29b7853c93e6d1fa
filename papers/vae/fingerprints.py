"""The first steps of every arm of the claims, which the tests take again."""

from __future__ import annotations

from collections.abc import Callable

from papers.vae.experiments import one_sample, snapshots, superfluous, wake_sleep
from papers.vae.training import Training

STEPS = 20
RATE = 0.05

Losses = dict[str, list[float]]


def _first(arms: tuple[str, ...], begun: Callable[..., Training]) -> Losses:
    return {arm: list(begun(arm, RATE, 0, "quick").run(STEPS)) for arm in arms}


def of_wake_sleep() -> Losses:
    """Loss of 20 steps of both methods and both numbers of latents."""
    return _first(wake_sleep.ARMS, wake_sleep.begun)


def of_superfluous() -> Losses:
    """Loss of 20 steps with few and many latents, and with few images."""
    return _first(tuple(superfluous.ARMS), superfluous.begun)


def of_network() -> Losses:
    """Loss of 20 steps of the network whose gradients are looked at."""
    return {"network": list(snapshots.begun(RATE, 0, "quick").run(STEPS))}


def of_one_sample() -> Losses:
    """Loss of 20 steps of every size of minibatch and number of draws."""
    return _first(tuple(one_sample.ARMS), one_sample.begun)


FINGERPRINTS = {
    "wake-sleep": of_wake_sleep,
    "superfluous": of_superfluous,
    "score-function": of_network,
    "estimators": of_network,
    "one-sample": of_one_sample,
}
