"""Staging: the whole site as Markdown, written when it changes, and nothing else left behind."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from study.files.errors import FileError, StudyError
from study.site import staging
from study.site.staging import collect, stage


def staged(root: Path) -> dict[str, bytes]:
    folder = root / "pages"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def plain(toy, monkeypatch: pytest.MonkeyPatch):
    """The toy without claims, whose code would have to be imported into this process."""
    toy.path("papers/coin/experiments.py").unlink()
    return toy


def test_writes_everything_once(plain) -> None:
    first = stage(plain.root)
    before = staged(plain.root)
    times = {name: (plain.path("pages") / name).stat().st_mtime_ns for name in before}
    second = stage(plain.root)
    assert first.written == first.total == len(before) - 1  # .gitignore was there
    assert (second.written, second.removed) == (0, 0)
    assert {name: (plain.path("pages") / name).stat().st_mtime_ns for name in before} == times


def test_touches_only_what_changed_and_removes_what_is_gone(plain) -> None:
    stage(plain.root)
    plain.write("pages/stale/page.md", "# Stale\n")
    plain.edit("docs/notation.md", "# Notation", "# Our notation")
    done = stage(plain.root)
    assert (done.written, done.removed) == (1, 1)
    assert not plain.path("pages/stale").exists()
    assert plain.path("pages/.gitignore").exists()


def test_has_a_page_for_everything(plain) -> None:
    names = set(collect(plain.root))
    assert names >= {
        "index.md",
        "log.md",
        "bibliography.md",
        "notation.md",
        "how-to-read-a-paper.md",
        "guides/start-here.md",
        "papers/index.md",
        "papers/coin/index.md",
        "papers/coin/coin.ipynb",
        "papers/coin/figures/bars.svg",
        "papers/coin/figures/bars.dark.svg",
        "foundations/algebra/index.md",
        "api/index.md",
        "api/foundations/algebra/index.md",
        "api/foundations/algebra/arithmetic.md",
        "api/papers/coin/flip.md",
        "assets/katex/katex.min.css",
        "SUMMARY.md",
    }


def test_pages_say_where_they_come_from(plain) -> None:
    files = collect(plain.root)
    assert b"\nsource: papers/coin/notes.md\n" in files["papers/coin/index.md"]
    assert b"\nsource: docs/notation.md\n" in files["notation.md"]


def test_navigation_is_in_reading_order(plain) -> None:
    summary = collect(plain.root)["SUMMARY.md"].decode()
    assert summary.startswith(
        "* [Home](index.md)\n* [Papers](papers/index.md)\n    * [Coins: are they fair?]"
    )
    assert summary.index("algebra/index.md") < summary.index("formulas/index.md")
    guides = re.findall(r"^    \* \[(.*)\]\((?:guides|how|notation)", summary, re.MULTILINE)
    assert guides[:3] == ["Start here", "How to read a paper", "Notation"]


def test_bibliography_lists_who_cites_what(plain) -> None:
    shown = collect(plain.root)["bibliography.md"].decode()
    assert 'id="keshav2007how"' in shown
    assert '<a href="../how-to-read-a-paper/">How to read a paper</a>' in shown
    assert '<a href="../papers/coin/">Coins: are they fair?</a>' in shown
    assert "@book{gauss1801," in shown


def test_page_data_cannot_end_the_script_it_stands_in(plain) -> None:
    plain.edit("papers/coin/checklist.md", "First pass: what is claimed", "First </script><b>pass & go")
    files = collect(plain.root)
    assert '<div id="study-base" hidden></div>' in files["log.md"].decode()
    data = re.search(r"const entries = (\{.*\});", files["assets/base.js"].decode())
    assert data
    assert "</script>" not in data[1]
    item = json.loads(data[1])["coin"]["items"][0]
    assert item["text"] == "First </script><b>pass & go"
    assert item["key"] == "first </script><b>pass & go"


def test_only_entries_that_exist_are_on_the_map(plain) -> None:
    shown = collect(plain.root)["index.md"].decode()
    assert re.findall(r'<a class="map-node[^>]* data-entry="(\w+)"', shown) == [
        "algebra",
        "formulas",
        "walk",
        "coin",
    ]
    assert {"attention", "vae"}.isdisjoint(re.findall(r'data-entry="(\w+)"', shown))


def test_map_node_is_a_link_with_a_name_and_a_state(plain) -> None:
    plain.edit(
        "papers/coin/checklist.md",
        "[ ] First pass: what is claimed",
        "[x] First pass: what is claimed ✅ 2026-11-22",
    )
    shown = collect(plain.root)["index.md"].decode()
    node = re.search(r'<a class="map-node room-papers is-to-read" href="papers/coin/"[^>]*>', shown)
    assert node, "what is ticked here is the keeper's: a visitor starts with nothing"
    name = r'aria-label="Coins: are they fair\? \(paper, \d+ minutes?, to read, 0 of 3 steps\)"'
    assert re.search(name, node[0])


def test_what_the_keeper_read_is_a_quiet_mark(plain) -> None:
    for number, day in ((0, "2026-11-20"), (1, "2026-11-21")):
        text = ("First pass: what is claimed", "Second pass: the method, pen in hand")[number]
        plain.edit("papers/coin/checklist.md", f"[ ] {text}", f"[x] {text} ✅ {day}")
    plain.edit("papers/coin/checklist.md", "[ ] Explained", "[/] Explained")
    files = {name: content.decode() for name, content in collect(plain.root).items() if name.endswith(".md")}
    page, log = files["papers/coin/index.md"], files["log.md"]
    assert " checked" not in page
    assert page.count("read by the keeper, 2026-11-2") == 4  # to see and to hear, twice each
    assert page.count("begun by the keeper") == 2
    assert "read by the keeper" in files["papers/index.md"]
    assert "read by the keeper" not in files["implementations/walk/index.md"]
    yours, _, keepers = log.partition("## The keeper's log")
    assert "0 of 12 steps" in yours
    assert "2026-11-21" not in yours.partition("study-base")[0]
    assert "2 of 12 steps" in keepers
    assert "read, 2 of 3 steps" in keepers
    assert keepers.index("2026-11-21") < keepers.index("2026-11-20")
    assert "because you have read" not in log.lower()


def test_the_readers_own_files_are_not_published(plain) -> None:
    before = collect(plain.root)
    plain.write("reader/notes/coin.md", "# A secret of mine\n")
    plain.write("reader/states.json", '{"coin": {"state": "dropped", "on": "2026-11-22"}}')
    assert collect(plain.root) == before


def test_a_page_where_ticks_are_asked_for_is_refused(plain) -> None:
    plain.write("docs/-/ticks.md", "# Ticks\n")
    with pytest.raises(FileError, match=r"docs/-/ticks\.md: /-/ is where"):
        stage(plain.root)


def test_an_empty_base_has_a_site_too(plain) -> None:
    import shutil

    for name in ("foundations/algebra", "foundations/formulas", "implementations/walk", "papers/coin"):
        shutil.rmtree(plain.path(name))
    assert "index.md" in collect(plain.root)


def test_a_guide_without_title_is_refused(plain) -> None:
    plain.write("docs/guides/untitled.md", "Some words.\n")
    with pytest.raises(FileError, match=r"docs/guides/untitled\.md:1: expected a title"):
        stage(plain.root)


def test_a_guide_with_the_name_of_a_generated_page_is_refused(plain) -> None:
    plain.write("docs/papers/index.md", "# Papers\n")
    with pytest.raises(FileError, match=r"docs/papers/index\.md: .*generated page"):
        stage(plain.root)


def test_a_broken_base_stages_nothing(plain) -> None:
    stage(plain.root)
    before = staged(plain.root)
    plain.edit("papers/coin/notes.md", "year: 2017", "year: soon")
    with pytest.raises(FileError, match=r"papers/coin/notes\.md:4: year"):
        stage(plain.root)
    assert staged(plain.root) == before


def test_pages_that_cannot_be_written_are_one_line(plain, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, _: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(staging.atomic, "write", refuse)
    with pytest.raises(StudyError, match=r"^pages/ cannot be written: .*: Permission denied$"):
        stage(plain.root)
