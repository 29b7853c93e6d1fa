"""A work that the notes cite."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from study.files import foreign

_ARXIV = re.compile(r"(?:arXiv:\s*|arxiv\.org/(?:abs|pdf)/)(\d{4}\.\d{4,5}|[a-z.-]+/\d{7})", re.IGNORECASE)
_FEW = 8  # authors that a citation names before it says "et al."


@dataclass(frozen=True)
class Author:
    """A person, or an organisation (`given` is then empty)."""

    family: str
    given: str = ""

    def __str__(self) -> str:
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True)
class Work:
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
        if self._eprint_is_arxiv and (known := foreign.arxiv(self.fields.get("eprint", ""))):
            return known
        found = _ARXIV.search(" ".join(self.fields.get(name, "") for name in ("journal", "note", "url")))
        return found[1] if found else None

    @property
    def doi(self) -> str | None:
        """The DOI, without the resolver's address."""
        return foreign.doi(self.fields.get("doi", ""))

    @property
    def url(self) -> str | None:
        """Where to read it: the `url` field where it is http(s), else arXiv, else the DOI's resolver."""
        if given := foreign.address(self.fields.get("url", "")):
            return given
        if self.arxiv:
            return f"https://arxiv.org/abs/{self.arxiv}"
        return foreign.doi_address(self.doi) if self.doi else None

    @property
    def unusable(self) -> tuple[str, ...]:
        """The fields that should lead somewhere and cannot: they are kept, and no page links to them."""
        wrong = {
            "url": foreign.address(self.fields.get("url", "")) is None,
            "doi": self.doi is None,
            "eprint": self._eprint_is_arxiv and foreign.arxiv(self.fields.get("eprint", "")) is None,
        }
        return tuple(name for name, bad in wrong.items() if bad and self.fields.get(name))

    def complaint(self, field: str) -> str:
        """Say what is wrong with one of the `unusable` fields."""
        expected = {
            "url": "an http or https address",
            "doi": "a DOI such as 10.1000/182",
            "eprint": "an arXiv identifier such as 1706.03762",
        }[field]
        got = foreign.short(self.fields[field])
        return f"{self.key}: {field}: no page links to it: expected {expected}, got {got}"

    @property
    def _eprint_is_arxiv(self) -> bool:
        kind = self.fields.get("eprinttype") or self.fields.get("archiveprefix") or "arxiv"
        return kind.lower() == "arxiv"

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
