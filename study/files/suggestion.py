"""What somebody who mistyped a name probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LIKE = 0.5
"""How alike two names are, of 1, for the one to be taken for the other."""
_AS_GOOD = 0.15
"""How much less alike than the best another suggestion may be."""


def closest(typed: str, known: Iterable[str], most: int = 1) -> list[str]:
    """Return the names that were probably meant, the likeliest first; case, hyphens and blanks do not matter.

    >>> closest("sate", ["list", "state", "start"]), closest("Attnetion", ["attention", "optimization"], 3)
    (['state'], ['attention'])
    """
    wanted = _plain(typed)
    matcher = difflib.SequenceMatcher()
    matcher.set_seq2(wanted[:80])
    likeness = {}
    for name in known:
        matcher.set_seq1(_plain(name)[:80])
        likeness[name] = matcher.ratio()
    ranked = sorted(likeness, key=lambda name: -likeness[name])
    least = max(_LIKE, likeness[ranked[0]] - _AS_GOOD) if ranked else 1.0
    return [name for name in ranked if likeness[name] >= least][:most]


def hint(typed: str, known: Iterable[str], otherwise: str, most: int = 1) -> str:
    """Return the second half of a complaint about a name: what was meant, or `otherwise`.

    >>> [hint(typed, ["list", "state", "to read"], "look.") for typed in ("sate", "toread", "x")]
    ['did you mean state?', "did you mean 'to read'?", 'look.']
    """
    meant = [repr(name) if " " in name else name for name in closest(typed, known, most)]
    if not meant:
        return otherwise
    *most_of_them, last = meant
    return f"did you mean {', '.join(most_of_them)} or {last}?" if most_of_them else f"did you mean {last}?"


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").replace("_", " ").split())
