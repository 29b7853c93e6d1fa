"""How the arms of a claim were tuned: every score on pilot seeds, in `pilot.json` before the real run."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from foundations.errors import ExperimentError
from foundations.experiment.budget import Budget
from foundations.experiment.claim import Claim
from foundations.experiment.digits import rounded
from foundations.experiment.tuning import Tuning, tune

if TYPE_CHECKING:
    from foundations.experiment.checkpoints import Conditions


@dataclass(frozen=True, kw_only=True)
class Pilot:
    """The tuning of one claim.

    Args:
        claim: Identifier of the claim.
        budget: The budget it was tuned under.
        seeds: The pilot seeds.
        grid: Arm to the values that were tried, in the order of the arms.
        scores: Each arm of the grid to a row for each of its values, with one score a pilot seed; lower is
            better.
        core_seconds: Computing time of all scores together, one core each; with those of a narrower grid.
        code: `code_hash` of the claim when it was tuned.
        foundations: `foundations_hash` then, for the record.
        versions: Versions of Python, NumPy and this project.
        command: The command that tunes again.
        accepted: Why a best value at an edge of the grid, or a pilot of earlier code, is used all the same;
            empty where nothing had to be accepted.
        accepted_code: `code_hash` of the claim that this was said of; it holds for no other.
        score_code: `score_hash` of the claim: while it stays, a wider grid needs only the new scores.
    """

    claim: str
    budget: Budget
    seeds: tuple[int, ...]
    grid: Mapping[str, tuple[float, ...]]
    scores: Mapping[str, tuple[tuple[float, ...], ...]]
    core_seconds: float
    code: str
    foundations: str
    versions: Mapping[str, str]
    command: str
    accepted: str = ""
    accepted_code: str = ""
    score_code: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "core_seconds", round(self.core_seconds, 3))
        scores = {
            arm: tuple(tuple(rounded(score) for score in row) for row in self.scores[arm])
            for arm in self.grid
        }
        object.__setattr__(self, "grid", MappingProxyType(dict(self.grid)))
        object.__setattr__(self, "scores", MappingProxyType(scores))
        object.__setattr__(self, "versions", MappingProxyType(dict(sorted(self.versions.items()))))

    @cached_property
    def tuning(self) -> Tuning:
        """Best value by arm, mean scores, and complaints about edges.

        Raises:
            ExperimentError: If the grid, the seeds or the scores cannot be used.
        """

        def score(arm: str, value: float, seed: int) -> float:
            return self.scores[arm][self.grid[arm].index(value)][self.seeds.index(seed)]

        return tune(tuple(self.grid), self.grid, score, self.seeds)

    @property
    def best(self) -> Mapping[str, float]:
        """The value of each arm whose mean score over the pilot seeds is lowest."""
        return self.tuning.best

    @property
    def complaints(self) -> tuple[str, ...]:
        """One sentence for every arm whose best value stands at an edge of its grid."""
        return self.tuning.complaints

    def scores_under(self, conditions: "Conditions") -> dict[tuple[str, float, int], float]:
        """Return the scores that stand for a pilot on another grid: none where anything else differs.

        Args:
            conditions: What the other pilot runs under, its code that of `score_hash`.

        Returns:
            (arm, value, seed) to score.
        """
        own = (self.score_code, self.budget, self.foundations, dict(self.versions))
        other = (conditions.code, conditions.budget, conditions.foundations, dict(conditions.versions))
        if own != other:
            return {}
        return {
            (arm, value, seed): score
            for arm, rows in self.scores.items()
            for value, row in zip(self.grid[arm], rows, strict=True)
            for seed, score in zip(self.seeds, row, strict=True)
        }

    def objection(self, claim: Claim, budget: Budget, code: str) -> str:
        """Say why the real run may not go by this pilot.

        Args:
            claim: The claim as it is now.
            budget: The budget of the real run.
            code: `code_hash` of the claim as it is now.

        Returns:
            One sentence; empty if nothing speaks against it. An edge of the grid, and earlier code that
            tuned the same arms, may be accepted.
        """
        if self.budget != budget:
            return f"it was tuned under the {self.budget} budget"
        if set(self.grid) != set(claim.arms):
            return f"it tuned {', '.join(self.grid)}; the arms are {', '.join(claim.arms)}"
        if self.accepted and self.accepted_code == code:
            return ""
        if self.code != code:
            return "it was tuned with other code"
        return "; ".join(self.complaints)


def chosen_values(claim: Claim, pilot: Pilot | None, budget: Budget, code: str) -> Mapping[str, float] | None:
    """Return the value of each arm that a claim runs with.

    Args:
        claim: The claim.
        pilot: Its pilot, if there is one.
        budget: The budget. The quick one takes what the pilot found, whatever it was of, or else the middle
            of each grid.
        code: `code_hash` of the claim.

    Returns:
        Arm to value; None for a claim that tunes nothing.

    Raises:
        ExperimentError: If the claim needs a pilot and there is none that may be used.
    """
    if claim.pilot is None:
        return None
    if budget == "quick":
        middle = {arm: grid[(len(grid) - 1) // 2] for arm, grid in claim.grids.items()}
        return pilot.best if pilot and set(pilot.best) == set(claim.arms) else middle
    if pilot is None:
        raise ExperimentError(f"claim {claim.id!r} was not run: it has to be tuned first")
    if objection := pilot.objection(claim, budget, code):
        raise ExperimentError(f"claim {claim.id!r} was not run, for its pilot cannot be used: {objection}")
    return pilot.best
