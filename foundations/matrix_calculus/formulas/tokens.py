"""The tokens of a formula."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\operatorname\{(?P<named>\w+)\}|\\(?P<command>[a-zA-Z]+|.)|(?P<sign>[^\s~])")
_SKIPPED = {",", ";", "!", ":", " ", "textstyle", "displaystyle", "bigl", "bigr", "Bigl", "Bigr"}


def tokens(formula: str) -> list[str]:
    r"""Return the tokens of a formula; spaces and sizes of parentheses are none.

    >>> tokens(r"\bar A=\bigl(X^\top\,\operatorname{tr}2\bigr)")
    ['\\bar', 'A', '=', '(', 'X', '^', '\\top', '\\operatorname tr', '2', ')']
    """
    found = []
    for one in _TOKEN.finditer(formula):
        if one["named"]:
            found.append(rf"\operatorname {one['named']}")
        elif one["command"] and one["command"] not in _SKIPPED:
            found.append("\\" + one["command"])
        elif one["sign"]:
            found.append(one["sign"])
    return found
