r"""Formulas, rendered while the site is built: KaTeX in one V8 context, each result kept by its content.

>>> "<math " in render(r"\alpha")
True
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import re
import sqlite3
import threading
from pathlib import Path
from typing import Any

VERSION = "0.19.1"
"""The version of the KaTeX in the folder beside this file."""

_FORM = f"{VERSION}/1"  # of what is kept; raise the number when the HTML made of KaTeX's changes

_SCRIPT = Path(__file__).with_name("katex") / "katex.min.js"
_lock = threading.RLock()
_kept: dict[bytes, str] = {}
_databases: dict[Path, sqlite3.Connection] = {}


class FormulaError(ValueError):
    """Raise when KaTeX refuses a formula; the message is KaTeX's own.

    Args:
        tex: The formula as it was written.
        message: Why it does not parse, and where.
    """

    def __init__(self, tex: str, message: str):
        super().__init__(message)
        self.tex = tex
        self.message = message


def render(tex: str, *, display: bool = False, cache: Path | None = None) -> str:
    """Return a formula as HTML for the eye and MathML for everything else.

    Args:
        tex: The formula, without its delimiters.
        display: Whether it stands on a line of its own.
        cache: An SQLite file that keeps the results from build to build; None keeps them in memory.

    Raises:
        FormulaError: The formula does not parse.
    """
    key = hashlib.sha256(f"{_FORM}\0{display}\0{tex}".encode()).digest()
    with _lock:
        if key not in _kept:
            _kept[key] = _look_up(cache, key) or _keep(cache, key, _run(tex, display))
        return _kept[key]


def _run(tex: str, display: bool) -> str:
    from py_mini_racer import JSEvalException

    options = {"displayMode": display, "throwOnError": True, "strict": False, "output": "htmlAndMathml"}
    try:
        rendered = str(_engine().call("katex.renderToString", tex, options))
    except JSEvalException as error:
        raise FormulaError(tex, _message(str(error))) from None
    return _searchable(rendered)


def _searchable(rendered: str) -> str:
    """Let the search of the site see a formula once, as TeX: it is there as HTML and as MathML too.

    Material's search leaves an element out until the next end of an element of that name, so the element
    that is left out must have a name that does not occur inside it.
    """
    rendered = rendered.replace("<semantics>", "<semantics><mpadded data-search-exclude>", 1)
    rendered = rendered.replace("<annotation", "</mpadded><annotation", 1)
    head, _, html = rendered.partition('<span class="katex-html"')
    content = html.removesuffix("</span>").removesuffix("</span>")
    ends = html[len(content) :]
    if head.startswith('<span class="katex-display"'):
        content, ends = content.removesuffix("</span>"), ends + "</span>"
    ends = ends.removeprefix("</span>")
    return f'{head}<math-html class="katex-html" data-search-exclude{content}</math-html>{ends}'


@functools.cache
def _engine() -> Any:
    from py_mini_racer import MiniRacer

    context = MiniRacer()
    atexit.register(context.close)  # while its threads still run: left to the interpreter's end, it can hang
    context.eval(_SCRIPT.read_text(encoding="utf-8"))
    return context


def _message(error: str) -> str:
    """Return KaTeX's sentence out of the report of the JavaScript engine."""
    sentence = error.split("\n", 1)[0].split("KaTeX parse error: ", 1)[-1]
    return re.sub("[\u0332\u0331]", "", sentence)  # it underlines the culprit with combining characters


def _look_up(cache: Path | None, key: bytes) -> str | None:
    with contextlib.suppress(sqlite3.Error, OSError):
        if cache is not None:
            found = _open(cache).execute("SELECT html FROM formulas WHERE key = ?", (key,)).fetchone()
            return found[0] if found else None
    return None


def _keep(cache: Path | None, key: bytes, html: str) -> str:
    # A cache that cannot be written costs time and nothing else, so it is not an error.
    with contextlib.suppress(sqlite3.Error, OSError):
        if cache is not None:
            _open(cache).execute("INSERT OR REPLACE INTO formulas VALUES (?, ?)", (key, html))
    return html


def _open(cache: Path) -> sqlite3.Connection:
    if cache not in _databases:
        cache.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(cache, timeout=5, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(
            "CREATE TABLE IF NOT EXISTS formulas (key BLOB PRIMARY KEY, html TEXT) WITHOUT ROWID"
        )
        _databases[cache] = database
    return _databases[cache]


def close() -> None:
    """Close the files that keep the formulas; the next formula opens its own again."""
    with _lock:
        while _databases:
            _databases.popitem()[1].close()
