"""Ticking on the pages that `study serve` delivers, in a real browser: the boxes are the files."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from study.log import exchange
from study.site.serving import Server

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

KEY = "first pass: what is claimed"
ITEMS = ".items input"


@pytest.fixture
def served(toy, sites: dict[str, Path], visitor: Callable[..., Any]) -> Iterator[Any]:
    with Server(toy.root, sites["mkdocs"], 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield visitor(server.address)
        server.shutdown()


def test_served_ticks_are_written_to_the_file(served, toy) -> None:
    page = served.go("papers/coin/")
    expect(page.locator(".keeper-mark").first).not_to_be_visible()  # the boxes say it
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


def test_served_what_was_begun_or_dropped_shows_and_can_be_ticked(served, toy) -> None:
    toy.write(
        "papers/coin/checklist.md",
        "- [/] First pass: what is claimed\n- [-] Second pass: the method, pen in hand\n"
        "- [ ] Explained it to someone\n",
    )
    page = served.go("papers/coin/")
    expect(page.locator(".done-on")).to_have_text(["begun", "dropped", ""])
    expect(page.locator(".checklist-state")).to_have_text("reading")
    assert page.locator(".checklist .meter-text").inner_text() == "0 of 2 steps"
    assert page.locator(ITEMS).first.evaluate("box => box.indeterminate")
    page.locator(ITEMS).nth(1).check()
    page.get_by_text("Saved in papers/coin/checklist.md.").wait_for()
    assert "\n- [x] Second pass: the method, pen in hand ✅ " in toy.read("papers/coin/checklist.md")
    assert served.wrong == []


def test_served_states_and_notes_of_the_reader_show(served, toy) -> None:
    toy.write("reader/states.json", '{"coin": {"state": "to revisit", "on": "2026-11-22"}}')
    toy.write("reader/notes/coin.md", "Ask *again* <script>document.title = 'taken'</script>\n")
    page = served.go("papers/coin/")
    note = page.locator(".own-note")
    expect(note).to_contain_text("Ask again <script>")
    assert page.title() != "taken"
    expect(page.locator(".checklist-state")).to_have_text("to revisit")
    page = served.go()
    expect(page.locator('.map-node[data-entry="coin"]')).to_have_class(re.compile("is-to-revisit"))
    assert page.locator('[data-legend="to revisit"]').is_visible()
    assert not page.locator('[data-legend="dropped"]').is_visible()
    assert served.wrong == []


def test_served_from_a_fresh_clone_the_pages_speak_to_a_newcomer(served, toy) -> None:
    for slug in ("foundations/algebra", "implementations/walk"):
        toy.write(f"{slug}/checklist.md", toy.read(f"{slug}/checklist.md").replace("[ ]", "[x]"))
    toy.path("reader/started.json").unlink()
    page = served.go()
    expect(page.locator(".start-hint")).to_be_visible()
    assert "study start" in page.locator(".start-hint").inner_text()
    assert page.locator(".next-reason").inner_text().startswith("It needs nothing before it")
    assert "is-to-read" in page.locator('.map-node[data-entry="algebra"]').get_attribute("class")
    page = served.go("foundations/algebra/")
    assert page.locator(f"{ITEMS}:checked").count() == 3, "the boxes are the files"
    assert page.locator(".checklist .meter-text").inner_text() == "0 of 3 steps"
    expect(page.locator(".checklist .start-hint")).to_be_visible()
    toy.write("reader/started.json", '{"started": "2026-11-22"}')
    page = served.go()
    expect(page.locator(".next-reason")).to_have_text(re.compile("You have read what it builds on"))
    assert not page.locator(".start-hint").is_visible()
    assert "is-read" in page.locator('.map-node[data-entry="algebra"]').get_attribute("class")
    assert served.wrong == []


def test_served_an_export_and_an_import_keep_the_dates(served, toy, tmp_path: Path) -> None:
    toy.edit("papers/coin/checklist.md", "[ ] First", "[x] First")
    page = served.go("papers/coin/")
    text = exported({"coin": {"explained it to someone": {"done": True, "date": "2025-03-04"}}})
    page.locator("input[type=file]").set_input_files(
        {"name": "x.json", "mimeType": "application/json", "buffer": text.encode()}
    )
    page.get_by_text("One tick was imported from x.json.").wait_for()
    assert "- [x] Explained it to someone ✅ 2025-03-04\n" in toy.read("papers/coin/checklist.md")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export ticks").click()
    saved = tmp_path / "ticks.json"
    waiting.value.save_as(saved)
    found = exchange.load(saved)
    assert found.refused == []
    assert set(found.records["coin"]) == {KEY, "explained it to someone"}


def exported(entries: object) -> str:
    return json.dumps({"format": "ml-foundations-ticks", "version": 1, "entries": entries})
