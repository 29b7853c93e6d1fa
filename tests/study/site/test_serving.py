"""The server of `study serve`: files of the site and no others, ticks from its own pages and no others."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.files.errors import StudyError
from study.site import serving
from study.site.building import Built
from study.site.serving import Server, inside
from study.site.ticks import LARGEST

CHECKLIST = "papers/coin/checklist.md"


@pytest.fixture
def server(toy) -> Iterator[Server]:
    site = toy.path("site")
    toy.write("site/index.html", "<!doctype html><html><head><title>Home</title></head></html>")
    toy.write("site/papers/index.html", "<html><head></head>papers</html>")
    toy.write("site/assets/a b.js", "let a;")
    toy.write("site/font.woff2", b"\x00\x01")
    toy.write("site/404.html", "<html><head></head>nothing here</html>")
    toy.write("secret.txt", "secret")
    with Server(toy.root, site, 0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def ask(server: Server, method: str, path: str, body: bytes | None = None, **headers: str):
    """Send one request as it stands; return (status, headers, body)."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    sent = {"Host": f"127.0.0.1:{server.server_port}"} | {k.replace("_", "-"): v for k, v in headers.items()}
    try:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def tick(server: Server, slug: str, body: object, **headers: str):
    """Send a tick as a page of the server does; return (status, answer)."""
    sent = {"X_Study_Token": server.api.token, "Content_Type": "application/json"} | headers
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    status, _, answer = ask(server, "POST", f"/-/ticks/{slug}", data, **sent)
    return status, json.loads(answer)


FIRST = {"text": "First pass: what is claimed", "done": True}


def test_a_tick_is_written_and_answered_with_its_date(server: Server, toy) -> None:
    status, answer = tick(server, "coin", FIRST)
    assert status == 200
    item = answer["items"][0]
    assert item["done"] is True
    assert f"- [x] First pass: what is claimed ✅ {item['date']}\n" in toy.read(CHECKLIST)
    status, answer = tick(server, "coin", FIRST | {"done": False})
    assert (status, answer["items"][0]["done"]) == (200, False)
    assert "- [ ] First pass: what is claimed\n" in toy.read(CHECKLIST)


def test_case_and_spacing_of_the_text_do_not_count(server: Server) -> None:
    assert tick(server, "coin", {"text": "first  PASS: what is claimed", "done": True})[0] == 200


def test_all_checklists_and_one(server: Server) -> None:
    status, headers, body = ask(server, "GET", "/-/ticks")
    assert status == 200
    assert headers["Content-Type"].startswith("application/json")
    entries = json.loads(body)["entries"]
    assert set(entries) == {"algebra", "formulas", "walk", "coin"}
    assert json.loads(ask(server, "GET", "/-/ticks/coin")[2])["items"] == entries["coin"]
    assert entries["coin"][0] == {
        "key": "first pass: what is claimed", "text": FIRST["text"], "done": False, "counts": True,
    }  # fmt: skip
    assert "counts" not in entries["coin"][2]  # an entry is read after its second pass


@pytest.mark.parametrize(
    ("body", "headers", "slug", "status"),
    [
        (FIRST, {"X_Study_Token": ""}, "coin", 403),
        (FIRST, {"X_Study_Token": "guessed"}, "coin", 403),
        (FIRST, {"Origin": "http://evil.example"}, "coin", 403),
        (FIRST, {"Origin": "null"}, "coin", 403),
        (FIRST, {"Host": "evil.example"}, "coin", 421),
        (FIRST, {"Host": "evil.example:80"}, "coin", 421),
        (FIRST, {"Content_Type": "text/plain"}, "coin", 415),
        (FIRST, {}, "nobody", 404),
        (FIRST, {}, "", 404),
        (FIRST, {}, "../../secret.txt", 404),
        ({"text": "pass", "done": True}, {}, "coin", 409),  # part of a text is enough for a person, not here
        ({"text": "1", "done": True}, {}, "coin", 409),
        ({"text": FIRST["text"], "done": "yes"}, {}, "coin", 400),
        ({"text": "", "done": True}, {}, "coin", 400),
        ({"text": FIRST["text"]}, {}, "coin", 400),
        (FIRST | {"path": "/etc/passwd"}, {}, "coin", 400),
        (FIRST | {"date": "9999-01-01"}, {}, "coin", 400),
        (FIRST | {"date": "2026-02-31"}, {}, "coin", 400),
        (FIRST | {"date": 20260105}, {}, "coin", 400),
        ([], {}, "coin", 400),
        (b"{", {}, "coin", 400),
        (b"\xff\xfe", {}, "coin", 400),
        (b"[" * 5000, {}, "coin", 400),
        (b" " * (LARGEST + 1), {}, "coin", 413),
        (FIRST, {"Content_Length": "-1"}, "coin", 411),
    ],
)
def test_what_is_refused_writes_nothing(server: Server, toy, body, headers, slug: str, status: int) -> None:
    before = toy.read(CHECKLIST)
    answered, answer = tick(server, slug, body, **headers)
    assert answered == status
    assert len(answer["error"].splitlines()) == 1
    assert toy.read(CHECKLIST) == before


def test_a_tick_may_bring_the_day_it_was_made(server: Server, toy) -> None:
    status, answer = tick(server, "coin", FIRST | {"date": "2024-02-29"})
    assert (status, answer["items"][0]["date"]) == (200, "2024-02-29")
    assert "- [x] First pass: what is claimed ✅ 2024-02-29\n" in toy.read(CHECKLIST)
    assert tick(server, "coin", FIRST | {"done": False})[0] == 200
    assert "date" not in tick(server, "coin", FIRST | {"date": None})[1]["items"][0]  # nobody knows it


def test_what_is_begun_or_dropped_is_told(server: Server, toy) -> None:
    toy.write(CHECKLIST, "- [/] First pass\n- [-] Second pass\n- [ ] Third\n")
    items = json.loads(ask(server, "GET", "/-/ticks/coin")[2])["items"]
    assert [(item.get("mark"), item.get("counts")) for item in items] == [
        ("/", True),
        ("-", None),
        (None, True),
    ]
    assert tick(server, "coin", {"text": "Second pass", "done": True})[0] == 200
    assert toy.read(CHECKLIST).startswith("- [/] First pass\n- [x] Second pass ✅ ")


def test_a_clone_says_whose_ticks_it_shows(server: Server, toy) -> None:
    toy.edit(CHECKLIST, "[ ] First", "[x] First")
    whole = json.loads(ask(server, "GET", "/-/ticks")[2])
    assert whole["started"] is True
    assert "keeper" not in whole["entries"]["coin"][0]
    toy.path("reader/started.json").unlink()
    whole = json.loads(ask(server, "GET", "/-/ticks")[2])
    assert whole["started"] is False
    assert whole["entries"]["coin"][0]["keeper"] is True
    items = tick(server, "coin", FIRST)[1]["items"]  # the reader did it, too
    assert "keeper" not in items[0]
    assert json.loads(ask(server, "GET", "/-/ticks")[2])["started"] is True


def test_states_that_the_reader_gave_are_told(server: Server, toy) -> None:
    from study.log import reader

    reader.set_state(toy.entry("coin"), "dropped")
    assert json.loads(ask(server, "GET", "/-/ticks")[2])["states"] == {"coin": "dropped"}


def test_a_note_of_the_reader_is_markdown_without_html(server: Server, toy) -> None:
    assert json.loads(ask(server, "GET", "/-/ticks/coin")[2])["note"] is None
    toy.write(
        "reader/notes/coin.md",
        "# Mine\n\nA *coin* <script>alert(1)</script> [x](javascript:alert(1)) [y](https://example.org)\n\n"
        "<img src=x onerror=alert(1)>\n\n[z](java&#115;cript:alert(1)) $x^2$\n",
    )
    told = json.loads(ask(server, "GET", "/-/ticks/coin")[2])["note"]
    assert "<em>coin</em>" in told
    assert '<a href="https://example.org">y</a>' in told
    assert 'class="katex"' in told
    assert not re.search(r"<script|<img|javascript:|cript:", told)


def test_localhost_is_an_address_of_the_server_too(server: Server) -> None:
    host = f"localhost:{server.server_port}"
    assert tick(server, "coin", FIRST, Host=host, Origin=f"http://{host}")[0] == 200


def test_an_item_that_stands_twice_is_not_guessed_at(server: Server, toy) -> None:
    toy.write(CHECKLIST, "- [ ] Read it\n- [ ] Read it\n")
    status, answer = tick(server, "coin", {"text": "Read it", "done": True})
    assert status == 409
    assert "could be any of 2" in answer["error"]


def test_a_checklist_that_cannot_be_written_is_said_in_a_line(server: Server, toy) -> None:
    toy.write(CHECKLIST, "no items\n")
    status, answer = tick(server, "coin", FIRST)
    assert status == 500
    assert "papers/coin/checklist.md: not a checklist" in answer["error"]


def test_pages_carry_the_token_and_say_what_they_may_load(server: Server) -> None:
    status, headers, body = ask(server, "GET", "/")
    assert status == 200
    assert f'<meta name="study-serve" content="{server.api.token}">'.encode() in body
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/papers/", 200, "text/html; charset=utf-8"),
        ("/papers/index.html?query=1#anchor", 200, "text/html; charset=utf-8"),
        ("/assets/a%20b.js", 200, "text/javascript; charset=utf-8"),
        ("/font.woff2", 200, "font/woff2"),
        ("/papers", 301, "text/plain"),
        ("/nothing/", 404, "text/html; charset=utf-8"),
        ("/-/nothing", 404, "application/json; charset=utf-8"),
        ("/api/nothing", 404, "text/html; charset=utf-8"),
        ("/../secret.txt", 404, "text/html; charset=utf-8"),
        ("/%2e%2e/secret.txt", 404, "text/html; charset=utf-8"),
        ("/papers/..%2f..%2fsecret.txt", 404, "text/html; charset=utf-8"),
        ("/..%5csecret.txt", 404, "text/html; charset=utf-8"),
        ("/%00", 404, "text/html; charset=utf-8"),
        ("/" + "x" * 3000, 404, "text/html; charset=utf-8"),
    ],
)
def test_files(server: Server, path: str, status: int, kind: str) -> None:
    answered, headers, body = ask(server, "GET", path)
    assert (answered, headers["Content-Type"]) == (status, kind)
    assert b"secret" not in body.replace(b"study-serve", b"")
    assert ask(server, "HEAD", path)[2] == b""


def test_a_link_out_of_the_site_is_not_followed(server: Server, toy) -> None:
    toy.path("site/link.txt").symlink_to(toy.path("secret.txt"))
    assert ask(server, "GET", "/link.txt")[0] == 404


def test_other_methods_are_refused(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    assert ask(server, "PUT", "/-/ticks/coin", b"{}")[0] == 501
    assert ask(server, "GET", "/", Host="rebound.example")[0] == 421
    assert capfd.readouterr().err == ""


@given(st.text(max_size=60))
def test_no_path_leads_out(path: str) -> None:
    folder = Path(__file__).parent / "site-that-is-not-there"
    target = inside(folder, path)
    assert target is None or target.resolve().is_relative_to(folder)


def test_a_taken_port_is_named_with_the_way_out(toy) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            StudyError, match=f"Port {port} is taken.*\nChoose another: study serve --port 8001"
        ):
            serving.serve(toy.root, port=port)


def test_a_port_that_is_none(toy) -> None:
    with pytest.raises(StudyError, match="Port 99999 cannot be had"):
        serving.serve(toy.root, port=99999)


def test_serves_until_interrupted(toy, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Path] = []

    def build(root: Path, *, strict: bool, folder: Path, waiting: object):
        built.append(folder)
        return Built(folder, "mkdocs", 1.0)

    def interrupt(self: Server) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(serving, "build", build)
    monkeypatch.setattr(Server, "serve_forever", interrupt)
    said: list[str] = []
    serving.serve(toy.root, port=0, say=said.append)
    assert built == [toy.root / ".study/served/one"]
    assert "http://127.0.0.1:" in said[1]


def test_the_new_build_runs_the_code_as_it_is_now(measured_toy, tmp_path: Path) -> None:
    said: list[str] = []
    assert serving._rebuilt(measured_toy.root, tmp_path / "built", said.append)
    assert said[-1].startswith("Built in ")
    assert (tmp_path / "built/index.html").is_file()
