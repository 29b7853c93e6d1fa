"""What a built page carries for the build alone, taken out of it before it is published."""

from __future__ import annotations

import re
from pathlib import Path

from study.files.errors import StudyError

_SOURCE = re.compile(
    r' xmlns="http://www\.w3\.org/1998/Math/MathML"'  # which HTML takes for granted
    r'|<annotation encoding="application/x-tex">[^<]*</annotation>'
    r"|<semantics><mpadded(?: data-search-exclude)?>|(?<=</annotation>)</semantics>|</mpadded>(?=<annotation)"
)


def lightened(page: str) -> str:
    """Return a page without the TeX of its formulas, which the search has read by then, and what held it.

    Readers see the formula, and what reads aloud has its MathML.

    >>> source = '<annotation encoding="application/x-tex">x</annotation>'
    >>> lightened(f'<semantics><mpadded data-search-exclude><mi>x</mi></mpadded>{source}</semantics>')
    '<mi>x</mi>'
    """
    return _SOURCE.sub("", page)


def lighten(folder: Path) -> None:
    """Lighten every page of a built site.

    Raises:
        StudyError: A page cannot be read or written.
    """
    try:
        for path in sorted(folder.rglob("*.html")):
            page = path.read_text(encoding="utf-8")
            if (made := lightened(page)) != page:
                path.write_text(made, encoding="utf-8")
    except OSError as error:
        raise StudyError(f"{error.filename}: {error.strerror}") from None
