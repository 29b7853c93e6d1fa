"""A page of notes: read it, run its fences, refresh what is generated in it."""

from study.notes.parse import Citation, Fence, Figure, Link, Marker, Notes, Section, Source, parse, parse_text

__all__ = [
    "Citation",
    "Fence",
    "Figure",
    "Link",
    "Marker",
    "Notes",
    "Section",
    "Source",
    "parse",
    "parse_text",
]
