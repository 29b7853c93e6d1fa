"""Ticking in a real browser: on the site as somebody publishes it, and as `study serve` delivers it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from study.entries import catalogue
from study.log import exchange, progress

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
    assert page.locator("[data-timeline] .days li li").count() == 1
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
    assert page.locator("[data-timeline] .days li li").count() == 1
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
        (exported(entries={"coin": {"a": {"done": 1}}}), "item “a”: no text, or neither done nor open"),
        (exported(entries={"coin": {"a": {"done": True, "date": "2026-02-31"}}}), "item “a”"),
        (exported(entries={"coin": {KEY: {"done": True, "date": "9999-01-01"}}}), "lies in the future"),
        (exported(entries={"coin": {KEY: {"done": False, "at": 1e300}}}), "lies in the future"),
        (exported(entries={"../coin": {}}), "“../coin”, which is no entry"),
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


def test_one_bad_record_is_named_and_the_rest_imported(visit) -> None:
    reader = visit()
    page = reader.go("papers/coin/")
    records = {
        KEY: {"done": True, "date": "2026-01-05"},
        "explained it to someone": {"done": True, "date": "9999-01-01"},
    }
    text = "\ufeff" + exported(entries={"coin": records})
    page.locator("input[type=file]").set_input_files(
        {"name": "x.json", "mimeType": "application/json", "buffer": text.encode()}
    )
    page.get_by_text("One tick was imported from x.json. Left out: “coin”, item “explained").wait_for()
    assert page.locator(f"{ITEMS}:checked").count() == 1
    assert page.locator(".done-on").first.inner_text() == "2026-01-05"


def test_of_two_ticks_the_later_stands(visit) -> None:
    page = visit().go("papers/coin/")
    merged = page.evaluate(
        """async () => {
            const { merge } = await import(
                new URL("../../assets/js/store.js", location.href));
            const old = { a: { x: { done: true, at: 1, date: "2026-01-01", text: "x" } } };
            const late = { a: { x: { done: false, at: 2, text: "x" } } };
            const open = { a: { x: { done: false, at: 1, text: "x" } } };
            return [merge(old, late), merge(late, old), merge(open, old), merge(old, open)];
        }"""
    )
    assert [one["entries"]["a"]["x"]["at"] for one in merged] == [2, 2, 1, 1]
    assert [one["changed"] for one in merged] == [1, 0, 1, 0]
    assert [one["entries"]["a"]["x"]["done"] for one in merged] == [False, False, True, True]


def test_a_browser_that_keeps_nothing_says_so(visit) -> None:
    reader = visit()
    reader.context.add_init_script("Storage.prototype.setItem = () => { throw new Error('full') }")
    page = reader.go("papers/coin/")
    page.locator(ITEMS).first.click()
    page.get_by_text("Not saved: This browser keeps nothing").wait_for()
    assert not page.locator(ITEMS).first.is_checked()


def test_what_the_keeper_ticked_is_not_the_visitors(visit, tmp_path: Path) -> None:
    reader = visit()
    page = reader.go("papers/coin/")
    assert '"done":true' in page.evaluate("JSON.stringify(window.studyBase)")
    assert page.locator(f"{ITEMS}:checked").count() == 0
    marks = page.locator(".items .keeper-mark")
    assert [one.is_visible() for one in marks.all()] == [True, True]
    assert "read by the keeper, 2026-01-05" in marks.first.inner_text()
    assert page.locator(".checklist .meter-text").inner_text() == "0 of 3 steps"
    expect(page.locator(".checklist-state")).to_have_text("to read")
    page.locator(ITEMS).nth(2).check()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export ticks").click()
    saved = tmp_path / "ticks.json"
    waiting.value.save_as(saved)
    records = exchange.load(saved).records  # an export holds what the reader changed
    assert {slug: list(items) for slug, items in records.items()} == {"coin": ["explained it to someone"]}
    page = reader.go("log/")
    assert page.locator('[data-meter="all"] .meter-text').inner_text() == "1 of 12 steps"
    assert page.locator("[data-timeline] .days li li").count() == 1
    assert "read, 2 of 3 steps" in page.locator(".keeper-log").inner_text()
    yours, keepers = (page.locator(one).bounding_box() for one in ("[data-timeline]", ".keeper-log"))
    assert yours is not None
    assert keepers is not None
    assert yours["y"] < keepers["y"]
    page = reader.go()
    assert page.locator(".next-title").inner_text() == "Doubling and halving"
    assert "is-reading" in page.locator('.map-node[data-entry="coin"]').get_attribute("class")
    assert not page.locator(".start-hint").is_visible()
    assert reader.wrong == []


STANDING = """async ([path, entries, records]) => {
    localStorage.setItem("ml-foundations:ticks", JSON.stringify(
        { format: "ml-foundations-ticks", version: 1, entries: records }));
    window.studyBase = entries;
    const { next, standing } = await import(new URL(`assets/js/base.js?${path}`, location.href));
    return [Object.keys(entries).map((slug) => standing(slug).state), next()?.slug ?? null];
}"""


@pytest.mark.parametrize(
    "marks", ["   ,   ,   ", "xx ,   ,   ", "x  ,xxx,   ", "xxx,xx ,x  ", "xx ,xx ,xx ", "   ,   ,x  "]
)
def test_the_page_and_the_command_line_agree(visit, toy, marks: str) -> None:
    """The same ticks give the same states, and the same entry to read next."""
    page = visit().go()
    record = page.evaluate("window.studyBase")
    del record["formulas"]
    slugs = list(record)
    ticked: dict[str, dict[str, object]] = {}
    for slug, line in zip(slugs, marks.split(","), strict=True):
        for item, mark in zip(record[slug]["items"], line, strict=True):
            if mark == "x":
                ticked.setdefault(slug, {})[item["key"]] = {"done": True, "at": 1, "text": item["text"]}
    told = page.evaluate(STANDING, [marks, record, ticked])
    shutil.rmtree(toy.path("foundations/formulas"))
    for slug, line in zip(slugs, marks.split(","), strict=True):
        checklist_file = toy.entry(slug).checklist
        lines = [f"- [{mark}] {item['text']}" for item, mark in zip(record[slug]["items"], line, strict=True)]
        checklist_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    known = progress.summary(catalogue.load(toy.root))
    assert told[0] == [known.entries[slug].state for slug in slugs]
    assert told[1] == (known.next.entry.slug if known.next else None)
