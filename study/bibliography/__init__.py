"""The works that the notes cite: read from BibTeX, joined, exported."""

from study.bibliography.bibliography import LACKING, SHARED, files, load, read, to_bibtex, to_csl_json
from study.bibliography.bibtex import parse
from study.bibliography.work import Author, Work

__all__ = [
    "LACKING",
    "SHARED",
    "Author",
    "Work",
    "files",
    "load",
    "parse",
    "read",
    "to_bibtex",
    "to_csl_json",
]
