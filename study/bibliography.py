"""The bibliography: every entry's `paper.bib` and the shared `docs/references.bib`, as one.

A citation `[@key]` in any page of notes is looked up here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study import paths
from study.errors import FileError

SHARED = Path("docs") / "references.bib"
_VENUES = ("journal", "booktitle", "publisher", "howpublished", "school", "institution")
_ARXIV = re.compile(r"(?:arXiv:\s*|arxiv\.org/(?:abs|pdf)/)(\d{4}\.\d{4,5}|[a-z.-]+/\d{7})", re.IGNORECASE)
_SWALLOWED = re.compile(r"[}\"\d]\s+(?P<name>\w+)\s*=\s*[{\"\d]")
_FEW = 8  # authors that a citation names before it says "et al."


@dataclass(frozen=True)
class Author:
    """A person, or an organisation (`given` is then empty)."""

    family: str
    given: str = ""

    def __str__(self) -> str:
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True)
class Reference:
    """One work.

    Attributes:
        key: Its BibTeX key.
        kind: Its BibTeX type, in lower case.
        authors: In order, accents decoded.
        more_authors: Whether the list ends in "and others".
        title: Accents decoded, braces gone, formulas in `$…$` kept.
        year: Of publication.
        venue: Journal, proceedings or publisher; empty if unknown.
        fields: Every field, decoded, names in lower case.
        bibtex: The entry as it stands in the file.
        path: The file.
        line: 1-based line of the entry in it.
    """

    key: str
    kind: str
    authors: tuple[Author, ...]
    more_authors: bool
    title: str
    year: int
    venue: str
    fields: Mapping[str, str]
    bibtex: str
    path: Path
    line: int

    @property
    def arxiv(self) -> str | None:
        """The arXiv identifier."""
        eprint = self.fields.get("eprint", "")
        if eprint and self.fields.get("archiveprefix", "arxiv").lower() == "arxiv":
            return eprint.removeprefix("arXiv:")
        found = _ARXIV.search(" ".join(self.fields.get(name, "") for name in ("journal", "note", "url")))
        return found[1] if found else None

    @property
    def doi(self) -> str | None:
        """The DOI, without the resolver's address."""
        return re.sub(r"^https?://(?:dx\.)?doi\.org/", "", self.fields.get("doi", "")) or None

    @property
    def url(self) -> str | None:
        """Where to read it: the `url` field, else arXiv, else the DOI's resolver."""
        if "url" in self.fields:
            return self.fields["url"]
        if self.arxiv:
            return f"https://arxiv.org/abs/{self.arxiv}"
        return f"https://doi.org/{self.doi}" if self.doi else None

    @property
    def short(self) -> str:
        """What stands in running text: `Kingma & Welling 2014`, `Vaswani et al. 2017`."""
        families = [author.family for author in self.authors]
        if len(families) > 2 or self.more_authors:
            return f"{families[0]} et al. {self.year}"
        return f"{' & '.join(families)} {self.year}"

    def formatted(self) -> str:
        """Return the work as one line of a list of references."""
        families = [author.family for author in self.authors]
        if self.more_authors or len(families) > _FEW:
            who = ", ".join(families[: _FEW - 1]) + " et al."
        elif len(families) > 1:
            who = ", ".join(families[:-1]) + " & " + families[-1]
        else:
            who = families[0]
        where = self.venue
        if where and "volume" in self.fields:
            where += f" {self.fields['volume']}"
        if where and "pages" in self.fields:
            where += f", {self.fields['pages']}"
        arxiv = f"arXiv:{self.arxiv}" if self.arxiv and self.arxiv not in where else ""
        title = self.title if self.title[-1] in ".?!" else f"{self.title}."
        return " ".join([f"{who} ({self.year}).", title, *(f"{part}." for part in (where, arxiv) if part)])


def load(root: Path) -> dict[str, Reference]:
    """Return every reference of a checkout by its key, sorted by key.

    Raises:
        FileError: A file is broken, or two files give different works the same key.
    """
    merged: dict[str, Reference] = {}
    for path in files(root):
        for reference in read(path):
            twin = merged.setdefault(reference.key, reference)
            if twin is not reference and twin.bibtex.split() != reference.bibtex.split():
                what = f"{reference.key}: {paths.shown(twin.path)}:{twin.line} says otherwise"
                raise FileError(path, reference.line, what, "One key names one work: make them agree.")
    return dict(sorted(merged.items()))


def files(root: Path) -> Iterator[Path]:
    """Yield the shared bibliography and every entry's `paper.bib`, where they are there."""
    if (root / SHARED).is_file():
        yield root / SHARED
    for room in paths.ROOMS:
        yield from sorted((root / room).glob("*/paper.bib"))


def read(path: Path) -> list[Reference]:
    """Read one .bib file; see `parse`."""
    return parse(paths.read(path), path)


def parse(text: str, path: Path) -> list[Reference]:
    """Read BibTeX; `path` names the file in errors.

    Raises:
        FileError: An entry is broken, stands twice, or lacks author, title or year.
    """
    import logging

    import bibtexparser
    from bibtexparser import model

    logging.getLogger("bibtexparser").addHandler(logging.NullHandler())  # its complaints become our errors
    library = bibtexparser.parse_string(text.replace("\r\n", "\n"))
    for block in library.blocks:
        line = (block.start_line or 0) + 1
        if isinstance(block, model.DuplicateBlockKeyBlock):
            first = (block.previous_block.start_line or 0) + 1
            raise FileError(path, line, f"the key {block.key} stands twice, first on line {first}")
        if isinstance(block, model.DuplicateFieldKeyBlock):
            raise FileError(
                path, line, f"the entry names a field twice: {', '.join(sorted(block.duplicate_keys))}"
            )
        if isinstance(block, model.ParsingFailedBlock):
            reason = getattr(block.error, "abort_reason", str(block.error)).strip().rstrip(".")
            opening = (block.raw or "").strip().splitlines()[0][:60]
            raise FileError(path, line, f"broken BibTeX in the entry that starts here, `{opening}`: {reason}")
        if isinstance(block, model.ImplicitComment) and re.search(
            r"^\s*@?\w+\s*[{(]|^\s*@", block.comment, re.MULTILINE
        ):
            raise FileError(path, line, "text outside an entry: expected `@type{key,` to start one")
    return [_reference(entry, path) for entry in library.entries]


def _reference(entry: Any, path: Path) -> Reference:
    line = entry.start_line + 1
    if not re.fullmatch(r"[^\s{}\"#%,~\\]+", entry.key):
        raise FileError(path, line, f"expected a key after `@{entry.entry_type}{{`, got {entry.key!r}")
    raw = {field.key.lower(): (str(field.value), field.start_line + 1) for field in entry.fields}
    for name, (value, at) in raw.items():
        if swallowed := _SWALLOWED.search(value):
            raise FileError(
                path, at, f"{entry.key}: {name}: a comma is missing before `{swallowed['name']} =`"
            )
        if not _balanced(value):
            raise FileError(path, at, f"{entry.key}: {name}: braces do not balance")
    for name in ("author", "title", "year"):
        if name not in raw and not (name == "author" and "editor" in raw):
            raise FileError(path, line, f"{entry.key}: the field {name} is missing")
    year, year_line = raw["year"]
    if not re.fullmatch(r"\d{4}", year.strip("{} ")):
        raise FileError(path, year_line, f"{entry.key}: expected a year such as 2017, got {year!r}")
    people, people_line = raw.get("author", raw.get("editor", ("", line)))
    authors, more = _authors(people, path, people_line)
    fields = _decode({name: value for name, (value, _) in raw.items()})
    if not fields["title"]:
        raise FileError(path, raw["title"][1], f"{entry.key}: the title is empty")
    return Reference(
        key=entry.key,
        kind=entry.entry_type.lower(),
        authors=authors,
        more_authors=more,
        title=fields["title"],
        year=int(year.strip("{} ")),
        venue=next((fields[name] for name in _VENUES if fields.get(name)), ""),
        fields=fields,
        bibtex=entry.raw.strip(),
        path=path,
        line=line,
    )


def _balanced(value: str) -> bool:
    depth = 0
    for found in re.finditer(r"(?<!\\)[{}]", value):
        depth += 1 if found[0] == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def _authors(people: str, path: Path, line: int) -> tuple[tuple[Author, ...], bool]:
    from bibtexparser.middlewares import names

    authors: list[Author] = []
    more = False
    for name in names.split_multiple_persons_names(people):
        if name.strip().lower() == "others":
            more = True
            continue
        try:
            parts = names.parse_single_name_into_parts(name)
        except names.InvalidNameError as error:
            raise FileError(path, line, f"cannot read the name {name!r}: {error.reason}") from None
        family = " ".join([*parts.von, *parts.last, *parts.jr])
        decoded = _decode({"family": family, "given": " ".join(parts.first)})
        authors.append(Author(**decoded))
    if not authors:
        raise FileError(path, line, "expected at least one author")
    return tuple(authors), more


def _decode(values: Mapping[str, str]) -> dict[str, str]:
    """Turn LaTeX into text: accents, dashes, escapes; addresses and identifiers stay as they are."""
    from bibtexparser import Library
    from bibtexparser.middlewares import LatexDecodingMiddleware
    from bibtexparser.model import Entry, Field

    verbatim = {name: values[name] for name in ("url", "doi", "eprint", "file") if name in values}
    latex = [Field(name, value) for name, value in values.items() if name not in verbatim]
    LatexDecodingMiddleware().transform_entry(carrier := Entry("misc", "values", latex), Library())
    decoded = {field.key: " ".join(str(field.value).split()) for field in carrier.fields}
    return decoded | {name: value.strip() for name, value in verbatim.items()}


def to_bibtex(references: Iterable[Reference]) -> str:
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


def to_csl_json(references: Iterable[Reference]) -> str:
    """Return the works as CSL-JSON, which reference managers import."""
    return json.dumps([_csl(reference) for reference in references], ensure_ascii=False, indent=2) + "\n"


def _csl(reference: Reference) -> dict[str, object]:
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
