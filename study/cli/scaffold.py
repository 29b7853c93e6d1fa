"""A new entry: a folder with everything that can be known before anything is written.

What is left to write is named in comments, so that the doctor's notices say what is honestly missing.
"""

from __future__ import annotations

import keyword
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from study import bibliography
from study.bibliography import bibtex as bibtex_file
from study.bibliography.work import Work
from study.cli import skeleton
from study.entries.catalogue import Catalogue
from study.entries.record import SLUG
from study.files import foreign, paths, yaml
from study.files.errors import StudyError, UsageError

UNWRITTEN = "Not summarised yet."
PLAIN = re.compile(r"[^\W\d_][\w ()'’–/+-]*[\w)'’.]")
SMALL_WORDS = frozenset(
    ("a", "an", "and", "are", "as", "at", "by", "for", "from", "in", "is", "it", "its", "of", "on", "or",
     "the", "to", "towards", "using", "via", "we", "with", "you")
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What is known of a new entry.

    Attributes:
        room: `foundations`, `implementations` or `papers`.
        slug: Its name.
        title: As the page will be headed.
        summary: One sentence.
        tags: Words to filter by.
        requires: Slugs of the entries to read first.
        bibtex: The BibTeX entry of a paper; empty outside `papers`.
        skeletons: Whether the skeletons of an experiment and of a figure are made too.
    """

    room: str
    slug: str
    title: str
    summary: str = UNWRITTEN
    tags: Sequence[str] = ()
    requires: Sequence[str] = ()
    bibtex: str = ""
    skeletons: bool = True

    def files(self, root: Path) -> dict[str, str]:
        """Return the entry's files by name, with `/` where one stands in a folder.

        Raises:
            FileError: The BibTeX entry is broken.
        """
        front = {"title": self.title, "slug": self.slug}
        made = {}
        if self.room == "papers":
            (reference,) = bibtex_file.parse(self.bibtex, root / self.room / self.slug / "paper.bib")
            front |= {"year": reference.year, "bibkey": reference.key}
            made["paper.bib"] = self.bibtex.strip() + "\n"
        front |= {"summary": self.summary, "tags": list(self.tags), "requires": list(self.requires)}
        pages = "\n".join(part.text for part in skeleton.parts(self.room, self.skeletons))
        if self.room == "papers":
            pages += f"\n## References\n\n- [@{front['bibkey']}]\n"
        record = "".join(f"{name}: {_yaml(value)}\n" for name, value in front.items())
        if self.skeletons:
            made |= skeleton.files(self.room)
        return made | {
            "notes.md": f"---\n{record}---\n\n# {foreign.markdown(self.title)}\n\n{pages}",
            "checklist.md": skeleton.checklist(self.room),
            "questions.yml": skeleton.QUESTIONS,
            "index.yml": skeleton.INDEX,
            "__init__.py": f'"""{_docstring(self.title)}"""\n',
        }


def _docstring(title: str) -> str:
    """Return a title as the text of a docstring; the reference of the site reads it as Markdown."""
    text = foreign.markdown(title.replace('"', "'")).replace("\\", "\\\\")
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _yaml(value: object) -> str:
    """Return a value as one line of YAML, without quotes where YAML reads it back as it is."""
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    text = str(value)
    if isinstance(value, int) or (PLAIN.fullmatch(text) and yaml.load(text, Path("notes.md")) == text):
        return text
    return foreign.yaml(text)


def check_slug(slug: str, room: str, catalogue: Catalogue) -> None:
    """Refuse a name that is no name, or taken.

    Raises:
        UsageError: The slug cannot be used.
    """
    if not SLUG.fullmatch(slug) or keyword.iskeyword(slug):
        near = re.sub(r"[^a-z0-9]+", "_", slug.lower()).strip("_")
        hint = f"; {near!r} would do" if SLUG.fullmatch(near) and not keyword.iskeyword(near) else ""
        raise UsageError(f"{slug!r} cannot be a slug: lower-case letters, digits and underscores{hint}.")
    if slug in catalogue:
        raise UsageError(f"There is an entry {slug!r} already: {paths.shown(catalogue.get(slug).notes)}.")
    if (catalogue.root / room / slug / "notes.md").exists():
        raise UsageError(f"{room}/{slug} has notes already.")


def one_reference(text: str, path: Path, catalogue: Catalogue) -> Work:
    """Return the one work of a BibTeX text, worded as the base words it where it cites it already.

    Raises:
        UsageError: There are none or several, or the paper has an entry.
        FileError: The text is broken; `path` is named.
    """
    references = bibtex_file.parse(text, path)
    if len(references) != 1:
        raise UsageError(f"{path} holds {len(references)} BibTeX entries: one paper has one.")
    (reference,) = references
    for entry in catalogue:
        if entry.bibkey == reference.key:
            raise UsageError(f"{reference.key} is {entry.room}/{entry.slug} already.")
    return cited(reference, catalogue.root)


def cited(reference: Work, root: Path) -> Work:
    """Return a work as the bibliography words it, if it is there: one key has one wording."""
    return bibliography.load(root).get(reference.key, reference)


def create(root: Path, plan: Plan) -> Path:
    """Write a new entry, whole or not at all, and return its folder; code that is there already stays.

    Raises:
        StudyError: It cannot be written.
    """
    files = plan.files(root)
    folder = root / plan.room / plan.slug
    try:
        with tempfile.TemporaryDirectory(prefix=f".{plan.slug}-", dir=root / plan.room) as made:
            draft = Path(made) / plan.slug
            if folder.is_dir():
                shutil.copytree(folder, draft)
            draft.mkdir(exist_ok=True)
            for name, text in files.items():
                if not (draft / name).exists():
                    (draft / name).parent.mkdir(exist_ok=True)
                    (draft / name).write_text(text, encoding="utf-8")
            if folder.is_dir():
                folder.rename(Path(made) / "before")
            draft.rename(folder)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StudyError(f"{paths.shown(folder)} cannot be made: {reason}.") from None
    return folder


def bibkey(author: str, year: int, title: str) -> str:
    """Return a key such as `vaswani2017attention`.

    >>> bibkey("Ashish Vaswani", 2017, "Attention Is All You Need")
    'vaswani2017attention'
    """
    family = author.split(",")[0] if "," in author else author.split()[-1]
    return f"{_simple(family)}{year}{next(iter(significant(title)), '')}"


def bibtex(title: str, authors: Sequence[str], year: int, venue: str, arxiv: str) -> str:
    """Return the BibTeX entry of a paper from its facts."""
    fields = {"title": f"{{{title}}}", "author": " and ".join(authors), "year": str(year)}
    if venue:
        fields["journal"] = venue
    if arxiv:
        fields |= {"eprint": arxiv, "archivePrefix": "arXiv"}
    lines = "".join(f"  {name} = {{{_bib_text(value)}}},\n" for name, value in fields.items())
    return f"@article{{{bibkey(authors[0], year, title)},\n{lines}}}\n"


def _bib_text(text: str) -> str:
    return re.sub(r"(?<!\\)([&%#])", r"\\\1", text)


def slug_of(title: str, taken: Sequence[str]) -> str:
    """Return a slug for a paper of this title that is not taken.

    >>> slug_of("Attention Is All You Need", ["lora"]), slug_of("LoRA: Low-Rank Adaptation", ["lora"])
    ('attention_all_need', 'lora_2')
    """
    words = significant(title.split(":")[0]) or ["paper"]
    base = "_".join(words[:3])
    if not base[0].isalpha() or keyword.iskeyword(base):
        base = f"paper_{base}"
    number, slug = 2, base
    while slug in taken:
        slug, number = f"{base}_{number}", number + 1
    return slug


def significant(title: str) -> list[str]:
    """Return the words of a title that say something, in ASCII lower case."""
    return [word for word in map(_simple, re.split(r"[\W_]+", title)) if word and word not in SMALL_WORDS]


def _simple(word: str) -> str:
    """Return a word in ASCII lower case: letters and digits."""
    import unicodedata

    ascii_word = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", ascii_word.lower())
