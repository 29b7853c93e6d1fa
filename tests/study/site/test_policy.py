"""The Content-Security-Policy: the theme works under it, and what somebody put into a page does not."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from study.site import policy
from study.site.serving import Server

ENGINES = ("mkdocs", "zensical")
PAGE = '<html><head><meta charset="utf-8"><title>x</title></head><body>{}</body></html>'


def rules(page: str) -> dict[str, str]:
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    assert found
    return dict(rule.split(" ", 1) for rule in found[1].split("; "))


@pytest.mark.parametrize("engine", ENGINES)
def test_every_page_says_what_may_run_before_anything_does(sites: dict[str, Path], engine: str) -> None:
    for path in sites[engine].rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        told = rules(page)
        assert page.index("Content-Security-Policy") < page.index("<script"), path
        assert "unsafe" not in told["script-src"]
        assert re.fullmatch(r"'self'( 'sha256-[A-Za-z0-9+/=]{44}'){3}", told["script-src"]), path
        assert told["object-src"] == told["base-uri"] == "'none'"
        assert told["connect-src"] == told["form-action"] == told["default-src"] == "'self'"
        assert told["style-src"] == "'self' 'unsafe-inline'"
        assert "frame-ancestors" not in told  # a browser complains of it anywhere but in the header


def test_a_script_that_is_not_the_themes_is_not_allowed() -> None:
    for script in (
        "alert(1)",
        '__md_scope=new URL("../..",location);alert(1)',
        'var target=document.getElementById("x")',
        "",
    ):
        assert "sha256" not in policy.policy(PAGE.format(f"<script>{script}</script>"))


def test_a_page_is_protected_once() -> None:
    once = policy.protected(PAGE.format(""))
    assert policy.protected(once) == once
    assert once.startswith('<html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy"')
    assert policy.protected("no page at all") == "no page at all"


def test_the_header_says_the_same_and_who_may_frame() -> None:
    page = policy.protected(PAGE.format(""))
    assert policy.header(page.encode()) == f"{policy.policy(page)}; frame-ancestors 'none'"
    assert "script-src 'self';" in policy.header(b"\x00\xff") + ";"


@pytest.fixture
def running(toy, sites: dict[str, Path]) -> Iterator[Server]:
    with Server(toy.root, sites["mkdocs"], 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    "path", ["/", "/papers/coin/", "/nowhere", "/assets/js/main.js", "/api/checklist", "/papers"]
)
def test_the_server_sends_it_with_every_answer(running: Server, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.server_port, timeout=10)
    connection.request("GET", path)
    told = connection.getresponse().headers["Content-Security-Policy"]
    connection.close()
    assert "frame-ancestors 'none'" in told
    assert "object-src 'none'" in told
    assert "unsafe" not in told.split("script-src")[1].split(";")[0]


def use(reader: Any, engine: str) -> None:
    """Do on the pages what readers do."""
    page = reader.go()
    palette = page.locator("[data-md-component=palette] label:visible")
    for _ in range(3):
        palette.click()
    for name in ("papers/coin/", "log/", "bibliography/"):
        page = reader.go(name)
    page = reader.go("papers/coin/")
    page.locator(".items input").first.check()
    assert page.locator(".items input").first.is_checked()
    copy = page.locator(".md-clipboard, .md-code__button").first
    copy.evaluate("one => one.scrollIntoView({ block: 'center' })")  # not under the header
    copy.click()
    page = reader.go("foundations/formulas/")
    page.locator(".interactive").first.scroll_into_view_if_needed()
    page.locator(".interactive.is-live").first.wait_for()
    if engine == "mkdocs":
        page.keyboard.press("f")
        page.keyboard.type("coin")
        page.locator(".md-search-result__item").first.wait_for()
    else:
        page.keyboard.press("Control+k")
        page.locator("[role=combobox]").wait_for()
        page.keyboard.type("coin")
        page.locator("mark").first.wait_for()


@pytest.mark.browser
@pytest.mark.parametrize("engine", ENGINES)
def test_everything_works_under_it(visit, engine: str) -> None:
    reader = visit(engine, permissions=["clipboard-read", "clipboard-write"])
    reader.go("api/foundations/algebra/arithmetic/")
    use(reader, engine)
    assert reader.wrong == []


@pytest.mark.browser
def test_everything_works_under_it_as_served(running: Server, visitor) -> None:
    reader = visitor(running.address, permissions=["clipboard-read", "clipboard-write"])
    use(reader, "mkdocs")
    assert reader.wrong == []
    reader.page.goto(f"{running.address}nowhere", wait_until="load")
    assert [one for one in reader.wrong if "404" not in one] == []


@pytest.mark.browser
@pytest.mark.parametrize("engine", ENGINES)
def test_a_script_in_a_page_is_stopped(visit, engine: str) -> None:
    reader = visit(engine)
    reader.page.route("**/papers/coin/", lambda route: route.fulfill(
        response=(answer := route.fetch()),
        body=answer.text().replace("</body>", "<script>hit=1</script><img src=x onerror=hit=2></body>"),
    ))  # fmt: skip
    page = reader.go("papers/coin/")
    page.locator("img[onerror]").evaluate(
        "image => image.complete || new Promise((done) => (image.onload = done))"
    )
    assert page.evaluate("window.hit") is None
    assert any("Content Security Policy" in one for one in reader.wrong)


@pytest.mark.browser
def test_from_a_folder_the_policy_breaks_nothing(sites: dict[str, Path], chromium) -> None:
    page = chromium.new_context().new_page()
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text))
    page.goto((sites["mkdocs"] / "index.html").as_uri(), wait_until="load")
    page.locator("[data-md-component=palette] label:visible").click()
    assert page.evaluate("document.body.dataset.mdColorScheme") == "default"
    assert [one for one in said if "Content Security Policy" in one] == []
    page.context.close()
