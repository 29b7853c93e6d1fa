"""A formula in one line of letters, where HTML cannot go: the table of contents, a window's title."""

from __future__ import annotations

import re
import unicodedata

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu "
    "xi pi rho sigma tau phi chi psi omega"
)


def _greek() -> dict[str, str]:
    letters = {}
    for name in _GREEK.split():
        unicode_name = name.upper().replace("LAMBDA", "LAMDA")
        letters[name] = unicodedata.lookup(f"GREEK SMALL LETTER {unicode_name}")
        letters[name.capitalize()] = unicodedata.lookup(f"GREEK CAPITAL LETTER {unicode_name}")
    return letters


_LETTERS = _greek() | {
    "sqrt": "√", "times": "×", "cdot": "·", "to": "→", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "in": "∈", "nabla": "∇", "partial": "∂", "infty": "∞", "sum": "∑", "top": "ᵀ", "log": "log", "exp": "exp",
    "max": "max", "min": "min", "sin": "sin", "cos": "cos", "det": "det",
}  # fmt: skip


def in_letters(source: str) -> str:
    r"""Return a formula as one readable line of text, for the table of contents.

    >>> in_letters(r"\sqrt{d_k}"), in_letters(r"\beta_1 \le \mathrm{lr}")
    ('√d_k', 'β_1 ≤ lr')
    """
    text = re.sub(r"\\([A-Za-z]+)", lambda found: _LETTERS.get(found[1], ""), source)
    return re.sub(r"\s+", " ", re.sub(r"[{}\\$]", "", text)).strip()
