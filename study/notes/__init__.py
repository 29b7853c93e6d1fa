"""A page of notes: read it, run its fences, refresh what is generated in it."""

from study.notes.model import Citation, Fence, Figure, Link, Marker, Notes, Section, Source
from study.notes.parse import parse, parse_text
from study.notes.refresh import refresh, stale_sources
from study.notes.run import Failure, Run, run
from study.notes.scripts import Script, scripts_of
from study.notes.table import stale_tables, tables

__all__ = [
    "Citation",
    "Failure",
    "Fence",
    "Figure",
    "Link",
    "Marker",
    "Notes",
    "Run",
    "Script",
    "Section",
    "Source",
    "parse",
    "parse_text",
    "refresh",
    "run",
    "scripts_of",
    "stale_sources",
    "stale_tables",
    "tables",
]
