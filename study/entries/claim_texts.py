"""What the claims of an entry say, without waiting for the code that tests them.

`experiments` imports the whole method; its words are kept in `.study/` beside the hash of that code.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from study.entries import importing
from study.entries.catalogue import Entry
from study.entries.code_state import entry_hash
from study.files import atomic, paths
from study.files.errors import StudyError


@dataclass(frozen=True)
class ClaimText:
    """The words of one claim, as `foundations.experiment.Claim` has them."""

    id: str
    where: str
    says: str
    predicts: str
    control: str


def claim_texts(entry: Entry) -> tuple[ClaimText, ...]:
    """Return the words of the claims of an entry, in the order of its `experiments`.

    Raises:
        StudyError: The claims cannot be read.
    """
    if not entry.has_claims:
        return ()
    code = entry_hash(entry)
    kept = _file(entry)
    if (known := _read(kept, code)) is not None:
        return known
    names = ClaimText.__dataclass_fields__
    texts = tuple(
        ClaimText(**{name: getattr(claim, name) for name in names}) for claim in importing.claims(entry)
    )
    record = {"code": code, "claims": [asdict(text) for text in texts]}
    with contextlib.suppress(StudyError):  # a read-only checkout is read all the same
        atomic.write(kept, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    return texts


def _file(entry: Entry) -> Path:
    return paths.local_folder(entry.root) / "claims" / f"{entry.slug}.json"


def _read(file: Path, code: str) -> tuple[ClaimText, ...] | None:
    """Return what is kept for this very code; None if there is nothing, or it is damaged."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        if record["code"] != code:
            return None
        texts = tuple(ClaimText(**one) for one in record["claims"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    sound = all(isinstance(word, str) for text in texts for word in asdict(text).values())
    return texts if sound else None
