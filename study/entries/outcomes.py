"""What came of the claims of an entry, in a word each, without waiting for NumPy to read the numbers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from study.entries.catalogue import Entry
from study.entries.code_state import kept


@dataclass(frozen=True)
class Outcome:
    """What `results.json` says of one claim.

    Attributes:
        verdict: Supported, not supported, or inconclusive.
        budget: Under which it was measured.
        seeds: How many there were.
        code: Hash of the code that was measured.
    """

    verdict: str
    budget: str
    seeds: int
    code: str


def outcomes(entry: Entry) -> dict[str, Outcome]:
    """Return what came of the claims, by their ids; nothing of those that were not run.

    Raises:
        StudyError: `results.json` is damaged.
    """
    try:
        state = entry.results.stat()
    except OSError:
        return {}

    def read() -> str:
        from study.entries import results_table

        found = {
            name: Outcome(str(one.verdict), one.budget, len(one.seeds), one.code)
            for name, one in results_table.load(entry).claims.items()
        }
        return json.dumps({name: asdict(one) for name, one in found.items()})

    def of_text(text: str) -> dict[str, Outcome]:
        return {name: Outcome(**one) for name, one in json.loads(text).items()}

    given = (f"{state.st_size} {state.st_mtime_ns}",)
    try:
        return of_text(kept(entry.root, f"outcomes-{entry.slug}", given, read))
    except (ValueError, TypeError, AttributeError):  # somebody edited what was kept
        return of_text(read())
