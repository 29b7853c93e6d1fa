"""Mutants of a typeset formula: a sign left out, a transpose dropped, a number one larger."""

from __future__ import annotations

from collections.abc import Iterator

from foundations.matrix_calculus.formulas.tokens import tokens

_INSTEAD = {
    "+": ("-",),
    "-": ("+",),
    r"\odot": (r"\otimes",),
    r"\operatorname tril": (r"\operatorname low",),
    "<": (">",),
    ">": ("<",),
}


def mutants(formula: str) -> Iterator[str]:
    """Yield the formula with every single change: a token or exponent left out, another sign or number."""
    read = tokens(formula)
    for at, token in enumerate(read):
        yield _written([*read[:at], *read[at + 1 :]])
        for other in _INSTEAD.get(token, ()):
            yield _written([*read[:at], other, *read[at + 1 :]])
        if token.isdigit():
            yield _written([*read[:at], str((int(token) + 1) % 10), *read[at + 1 :]])
        if token == "^":
            end = at + 2 if read[at + 1] != "{" else read.index("}", at) + 1
            yield _written([*read[:at], *read[end:]])
            if read[at + 1] == r"\top":
                yield _written([*read[: at + 1], "{", "-", "1", "}", *read[end:]])
            if read[at + 1 : at + 4] == ["{", "-", r"\top"]:
                yield _written([*read[: at + 1], "{", "-", "1", "}", *read[end:]])
                yield _written([*read[: at + 1], r"\top", *read[end:]])
        if at + 1 < len(read) and token.isalpha() and read[at + 1].isalpha() and token != read[at + 1]:
            yield _written([*read[:at], read[at + 1], token, *read[at + 2 :]])  # in the other order


def _written(read: list[str]) -> str:
    """Return tokens as LaTeX."""
    return " ".join(
        rf"\operatorname{{{token.partition(' ')[2]}}}" if token.startswith(r"\operatorname ") else token
        for token in read
    )
