"""Serve the site on this machine: the built pages, the checklists behind them, a new build after a change."""

from __future__ import annotations

import errno
import json
import mimetypes
import os
import posixpath
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from study.files.errors import StudyError
from study.files.paths import local_folder
from study.site import PORT, policy
from study.site.building import build
from study.site.ticks import LARGEST, ROOT, Refusal, Ticks
from study.site.watching import Watcher

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_KINDS = {".js": "text/javascript", ".ipynb": "application/x-ipynb+json", ".woff2": "font/woff2"}


class Server(ThreadingHTTPServer):
    """The server; `folder` is the built site it delivers, and may be changed while it runs."""

    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # elsewhere it only shortens the wait after a restart

    def __init__(self, root: Path, folder: Path, port: int = PORT):
        super().__init__(("127.0.0.1", port), Handler)
        self.folder = folder
        names = ("127.0.0.1", "localhost")
        hosts = frozenset(f"{name}:{self.server_port}" for name in names)
        self.api = Ticks(
            root, secrets.token_urlsafe(24), hosts | (set(names) if self.server_port == 80 else set())
        )

    @property
    def address(self) -> str:
        """Where to point a browser."""
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over connections that the browser gave up; report anything else."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server  # type: ignore[assignment]
    protocol_version = "HTTP/1.1"
    server_version = "study"
    sys_version = ""
    timeout = 30  # seconds for a request to arrive
    disable_nagle_algorithm = True  # head and body are sent apart: the body need not wait 40 ms for an answer

    def do_GET(self) -> None:
        """Deliver a file of the site, or a checklist."""
        with self._refusing():
            self.server.api.check_host(self._lowered())
            path = unquote(urlsplit(self.path).path)
            if path.startswith(ROOT):
                self._json(HTTPStatus.OK, self.server.api.get(path))
            else:
                self._file(path)

    do_HEAD = do_GET  # noqa: N815 (the name is the standard library's)

    def do_POST(self) -> None:
        """Tick an item."""
        with self._refusing():
            self.server.api.check_host(self._lowered())
            body = self._body()
            path = unquote(urlsplit(self.path).path)
            self._json(HTTPStatus.OK, self.server.api.post(path, self._lowered(), body))

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Answer a refusal with its status and its words."""
        try:
            yield
        except Refusal as refusal:
            self.close_connection = True  # a body that was not read would be taken for the next request
            self._json(refusal.status, {"error": refusal.message})

    def _lowered(self) -> dict[str, str]:
        return {name.title(): value for name, value in self.headers.items()}

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length")
        if length is None or not length.isascii() or not length.isdigit():
            raise Refusal(HTTPStatus.LENGTH_REQUIRED, "A request that changes something says how long it is.")
        if int(length) > LARGEST:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"At most {LARGEST} bytes are read.")
        return self.rfile.read(int(length))

    def _file(self, path: str) -> None:
        target = inside(self.server.folder, path)
        if target is not None and target.is_dir():
            if not path.endswith("/"):
                self._send(HTTPStatus.MOVED_PERMANENTLY, b"", "text/plain", Location=quote(path) + "/")
                return
            target /= "index.html"
        if target is None or not target.is_file():
            missing = self.server.folder / "404.html"
            content = missing.read_bytes() if missing.is_file() else b"Not found"
            self._send(HTTPStatus.NOT_FOUND, content, "text/html; charset=utf-8")
            return
        content = target.read_bytes()
        kind = _KINDS.get(target.suffix) or mimetypes.guess_type(target.name)[0] or "application/octet-stream"
        if target.suffix == ".html":
            mark = f'<head><meta name="study-serve" content="{self.server.api.token}">'
            content = content.replace(b"<head>", mark.encode(), 1)
        text = kind.startswith("text/") or kind.endswith(("json", "xml"))
        self._send(HTTPStatus.OK, content, f"{kind}; charset=utf-8" if text else kind)

    def _json(self, status: HTTPStatus, answer: dict[str, Any]) -> None:
        content = json.dumps(answer, ensure_ascii=False).encode()
        self._send(status, content, "application/json; charset=utf-8")

    def _send(self, status: HTTPStatus, content: bytes, kind: str, **more: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        rules = {"Content-Security-Policy": policy.header(content if kind.startswith("text/html") else b"")}
        for name, value in {**_HEADERS, **rules, **more}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the standard library's name)
        """Say nothing of every request."""


def inside(folder: Path, path: str) -> Path | None:
    """Return the file of `folder` that a path of a request names, or None where it would lead out of it."""
    if "\0" in path or "\\" in path:
        return None
    target = folder / posixpath.normpath("/" + path).lstrip("/")
    try:
        target.exists()  # asks the system whether it can be a name at all
        return target if target.resolve().is_relative_to(folder.resolve()) else None
    except (OSError, RuntimeError):  # a name longer than the file system allows, a loop of links
        return None


def serve(root: Path, *, port: int = PORT, say: Callable[[str], object] = print) -> None:
    """Build the site and serve it with the reader's log, until Ctrl-C.

    Args:
        root: The checkout.
        port: Where to listen on 127.0.0.1; 0 lets the system choose.
        say: Prints a line for the reader.

    Raises:
        StudyError: The port cannot be had, or the site cannot be built.
    """
    folders = [local_folder(root) / "served" / name for name in ("one", "other")]
    with _listening(root, folders[0], port) as server:

        def again() -> None:
            spare = folders[1] if server.folder == folders[0] else folders[0]
            if _rebuilt(root, spare, say):
                server.folder = spare

        watcher = Watcher(root, again)
        say("Building the site …")
        built = build(root, strict=False, folder=folders[0], waiting=say)
        say(f"Built in {built.seconds:.1f} s. The site, with your log: {server.address}")
        say("A change to notes, docs or code builds it again: then load the page anew. Ctrl-C ends.")
        with watcher:
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                say("")


@contextmanager
def _listening(root: Path, folder: Path, port: int) -> Iterator[Server]:
    try:
        server = Server(root, folder, port)
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "is taken: something listens there already" if taken else f"cannot be had: {error}"
        raise StudyError(f"Port {port} {why}.\nChoose another: study serve --port {PORT + 1}") from None
    with server:
        yield server


def _rebuilt(root: Path, folder: Path, say: Callable[[str], object]) -> bool:
    """Build in a new process, which sees the code as it is now, and tell how it went."""
    command = [sys.executable, "-P", "-m", "study.site.building", str(root), str(folder)]
    say("Something changed: building again …")
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8", check=False)
    lines = [line for line in (done.stdout if done.returncode == 0 else done.stderr).splitlines() if line]
    say("\n".join(lines[-2:]) if lines else "The build ended without a word.")
    return done.returncode == 0
