"""What the figure that searches this site ships: `python -m papers.rag.demo_sections` writes it.

Every section of the site whose heading is a question, with the first words of its text. The page and the
still figure rank them by BM25.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np

from foundations import plotting
from foundations.plotting import COLOURS
from papers.rag.bm25 import BM25
from papers.rag.words import STOP_WORDS

FOLDER = Path(__file__).parent
SCRIPT = FOLDER / "interactive" / "sections.js"
COMMAND = "python -m papers.rag.demo_sections"
LONGEST = 18
"""Words of a section's text that are kept, so that all of it is small."""
WIDEST = 24
"""Characters of a formula in that text."""
QUESTIONS = (
    "Why divide attention scores by a square root?",
    "What is the gradient of top-k?",
    "Are vanishing gradients the reason?",
    "How many weights does it have?",
    "Stop it from saying the same thing over and over",
)
"""Offered by the figure. The last is answered by a section that shares no word with it."""
LATEX = {
    "times": "×", "cdot": "·", "le": "≤", "ge": "≥", "approx": "≈", "to": "→", "pm": "±", "mid": "|",
    "sum": "∑", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "eta": "η", "theta": "θ", "lambda": "λ", "mu": "μ", "pi": "π", "sigma": "σ", "phi": "φ", "top": "ᵀ",
    "log": "log ", "ln": "ln ", "exp": "exp ", "max": "max ", "min": "min ", "sqrt": "√", "tfrac12": "½",
    "ldots": "…", ",": " ",
}  # fmt: skip
"""Commands of formulas that plain text can have."""
HEADING = re.compile(r"^#{2,4} ([^\n]+\?)\n(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)


def plain(markdown: str) -> str:
    r"""Return Markdown without its markup; formulas as far as plain text can have them, else an ellipsis.

    Example:
        >>> plain("*One* `k` of [two](#two) [@lee2020some], $x^2$ and $\\frac{a}{b}$.")
        'One k of two, x^2 and ….'
    """
    text = re.sub(r"\s*\[@[^\]]*\]", "", markdown)
    text = re.sub(r"\$([^$]*)\$", lambda found: formula(found[1]), text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"\s+", " ", re.sub(r"[*`]", "", text)).strip()


def formula(latex: str) -> str:
    r"""Return a short formula as plain text, or an ellipsis.

    Example:
        >>> formula("\\sqrt{d_k}"), formula("2^{n-1}"), formula("\\frac{a}{b}")
        ('√d_k', '2^(n-1)', '…')
    """
    said = re.sub(r"\^\{?\\top\}?", "ᵀ", latex)
    said = re.sub(r"\\(?:text|mathbf|mathrm|operatorname)\s*\{([^{}]*)\}", r"\1", said)
    said = re.sub(r"\\([A-Za-z]+(?:12)?|,)\s*", lambda found: LATEX.get(found[1], found[0]), said)
    said = re.sub(r"([\^_])\{([^{}]*[-+,/][^{}]*)\}", r"\1(\2)", said)
    said = re.sub(r"[{}]", "", said).strip()
    return "…" if "\\" in said or len(said) > WIDEST else said


def anchor(heading: str) -> str:
    """Return the anchor of a heading on the site.

    Example:
        >>> anchor("Why log σ², and exp(½·)?")
        'why-log-2-and-exp12'
    """
    ascii_only = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_only).strip().lower())


def beginning(text: str) -> str:
    """Return the first words of the first paragraph of prose."""
    prose = re.sub(r"<!--.*?-->|^```.*?^```|\$\$.*?\$\$", "", text, flags=re.DOTALL | re.MULTILINE)
    found = [one for one in re.split(r"\n\s*\n", prose) if re.match(r"[^\s|!<]", one.lstrip("\n"))]
    kept = plain(found[0]).split() if found else []
    return " ".join(kept[:LONGEST]) + ("…" if len(kept) > LONGEST else "")


def collect(root: Path) -> list[dict[str, str]]:
    """Return page, heading, anchor and beginning of every section whose heading is a question."""
    sections = []
    for path in sorted(root.glob("*/*/notes.md")):
        for heading, text in HEADING.findall(path.read_text(encoding="utf-8")):
            if "$" in heading:
                continue
            said = plain(heading)
            page = path.parent.relative_to(root).as_posix()
            sections.append({"page": page, "heading": said, "anchor": anchor(said), "text": beginning(text)})
    return sections


def write(root: Path = FOLDER.parents[1], script: Path = SCRIPT) -> None:
    """Read the notes of all entries, and write the script."""
    data = {"stop": sorted(STOP_WORDS), "questions": QUESTIONS, "sections": collect(root)}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    script.write_text(f"// Written by `{COMMAND}`: not by hand.\nfigure.give({text});\n", encoding="utf-8")


def shipped(script: Path = SCRIPT) -> dict[str, Any]:
    """Return what the script holds."""
    text = script.read_text(encoding="utf-8")
    return json.loads(text[text.index("{") : text.rindex("}") + 1])


def documents(sections: list[dict[str, str]]) -> list[str]:
    """Return what of each section is searched: its heading and the beginning of its text."""
    return [f"{one['heading']} {one['text']}" for one in sections]


def draw_sections(path: Path) -> None:
    """Draw the best sections for the first question, as the page's figure shows them at first."""
    data = shipped()
    found = BM25(documents(data["sections"])).search(data["questions"][0], 5)
    fig, ax = plotting.figure("wide", height=2.4)
    place = np.arange(len(found.documents))
    ax.barh(place, found.scores, color=COLOURS[0])
    ax.set_yticks(place, [data["sections"][i]["heading"] for i in found.documents])
    ax.invert_yaxis()
    ax.set(xlabel="score of BM25", title=data["questions"][0])
    plotting.save(fig, path)


if __name__ == "__main__":
    write()
