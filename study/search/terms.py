"""The index of an entry: other words for each section of its notes, as at the back of a book.

`index.yml` gives the anchor of a section the terms under which a reader looks for it who does not know its
words: other names, symptoms, neighbouring ideas. They are searched with the section.

    why-divide-by-the-square-root-of-d_k:
      - temperature of the softmax
      - logits grow with the width of keys
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from study.files import yaml
from study.files.errors import FileError
from study.files.foreign import short
from study.files.read import read_text
from study.notes import Notes

NAME = "index.yml"
LONGEST = 100
"""Characters of a term, at most."""
MOST = 12
"""Terms of a section, at most."""

Terms = dict[str, tuple[str, ...]]


def load(path: Path) -> Terms:
    """Return the terms of each section, by its anchor, in the order of the file.

    Args:
        path: The `index.yml`.

    Raises:
        FileError: It is missing, no YAML, or not lists of texts by anchor; the line is named.
    """
    return dict(_read(path)[0])


def _read(path: Path) -> tuple[Terms, dict[str, int]]:
    values, lines = yaml.fields(read_text(path), path)
    found: Terms = {}
    for anchor, listed in values.items():
        line = lines[anchor]
        if not isinstance(listed, list) or not listed:
            raise FileError(path, line, f"{short(anchor)[1:-1]}: expected a list of terms")
        if len(listed) > MOST:
            raise FileError(path, line, f"{short(anchor)[1:-1]}: {len(listed)} terms, at most {MOST}")
        for term in listed:
            if not isinstance(term, str) or not term.strip():
                what = f"{short(anchor)[1:-1]}: a term is a text, got {short(str(term))}"
                raise FileError(path, line, what, "Put quotes around what YAML reads as something else.")
            if len(term) > LONGEST:
                what = f"{short(anchor)[1:-1]}: a term of {len(term)} characters, at most {LONGEST}"
                raise FileError(path, line, what)
        found[anchor] = tuple(" ".join(term.split()) for term in listed)
    return found, lines


def faults(notes: Notes, path: Path) -> Iterator[FileError]:
    """Yield where an index and its notes do not go together.

    Args:
        notes: The notes of the entry.
        path: The `index.yml`, named in the errors.

    Yields:
        An anchor that is no section, a term that stands twice, a section without terms.

    Raises:
        FileError: As `load`.
    """
    terms, lines = _read(path)
    known = [section.anchor for section in notes.sections if section.level > 1]
    seen: dict[str, str] = {}
    for anchor, listed in terms.items():
        if anchor not in known:
            near = difflib.get_close_matches(anchor, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else ""
            yield FileError(path, lines[anchor], f"the notes have no section #{anchor}", hint)
        for term in listed:
            folded = term.casefold()
            if folded in seen:
                what = f"{short(term)} stands twice, first under {seen[folded]}"
                yield FileError(path, lines[anchor], what, "A term leads to one section.")
            seen.setdefault(folded, anchor)
    without = [anchor for anchor in known if anchor not in terms]
    if without:
        some = ", ".join(without[:3]) + (f" and {len(without) - 3} more" if len(without) > 3 else "")
        yield FileError(path, None, f"no terms for {some}")
