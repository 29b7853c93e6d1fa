"""Finished seeds on disk, so that an interrupted run goes on where it stopped."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundations.errors import ExperimentError
from foundations.experiment.budget import Budget
from foundations.experiment.digits import decode, encode, layout
from foundations.experiment.results import Results
from foundations.files import write_atomically


@dataclass(frozen=True)
class Checkpoints:
    """One small file for each finished seed of each claim.

    A file counts only if it was written by the same code, under the same budget and by the same versions: a
    result is never put together from parts that do not belong together.

    Args:
        folder: Where the files lie; made when the first is written.
        code: `code_hash` of the entry.
        foundations: `foundations_hash`.
        versions: Versions of Python, NumPy and this project.
        budget: The budget of the run.
    """

    folder: Path
    code: str
    foundations: str
    versions: Mapping[str, str]
    budget: Budget

    def read(self, claim: str, seed: int) -> tuple[dict[str, float], float] | None:
        """Return what a finished seed left.

        Args:
            claim: Identifier of the claim.
            seed: The seed.

        Returns:
            Its metrics and its seconds; None if there is no such file, or it is damaged or stale.
        """
        try:
            record = json.loads(self._file(claim, seed).read_text(encoding="utf-8"))
            if {**record, "metrics": None, "seconds": None} != self._record(claim, seed, None, None):
                return None
            metrics = {name: decode(value) for name, value in record["metrics"].items()}
            seconds = decode(record["seconds"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        if seconds is None or not metrics:
            return None
        kept = {name: value for name, value in metrics.items() if value is not None}
        return (kept, seconds) if len(kept) == len(metrics) else None

    def write(self, claim: str, seed: int, metrics: Mapping[str, float], seconds: float) -> None:
        """Keep a finished seed.

        Args:
            claim: Identifier of the claim.
            seed: The seed.
            metrics: What it measured.
            seconds: How long it took.

        Raises:
            ExperimentError: If the file cannot be written.
        """
        values = {name: encode(value) for name, value in metrics.items()}
        text = layout(self._record(claim, seed, values, seconds)) + "\n"
        write_atomically(self._file(claim, seed), text, error=ExperimentError)

    def remove(self, claim: str, seed: int) -> None:
        """Remove the file of a seed, if there is one.

        Args:
            claim: Identifier of the claim.
            seed: The seed.
        """
        self._file(claim, seed).unlink(missing_ok=True)

    def _file(self, claim: str, seed: int) -> Path:
        return self.folder / f"{claim}.{self.budget}.{seed}.json"

    def _record(self, claim: str, seed: int, metrics: Any, seconds: float | None) -> dict[str, Any]:
        return {
            "claim": claim,
            "seed": seed,
            "budget": self.budget,
            "code": self.code,
            "foundations": self.foundations,
            "versions": dict(self.versions),
            "metrics": metrics,
            "seconds": seconds,
        }


def clear_checkpoints(folder: Path, results: Results) -> None:
    """Remove the files of seeds that are safe in a file of results.

    A file that another run has written meanwhile, of other seeds or by other code, stays. So does the
    folder: removing it could fail a run that is about to write there.

    Args:
        folder: Where the files lie.
        results: What was written to a file of results.
    """
    for result in results.claims.values():
        store = Checkpoints(folder, result.code, result.foundations, result.versions, result.budget)
        for number, seed in enumerate(result.seeds):
            kept = store.read(result.claim, seed)
            values = {name: measured.values[number] for name, measured in result.metrics.items()}
            if kept and repr(sorted(kept[0].items())) == repr(sorted(values.items())):  # nan equals nan
                store.remove(result.claim, seed)
