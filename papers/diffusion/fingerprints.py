"""The first steps of every network of the claims, which the tests take again."""

from __future__ import annotations

from papers.diffusion.experiments.models import train, untrained

STEPS = 20

Losses = dict[str, list[float]]


def of(*names: str) -> Losses:
    """Return the losses of 20 steps of networks of seed 0."""
    found: Losses = {}
    for name in names:
        found[name] = list(train(name, untrained(name, 0, "quick"), 0, "quick", STEPS))
    return found


def of_steps() -> Losses:
    """Of the network that all samplers share."""
    return of("plain")


def of_guidance() -> Losses:
    """Of both networks and both guides."""
    return of("plain", "conditional", "guide", "shuffled")


def of_schedule() -> Losses:
    """Of a network a schedule."""
    return of("plain", "cosine")


FINGERPRINTS = {
    "steps": of_steps,
    "guidance": of_guidance,
    "trade-off": of_guidance,
    "gradient-at": of_guidance,
    "schedule": of_schedule,
}
