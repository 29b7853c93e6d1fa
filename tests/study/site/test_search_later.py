"""The index of the search: asked for when the search opens, and not before; the search then works as ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from study.site.serving import Server

pytestmark = pytest.mark.browser
ENGINES = ("mkdocs", "zensical")
INDEX = {"mkdocs": "search/search_index.json", "zensical": "search.json"}
QUERY = "doubling adds"


def asked(reader: Any) -> list[str]:
    return [url for url in reader.asked if url.endswith(".json")]


def search(page: Any, engine: str, words: str) -> Any:
    """Type into the search, as both engines open it; return the hits."""
    if engine == "mkdocs":
        page.keyboard.press("/")
    else:
        page.keyboard.press("Control+k")
        page.get_by_role("combobox").wait_for()  # it is made of the index
    page.keyboard.type(words)
    return page.locator(".md-search-result__link" if engine == "mkdocs" else "a[role=option]")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_index_is_asked_for_when_the_search_opens(visit, engine: str) -> None:
    reader = visit(engine)
    page = reader.go("papers/coin/")
    page.wait_for_load_state("networkidle")
    assert asked(reader) == []
    search(page, engine, QUERY).first.wait_for()
    assert [url.removeprefix(reader.address) for url in asked(reader)] == [INDEX[engine]]
    assert reader.wrong == []


def test_the_search_finds_what_was_typed_before_the_index_came(visit) -> None:
    page = visit().go("papers/coin/")
    waiting: list[Any] = []

    def hold(route: Any) -> None:
        waiting.append(route)

    page.route(f"**/{INDEX['mkdocs']}", hold)
    with page.expect_request(f"**/{INDEX['mkdocs']}"):
        hits = search(page, "mkdocs", QUERY)
    assert hits.count() == 0
    [route] = waiting
    route.continue_()
    hits.first.wait_for()
    assert "foundations/algebra/" in hits.first.get_attribute("href")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_click_opens_it_too(visit, engine: str) -> None:
    reader = visit(engine)
    page = reader.go("papers/coin/")
    with page.expect_request(f"**/{INDEX[engine]}"):
        page.locator(".md-search input:visible, .md-search__button:visible").first.click()
    assert reader.wrong == []


def test_a_page_that_a_search_led_to_marks_the_words(visit) -> None:
    page = visit().go("foundations/algebra/?h=doubling")
    page.locator("article mark").first.wait_for()


def test_other_requests_pass(visit) -> None:
    page = visit().go("papers/coin/")
    answer = page.evaluate("""() => new Promise((done) => {
        const request = new XMLHttpRequest();
        request.onload = () => done(request.status);
        request.open("GET", "../../objects.inv");
        request.send();
    })""")
    assert answer == 200


def test_a_served_page_loads_less(toy: Any, sites: dict[str, Path], visitor: Callable[..., Any]) -> None:
    with Server(toy.root, sites["mkdocs"], 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        reader = visitor(server.address)
        sizes: dict[str, int] = {}
        reader.context.on(
            "requestfinished",
            lambda one: sizes.update({one.url.removeprefix(server.address): one.sizes()["responseBodySize"]}),
        )
        page = reader.go("papers/coin/")
        page.wait_for_load_state("networkidle")
        before = sum(sizes.values())
        search(page, "mkdocs", QUERY).first.wait_for()
        server.shutdown()
    assert INDEX["mkdocs"] in sizes
    assert sum(sizes.values()) >= before + (sites["mkdocs"] / INDEX["mkdocs"]).stat().st_size
