"""A work that the notes cite."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
