"""What the scripts of the pages know of the base: entries, their order, the items of their checklists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape as escape_html

from study.files import foreign
from study.log.checklist import Item
from study.log.line import BEGUN, DROPPED, OPEN
from study.log.reader import Reader
from study.log.states import counting
from study.site.addresses import Base, address, page, url
from study.site.markup import about, inline

BASE = "assets/base.js"
"""Staged file of what the scripts know of the base: one for all pages, which would carry it each."""

_BASE_SCRIPT = """\
// What the builder knew of the entries, for the scripts of every page.
"use strict";

(() => {{
  const entries = {record};
  const {{ root }} = document.currentScript.dataset;
  for (const entry of Object.values(entries)) entry.url = root + entry.url;
  window.studyBase = entries;
}})();
"""


def base_script(base: Base, items: dict[str, list[Item]]) -> str:
    """Return what the scripts need to know of the base to count ticks: entries, their order and items."""
    record = {
        entry.slug: {
            "title": entry.title,
            "room": entry.room,
            "about": about(entry),
            "url": address(page(entry)),
            "requires": list(entry.requires),
            "items": item_records(items.get(entry.slug, [])),
        }
        for entry in base.catalogue
    }
    return _BASE_SCRIPT.format(record=foreign.json_in_script(record))


def data(start: str) -> str:
    """Return what brings the base's record into a page, and says where the site begins from there."""
    root = url(start, "index.md")
    return f'<script id="study-base" data-root="{root}" src="{root}{BASE}"></script>'


def item_records(
    items: Sequence[Item], reader: Reader | None = None, slug: str = ""
) -> list[dict[str, object]]:
    """Return the items of a checklist as the script reads them.

    Each has `key`, `text` and `done`, where it has more to say `mark` (begun or dropped), `date` and `html`
    (where it is more than plain text), and `counts` where the entry is read only once it is done.

    Args:
        items: The items as they are in the file.
        reader: Who reads the checkout, when it is served: what is not theirs has `keeper`. By default nobody
            is known, and all that is marked is the keeper's.
        slug: The entry's, to be asked of the reader.
    """
    mine = reader.view(slug, items) if reader else [replace(item, mark=OPEN) for item in items]
    records = []
    for item, counts in zip(items, counting(mine), strict=True):
        record: dict[str, object] = {"key": item.key, "text": item.text, "done": item.done}
        if item.mark in (BEGUN, DROPPED):
            record["mark"] = item.mark
        if item.date:
            record["date"] = item.date.isoformat()
        if counts:
            record["counts"] = True
        if reader and not reader.mine(slug, item):
            record["keeper"] = True
        if (shown := inline(item.text)) != escape_html(item.text, quote=False):
            record["html"] = shown
        records.append(record)
    return records
