"""Whatever a page of the site leads to is there: asked of the real server, as `study serve` delivers it."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from study.site.serving import Server

HOME = "http://study/"


class Anchors(HTMLParser):
    """What a page can be entered at, and where it leads."""

    def __init__(self, text: str):
        super().__init__()
        self.anchors: set[str] = {"", "__top"}
        self.links: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            elif name in ("href", "src") and value is not None:
                self.links.add(value)


@dataclass
class Crawler:
    """Asks a server for everything that its pages lead to; `wrong` are the links that lead nowhere."""

    server: Server
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.get = cache(self._get)

    def _get(self, path: str) -> tuple[int, Anchors | None]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status in (301, 302):
            return self.get(answer.headers["Location"])
        page = answer.headers.get_content_type() == "text/html"
        return answer.status, Anchors(body.decode()) if page else None

    def follow(self, start: str, link: str) -> str | None:
        """Ask for what a link leads to; return the path when it is a page of this site."""
        target = urlsplit(urljoin(start, link))
        if target.scheme not in ("http", "https") or target.netloc != urlsplit(HOME).netloc:
            return None
        status, page = self.get(target.path)
        if status != 200:
            self.wrong.append(f"{status}: {link} on {start}")
        elif page is not None and unquote(target.fragment) not in page.anchors:
            self.wrong.append(f"no #{target.fragment}: {link} on {start}")
        return target.path if page is not None and status == 200 else None

    def crawl(self) -> set[str]:
        """Follow every link from the first page on; return the paths of all pages."""
        seen, waiting = {"/"}, ["/"]
        while waiting:
            path = waiting.pop()
            _, page = self.get(path)
            assert page is not None
            for link in sorted(page.links):
                to = self.follow(urljoin(HOME, path), link)
                if to is not None and to not in seen:
                    seen.add(to)
                    waiting.append(to)
        return seen


@pytest.fixture(params=["mkdocs", "zensical"])
def crawler(request: pytest.FixtureRequest, measured_toy, sites: dict[str, Path]) -> Iterator[Crawler]:
    with Server(measured_toy.root, sites[request.param], 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Crawler(server)
        server.shutdown()


def locations(site: Path) -> list[str]:
    """Return where every hit of the search that is built into the site may lead."""
    index = next(path for path in (site / "search/search_index.json", site / "search.json") if path.is_file())
    record = json.loads(index.read_text(encoding="utf-8"))
    return [item["location"] for item in record.get("docs") or record["items"]]


def test_every_link_and_every_entry_of_the_navigation_leads_somewhere(crawler: Crawler) -> None:
    pages = crawler.crawl()
    assert crawler.wrong == []
    assert {"/", "/log/", "/papers/coin/", "/api/papers/coin/flip/", "/guides/start-here/"} <= pages
    built = {
        re.sub(r"^\./$", "", f"{path.parent.relative_to(crawler.server.folder).as_posix()}/")
        for path in crawler.server.folder.rglob("index.html")
    }
    assert {f"/{path}" for path in built} <= pages, "every page can be reached from the first"


def test_every_hit_of_the_search_leads_somewhere(crawler: Crawler) -> None:
    hits = locations(crawler.server.folder)
    assert any(hit.startswith("api/") and "#" in hit for hit in hits)
    for hit in hits:
        crawler.follow(HOME, hit)
    assert crawler.wrong == []
