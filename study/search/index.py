"""Search the knowledge base: full text with SQLite's FTS5, ranked, forgiving."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from study.files.errors import UsageError
from study.search.hits import Filters, Results
from study.search.meaning import Meaning
from study.search.query import parse
from study.search.ranking import Related, Search
from study.search.store import Store


class Index:
    """The full-text index of a checkout; brought up to date by every query.

    Args:
        root: The root of the checkout.
        in_memory: Keep nothing on disk.
    """

    def __init__(self, root: Path, *, in_memory: bool = False) -> None:
        self._store = Store(root, in_memory=in_memory)

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file of the index."""
        self._store.close()

    def is_new(self) -> bool:
        """Tell whether nothing was ever searched here: the first search reads everything."""
        return self._store.path is None or not self._store.path.is_file()

    def refresh(self) -> None:
        """Bring the index up to date without asking it anything."""
        self._store(lambda db: None)

    def faults(self) -> list[tuple[str, int, str]]:
        """Return what is not searched: the file, relative to the root, the line, and why."""
        asked = "SELECT path, line, what FROM faults ORDER BY path, line"
        return self._store(lambda db: db.execute(asked).fetchall())

    def query(
        self,
        text: str,
        *,
        kinds: Sequence[str] = (),
        tags: Sequence[str] = (),
        entries: Sequence[str] = (),
        limit: int = 10,
        meaning: Meaning | None = None,
        related: Related | None = None,
        whole: bool = False,
    ) -> Results:
        """Return the sections that answer best.

        Args:
            text: What the reader typed: words, `"phrases"`, `prefixes*`, formulas. Nothing is a syntax error.
            kinds: Keep hits of these kinds only.
            tags: Keep hits of entries that have all of these tags.
            entries: Keep hits of these entries (slugs).
            limit: At most so many hits, 1 or more.
            meaning: Also go by what sections mean.
            related: Words that may stand in for one that is found nowhere.
            whole: Snippets are whole sentences, to be quoted.

        Raises:
            UsageError: The query has no word, or a filter names what does not exist.
        """
        query = parse(text)
        if not query.terms:
            raise UsageError("There is no word to search for: try `study search softmax`.")
        filters = Filters(tuple(kinds), tuple(tags), tuple(entries))
        ways = {"meaning": meaning, "related": related, "whole": whole}
        return self._store(lambda db: Search(db, text, query, **ways).run(filters, limit))
