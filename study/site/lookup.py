"""A table to look things up in: the form that filters its rows by words, shapes and symbols.

The rows are elements of the class `lookup-row` that say what they can be filtered by: `data-words`,
`data-shape` (`scalar-by-matrix`, several apart by spaces) and `data-symbols`. Without JavaScript the form
stays hidden and every row is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from study.site.markup import escape, tag

MARKER = "<!-- filter -->"
_ROW = re.compile(
    r'<section class="lookup-row"[^>]*data-shape="(?P<shape>[^"]*)"[^>]*data-symbols="(?P<symbols>[^"]*)"'
)
_ARTICLES = {"scalar": "a number", "vector": "a vector", "matrix": "a matrix", "array": "an array"}


def with_filter(text: str) -> str:
    """Return a page in which the marker is replaced by the form for the rows of the page."""
    if MARKER not in text:
        return text
    return text.replace(MARKER, form(text))


def form(text: str) -> str:
    """Return the form for the rows of a page: what can be chosen is what the rows have."""
    rows = list(_ROW.finditer(text))
    shapes = sorted({one for row in rows for one in row["shape"].split()}, key=_rank)
    symbols = {one for row in rows for one in row["symbols"].split()}
    letters = sorted(
        (one for one in symbols if len(one) == 1 and one.isalpha()), key=lambda one: (one.lower(), one)
    )
    others = sorted(symbols - set(letters))
    by = sorted({shape.partition("-by-")[2] for shape in shapes}, key=list(_ARTICLES).index)
    fields = [
        _field("Function", '<input type="search" name="f" autocomplete="off" spellcheck="false">'),
        _field(
            "Shape",
            _select(
                "shape",
                ("Derivative with respect to", [(one, _ARTICLES[one]) for one in by]),
                (
                    "Value by argument",
                    [(one, one.replace("-", " ").replace("scalar", "number")) for one in shapes],
                ),
            ),
        ),
        _field(
            "Symbol",
            _select(
                "symbol",
                ("Letters", [(one, one) for one in letters]),
                ("Operations", [(one, one) for one in others]),
            ),
        ),
        tag("button", "Show all", type="reset"),
    ]
    count = tag("p", f"{len(rows)} of {len(rows)} results", role="status", class_="lookup-count")
    return tag(
        "form", "".join(fields) + count, class_="lookup-filter", hidden=True, aria_label="Filter the table"
    )


def _rank(shape: str) -> tuple[int, int]:
    value, _, argument = shape.partition("-by-")
    order = list(_ARTICLES)
    return order.index(value), order.index(argument)


def _field(name: str, control: str) -> str:
    return tag("label", tag("span", name) + control)


def _select(name: str, *groups: tuple[str, Iterable[tuple[str, str]]]) -> str:
    listed = tag("option", "any", value="")
    for heading, options in groups:
        inside = "".join(tag("option", escape(shown), value=value) for value, shown in options)
        listed += tag("optgroup", inside, label=heading)
    return tag("select", listed, name=name)
