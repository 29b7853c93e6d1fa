"""What the project can prove about an entry, computed from its files and never ticked by hand.

What each line may say is limited to what was looked at:

- *implemented*: the public names are defined and none is a stub; read from the source, nothing is run.
- *checked against …*: a test of this entry imports the reference (NumPy counts where a test calls the
  function of `np.linalg` that an own public function is named after). That the tests pass is for the run that
  publishes the page to show; the line says where they are, so that a reader can run them.
- *claims tested*: `results.json` holds a result of the code as it is now. A result of earlier code is
  counted as out of date. The verdicts are given, whatever they are.
- *mutants killed*: `mutants.json` says how many small changes to the code behind the page made a fence fail,
  for this very page and this very code; of another version it is out of date.
- *notes executed*: this very text and this very code ran here without a difference; a stamp in `.study/`
  says so. Where they never ran, as on a fresh clone, nothing is said: nothing is known to be missing.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from study.entries.catalogue import Entry
from study.entries.code_state import claim_hashes, fences_hash, kept
from study.entries.inspection import TestFile, mirrored_tests, public_names
from study.files import atomic, paths
from study.notes import Run, parse, parse_text, run

_REFERENCES = {
    "torch": "PyTorch",
    "sklearn": "scikit-learn",
    "xgboost": "XGBoost",
    "autograd": "autograd",
    "scipy": "SciPy",
}


class State(StrEnum):
    """How much of it is proved."""

    YES = "yes"
    PARTLY = "partly"
    STALE = "out of date"
    NO = "no"


@dataclass(frozen=True)
class Evidence:
    """One thing the project can prove about an entry.

    Attributes:
        name: `implemented`, `checked against PyTorch`, `claims tested`, `notes executed`,
            `mutants killed`.
        state: How much of it is proved.
        detail: What was found, in words that claim no more than that.
    """

    name: str
    state: State
    detail: str


def of(entry: Entry) -> list[Evidence]:
    """Return the evidence for an entry; claims only where it makes some, code only where it has some.

    Raises:
        StudyError: A file of the entry cannot be read or is not what it should be.
    """
    found = []
    if any(entry.path.glob("*.py")):
        found += _read_in_code(entry)
    if entry.has_claims:
        found.append(_reproduced(entry))
    return [*found, *_executed(entry), *_mutants(entry)]


def _read_in_code(entry: Entry) -> list[Evidence]:
    """Return what the source of the entry and its tests says, kept until one of them changes."""

    def read() -> str:
        tests = mirrored_tests(entry)
        return json.dumps([asdict(one) for one in (_implemented(entry, tests), _checked(entry, tests))])

    def of_text(text: str) -> list[Evidence]:
        return [Evidence(one["name"], State(one["state"]), one["detail"]) for one in json.loads(text)]

    try:
        return of_text(kept(entry.root, f"evidence-{entry.slug}", (), read))
    except (ValueError, TypeError, KeyError):  # somebody edited what was kept
        return of_text(read())


def _implemented(entry: Entry, tests: list[TestFile]) -> Evidence:
    names = public_names(entry.path)
    missing = [name for name, state in names.items() if state == "missing"]
    stubs = [name for name, state in names.items() if state == "stub"]
    shown = [f"{_count(len(names), 'public name')}"]
    if missing:
        shown.append(f"not defined: {', '.join(missing)}")
    if stubs:
        shown.append(f"not written yet: {', '.join(stubs)}")
    shown.append(_count(sum(test.cases for test in tests), "test") if tests else "no tests")
    if not names or len(missing) + len(stubs) == len(names):
        return Evidence("implemented", State.NO, ", ".join(shown))
    complete = not missing and not stubs and tests
    return Evidence("implemented", State.YES if complete else State.PARTLY, ", ".join(shown))


def _checked(entry: Entry, tests: list[TestFile]) -> Evidence:
    against = {  # reference to the files that compare with it
        reference: [test for test in tests if module in test.imports]
        for module, reference in _REFERENCES.items()
    }
    ours = set(public_names(entry.path))
    against["NumPy"] = [test for test in tests if test.linalg & ours]  # np.linalg.svd beside our own svd
    found = sorted(((r, files) for r, files in against.items() if files), key=lambda item: -len(item[1]))
    if not found:
        return Evidence("checked against PyTorch", State.NO, "no test compares it with a reference")
    *most, last = [reference for reference, _ in found]
    names = f"{', '.join(most)} and {last}" if most else last
    files = {test.path for _, tests in found for test in tests}
    folder = paths.shown(Path(os.path.commonpath([file.parent for file in files])))
    where = paths.shown(min(files)) if len(files) == 1 else f"{len(files)} files of {folder}"
    return Evidence(f"checked against {names}", State.YES, f"compared in {where}")


def _reproduced(entry: Entry) -> Evidence:
    from study.entries.claim_texts import claim_texts
    from study.entries.outcomes import outcomes

    ids = [claim.id for claim in claim_texts(entry)]
    if not ids:
        return Evidence("claims tested", State.NO, "no claim is put to the test yet")
    results = outcomes(entry)
    codes = claim_hashes(entry, ids)
    known = {name: results[name] for name in ids if name in results}
    current = [name for name, result in known.items() if result.code == codes[name]]
    name = "claims tested"
    if not known:
        return Evidence(name, State.NO, f"none of {_count(len(ids), 'claim')} has been run")
    verdicts = Counter(known[one].verdict for one in current)
    budgets = sorted({known[one].budget for one in current})
    counts = [f"{number} {verdict}" for verdict, number in verdicts.most_common()]
    detail = f"{len(current)} of {_count(len(ids), 'claim')}"
    if counts:
        detail += f" ({', '.join(counts)}; {' and '.join(budgets)} budget)"
    if stale := len(known) - len(current):
        detail += f", {stale} measured with earlier code"
        return Evidence(name, State.STALE, detail)
    return Evidence(name, State.YES if len(current) == len(ids) else State.PARTLY, detail)


def _executed(entry: Entry) -> Iterator[Evidence]:
    notes = parse(entry.notes)
    fences = _count(len(notes.runnable), "fence")
    if notes.fragments:
        fences += f" ({len(notes.fragments)} more not run, as the page says)"
    name = "notes executed"
    stamp = _read_stamp(entry)
    if not notes.runnable:
        yield Evidence(name, State.NO, "no fence to execute")
    elif stamp is None:
        return
    elif stamp.get("content") != _content(entry, notes.text):
        yield Evidence(name, State.STALE, f"{fences}; changed since they last ran on {stamp.get('date')}")
    elif stamp.get("failures"):
        yield Evidence(name, State.NO, f"{fences}; did not print what the page shows on {stamp.get('date')}")
    else:
        yield Evidence(
            name, State.YES, f"{fences} ran and printed what the page shows on {stamp.get('date')}"
        )


def _mutants(entry: Entry) -> Iterator[Evidence]:
    from study.mutation import record

    found = record.load(entry.path)
    if found is None:
        return
    name = "mutants killed"
    detail = (
        f"{found.killed} of {found.mutants} small changes to the code made a fence fail, "
        f"{found.noticed} more changed what is printed"
    )
    if found.code != record.code_of(parse(entry.notes), entry.root):
        yield Evidence(name, State.STALE, f"{detail}; the page or its code changed since")
    else:
        yield Evidence(name, State.YES if found.reaches_goal else State.PARTLY, detail)


def execute(entry: Entry, today: date | None = None) -> Run:
    """Run the notes of an entry and keep a stamp in `.study/` that says what came of it.

    Raises:
        StudyError: The notes cannot be read, or the stamp cannot be written.
    """
    notes = parse(entry.notes)
    content = _content(entry, notes.text)
    done = run(notes)
    stamp = _stamp(entry)
    day = (today or date.today()).isoformat()
    record = {"content": content, "date": day, "fences": done.executed, "failures": len(done.failures)}
    atomic.write(stamp, json.dumps(record, indent=1) + "\n")
    return done


def _stamp(entry: Entry) -> Path:
    return paths.local_folder(entry.root) / "notes" / f"{entry.slug}.json"


def _read_stamp(entry: Entry) -> dict[str, object] | None:
    try:
        record = json.loads(_stamp(entry).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def _content(entry: Entry, text: str) -> str:
    """Hash the text of the notes with all code they run: what their fences import, directly or not."""
    code = fences_hash(entry, (fence.code for fence in parse_text(text, entry.notes).runnable))
    return sha256(f"{text}\0{code}".encode()).hexdigest()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
