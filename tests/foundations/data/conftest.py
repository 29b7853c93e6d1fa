"""A server of our own, an empty cache, and data sets that exist for one test."""

import hashlib
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foundations.data import File, Source, registry, store

TEXT = b"First paragraph.\n\nSecond paragraph.\n\nThird and last."
HASH = hashlib.sha256(TEXT).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves what the test puts in `pages`: path to (status, body).

    A page whose name starts with "broken" promises more than it holds; with "long", it announces no length.
    One in `halves` stops in the middle until `go_on` is set.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, bytes]] = {}
        self.halves: set[str] = set()
        self.go_on = threading.Event()
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        self.server.asked.append(name)
        code, body = self.server.pages.get(name, (404, b"not here"))
        self.send_response(code)
        if not name.startswith("long"):
            self.send_header("Content-Length", str(len(body) + (100 if name.startswith("broken") else 0)))
        self.end_headers()
        half = len(body) // 2 if name in self.server.halves else len(body)
        try:
            self.wfile.write(body[:half])
            if half < len(body):
                self.wfile.flush()
                self.server.go_on.wait(30)
                self.wfile.write(body[half:])
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the other side has seen enough

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.go_on.set()
        running.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty cache, no folder of data and no proxy."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(store, "cache_folder", lambda: folder)
    monkeypatch.delenv("ML_FOUNDATIONS_DATA", raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return folder


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("ML_FOUNDATIONS_DATA", str(folder))
    return folder


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put a data set of one text, or of the files given, into the table."""

    def put(*files: File, urls: tuple[str, ...] = (), **fields: object) -> None:
        known: dict = {
            "name": "tale",
            "description": "a tale",
            "licence": "none",
            "home": "nowhere",
            "citation": "nobody",
            "read": lambda *contents: {"all": {"text": b"".join(contents).decode()}},
            "files": files or (File("text/tale.txt", HASH, len(TEXT), urls),),
            "instead": "write it yourself",
        }
        monkeypatch.setattr(registry, "SOURCES", (*registry.SOURCES, Source(**known | fields)))

    return put
