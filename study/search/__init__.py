"""Find anything in the knowledge base: notes, docs, code, checklists and bibliography."""

from study.search.hits import Hit, Results
from study.search.index import Index
from study.search.sources import KINDS

__all__ = ["KINDS", "Hit", "Index", "Results"]
