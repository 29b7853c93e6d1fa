"""What of a text can be searched: characters that have a meaning, words of a length that people type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 200
"""Letters of a word that are searched; a longer one is data, and reading it takes time beyond measure."""

_MEANINGLESS = re.compile(  # C0 without tab and line end, C1, surrogates, private use
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff]"
)
_LONG = re.compile(rf"(\w{{{LONGEST}}})\w+")
_WIDE = re.compile("[\uff00-\uffef]+")
_UNSPACED = re.compile(  # writing without spaces between words: Han, kana, Hangul
    "[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
_RUN = re.compile(rf"\w*{_UNSPACED.pattern}\w*")


def indexable(text: str) -> str:
    r"""Return a text as it can be indexed, every line where it was; full-width letters are letters.

    >>> indexable("a\ue000b\x00c ＡＢＣ")
    'a b c ABC'
    """
    text = _MEANINGLESS.sub(" ", text)
    return _LONG.sub(r"\1", _WIDE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text))


def lost(text: str) -> Iterator[tuple[int, str]]:
    """Yield what of a text is not searched: the line, and what stands there; the first of each kind."""
    if found := _MEANINGLESS.search(text):
        what = f"U+{ord(found[0]):04X} and its like mean nothing to a reader and are not searched"
        yield text.count("\n", 0, found.start()) + 1, what
    if found := _LONG.search(text):
        what = f"a word of {len(found[0]):,} letters: the first {LONGEST} are searched"
        yield text.count("\n", 0, found.start()) + 1, what


def spaced(text: str) -> str:
    """Return a text with every character apart that is written without spaces: it is found by any part.

    >>> spaced("深層学習2x")
    '深 層 学 習 2x'
    """
    return " ".join(_UNSPACED.sub(lambda found: f" {found[0]} ", text).split())


def unspaced_runs(text: str) -> list[str]:
    """Return the runs of a text that are written without spaces, their characters apart, without repeats."""
    return list(dict.fromkeys(spaced(found) for found in _RUN.findall(text)))
