"""The index on disk: kept up to date by content, whole at every moment, thrown away when it is broken.

It lives in `.study/search.sqlite` under the root of the checkout; where that cannot be written, in memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from study.files import paths
from study.files.errors import FileError, StudyError
from study.files.read import read_text
from study.search import discovery, sources
from study.search.indexable import indexable, lost
from study.search.sources import Record, Row

T = TypeVar("T")

LOCK_SECONDS = 10.0
RACY_NANOSECONDS = 2_000_000_000
"""A file changed this shortly before it was read may have changed again within one tick of the clock."""

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE files (path TEXT PRIMARY KEY, mtime INTEGER, size INTEGER, hash TEXT, read INTEGER);
CREATE TABLE faults (path TEXT, line INTEGER, what TEXT);
CREATE TABLE entries (folder TEXT PRIMARY KEY, path TEXT, slug TEXT, title TEXT, tags TEXT);
CREATE TABLE sections (
    id INTEGER PRIMARY KEY, path TEXT, line INTEGER, kind TEXT, folder TEXT,
    title TEXT, heading TEXT, anchor TEXT, page TEXT, length INTEGER
);
CREATE INDEX sections_of_path ON sections (path);
CREATE VIRTUAL TABLE words USING fts5 (
    title, heading, terms, aliases, body, code,
    tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE VIRTUAL TABLE unstemmed USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2', detail = 'none');
CREATE VIRTUAL TABLE spelling USING fts5vocab (unstemmed, row);
"""


class Store:
    """The tables of one checkout's index, and how they are kept true to its files.

    Args:
        root: The root of the checkout.
        in_memory: Keep nothing on disk.
    """

    def __init__(self, root: Path, *, in_memory: bool = False) -> None:
        self.root = root
        self.path = None if in_memory else paths.local_folder(root) / "search.sqlite"
        self._connection: sqlite3.Connection | None = None

    def __call__(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` on an index that is up to date, whatever becomes of the file it is kept in.

        A broken file is built anew once; a file that cannot be opened, locked or written gives way to memory.

        Raises:
            StudyError: SQLite has no full-text search.
        """
        for attempt in range(3):
            try:
                return work(self._open())
            except sqlite3.DatabaseError as error:
                self.close()
                if "no such module" in str(error):
                    raise StudyError(
                        f"Search needs FTS5, which SQLite {sqlite3.sqlite_version} of this Python lacks.\n"
                        "Use a Python from python.org or of your distribution."
                    ) from None
                if self.path is None or attempt == 2:
                    raise
                if attempt == 1 or not _is_broken(error) or not self._discard():
                    self.path = None
            except OSError:  # the folder cannot be made or read
                self.close()
                if self.path is None:
                    raise
                self.path = None
        raise AssertionError("unreachable: the last attempt returns or raises")

    def close(self) -> None:
        """Close the file; the store opens it again when asked."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            if self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            where = ":memory:" if self.path is None else str(self.path)
            self._connection = sqlite3.connect(where, timeout=LOCK_SECONDS, isolation_level=None)
        refresh(self._connection, self.root)
        return self._connection

    def _discard(self) -> bool:
        """Remove the file of the index; tell whether that could be done."""
        assert self.path is not None
        try:
            for ending in ("", "-journal", "-wal", "-shm"):
                Path(f"{self.path}{ending}").unlink(missing_ok=True)
        except OSError:
            return False
        return True


def _is_broken(error: sqlite3.DatabaseError) -> bool:
    """Tell a damaged file from one that is locked, read-only or out of reach."""
    return not isinstance(error, sqlite3.OperationalError) or str(error).startswith(("no such", "vtable"))


def refresh(db: sqlite3.Connection, root: Path) -> int:
    """Bring the index up to date; return how many files were read.

    A file is read when its time or size is not what it was, and indexed when its content is not. One process
    writes at a time; the others wait for it and find the work done.
    """
    if _is_current(db) and not any(_changes(db, root)):
        return 0
    db.execute("BEGIN IMMEDIATE")
    try:
        if not _is_current(db):
            _create(db)
        changed, gone = _changes(db, root)
        for path in gone:
            _drop(db, path)
        for path, (mtime, size) in changed.items():
            _read(db, root, path, mtime, size)
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise
    return len(changed)


def _is_current(db: sqlite3.Connection) -> bool:
    """Tell whether the tables are there, and were filled by this very code."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        return False
    return db.execute("SELECT value FROM meta WHERE key = 'code'").fetchone() == (_code(),)


def _code() -> str:
    """Return a hash of the code that fills the index: where it changes, the index is filled anew."""
    folder = Path(__file__).parent
    sizes = hashlib.sha256()
    for source in sorted([*folder.glob("*.py"), folder.parent / "notes" / "markdown.py"]):
        sizes.update(source.read_bytes())
    return sizes.hexdigest()


def _create(db: sqlite3.Connection) -> None:
    """Drop whatever tables there are and make empty ones."""
    virtual_first = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY sql LIKE '%VIRTUAL%' DESC"
    for (name,) in db.execute(virtual_first).fetchall():
        if not name.startswith("sqlite_"):
            db.execute(f'DROP TABLE IF EXISTS "{name}"')
    for statement in SCHEMA.split(";"):
        if statement.strip():
            db.execute(statement)
    db.execute("INSERT INTO meta VALUES ('code', ?)", (_code(),))


def _changes(db: sqlite3.Connection, root: Path) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """Return the files to read, with their times and sizes, and the files that are gone."""
    known = {path: rest for path, *rest in db.execute("SELECT path, mtime, size, read FROM files")}
    changed = {}
    for path, (mtime, size) in discovery.discover(root):
        before = known.pop(path, None)
        if before is None or before[:2] != [mtime, size] or before[2] - mtime < RACY_NANOSECONDS:
            changed[path] = (mtime, size)
    return changed, list(known)


def _drop(db: sqlite3.Connection, path: str) -> None:
    """Forget a file."""
    for table in ("words", "unstemmed"):
        db.execute(f"DELETE FROM {table} WHERE rowid IN (SELECT id FROM sections WHERE path = ?)", (path,))
    for table in ("sections", "entries", "files", "faults"):
        db.execute(f"DELETE FROM {table} WHERE path = ?", (path,))


def _read(db: sqlite3.Connection, root: Path, path: str, mtime: int, size: int) -> None:
    """Read a file and put it into the index, if its content is new."""
    now = time.time_ns()
    try:
        text = read_text(root / path)
    except FileError:  # unreadable, not text or gone: nothing to find, `study doctor` reports it
        text = ""
    digest = hashlib.sha256(f"{text}\0{_beside(root / path)}".encode()).hexdigest()
    if db.execute("SELECT hash FROM files WHERE path = ?", (path,)).fetchone() == (digest,):
        db.execute("UPDATE files SET mtime = ?, size = ?, read = ? WHERE path = ?", (mtime, size, now, path))
        return
    _drop(db, path)
    db.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?)", (path, mtime, size, digest, now))
    faults = list(lost(text))
    try:
        rows, record = sources.read(root, path, indexable(text))
    except Exception as error:  # one file that cannot be read must not keep the others from being found
        if os.environ.get("STUDY_DEBUG"):
            raise
        rows, record = [], None
        faults.append((1, f"nothing of it is searched: {type(error).__name__}"))
    db.executemany("INSERT INTO faults VALUES (?, ?, ?)", [(path, *fault) for fault in faults])
    if record is not None:
        _insert_entry(db, path, record)
    for row in rows:
        _insert(db, path, row)


def _beside(path: Path) -> str:
    """Return the text of the file that is read together with another, or nothing."""
    with contextlib.suppress(FileError):
        return read_text(found) if (found := discovery.companion(path)) else ""
    return ""


def _insert_entry(db: sqlite3.Connection, path: str, record: Record) -> None:
    values = tuple(map(indexable, (record.folder, path, record.slug, record.title, "\n".join(record.tags))))
    db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", values)


def _insert(db: sqlite3.Connection, path: str, row: Row) -> None:
    title, heading = indexable(row.title), indexable(row.heading)
    place = (path, row.line, row.kind, row.folder, title, heading, row.anchor, row.page)
    values = (*place, len(row.body.split()) + len(row.code.split()))
    number = db.execute("INSERT INTO sections VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values).lastrowid
    title = f"{row.title} {row.folder.rpartition('/')[2]}".strip()
    heading = f"{row.heading}\n{row.heading_aliases}".strip()
    columns = tuple(map(indexable, (title, heading, row.terms, row.aliases, row.body, row.code)))
    db.execute(
        "INSERT INTO words (rowid, title, heading, terms, aliases, body, code) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, *columns),
    )
    once = " ".join(dict.fromkeys(" ".join(columns).lower().split()))
    db.execute("INSERT INTO unstemmed (rowid, text) VALUES (?, ?)", (number, once))
