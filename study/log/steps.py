"""The items of a checklist that lead to a section of the notes: their box stands at its end, too."""

from __future__ import annotations

from urllib.parse import unquote

from study.log.checklist import Item
from study.notes.model import Notes, Section


def section_of(item: Item, notes: Notes) -> Section | None:
    """Return the section that the link of an item names, if it names one."""
    return section_at(item.target, notes)


def section_at(target: str, notes: Notes) -> Section | None:
    """Return the section that a link names: `notes.md#anchor`, with the anchor of the site or GitHub."""
    name, _, anchor = target.partition("#")
    if name != "notes.md" or not anchor:
        return None
    wanted = unquote(anchor)
    return next((one for one in notes.sections if wanted in (one.anchor, one.github_anchor)), None)
