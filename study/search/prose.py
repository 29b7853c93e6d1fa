"""Markdown as a reader hears it: plain text to show, code names and formulas to find it by."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from study.search.indexable import indexable, unspaced_runs
from study.search.latex import MATH, say
from study.search.vocabulary import compounds, identifiers, signs

FENCE = re.compile(
    r"^[ ]{0,3}(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*\n(.*?)^[ ]{0,3}\1[`~]*[ \t]*$", re.DOTALL | re.MULTILINE
)
COMMENT = (re.compile("<!--"), re.compile("-->"))
ATTRIBUTES = re.compile(r"\{[:.#][^{}\n]*\}|\{ [.#:][^{}\n]*\}")
KEY = re.compile(r"\+\+([\w+]+)\+\+")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
SUMMARY = (re.compile("<summary>", re.IGNORECASE), re.compile("</summary>", re.IGNORECASE))
CITATION = re.compile(r"\[(@[^\[\]]+)\](?!\()")
LINK = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)")
INLINE_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
EMPHASIS = re.compile(
    r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1|(?<![\w*_])([*_])(?=\S)([^*_\n]+?)(?<=\S)\3(?![\w*_])", re.DOTALL
)
TABLE_RULE = re.compile(r"^[ ]*\|?(?:[ ]*:?-+:?[ ]*\|)+(?:[ ]*:?-+:?)?[ ]*$|^[ ]*-{3,}[ ]*$", re.MULTILINE)
LINE_MARK = re.compile(r"^[ \t]*(?:>[ ]?|[-*+][ ]+(?:\[[ xX]\][ ]+)?|\d+[.)][ ]+|\|[ ]*)+", re.MULTILINE)
CONTROLS = dict.fromkeys(range(32), " ")
SPOKEN_FENCES = frozenset(("", "text", "output", "mermaid", "bash", "console", "sh"))


@dataclass(frozen=True)
class Plain:
    """A piece of Markdown, taken apart for the index.

    Attributes:
        text: What a reader reads, on one line, formulas as Unicode.
        code: The code of its fences and its inline code.
        aliases: Other words for what it says: formulas aloud, signs by name, code names split.
    """

    text: str
    code: str
    aliases: str


def plain(markdown: str) -> Plain:
    r"""Take a piece of Markdown apart.

    >>> plain(r"Divide by $\sqrt{d_k}$, see `MultiHead` and [the paper](x.md) [@a2017b].").text
    'Divide by √d_k, see MultiHead and the paper.'
    >>> plain(r"Divide by $\sqrt{d_k}$").aliases
    'square root of d k\nsqrt d k dk'
    """
    code: list[str] = []
    aliases: list[str] = []
    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return f"\ue000{len(kept) - 1}\ue001"

    def fence(match: re.Match[str]) -> str:
        if match[2].lower() not in SPOKEN_FENCES:
            code.append(match[3])
        return "\n"

    def inline(match: re.Match[str]) -> str:
        code.append(match[2].strip())
        return keep(match[2].strip())

    def formula(match: re.Match[str]) -> str:
        latex = match[1] or match[2]
        aliases.extend(formula_aliases(latex))
        return keep(say(latex, "shown"))

    def citation(match: re.Match[str]) -> str:
        aliases.append(match[1].replace("@", " "))
        return ""

    text = _without(FENCE.sub(fence, indexable(markdown)), *COMMENT)
    text = TAG.sub("", _without(INLINE_CODE.sub(inline, text), *SUMMARY))
    text = LINK.sub(r"\1", CITATION.sub(citation, MATH.sub(formula, text)))
    text = KEY.sub(r"\1", ATTRIBUTES.sub("", text))
    text = LINE_MARK.sub("", TABLE_RULE.sub("", text))
    for _ in range(2):  # emphasis inside emphasis
        text = EMPHASIS.sub(lambda match: match[2] or match[4], text)
    text = re.sub(r"\\([\\`*_{}\[\]()#+.!|$-])", r"\1", text)
    text = re.sub(r"[ ]*\|[ ]*(?=\n|$)", "", text).replace(" | ", " · ")
    text = html.unescape(text)
    source = "\n".join(code)
    aliases += signs(text) + identifiers(text) + identifiers(source) + compounds(text)
    aliases += unspaced_runs(text)
    text = re.sub("\ue000(\\d+)\ue001", lambda match: kept[int(match[1])], text)
    text = re.sub(r"\s+([,.;:?!])(?=\s|$)", r"\1", " ".join(text.translate(CONTROLS).split()))
    return Plain(text, source, "\n".join(dict.fromkeys(alias for alias in aliases if alias)))


def _without(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """Return text without what stands between two marks, in time proportional to its length."""
    parts, at = [], 0
    while (begin := opening.search(text, at)) and (end := closing.search(text, begin.end())):
        parts.append(text[at : begin.start()])
        at = end.end()
    return "".join([*parts, text[at:]])


def formula_aliases(latex: str) -> list[str]:
    r"""Return the words a formula is found by: spoken, and as one would type it.

    >>> formula_aliases(r"\mathrm{KL}(q \| p)")
    ['kl divergence kullback leibler q p', 'kl divergence q p']
    """
    glued = re.findall(r"(?<![\\A-Za-z])([A-Za-z])_\{?([A-Za-z0-9])\}?(?![A-Za-z0-9])", latex)
    brief = " ".join([say(latex, "brief"), *dict.fromkeys("".join(pair).lower() for pair in glued)])
    return list(dict.fromkeys(form for form in (say(latex, "spoken"), brief.strip()) if form))
