"""The first losses of the arms of a claim: cheap to take again, and changed by what changes results.

A result took hours, so the tests cannot measure it again whenever `foundations` changes. They take its
fingerprint again instead.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from threadpoolctl import threadpool_limits

from foundations.errors import ClaimError
from foundations.experiment.worker import describe

STEPS = 20
"""How many steps of each arm a fingerprint takes."""

TOLERANCE = 1e-3
"""How far a loss may be from the one recorded: absolute, and relative for losses above 1."""

Losses = Mapping[str, Sequence[float] | np.ndarray]
"""Arm to the losses of its first `STEPS` steps from seed 0; or to some numbers of an arm without training."""

Fingerprint = Mapping[str, tuple[float, ...]]
"""Arm to its losses, to four decimals."""


def take_fingerprint(claim: str, losses: Callable[[], Losses]) -> Fingerprint:
    """Run the first steps of the arms of a claim on one thread.

    Args:
        claim: Identifier of the claim, for errors.
        losses: The claim's `fingerprint`.

    Returns:
        The losses of each arm.

    Raises:
        ClaimError: If the code fails or returns something else.

    Examples:
        >>> dict(take_fingerprint("fair", lambda: {"coin": [0.69314, 0.68]}))
        {'coin': (0.6931, 0.68)}
    """
    try:
        with threadpool_limits(limits=1):
            found = losses()
    except (Exception, SystemExit) as reason:
        raise ClaimError(
            f"the fingerprint of claim {claim!r} cannot be taken: {describe(reason)}", claim=claim, seed=0
        ) from reason
    if not isinstance(found, Mapping) or not found:
        raise ClaimError(
            f"the fingerprint of claim {claim!r} must be a mapping of arms to losses, got {found!r}",
            claim=claim,
        )
    arms = {}
    for arm, values in found.items():
        array = np.asarray(values)
        if not isinstance(arm, str) or array.ndim != 1 or not array.size or array.dtype.kind not in "iuf":
            raise ClaimError(
                f"the fingerprint of claim {claim!r}, arm {arm!r}, must be a list of numbers, "
                f"got shape {array.shape} of {array.dtype}",
                claim=claim,
            )
        arms[arm] = tuple(round(float(value), 4) for value in array)
    return MappingProxyType(arms)


def compare_fingerprints(recorded: Fingerprint, now: Fingerprint) -> str:
    """Say where a fingerprint differs from the one that was recorded.

    Args:
        recorded: The one beside the result.
        now: The one taken again.

    Returns:
        One sentence about the first difference; empty if there is none.

    Examples:
        >>> compare_fingerprints({"coin": (0.69, 0.68)}, {"coin": (0.6903, 0.52)})
        'arm coin, step 2: 0.68 recorded, 0.52 now'
    """
    if recorded.keys() != now.keys():
        return (
            f"arms {', '.join(sorted(recorded)) or 'none'} recorded, {', '.join(sorted(now)) or 'none'} now"
        )
    for arm in sorted(recorded):
        if len(recorded[arm]) != len(now[arm]):
            return f"arm {arm}: {len(recorded[arm])} steps recorded, {len(now[arm])} now"
        for step, (then, today) in enumerate(zip(recorded[arm], now[arm], strict=True), 1):
            if not _close(then, today):
                return f"arm {arm}, step {step}: {then:g} recorded, {today:g} now"
    return ""


def _close(then: float, today: float) -> bool:
    if not math.isfinite(then):
        return then == today or (math.isnan(then) and math.isnan(today))
    return abs(then - today) <= TOLERANCE * max(1.0, abs(then))
