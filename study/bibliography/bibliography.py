"""The bibliography as one: the shared `docs/references.bib`, every entry's `paper.bib` and `references.bib`.

A citation `[@key]` in any page of notes is looked up here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from study.bibliography.bibtex import parse
from study.bibliography.work import Work
from study.files import paths
from study.files.errors import FileError
from study.files.read import read_text

SHARED = Path("docs") / "references.bib"
LACKING = "Add it to references.bib beside the notes, or to docs/references.bib."
"""What to do about a key that no file has."""

OF_ENTRY = ("paper.bib", "references.bib")
"""Files of an entry: its paper, and the works it cites that the shared file lacks."""


def load(root: Path) -> dict[str, Work]:
    """Return every reference of a checkout by its key, sorted by key.

    Raises:
        FileError: A file is broken, or two files give different works the same key.
    """
    merged: dict[str, Work] = {}
    for path in files(root):
        for reference in read(path):
            twin = merged.setdefault(reference.key, reference)
            if twin is not reference and twin.bibtex.split() != reference.bibtex.split():
                what = f"{reference.key}: {paths.shown(twin.path)}:{twin.line} says otherwise"
                raise FileError(path, reference.line, what, "One key names one work: make them agree.")
    return dict(sorted(merged.items()))


def files(root: Path) -> Iterator[Path]:
    """Yield the bibliographies that are there: the shared one, then those of the entries."""
    if (root / SHARED).is_file():
        yield root / SHARED
    for room in paths.ROOMS:
        yield from sorted(path for name in OF_ENTRY for path in (root / room).glob(f"*/{name}"))


def read(path: Path) -> list[Work]:
    """Read one .bib file; see `parse`."""
    return parse(read_text(path), path)


def to_bibtex(references: Iterable[Work]) -> str:
    """Return the works as one .bib file, each as it stands in its own."""
    return "".join(reference.bibtex + "\n\n" for reference in references).rstrip("\n") + "\n"


_CSL_KINDS = {
    "article": "article-journal",
    "inproceedings": "paper-conference",
    "conference": "paper-conference",
    "incollection": "chapter",
    "inbook": "chapter",
    "book": "book",
    "phdthesis": "thesis",
    "mastersthesis": "thesis",
    "techreport": "report",
    "online": "webpage",
}


def to_csl_json(references: Iterable[Work]) -> str:
    """Return the works as CSL-JSON, which reference managers import."""
    return json.dumps([_csl(reference) for reference in references], ensure_ascii=False, indent=2) + "\n"


def _csl(reference: Work) -> dict[str, object]:
    fields = reference.fields
    record: dict[str, object] = {
        "id": reference.key,
        "type": _CSL_KINDS.get(reference.kind, "article" if reference.arxiv else "document"),
        "title": reference.title,
        "author": [
            {"family": author.family, "given": author.given} if author.given else {"literal": author.family}
            for author in reference.authors
        ],
        "issued": {"date-parts": [[reference.year]]},
    }
    optional = {
        "container-title": fields.get("journal") or fields.get("booktitle"),
        "publisher": fields.get("publisher") or fields.get("school") or fields.get("institution"),
        "volume": fields.get("volume"),
        "issue": fields.get("number"),
        "page": fields.get("pages"),
        "DOI": reference.doi,
        "URL": reference.url,
        "number": f"arXiv:{reference.arxiv}" if reference.arxiv else None,
    }
    return record | {name: value for name, value in optional.items() if value}
