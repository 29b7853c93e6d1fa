"""What came out of the claims of an entry: `results.json`, read, joined and written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from foundations.errors import ResultsError
from foundations.experiment import schema
from foundations.experiment.budget import BUDGETS, Budget
from foundations.experiment.record import Source, read_text
from foundations.experiment.result import Result, Superseded
from foundations.experiment.verdict import Verdict
from foundations.files import locked, write_atomically


@dataclass(frozen=True)
class Results:
    """The results of an entry, by claim.

    Args:
        entry: Slug of the entry.
        claims: Identifier of a claim to its result.

    Examples:
        >>> Results("attention").merge(Results("attention")) == Results("attention")
        True
    """

    entry: str
    claims: Mapping[str, Result] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "claims", MappingProxyType(dict(sorted(self.claims.items()))))

    def merge(self, newer: "Results") -> "Results":
        """Join two sets of results; where both know a claim, the newer result stands.

        Args:
            newer: Results of the same entry.

        Returns:
            New results; neither argument changes.

        Raises:
            ResultsError: If the results belong to different entries.
        """
        if self.entry != newer.entry:
            raise ResultsError(
                f"cannot join results of {self.entry!r} and {newer.entry!r}: two different entries"
            )
        return Results(self.entry, {**self.claims, **newer.claims})

    @classmethod
    def load(cls, path: str | Path, *, entry: str = "", shown: str = "") -> "Results":
        """Read `results.json`, of this version or of an earlier one.

        Args:
            path: The file.
            entry: Slug of the entry whose results it must hold; that of any by default.
            shown: What to call the file in errors; its path by default.

        Returns:
            Its results.

        Raises:
            ResultsError: If the file is missing, damaged, edited by hand so that its means no longer follow
                from its values, of another entry or of a later version; two lines say where and what to do.
        """
        path = Path(path)
        slug = entry or path.absolute().parent.name
        if not path.exists():
            raise ResultsError(f"{shown or path}: there is no such file\nRun `study reproduce {slug}`.")
        return cls(*schema.read(read_text(path, schema.remedy(slug), shown), entry))

    @classmethod
    def loads(cls, text: str, *, source: str = "results.json", entry: str = "") -> "Results":
        """Read results from the text of a `results.json`; see `load`.

        Args:
            text: JSON.
            source: What to call it in errors.
            entry: Slug of the entry whose results it must hold; that of any by default.

        Returns:
            The results.

        Raises:
            ResultsError: As `load`.
        """
        return cls(*schema.read(Source(text, source, schema.remedy(entry or "SLUG")), entry))

    def dumps(self) -> str:
        """Write the results as JSON: keys sorted, a list of numbers on one line.

        Returns:
            The text of `results.json`. The same results give the same text.
        """
        return schema.write(self.entry, dict(self.claims))

    def save(self, path: str | Path) -> None:
        """Write `results.json` in one step: a reader finds the old file or the new one.

        What others wrote since it was read is lost; `keep_results` keeps it.

        Args:
            path: The file.

        Raises:
            ResultsError: If it cannot be written.
        """
        write_atomically(path, self.dumps(), error=ResultsError)


def keep_results(
    found: Results, path: str | Path, *, aside: str | Path | None = None, because: str = ""
) -> Path:
    """Join new results to those of a file, also while other processes do the same.

    The file is locked, read again, joined and written in one step, so that of two commands that end together
    neither loses the results of the other. A judged result that another takes the place of goes into the
    `superseded` of the new one, with the reason; what it had superseded itself follows it.

    Args:
        found: The new results.
        path: The `results.json` of the entry.
        aside: Where to join them instead if `path` holds a result of a larger budget for one of these claims;
            None lets them replace it.
        because: Why results are measured again; needed where `needing_reason` names one.

    Returns:
        The file they were joined to.

    Raises:
        ResultsError: If a file cannot be locked, read or written, holds the results of another entry, or a
            result would be replaced without a reason.
    """
    path = Path(path)
    with locked(path, error=ResultsError):
        known = _known(path, found.entry)
        if aside is None or not _replaces_larger(found, known):
            known.merge(_superseding(found, known, because.strip())).save(path)
            return path
    path = Path(aside)
    with locked(path, error=ResultsError):
        known = _known(path, found.entry)
        known.merge(_superseding(found, known, because.strip())).save(path)
    return path


def needing_reason(
    known: Results, codes: Mapping[str, str], seeds: Sequence[int], budget: Budget
) -> dict[str, str]:
    """Find the judged results that a run would replace by something that is not the same experiment.

    Args:
        known: The results of the file.
        codes: Identifier of each claim that is to run to its `code_hash`.
        seeds: The seeds it is to run with.
        budget: The budget.

    Returns:
        Identifier of a claim to what is not the same: the code, or the seeds. The same code on the same seeds
        needs no reason, and neither does a larger budget.
    """
    found = {}
    for claim, code in codes.items():
        result = known.claims.get(claim)
        if result is None or result.budget != budget or result.verdict is Verdict.NOT_JUDGED:
            continue
        if result.code != code:
            found[claim] = "other code"
        elif set(result.seeds) != set(seeds):
            found[claim] = f"other seeds than {', '.join(map(str, result.seeds))}"
    return found


def _superseding(found: Results, known: Results, because: str) -> Results:
    """Put the results that others take the place of into these."""
    kept = {}
    for claim, result in found.claims.items():
        missing = needing_reason(known, {claim: result.code}, result.seeds, result.budget)
        if missing and not because:
            raise ResultsError(
                f"the result of {claim!r} would be replaced by one of {missing[claim]}\n"
                "Say why with --because, and it stays in the file beside the new one."
            )
        kept[claim] = _after(result, known.claims.get(claim), because if missing else "")
    return Results(found.entry, kept)


def _after(result: Result, before: Result | None, because: str) -> Result:
    if before is None:
        return result
    earlier = before.superseded
    larger = before.budget != result.budget and before.verdict is not Verdict.NOT_JUDGED
    if because or larger:
        reason = because or f"measured again under the {result.budget} budget"
        earlier = (Superseded(reason, replace(before, superseded=())), *earlier)
    return replace(result, superseded=(*result.superseded, *earlier))


def _known(path: Path, entry: str) -> Results:
    return Results.load(path, entry=entry) if path.exists() else Results(entry)


def _replaces_larger(found: Results, known: Results) -> bool:
    return any(
        BUDGETS.index(known.claims[name].budget) > BUDGETS.index(result.budget)
        for name, result in found.claims.items()
        if name in known.claims
    )
