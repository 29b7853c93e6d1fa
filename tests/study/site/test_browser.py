"""Ticking in a real browser: on the site as somebody publishes it, and as `study serve` delivers it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from study.site.serving import Server

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

KEY = "first pass: what is claimed"
ITEMS = ".items input"


def test_a_tick_persists_and_shows_everywhere(visit) -> None:
    reader = visit()
    page = reader.go("papers/coin/")
    page.locator(ITEMS).first.check()
    assert "Saved in this browser." in page.locator(".checklist .checklist-status").inner_text()
    assert page.locator(".checklist .meter-text").inner_text() == "1 of 3 steps"
    record = reader.ticks()["coin"][KEY]
    assert record["done"] is True
    page = reader.go("papers/coin/")
    assert page.locator(ITEMS).first.is_checked()
    assert page.locator(".done-on").first.inner_text() == record["date"]
    assert "is-reading" in reader.go().locator('.map-node[data-entry="coin"]').get_attribute("class")
    page = reader.go("log/")
    assert page.locator(".days li li").count() == 1
    assert page.locator('[data-meter="papers"] .meter-text').inner_text() == "1 of 3 steps"
    assert page.locator('[data-meter="all"] .meter-text').inner_text() == "1 of 12 steps"
    assert reader.wrong == []


def test_ticking_with_the_keyboard(visit) -> None:
    page = visit().go("papers/coin/")
    page.locator(ITEMS).first.focus()
    page.keyboard.press("Space")
    assert page.locator(ITEMS).first.is_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator(ITEMS).nth(1).is_checked()
    assert page.locator(".checklist-status[role=status]").count() == 1
    name = page.locator(ITEMS).first.evaluate("box => box.labels[0].textContent")
    assert name == "First pass: what is claimed"


def test_what_is_read_next_follows_the_ticks(visit) -> None:
    reader = visit()
    assert reader.go().locator(".next-title").inner_text() == "Doubling and halving"
    page = reader.go("foundations/algebra/")
    for index in range(3):
        page.locator(ITEMS).nth(index).check()
    page = reader.go()
    assert page.locator(".next-title").inner_text() != "Doubling and halving"
    assert page.locator(".next-title").get_attribute("href") in (
        "foundations/formulas/",
        "implementations/walk/",
    )


def test_ticks_belong_to_words_not_to_places(visit) -> None:
    reader = visit()
    page = reader.go("papers/coin/")
    page.locator(ITEMS).first.check()
    old = {"format": "ml-foundations-ticks", "version": 1, "entries": reader.ticks()}
    old["entries"]["coin"]["an item of before"] = {
        "done": True, "at": 1, "date": "2026-01-01", "text": "An item of before",
    }  # fmt: skip
    page.evaluate("text => localStorage.setItem('ml-foundations:ticks', text)", json.dumps(old))
    # The same item in another place of the list, as after an edit of checklist.md.
    page.route("**/papers/coin/", lambda route: route.fulfill(
        response=(answer := route.fetch()),
        body=re.sub(r'(<ul class="items plain">)(<li.*?</li>)(<li.*?</li>)', r"\1\3\2", answer.text()),
    ))  # fmt: skip
    page = reader.go("papers/coin/")
    checked = page.locator(".items li:has(input:checked) label").all_inner_texts()
    assert checked == ["First pass: what is claimed"]
    strays = page.locator(".checklist-strays")
    assert "An item of before (2026-01-01)" in strays.inner_text()
    strays.get_by_role("button").click()
    assert not strays.is_visible()
    assert "an item of before" not in reader.ticks()["coin"]


def test_export_and_import_in_another_browser(visit, tmp_path: Path) -> None:
    first = visit()
    page = first.go("papers/coin/")
    page.locator(ITEMS).first.check()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export ticks").click()
    assert re.fullmatch(r"ml-foundations-ticks-\d{4}-\d{2}-\d{2}\.json", waiting.value.suggested_filename)
    saved = tmp_path / "ticks.json"
    waiting.value.save_as(saved)
    second = visit()
    page = second.go("log/")
    page.locator("input[type=file]").set_input_files(saved)
    page.get_by_text("One tick was imported from ticks.json.").wait_for()
    assert page.locator(".days li li").count() == 1
    assert second.ticks()["coin"][KEY]["done"] is True
    page.locator("input[type=file]").set_input_files(saved)
    page.get_by_text("Nothing new in that file.").wait_for()
    assert second.wrong == []


def exported(version: object = 1, entries: object = None) -> str:
    return json.dumps({"format": "ml-foundations-ticks", "version": version, "entries": entries})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "not JSON"),
        ("[]", "not an export of ticks"),
        ('{"format": "other"}', "not an export of ticks"),
        (exported(version=2), "version 2"),
        (exported(entries=[]), "no entries"),
        (exported(entries={"coin": {"a": {"done": 1}}}), "damaged at “coin”"),
        (exported(entries={"coin": {"a": {"done": True, "date": "2026-02-31"}}}), "item “a”"),
        (exported(entries={"../coin": {}}), "damaged at “../coin”"),
    ],
)
def test_a_file_that_is_no_export_is_refused_and_changes_nothing(visit, text: str, said: str) -> None:
    reader = visit()
    page = reader.go("papers/coin/")
    page.locator(ITEMS).first.check()
    before = reader.ticks()
    page.locator("input[type=file]").set_input_files(
        {"name": "x.json", "mimeType": "application/json", "buffer": text.encode()}
    )
    status = page.locator(".checklist-status.is-failed")
    status.wait_for()
    assert said in status.inner_text()
    assert reader.ticks() == before


def test_of_two_ticks_the_later_stands(visit) -> None:
    page = visit().go("papers/coin/")
    merged = page.evaluate(
        """async () => {
            const { merge } = await import(
                new URL("../../assets/js/store.js", location.href));
            const old = { a: { x: { done: true, at: 1, date: "2026-01-01", text: "x" } } };
            const late = { a: { x: { done: false, at: 2, text: "x" } } };
            return [merge(old, late), merge(late, old)];
        }"""
    )
    assert [one["entries"]["a"]["x"]["at"] for one in merged] == [2, 2]
    assert [one["changed"] for one in merged] == [1, 0]


def test_a_browser_that_keeps_nothing_says_so(visit) -> None:
    reader = visit()
    reader.context.add_init_script("Storage.prototype.setItem = () => { throw new Error('full') }")
    page = reader.go("papers/coin/")
    page.locator(ITEMS).first.click()
    page.get_by_text("Not saved: This browser keeps nothing").wait_for()
    assert not page.locator(ITEMS).first.is_checked()


@pytest.fixture
def served(toy, sites: dict[str, Path], visitor: Callable[..., Any]) -> Iterator[Any]:
    with Server(toy.root, sites["mkdocs"], 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield visitor(server.address)
        server.shutdown()


def test_served_ticks_are_written_to_the_file(served, toy) -> None:
    page = served.go("papers/coin/")
    assert "Ticks are written to papers/coin/checklist.md." in page.locator(".checklist-tools").inner_text()
    page.locator(ITEMS).nth(1).check()
    page.get_by_text("Saved in papers/coin/checklist.md.").wait_for()
    assert re.search(
        r"- \[x\] Second pass: the method, pen in hand ✅ \d{4}-\d\d-\d\d\n",
        toy.read("papers/coin/checklist.md"),
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", page.locator(".done-on").nth(1).inner_text())
    assert served.ticks() == {}
    page.locator(ITEMS).nth(1).uncheck()
    expect(page.locator(".done-on").nth(1)).to_have_text("")
    assert "- [ ] Second pass" in toy.read("papers/coin/checklist.md")
    assert served.wrong == []


def test_served_pages_show_the_files_as_they_are_now(served, toy) -> None:
    toy.edit(
        "papers/coin/checklist.md",
        "[ ] First pass: what is claimed",
        "[x] First pass: what is claimed ✅ 2026-11-20",
    )
    page = served.go("papers/coin/")
    expect(page.locator(".done-on").first).to_have_text("2026-11-20")
    page = served.go("log/")
    page.get_by_text("2026-11-20").wait_for()
    assert "written to the checklist.md files" in page.locator(".ticks-where").inner_text()


def test_a_tick_that_fails_springs_back_and_says_why(served, toy) -> None:
    page = served.go("papers/coin/")
    toy.write("papers/coin/checklist.md", "nothing to tick\n")
    page.locator(ITEMS).first.click()
    page.get_by_text("Not saved: papers/coin/checklist.md: not a checklist").wait_for()
    assert not page.locator(ITEMS).first.is_checked()
