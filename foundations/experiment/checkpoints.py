"""Finished seeds on disk, so that an interrupted run goes on where it stopped."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foundations.errors import ExperimentError
from foundations.experiment.budget import Budget
from foundations.experiment.digits import decode, encode, encode_all, layout
from foundations.experiment.fingerprint import Fingerprint, compare_fingerprints
from foundations.experiment.results import Results
from foundations.files import write_atomically

Values = Mapping[str, float | tuple[float, ...]]
"""Name of a metric to a number, or to one outcome an item."""


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What a seed was run under: a result is never put together from parts that do not belong together.

    Args:
        code: `code_hash` of the claim.
        budget: The budget of the run.
        versions: Versions of Python, NumPy and this project.
        best: The value of each arm that was tuned.
        foundations: `foundations_hash`; another one is the same condition where the fingerprint is the same.
        fingerprint: The first losses of the arms.
    """

    code: str
    budget: Budget
    versions: Mapping[str, str]
    best: Mapping[str, float] = field(default_factory=dict)
    foundations: str = ""
    fingerprint: Fingerprint = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return them as JSON."""
        return {
            "code": self.code,
            "budget": self.budget,
            "versions": dict(self.versions),
            "best": dict(self.best),
            "foundations": self.foundations,
            "fingerprint": {arm: [encode(x) for x in losses] for arm, losses in self.fingerprint.items()},
        }

    def difference(self, record: Mapping[str, Any]) -> str:
        """Say what was another when a seed was run.

        Args:
            record: What `record` gave then.

        Returns:
            For instance `"other code"`; empty if nothing that counts was.
        """
        own = self.record()
        words = {
            "code": "other code",
            "budget": f"the {record.get('budget')} budget",
            "best": "other values of the arms",
            "versions": "other versions of Python, NumPy or this project",
        }
        for name, word in words.items():
            if record.get(name) != own[name]:
                return word
        if record.get("foundations") == self.foundations:
            return ""
        then = {arm: tuple(map(_number, losses)) for arm, losses in record["fingerprint"].items()}
        if not then or not self.fingerprint or compare_fingerprints(then, self.fingerprint):
            return "foundations that computed something else"
        return ""


@dataclass(frozen=True)
class Checkpoints:
    """One small file for each finished seed of each claim, `<folder>/<claim>/<seed>.json`.

    Args:
        folder: Where they lie; made when the first is written.
    """

    folder: Path

    def read(
        self, claim: str, seed: int | str, conditions: Conditions
    ) -> tuple[dict[str, float | tuple[float, ...]], float] | str:
        """Return what a finished seed left.

        Args:
            claim: Identifier of the claim.
            seed: The seed, or another name of the file.
            conditions: What the run is under.

        Returns:
            Its metrics and its seconds; or why the file is not used, empty if there is none.
        """
        path = self.file(claim, seed)
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ""
        except (OSError, ValueError, RecursionError):
            return "damaged"
        try:
            if (record["claim"], record["seed"]) != (claim, seed):
                return "of another claim or seed"
            if difference := conditions.difference(record):
                return f"run with {difference}"
            metrics = {name: _metric(value) for name, value in record["metrics"].items()}
            seconds = decode(record["seconds"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return "damaged"
        if seconds is None or not metrics:
            return "damaged"
        return metrics, seconds

    def write(
        self, claim: str, seed: int | str, metrics: Values, seconds: float, conditions: Conditions
    ) -> None:
        """Keep a finished seed.

        Args:
            claim: Identifier of the claim.
            seed: The seed.
            metrics: What it measured.
            seconds: How long it took.
            conditions: What it was run under.

        Raises:
            ExperimentError: If the file cannot be written.
        """
        values = {n: encode_all(v) if isinstance(v, tuple) else encode(v) for n, v in metrics.items()}
        record = {"claim": claim, "seed": seed, "metrics": values, "seconds": seconds, **conditions.record()}
        write_atomically(self.file(claim, seed), layout(record) + "\n", error=ExperimentError)

    def file(self, claim: str, seed: int | str) -> Path:
        """Return where a finished seed lies."""
        return self.folder / claim / f"{seed}.json"


def _number(value: object) -> float:
    found = decode(value)
    if found is None:
        raise ValueError(f"not a number: {value!r}")
    return found


def _metric(value: object) -> float | tuple[float, ...]:
    return tuple(map(_number, value)) if isinstance(value, list) else _number(value)


def clear_checkpoints(folder: Path, results: Results) -> None:
    """Remove the files of seeds that are safe in a file of results, and those of the pilot behind them.

    A file that another run has written meanwhile, of other seeds or by other code, stays. So does the
    folder: removing it could fail a run that is about to write there.

    Args:
        folder: Where the files lie.
        results: What was written to a file of results.
    """
    store = Checkpoints(folder)
    for result in results.claims.values():
        conditions = Conditions(
            code=result.code,
            budget=result.budget,
            versions=result.versions,
            best=result.best,
            foundations=result.foundations,
            fingerprint=result.fingerprint,
        )
        for number, seed in enumerate(result.seeds):
            kept = store.read(result.claim, seed, conditions)
            values = {name: measured.values[number] for name, measured in result.metrics.items()}
            if kept and not isinstance(kept, str) and _same(kept[0], values):
                store.file(result.claim, seed).unlink(missing_ok=True)


def _same(kept: Values, values: Values) -> bool:
    return repr(sorted(kept.items())) == repr(sorted(values.items()))  # nan equals nan
