"""A paper's claim as an object: what is said, what would support it, and the code that finds out."""

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from foundations.errors import ExperimentError
from foundations.experiment.budget import Budget
from foundations.experiment.contrast import NAME, Contrast
from foundations.experiment.design import Design
from foundations.experiment.fingerprint import Losses
from foundations.experiment.tuning import check_grids
from foundations.experiment.verdict import Verdict

Metrics = Mapping[str, np.ndarray]
"""Name of a metric to its values over seeds, shape (seeds,), or (seeds, items) for outcomes of items."""

Scale = Mapping[str, tuple[float, float | None]]
"""What is compared (`"parameters"`, `"examples"`, `"steps"`) to ours and the paper's, None if unknown."""

SLUG = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_TEXTS = ("where", "says", "predicts", "control")
_DESIGN = {
    "estimand": "the number that is measured",
    "refuted": "the outcome that would refute the claim",
    "control": "where the effect must vanish",
    "thresholds": "every number the verdict hangs on, by name",
}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim of a paper, put to the test.

    Everything that decides the verdict is fixed before the first run: what is measured (`estimand`, `run`),
    the outcomes that would support and refute the claim (`predicts`, `refuted`, `thresholds`, `holds`), where
    the effect must vanish (`control`), and what must be so for the experiment to say anything (`gates`).
    A claim without one of estimand, refuted, control and thresholds can be made, and read; `run_claims`
    refuses it before anything runs.

    Args:
        id: Short name within the entry: lower-case letters, digits, hyphens and underscores.
        where: Section, table or figure of the paper.
        says: The claim, in our words.
        estimand: The number that is measured, in words and formula (Markdown).
        predicts: The outcome that would support it, with its threshold.
        refuted: The outcome that would refute it.
        control: The condition under which the effect must vanish.
        thresholds: Every number the verdict hangs on, by name; `holds` and the gates read them from the same
            constants.
        run: `run(seed, budget)` returns the metrics of one seed: the same names at every seed, each a number,
            or an array with one outcome an item, shape (items,), as long at every seed. It draws all
            randomness from the seed. With `pilot` it is `run(seed, budget, best)`, `best` being the value of
            each arm that was best on the pilot seeds.
        holds: `holds(metrics)` judges the metrics over seeds, each of shape (seeds,) or (seeds, items).
        gates: Conditions without which the experiment says nothing (regime, convergence, control,
            sensitivity): name to a function of the metrics that returns a verdict. The claim's verdict is
            `guarded(holds(metrics), *gates)`. The first line of a function's docstring describes the gate.
        scale: `scale(budget)` returns what is compared to (ours, the paper's).
        arms: Names of the arms that are tuned.
        grid: Values to try, ascending, at least three: one grid for every arm, or a mapping of arm to grid.
        pilot: `pilot(arm, value, seed, budget)` returns the score of an arm at one value of its grid on one
            pilot seed; lower is better.
        pilot_seeds: Seeds of the pilot, 100 and up.
        plots: Name to what is drawn as an interval, the most important first.
        horizon: `horizon(metrics)` judges as `holds` does, by what was measured at twice the length of
            training: reported beside the verdict, never part of it.
        fingerprint: `fingerprint()` trains each arm of `run` for the first 20 steps from seed 0, in a second
            or two, and returns the losses by arm. The tests take it again: where it differs, `foundations`
            no longer computes what the results were measured with. In an entry it stands in
            `fingerprints.py`, which the hash of the code leaves out; see `with_fingerprints`.

    Raises:
        ExperimentError: If the id is not a slug, a text is empty, a function cannot be called, a threshold is
            not a number, or arms, grid and pilot do not fit together.

    Examples:
        >>> from foundations.experiment import at_least
        >>> LEAST = 0.4
        >>> claim = Claim(
        ...     id="fair-coin",
        ...     where="Section 1",
        ...     says="A coin shows heads half of the time.",
        ...     estimand="The share of heads in 1000 tosses.",
        ...     predicts="It is at least 0.4.",
        ...     refuted="The whole interval lies below 0.4.",
        ...     control="A coin with two tails shows none.",
        ...     thresholds={"least": LEAST},
        ...     run=lambda seed, budget: {"heads": np.random.default_rng(seed).integers(2, size=1000).mean()},
        ...     holds=lambda metrics: at_least(metrics["heads"], LEAST),
        ... )
        >>> claim.design.thresholds["least"]
        0.4
    """

    id: str
    where: str
    says: str
    estimand: str = ""
    predicts: str
    refuted: str = ""
    control: str
    thresholds: Mapping[str, float] = field(default_factory=dict)
    run: Callable[..., Mapping[str, Any]]
    holds: Callable[[Metrics], Verdict]
    gates: Mapping[str, Callable[[Metrics], Verdict]] = field(default_factory=dict)
    scale: Callable[[Budget], Scale] | None = None
    arms: tuple[str, ...] = ()
    grid: Mapping[str, Sequence[float]] | Sequence[float] = ()
    pilot: Callable[[str, float, int, Budget], float] | None = None
    pilot_seeds: tuple[int, ...] = (100, 101)
    plots: Mapping[str, Contrast] = field(default_factory=dict)
    horizon: Callable[[Metrics], Verdict] | None = None
    fingerprint: Callable[[], Losses] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not SLUG.fullmatch(self.id):
            raise ExperimentError(
                f"the id of a claim is lower-case letters and digits joined by - or _, got {self.id!r}"
            )
        for name in (*_TEXTS, "estimand", "refuted"):
            value = getattr(self, name)
            if not isinstance(value, str) or (name in _TEXTS and not value.strip()):
                raise self._error(f"{name} must be a text, got {value!r}")
        for name in ("run", "holds", "scale", "pilot", "horizon", "fingerprint"):
            value = getattr(self, name)
            if not callable(value) and (value is not None or name in ("run", "holds")):
                raise self._error(f"{name} must be a function, got {value!r}")
        for name in ("thresholds", "gates", "plots"):
            self._check_mapping(name, getattr(self, name))
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        for name, contrast in self.plots.items():
            if not NAME.fullmatch(name):
                raise self._error(f"a plot is called letters and digits joined by - _ or ., got {name!r}")
            contrast.resolved(self.thresholds)
        self._check_arms()

    @property
    def design(self) -> Design:
        """What is fixed before the first run, as text and numbers."""
        return Design(
            estimand=self.estimand,
            predicts=self.predicts,
            refuted=self.refuted,
            control=self.control,
            thresholds=self.thresholds,
            gates={name: _described(gate) for name, gate in self.gates.items()},
        )

    @property
    def grids(self) -> dict[str, tuple[float, ...]]:
        """The grid of each arm, in the order of `arms`; empty where nothing is tuned."""
        grid = self.grid
        if isinstance(grid, Mapping):
            return {arm: tuple(float(value) for value in grid[arm]) for arm in self.arms}
        return {arm: tuple(float(value) for value in grid) for arm in self.arms}

    def _check_mapping(self, name: str, given: object) -> None:
        if not isinstance(given, Mapping):
            raise self._error(f"{name} must be a mapping of names, got {given!r}")
        for key, value in given.items():
            if name == "thresholds":
                fits = type(value) in (int, float) and math.isfinite(value)
            else:
                fits = callable(value) if name == "gates" else isinstance(value, Contrast)
            if not isinstance(key, str) or not key or not fits:
                expected = {"thresholds": "a finite number", "gates": "a function", "plots": "a Contrast"}
                raise self._error(f"{name}[{key!r}] must be {expected[name]}, got {value!r}")

    def _check_arms(self) -> None:
        if self.pilot is None:
            if self.arms or len(self.grid):
                raise self._error("arms and grid are tuned by pilot, and there is none: give it, or neither")
            return
        object.__setattr__(self, "arms", tuple(self.arms))
        object.__setattr__(self, "pilot_seeds", tuple(self.pilot_seeds))
        if unfit := [arm for arm in self.arms if not isinstance(arm, str) or not NAME.fullmatch(arm)]:
            raise self._error(f"an arm is letters and digits joined by - _ or ., got {unfit[0]!r}")
        if isinstance(self.grid, Mapping) and set(self.grid) != set(self.arms):
            raise self._error(f"grid has {', '.join(self.grid)}; the arms are {', '.join(self.arms)}")
        try:
            check_grids(self.arms, self.grids, self.pilot_seeds)
        except ExperimentError as reason:
            raise self._error(str(reason)) from None

    def _error(self, what: str) -> ExperimentError:
        return ExperimentError(f"claim {self.id!r}: {what}")


def check_designed(claims: Sequence[Claim]) -> None:
    """Refuse claims whose design is not complete: what could not lose is no test.

    Args:
        claims: The claims that are to run.

    Raises:
        ExperimentError: If one has no estimand, refutation, control or threshold; the message names all that
            is missing.
    """
    for claim in claims:
        missing = [f"{name} ({what})" for name, what in _DESIGN.items() if not getattr(claim, name)]
        if missing:
            raise ExperimentError(
                f"claim {claim.id!r} is not designed yet, so nothing was run: "
                f"it has no {'; no '.join(missing)}"
            )


def _described(gate: Callable[..., Any]) -> str:
    """Return the first line of a function's docstring; nothing for those of classes, such as `partial`."""
    if not inspect.isroutine(gate):
        return ""
    return (inspect.getdoc(gate) or "").split("\n")[0]


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
