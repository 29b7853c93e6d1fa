from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.entries import catalogue
from study.entries.catalogue import Catalogue, Entry
from study.files.errors import FileError, StudyError, UsageError

NOTES = "papers/coin/notes.md"
COMPUTED = "# the rest is computed"  # a line of the front matter that says nothing


def problem(base) -> str:
    with pytest.raises(StudyError) as caught:
        catalogue.load(base.root)
    return str(caught.value)


def test_entries_come_after_what_they_require(base):
    base.add("foundations", "calculus", requires="coin")
    base.add("implementations", "aardvark")
    loaded = catalogue.load(base.root)
    assert [entry.slug for entry in loaded] == ["algebra", "aardvark", "walk", "coin", "calculus"]
    assert len(loaded) == 5
    assert "coin" in loaded
    assert "nothing" not in loaded


def test_an_entry_tells_its_record_and_its_files(base):
    entry = catalogue.load(base.root).get("coin")
    assert (entry.room, entry.title, entry.year) == ("papers", "Coins: are they fair?", 2017)
    assert (entry.bibkey, entry.minutes) == ("doe2017coins", 2)
    assert (entry.tags, entry.requires) == (("random", "statistics"), ("algebra", "walk"))
    assert entry.summary == "A fair coin shows heads half of the time."
    assert entry.module == "papers.coin"
    assert entry.root == base.root
    assert entry.has_demo
    assert entry.has_claims
    walk = catalogue.load(base.root).get("walk")
    assert walk.year is None
    assert walk.bibkey is None
    assert not walk.has_demo
    assert not walk.has_claims


def test_the_graph_both_ways(base):
    loaded = catalogue.load(base.root)
    assert loaded.graph == {"algebra": (), "walk": ("algebra",), "coin": ("algebra", "walk")}
    assert loaded.unlocks == {"algebra": ("walk", "coin"), "walk": ("coin",), "coin": ()}
    assert loaded.depth == {"algebra": 0, "walk": 1, "coin": 2}
    assert [entry.slug for entry in loaded.room("papers")] == ["coin"]


def test_an_unknown_slug_names_the_nearest(base):
    loaded = catalogue.load(base.root)
    with pytest.raises(UsageError, match=r"no entry 'cion': did you mean coin\?") as caught:
        loaded.get("cion")
    assert caught.value.exit_code == 2
    with pytest.raises(UsageError, match="`study list` shows them all"):
        loaded.get("zzzzzz")
    with pytest.raises(UsageError, match="did you mean walk"):
        loaded.get("Walks")


def test_folders_without_notes_are_no_entries(base):
    base.write("foundations/nn/__init__.py", "")
    assert len(catalogue.load(base.root)) == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (COMPUTED, "minutes: 20", f"{NOTES}:9: minutes: computed from the page: remove the line"),
        ("year: 2017\n", "", f"{NOTES}:1: year: missing from the front matter"),
        ("year: 2017\n", "year: true\n", f"{NOTES}:4: year: expected a year such as 2017, got True"),
        ("year: 2017\n", "year: soon\n", f"{NOTES}:4: year: expected a year such as 2017, got 'soon'"),
        ("year: 2017\n", "year: 17\n", f"{NOTES}:4: year: expected a year such as 2017, got 17"),
        ("requires:", "requries:", f"{NOTES}:8: requries: unknown field; did you mean requires?"),
        (COMPUTED, "colour: red", f"{NOTES}:9: colour: unknown field; expected title, "),
        (COMPUTED, "requires: []", f"{NOTES}:9: requires: stands twice, first on line 8"),
        (
            "slug: coin",
            "slug: coins",
            f"{NOTES}:3: slug: expected 'coin', the name of the folder, got 'coins'",
        ),
        ("slug: coin", "slug: Coin", f"{NOTES}:3: slug: expected lower-case letters, digits and underscores"),
        ("tags: [random, statistics]", "tags: random", f"{NOTES}:7: tags: expected a list of tags such as"),
        (
            "tags: [random, statistics]",
            "tags: [a, a]",
            f"{NOTES}:7: tags: expected each of the tags once, got 'a'",
        ),
        ("tags: [random, statistics]", "tags: [a, 3]", f"{NOTES}:7: tags: expected some text, got 3"),
        ("requires: [algebra, walk]", "requires: [wlak]", "there is no entry 'wlak'; did you mean walk?"),
        (
            "requires: [algebra, walk]",
            "requires: [Walk]",
            f"{NOTES}:8: requires: expected lower-case letters",
        ),
        (
            "bibkey: doe2017coins",
            "bibkey: doe2017",
            f"{NOTES}:5: bibkey: 'doe2017' is not in papers/coin/paper.bib",
        ),
        ("summary: A fair", 'summary: ""\nx: A fair', f"{NOTES}:6: summary: expected some text, got ''"),
        (
            "summary: A fair coin",
            "summary: |\n  A\n  fair coin",
            "summary: expected one line of text, got several",
        ),
        (
            '"Coins: are they fair?"',
            "Coins: are they fair?",
            f"{NOTES}:2: not YAML: mapping values are not allowed",
        ),
        (f"{COMPUTED}\n---", "- x", f"{NOTES}:1: the front matter is never closed"),
        ("tags: [random", "tags: [random, 2017-99-99", f"{NOTES}:7: not YAML: month must be in 1..12"),
    ],
)
def test_a_malformed_record_names_file_line_and_field(base, old, new, message):
    text = base.read(NOTES)
    head, rest = text.split("\n# Coins", 1)
    assert old in head + "\n"
    base.write(NOTES, (head + "\n").replace(old, new, 1) + "# Coins" + rest)
    told = problem(base)
    assert message in told
    assert told.count("\n") <= 1


def test_no_front_matter(base):
    base.write(NOTES, "# Coins\n")
    assert problem(base).startswith(f"{NOTES}:1: expected YAML front matter")
    base.write(NOTES, "---\njust words\n---\n")
    assert problem(base).startswith(f"{NOTES}:2: expected `field: value` lines")
    base.write(NOTES, "---\n---\n# Coins")
    assert "title: missing" in problem(base)


def test_only_papers_have_a_year(base):
    base.edit("implementations/walk/notes.md", COMPUTED, "year: 2017")
    assert problem(base) == "implementations/walk/notes.md:7: year: only papers have one"


def test_a_paper_needs_its_bibtex(base):
    base.path("papers/coin/paper.bib").unlink()
    assert problem(base).startswith("papers/coin/paper.bib: there is no such file")


def test_a_slug_is_taken_once_over_all_rooms(base):
    base.add("foundations", "walk")
    assert "slug: 'walk' is taken by foundations/walk/notes.md" in problem(base)


def test_several_faults_are_counted(base):
    base.edit(NOTES, COMPUTED, "minutes: 10")
    base.edit("implementations/walk/notes.md", COMPUTED, "minutes: 10")
    first, second = problem(base).split("\n")
    assert first.startswith("implementations/walk/notes.md:7: minutes:")
    assert second == "And 1 more: `study doctor` lists them all."


def test_a_circle_of_prerequisites_is_named(base):
    base.edit("foundations/algebra/notes.md", "requires: []", "requires: [coin]")
    told = problem(base)
    assert told == (
        "foundations/algebra/notes.md:6: requires: the prerequisites go in a circle: algebra → coin → algebra"
    )


def test_an_entry_that_requires_itself(base):
    base.edit("implementations/walk/notes.md", "requires: [algebra]", "requires: [walk]")
    assert "circle: walk → walk" in problem(base)


def test_what_hangs_on_a_circle_is_not_blamed(base):
    base.edit("foundations/algebra/notes.md", "requires: []", "requires: [walk]")
    assert "circle: algebra → walk → algebra" in problem(base)
    entries, faults = catalogue.survey(base.root)
    assert len(entries) == 3
    assert len(faults) == 1


def test_no_code_of_an_entry_is_imported(base):
    base.write("papers/coin/__init__.py", "raise RuntimeError('imported')")
    script = (
        "import sys; from pathlib import Path; from study.entries import catalogue\n"
        f"catalogue.load(Path({str(base.root)!r}))\n"
        "heavy = {'numpy', 'joblib', 'bibtexparser', 'papers'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@st.composite
def graphs(draw):
    names = [f"e{index}" for index in range(draw(st.integers(1, 12)))]
    order = draw(st.permutations(names))
    return {
        name: tuple(sorted(draw(st.sets(st.sampled_from(order[:index]))) if index else ()))
        for index, name in enumerate(order)
    }


@given(graphs(), st.randoms(use_true_random=False))
def test_any_graph_without_circles_is_ordered_the_same_whatever_the_order_of_files(graph, random):
    def entry(slug: str) -> Entry:
        room = ("foundations", "implementations", "papers")[int(slug[1:]) % 3]
        return Entry(room, slug, slug, "s", (), graph[slug], 1, catalogue.Path(room) / slug)

    entries = [entry(slug) for slug in sorted(graph)]
    ordered, cycle = catalogue._reading_order(entries)
    assert cycle == []
    seen: set[str] = set()
    for one in ordered:
        assert set(one.requires) <= seen
        seen.add(one.slug)
    assert seen == set(graph)
    random.shuffle(entries)
    assert catalogue._reading_order(entries)[0] == ordered
    depth = Catalogue(catalogue.Path(), tuple(ordered)).depth
    assert all(depth[slug] > depth[need] for slug, needs in graph.items() for need in needs)


def test_faults_keep_their_parts(base):
    base.edit(NOTES, COMPUTED, "minutes: ten")
    _, faults = catalogue.survey(base.root)
    assert [type(fault) for fault in faults] == [FileError]
    assert (faults[0].path, faults[0].line) == (base.path(NOTES), 9)
