"""The Content-Security-Policy of the pages: which scripts may run, written into every page and sent with it.

Scripts come from files of the site. The theme has a few of its own in the page: each is allowed by its hash,
and only where it is one of the theme's templates word for word, so no script that foreign text smuggled into
a page is ever allowed with them.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from importlib.util import find_spec
from pathlib import Path

from study.files.errors import StudyError

_RULES = (
    "default-src 'self'",
    "script-src 'self'{hashes}",
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",  # typeset formulas are full of styles
    "img-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
)
_SENT = "; frame-ancestors 'none'"  # a browser reads this one in the header only
_THEMES = ("material", "zensical")
_META = '<meta http-equiv="Content-Security-Policy" content="{policy}">'
_WRITTEN = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL | re.IGNORECASE)
_HOLE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_HEAD = re.compile(r"<head>\s*(?:<meta charset=[^>]*>)?", re.IGNORECASE)


def policy(page: str = "") -> str:
    """Return the policy of a page; without one, the policy of a file with no script in it."""
    hashes = "".join(f" '{_hash(code)}'" for code in _allowed(page))
    return "; ".join(_RULES).format(hashes=hashes)


def header(content: bytes = b"") -> str:
    """Return the policy to send with a page as it was built, or with any other file."""
    found = _WRITTEN.search(content[:4096].decode("utf-8", "replace"))
    return (found[1] if found else policy()) + _SENT


def protected(page: str) -> str:
    """Return a page with its policy in it, ahead of everything the policy is about."""
    bare = _WRITTEN.sub("", page)
    head = _HEAD.search(bare)
    if head is None:
        return page
    return bare[: head.end()] + _META.format(policy=policy(bare)) + bare[head.end() :]


def protect(folder: Path) -> None:
    """Write its policy into every page of a built site.

    Raises:
        StudyError: A page cannot be rewritten.
    """
    try:
        for path in sorted(folder.rglob("*.html")):
            page = path.read_bytes()
            if (made := protected(page.decode()).encode()) != page:
                path.write_bytes(made)
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"The pages in {folder} cannot be given their policy: {error}") from None


def _allowed(page: str) -> list[str]:
    """Return the theme's scripts that stand in a page, in order, without repeats."""
    found = (
        one["code"]
        for one in _SCRIPT.finditer(page)
        if not re.search(r"\b(?:src|type)\s*=", one["attributes"])
    )
    return [code for code in dict.fromkeys(found) if any(shape.fullmatch(code) for shape in _shapes())]


def _hash(code: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}"


@functools.cache
def _shapes() -> tuple[re.Pattern[str], ...]:
    """Return what the scripts in the templates of the themes look like; a relative path fills a hole."""
    shapes: dict[str, re.Pattern[str]] = {}
    for theme in _THEMES:
        spec = find_spec(theme)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            for path in sorted(Path(place, "templates", "partials", "javascripts").glob("*.html")):
                for one in _SCRIPT.finditer(path.read_text(encoding="utf-8")):
                    parts = map(re.escape, _HOLE.split(one["code"]))
                    shapes.setdefault(one["code"], re.compile(r"[\w./-]*".join(parts)))
    return tuple(shapes.values())
