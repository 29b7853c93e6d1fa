r"""Read LaTeX aloud, so that a formula can be found by the words a person would say.

Three ways to say one formula. For ``\sqrt{d_k}``:

* *spoken*: ``square root of d k`` (found by a question),
* *brief*: ``sqrt d k`` (found by someone who types code),
* *shown*: ``√d_k`` (what a snippet prints in a terminal).

This is a reader, not a renderer: it never fails. What it does not know it passes over, or spells out.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from study.search.vocabulary import COMMANDS, NAMES, SILENT, split_identifier

Style = Literal["spoken", "brief", "shown"]

DEEPEST = 40
"""Groups inside each other that are read; what is deeper is passed over."""
LONGEST = 4000
"""Characters of a formula that are read."""
TOKEN = re.compile(r"\\[A-Za-z]+\*?\s*|\\.|[{}^_&~]|[A-Za-z]+|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
MATH = re.compile(r"\$\$(.+?)\$\$|(?<![\\$\w])\$(?!\s)([^$\n]+?)(?<![\s\\])\$(?!\d)", re.DOTALL)
TEXTUAL = {
    "text", "textrm", "textbf", "textit", "texttt", "mathrm", "mathbf", "mathsf", "mathit", "mathtt",
    "boldsymbol", "bm", "operatorname", "operatorname*", "mathcal", "mathbb", "mathfrak", "mathscr",
}  # fmt: skip
ACCENTS = {"hat": "̂", "widehat": "̂", "tilde": "̃", "widetilde": "̃", "bar": "̄", "overline": "̄", "dot": "̇"}
POWERS = {
    "2": ("squared", "²"),
    "3": ("cubed", "³"),
    "-1": ("inverse", "⁻¹"),
    "top": ("transpose", "ᵀ"),
    "T": ("transpose", "ᵀ"),
    "intercal": ("transpose", "ᵀ"),
}


class _Piece(NamedTuple):
    """What one atom of a formula says, and its bare source for the tables above."""

    text: str
    source: str


def say(latex: str, style: Style) -> str:
    r"""Say a formula in one of the three styles.

    Args:
        latex: The formula, without its dollar signs.
        style: ``spoken``, ``brief`` or ``shown``.

    Returns:
        Words separated by single spaces (``spoken``, ``brief``), or a line of Unicode (``shown``).

    >>> say(r"\frac{Q K^\top}{\sqrt{d_k}}", "spoken")
    'q k transpose divided by square root of d k'
    >>> say(r"\mathrm{KL}(q \| p)", "brief")
    'kl divergence q p'
    >>> say(r"\frac{Q K^\top}{\sqrt{d_k}}", "shown")
    '(Q Kᵀ) / √d_k'
    """
    text = _Reader(latex, style).all()
    if style == "shown":
        return re.sub(r"\s+", " ", text).strip()
    words = re.sub(r"[^\w\s]", " ", text.lower()).replace("_", " ")
    return " ".join(words.split())


def formulas(text: str) -> list[str]:
    """Return the formulas of a Markdown text, without their dollar signs, in order."""
    return [(match[1] or match[2]).strip() for match in MATH.finditer(text)]


def show_formulas(text: str) -> str:
    """Replace every formula of a Markdown text by its line of Unicode."""
    return MATH.sub(lambda match: say(match[1] or match[2], "shown"), text)


class _Reader:
    """A recursive reader over the tokens of one formula."""

    def __init__(self, latex: str, style: Style) -> None:
        self.tokens = TOKEN.findall(latex[:LONGEST])
        self.at = 0
        self.depth = 0
        self.style = style
        self.column = ("spoken", "brief", "shown").index(style)

    def all(self) -> str:
        """Say everything that is left."""
        parts = []
        while self.at < len(self.tokens):
            if self.tokens[self.at] == "}":  # unbalanced: pass over it
                self.at += 1
                continue
            parts.append(self.atom().text)
        return self.join(parts)

    def join(self, parts: list[str]) -> str:
        """Join atoms: words apart, symbols as they were written."""
        return ("" if self.style == "shown" else " ").join(part for part in parts if part)

    def group(self) -> _Piece:
        """Say a braced group, or the one atom that stands where a group may."""
        self.skip_space()
        if self.at >= len(self.tokens):
            return _Piece("", "")
        token = self.tokens[self.at]
        if token != "{":
            if token.isalnum() and len(token) > 1:  # \frac12 is a half
                self.tokens[self.at : self.at + 1] = [token[0], token[1:]]
            return self.atom()
        self.at += 1
        start, parts = self.at, []
        while self.at < len(self.tokens) and self.tokens[self.at] != "}":
            parts.append(self.atom().text)
        source = "".join(self.tokens[start : self.at]).strip()
        self.at += 1
        return _Piece(self.join(parts), source)

    def skip_space(self) -> None:
        """Pass over white space."""
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1

    def followed_by_space(self) -> bool:
        """Tell whether white space comes next: a minus sign so written stands between two terms."""
        return self.at < len(self.tokens) and self.tokens[self.at].isspace()

    def atom(self) -> _Piece:
        """Say one atom with what hangs on it."""
        if self.at >= len(self.tokens):
            return _Piece("", "")
        if self.depth == DEEPEST:
            self.at += 1
            return _Piece("", "")
        self.depth += 1
        try:
            return self.shallow_atom()
        finally:
            self.depth -= 1

    def shallow_atom(self) -> _Piece:
        """Say one atom; there is one, and it is not too deep."""
        token = self.tokens[self.at]
        if token == "{":
            return self.group()
        self.at += 1
        if token == "^":
            return self.power()
        if token == "_":
            return self.subscript()
        if token.startswith("\\"):
            return self.command(token[1:].rstrip() or " ")
        if token[0].isalpha() and self.style != "shown":
            return _Piece(_letters(token), token)
        if token in "&~" or token.isspace():
            return _Piece(" ", token)
        if token in "=<>" and self.style == "shown":
            return _Piece(f" {token} ", token)
        if self.style == "shown" and (token == "+" or (token == "-" and self.followed_by_space())):
            return _Piece(f" {token} ", token)
        if token == "/" and self.style != "shown":
            return _Piece("divided by", token)
        return _Piece(token, token)

    def power(self) -> _Piece:
        """Say a superscript: a square, a transpose, an inverse, or a power."""
        piece = self.group()
        word, sign = POWERS.get(piece.source.lstrip("\\").strip(), ("", ""))
        if self.style == "shown":
            return _Piece(sign or f"^{_bracket(piece.text)}", piece.source)
        if word:
            return _Piece(word, piece.source)
        return _Piece(f"to the {piece.text}" if self.style == "spoken" else piece.text, piece.source)

    def subscript(self) -> _Piece:
        """Say an index."""
        piece = self.group()
        if self.style == "shown":
            return _Piece(f"_{_bracket(piece.text)}", piece.source)
        return _Piece(f" {piece.text}", piece.source)

    def command(self, name: str) -> _Piece:
        """Say a command with its arguments."""
        source = "\\" + name
        if name in ("frac", "dfrac", "tfrac", "cfrac"):
            over, under = self.group().text, self.group().text
            if self.style == "shown":
                return _Piece(f"{_bracket(over)} / {_bracket(under)}", source)
            return _Piece(f"{over} divided by {under}", source)
        if name == "sqrt":
            self.optional()
            inner = self.group().text
            forms = (f"square root of {inner}", f"sqrt {inner}", f"√{_bracket(inner)}")
            return _Piece(forms[self.column], source)
        if name in ACCENTS:
            inner = self.group().text
            accent = f"{inner}{ACCENTS[name]}" if len(inner) == 1 else inner
            return _Piece(accent if self.style == "shown" else f"{inner} {name.removeprefix('wide')}", source)
        if name in TEXTUAL:
            return self.named(name)
        if name in ("begin", "end", "tag", "label", "hspace", "vspace", "color", "phantom"):
            argument = self.group().source
            return _Piece(f" ({argument})" if name == "tag" and self.style == "shown" else "", source)
        if name in COMMANDS:
            form = COMMANDS[name][self.column]
            return _Piece(form if self.style == "shown" else f" {form} ", source)
        if name in SILENT or not name[:1].isalpha():
            return _Piece("" if name in ("!", "left", "right") else " ", source)
        return _Piece(name, source)

    def optional(self) -> None:
        """Pass over an optional argument in square brackets."""
        self.skip_space()
        if self.at < len(self.tokens) and self.tokens[self.at] == "[":
            while self.at < len(self.tokens) and self.tokens[self.at] != "]":
                self.at += 1
            self.at += 1

    def named(self, font: str) -> _Piece:
        """Say a name set in a font: an operator, a distribution, a word."""
        start = self.at
        piece = self.group()
        raw = piece.source or "".join(self.tokens[start : self.at])
        bare = raw.strip().strip("{}")
        if self.style == "shown":
            shown = NAMES.get(f"{font}:{bare}", ("", "", ""))[2]
            return _Piece(shown or (bare if bare.replace(" ", "").isalnum() else piece.text), raw)
        known = NAMES.get(f"{font}:{bare}") or NAMES.get(bare)
        if known:
            return _Piece(f" {known[self.column]} ", raw)
        if bare.isalpha():
            words = split_identifier(bare)
            return _Piece(" ".join(words), raw)
        return _Piece(piece.text, raw)


def _letters(run: str) -> str:
    """Say a run of letters: a known name or a word whole, anything else letter by letter."""
    if run in NAMES:
        return NAMES[run][1]
    if len(run) >= 3 and not run.isupper():
        return run
    return " ".join(run)


def _bracket(text: str) -> str:
    """Put brackets around what is more than one symbol, as a line of text needs."""
    text = text.strip()
    return text if re.fullmatch(r"[^\s+\-=/]{0,12}|\(.*\)", text) else f"({text})"
