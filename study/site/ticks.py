"""The checklists over HTTP, for pages that `study serve` delivers: read them, and tick one item.

Only this machine may ask, and only a page that this server delivered may change anything. A request must name
the server by one of its own addresses (so no foreign name that resolves to 127.0.0.1 reaches it), a change
must carry the token that the server put into its pages, and it must not come from another origin.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from study.entries import catalogue
from study.entries.catalogue import Catalogue, Entry
from study.files.errors import StudyError, UsageError
from study.files.read import read_text
from study.log import checklist, reader
from study.log.line import day_of
from study.log.reader import Reader
from study.site import own_note
from study.site.record import item_records

LARGEST = 16_384
"""Bytes of a request's body, at most."""

ROOT = "/-/"
"""Where the server is asked for something that is no file: no page of a site has an address below it."""

_PREFIX = f"{ROOT}ticks"


class Refusal(Exception):  # noqa: N818 (an answer, and not an error of this program)
    """Raise when a request is not answered; the message is for whoever reads the page.

    Args:
        status: The HTTP status.
        message: One line.
    """

    def __init__(self, status: HTTPStatus, message: str):
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class Ticks:
    """The interface of one checkout.

    Attributes:
        root: The checkout.
        token: What a request that changes anything must carry in `X-Study-Token`.
        hosts: The names, with port, under which the server may be addressed.
    """

    root: Path
    token: str
    hosts: frozenset[str]

    def check_host(self, headers: Mapping[str, str]) -> None:
        """Refuse a request that was meant for another name.

        Raises:
            Refusal: It was.
        """
        if headers.get("Host", "").lower() not in self.hosts:
            raise Refusal(HTTPStatus.MISDIRECTED_REQUEST, "This server answers to its own address only.")

    def get(self, path: str) -> dict[str, Any]:
        """Answer `GET /-/ticks` and `GET /-/ticks/SLUG`.

        The first is `{"started", "states": {slug: state}, "entries": {slug: items}}`: whether the log is the
        reader's own, the states they gave, and every checklist. The second is `{"items", "note"}`: one
        checklist, and the reader's note on the entry as HTML, or null.

        Raises:
            Refusal: There is no such address or entry, or its checklist is malformed.
        """
        listed = self._catalogue()
        who = self._reader()
        if path == _PREFIX:
            entries = {entry.slug: self._items(entry, who) for entry in listed}
            foreign = any(item.get("keeper") and item["done"] for items in entries.values() for item in items)
            return {"started": not foreign, "states": dict(who.states), "entries": entries}
        entry = self._entry(listed, path)
        return {"items": self._items(entry, who), "note": self._note(entry)}

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """Answer `POST /-/ticks/SLUG` with `{"text": …, "done": …}`: tick, and return all items.

        A `date` may be given too, for what was done on another day than today, or null where nobody knows.

        Raises:
            Refusal: The request is not allowed, not well formed, or names no item; nothing was written.
        """
        self._check_origin(headers)
        entry = self._entry(self._catalogue(), path)
        text, done, day, dated = self._tick(body)
        try:
            known = {item.key for item in checklist.load(entry.checklist).items}
            if checklist.fold(text) not in known:
                words = "The checklist has no such item any more: load the page again."
                raise Refusal(HTTPStatus.CONFLICT, words)
            reader.tick(entry, text, done, day, dated=dated)
        except UsageError as error:
            raise Refusal(HTTPStatus.CONFLICT, _line(error)) from None
        except StudyError as error:
            raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, _line(error)) from None
        return {"items": self._items(entry, self._reader())}

    def _check_origin(self, headers: Mapping[str, str]) -> None:
        origin = headers.get("Origin")
        if origin is not None and origin.lower() not in {f"http://{host}" for host in self.hosts}:
            raise Refusal(HTTPStatus.FORBIDDEN, "A page of another origin may not tick.")
        if not hmac.compare_digest(headers.get("X-Study-Token", "").encode(), self.token.encode()):
            raise Refusal(
                HTTPStatus.FORBIDDEN, "This page is of an earlier run of study serve: load it again."
            )
        if headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Expected application/json.")

    def _tick(self, body: bytes) -> tuple[str, bool, date | None, bool]:
        try:
            wanted = json.loads(body)
        except (UnicodeDecodeError, ValueError, RecursionError):
            raise Refusal(HTTPStatus.BAD_REQUEST, "The body is not JSON.") from None
        if not isinstance(wanted, dict) or wanted.keys() - {"date"} != {"text", "done"}:
            raise Refusal(HTTPStatus.BAD_REQUEST, 'Expected {"text": …, "done": …}.')
        text, done = wanted["text"], wanted["done"]
        if not isinstance(text, str) or not text.strip() or not isinstance(done, bool):
            raise Refusal(HTTPStatus.BAD_REQUEST, "Expected a text and true or false.")
        dated = wanted.get("date", "") is not None
        return text, done, _day(wanted["date"]) if dated and "date" in wanted else None, dated

    def _catalogue(self) -> Catalogue:
        try:
            return catalogue.load(self.root)
        except StudyError as error:
            raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, _line(error)) from None

    def _entry(self, listed: Catalogue, path: str) -> Entry:
        slug = path.removeprefix(f"{_PREFIX}/")
        if slug == path or slug not in listed:
            raise Refusal(HTTPStatus.NOT_FOUND, "There is no such checklist.")
        return listed.get(slug)

    def _reader(self) -> Reader:
        try:
            return reader.load(self.root)
        except StudyError as error:
            raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, _line(error)) from None

    def _items(self, entry: Entry, who: Reader) -> list[dict[str, object]]:
        if not entry.checklist.is_file():
            return []
        try:
            return item_records(checklist.load(entry.checklist).items, who, entry.slug)
        except StudyError as error:
            raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, _line(error)) from None

    def _note(self, entry: Entry) -> str | None:
        path = reader.notes(entry)
        if not path.is_file():
            return None
        try:
            return own_note.html(read_text(path))
        except StudyError as error:
            raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, _line(error)) from None


def _day(text: object) -> date:
    try:
        day = day_of(text) if isinstance(text, str) else None
    except ValueError:
        day = None
    if day is None or day > date.today() + timedelta(days=1):  # the browser may be a day ahead
        raise Refusal(HTTPStatus.BAD_REQUEST, "Expected a date, such as 2026-11-22, that is not to come.")
    return day


def _line(error: StudyError) -> str:
    return " ".join(str(error).split())
