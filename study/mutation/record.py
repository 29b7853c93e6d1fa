"""`mutants.json`: how many mutants of a page are killed, and why the rest survive."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from study.files import atomic
from study.files.errors import FileError
from study.files.read import read_text
from study.mutation.campaign import Campaign
from study.mutation.targets import Target, definition, targets
from study.mutation.trial import Outcome
from study.notes import Notes

SCHEMA = 1
KILLED_GOAL = 0.80
"""Share of the mutants that fences must kill."""
NOTICED_GOAL = 0.95
"""Share that must be killed or at least change what is printed."""


@dataclass(frozen=True)
class Survivor:
    """A mutant that no fence killed.

    Attributes:
        file: Of the checkout.
        definition: The name in it.
        change: What became of which expression.
        outcome: `noticed`, or `survived`.
        reason: Why that is right, written by a person; empty until then.
    """

    file: str
    definition: str
    change: str
    outcome: str
    reason: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What names it from run to run."""
        return self.file, self.definition, self.change


@dataclass(frozen=True)
class Record:
    """What `mutants.json` of an entry holds.

    Attributes:
        code: Hash of the page's fences and of the definitions that were changed.
        mutants: How many there were.
        killed: How many made a fence raise.
        noticed: How many changed only what is printed.
        survivors: All that were not killed, the noticed ones too.
    """

    code: str
    mutants: int
    killed: int
    noticed: int
    survivors: tuple[Survivor, ...]

    @property
    def unexplained(self) -> tuple[Survivor, ...]:
        """The survivors that nothing noticed and nobody gave a reason for."""
        return tuple(s for s in self.survivors if s.outcome == Outcome.SURVIVED and not s.reason.strip())

    @property
    def reaches_goal(self) -> bool:
        """Whether enough are killed and noticed, and every survivor has its reason."""
        enough = self.killed >= KILLED_GOAL * self.mutants
        return enough and self.killed + self.noticed >= NOTICED_GOAL * self.mutants and not self.unexplained


def path(entry: Path) -> Path:
    """Return where the record of an entry lies."""
    return entry / "mutants.json"


def code_of(notes: Notes, root: Path, listed: Iterable[Target] | None = None) -> str:
    """Hash what a score depends on: the fences that run, and the definitions that are changed.

    Comments, docstrings and layout do not count.

    Raises:
        FileError: A source marker names nothing.
    """
    digest = sha256()
    for fence in notes.runnable:
        digest.update(f"{fence.code}\0{fence.output.code if fence.output else ''}\0".encode())
    for target in listed if listed is not None else targets(notes, root):
        _, node = definition(root, target)
        digest.update(f"{target.file}\0{target.name}\0{_without_docstrings(node)}\0".encode())
    return f"sha256:{digest.hexdigest()}"


def _without_docstrings(node: ast.stmt) -> str:
    tree = ast.parse(ast.unparse(node))
    for inner in ast.walk(tree):
        body = getattr(inner, "body", None)
        if (
            isinstance(inner, ast.FunctionDef | ast.ClassDef)
            and body
            and ast.get_docstring(inner) is not None
        ):
            inner.body = body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def of_campaign(notes: Notes, root: Path, campaign: Campaign, before: Record | None) -> Record:
    """Return the record of a campaign; reasons that were given before stay with their mutants."""
    reasons = {one.key: one.reason for one in before.survivors} if before else {}
    survivors = tuple(
        Survivor(*mutant.key, str(outcome), reasons.get(mutant.key, ""))
        for mutant, outcome in campaign.outcomes
        if outcome is not Outcome.KILLED
    )
    return Record(
        code=code_of(notes, root, campaign.targets),
        mutants=len(campaign.outcomes),
        killed=campaign.count(Outcome.KILLED),
        noticed=campaign.count(Outcome.NOTICED),
        survivors=survivors,
    )


def load(entry: Path) -> Record | None:
    """Read the record of an entry; None where there is none.

    Raises:
        FileError: It is not what `study doctor --mutate` writes.
    """
    file = path(entry)
    if not file.is_file():
        return None
    again = "`study doctor --mutate` writes it anew; move it aside first to lose its reasons."
    try:
        found: Any = json.loads(read_text(file))
        if found["schema"] != SCHEMA:
            what = f"expected schema {SCHEMA}, got {str(found['schema'])[:40]}"
            raise FileError(file, None, what, again)
        record = Record(
            code=found["code"],
            mutants=found["mutants"],
            killed=found["killed"],
            noticed=found["noticed"],
            survivors=tuple(Survivor(**one) for one in found["survivors"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        what = f"not a record of mutants ({type(error).__name__}: {str(error)[:80]})"
        raise FileError(file, getattr(error, "lineno", None), what, again) from None
    numbers = (record.mutants, record.killed, record.noticed)
    texts = (record.code, *(text for one in record.survivors for text in asdict(one).values()))
    if not all(type(n) is int and n >= 0 for n in numbers) or not all(isinstance(t, str) for t in texts):
        raise FileError(
            file, None, "not a record of mutants: counts are whole numbers, the rest is text", again
        )
    if record.killed + len(record.survivors) != record.mutants or record.noticed != sum(
        one.outcome == Outcome.NOTICED for one in record.survivors
    ):
        raise FileError(file, None, "its counts do not follow from its survivors", again)
    return record


def save(entry: Path, record: Record) -> None:
    """Write the record of an entry as a whole.

    Raises:
        StudyError: It cannot be written.
    """
    ordered = replace(record, survivors=tuple(sorted(record.survivors, key=lambda one: one.key)))
    text = json.dumps({"schema": SCHEMA, **asdict(ordered)}, ensure_ascii=False, indent=1)
    atomic.write(path(entry), text + "\n")
