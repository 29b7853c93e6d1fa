"""A paper's claim as an object: what is said, what would support it, and the code that finds out."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from foundations.errors import ExperimentError
from foundations.experiment.budget import Budget
from foundations.experiment.fingerprint import Losses
from foundations.experiment.verdict import Verdict

Metrics = Mapping[str, np.ndarray]
"""Name of a metric to its values over seeds, shape (seeds,)."""

_SLUG = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim of a paper, put to the test.

    Everything that decides the verdict is fixed before the first run: what is measured (`run`), the outcome
    that would support the claim (`predicts` in words, `holds` in code), and where the effect must vanish
    (`control`).

    Args:
        id: Short name within the entry: lower-case letters, digits, hyphens and underscores.
        where: Section, table or figure of the paper.
        says: The claim, in our words.
        predicts: The outcome that would support it, with its threshold.
        control: The condition under which the effect must vanish.
        run: `run(seed, budget)` returns the metrics of one seed: the same names at every seed, each a number.
            It draws all randomness from the seed.
        holds: `holds(metrics)` judges the metrics over seeds, each of shape (seeds,).
        fingerprint: `fingerprint()` trains each arm of `run` for the first 20 steps from seed 0, in a second
            or two, and returns the losses by arm. The tests take it again: where it differs, `foundations`
            no longer computes what the results were measured with. In an entry it stands in
            `fingerprints.py`, which the hash of the code leaves out; see `with_fingerprints`.

    Raises:
        ExperimentError: If the id is not a slug, a text is empty, or a function cannot be called.

    Examples:
        >>> from foundations.experiment import at_least
        >>> claim = Claim(
        ...     id="fair-coin",
        ...     where="Section 1",
        ...     says="A coin shows heads half of the time.",
        ...     predicts="The share of heads is at least 0.4.",
        ...     control="A coin with two tails shows none.",
        ...     run=lambda seed, budget: {"heads": np.random.default_rng(seed).integers(2, size=1000).mean()},
        ...     holds=lambda metrics: at_least(metrics["heads"], 0.4),
        ... )
        >>> claim.id
        'fair-coin'
    """

    id: str
    where: str
    says: str
    predicts: str
    control: str
    run: Callable[[int, Budget], Mapping[str, float]]
    holds: Callable[[Metrics], Verdict]
    fingerprint: Callable[[], Losses] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not _SLUG.fullmatch(self.id):
            raise ExperimentError(
                f"the id of a claim is lower-case letters and digits joined by - or _, got {self.id!r}"
            )
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ("run", "holds", "fingerprint"):
                if not callable(value) and (value is not None or field.name != "fingerprint"):
                    raise ExperimentError(
                        f"claim {self.id!r}: {field.name} must be a function, got {value!r}"
                    )
            elif not isinstance(value, str) or not value.strip():
                raise ExperimentError(f"claim {self.id!r}: {field.name} must be a text, got {value!r}")


def with_fingerprints(
    claims: Sequence[Claim], fingerprints: Mapping[str, Callable[[], Losses]]
) -> tuple[Claim, ...]:
    """Give claims the fingerprints that an entry keeps in a file of their own.

    Args:
        claims: The claims of the entry.
        fingerprints: Identifier of a claim to its fingerprint.

    Returns:
        The claims with them, in the same order.

    Raises:
        ExperimentError: If there is no such claim, or something is no function.
    """
    ids = [claim.id for claim in claims]
    if unknown := sorted(set(fingerprints) - set(ids)):
        raise ExperimentError(
            f"there is a fingerprint for {unknown[0]!r} but no such claim; the claims are {', '.join(ids)}"
        )
    return tuple(
        replace(claim, fingerprint=fingerprints[claim.id]) if claim.id in fingerprints else claim
        for claim in claims
    )
