"""`list`, `show`, `next`, `search`: what the reader reads."""

from __future__ import annotations

import json

import pytest

ENTRY = {
    "slug": "coin",
    "room": "papers",
    "title": "Coins: are they fair?",
    "year": 2017,
    "summary": "A fair coin shows heads half of the time.",
    "tags": ["random", "statistics"],
    "requires": ["algebra", "walk"],
    "minutes": 2,
    "path": "papers/coin",
    "state": "to read",
    "waits_for": ["algebra", "walk"],
    "done": 0,
    "total": 3,
}


def tick(base, slug: str, *numbers: int) -> None:
    from study.log import checklist

    for number in numbers:
        checklist.tick(base.entry(slug).checklist, number)


def test_list_shows_every_entry_under_its_room_with_its_state(base, study) -> None:
    tick(base, "algebra", 1, 2, 3)
    tick(base, "coin", 1)
    lines = study("list").out.splitlines()
    rooms = [line.split()[0] for line in lines if "1 read" in line]
    assert rooms == ["Foundations", "Implementations", "Papers"]
    entries = {line.split()[1]: line.split()[0] for line in lines if line[:1] in "✓◐○◌" and " min" in line}
    assert entries == {"algebra": "✓", "walk": "○", "coin": "◐"}


def test_list_as_json_is_the_catalogue_in_reading_order(study) -> None:
    found = study("list", "--json").json["entries"]
    assert [entry["slug"] for entry in found] == ["algebra", "walk", "coin"]
    assert found[-1] == ENTRY
    assert [entry["state"] for entry in found] == ["to read"] * 3


def test_list_by_tag(study) -> None:
    assert [entry["slug"] for entry in study("list", "--tag", "random", "--json").json["entries"]] == [
        "walk",
        "coin",
    ]
    both = study("list", "-t", "random", "-t", "statistics", "--json").json["entries"]
    assert [entry["slug"] for entry in both] == ["coin"]
    assert "arithmetic, random, statistics" in study("list", "--tag", "nope").complaint


def test_an_empty_base_says_what_to_do(base, study) -> None:
    for slug in ("papers/coin", "implementations/walk", "foundations/algebra"):
        base.path(f"{slug}/notes.md").unlink()
    for command in ("list", "next"):
        assert "study new" in study(command).out
    assert study("list", "--json").json == {"entries": []}


def test_show_puts_everything_about_an_entry_on_one_screen(measured, study) -> None:
    tick(measured, "coin", 2)
    done = study("show", "coin")
    said = " ".join(done.out.split())
    for part in (
        "Coins: are they fair? Doe & Müller 2017 · arXiv 1701.00001 · 3 min · random, statistics",
        "✓ fair A coin shows heads half of the time. (supported, standard, 8 seeds)",
        "✗ rare Heads are rare. (not supported, standard, 8 seeds)",
        "✓ checked against PyTorch",
        "✓ notes executed",
        "1 of 3",
        "1 ○ First pass: what is claimed",
        "2 ✓ Second pass: the method, pen in hand",
        "◌ walk The random walk",
        "study demo coin",
        "study check coin 1",
    ):
        assert part in said, part
    assert len(done.out.splitlines()) <= 40


def test_show_tells_the_minutes_of_each_pass(base, study) -> None:
    base.edit("papers/coin/notes.md", "## In one sentence\n", "## In one sentence\n<!-- pass: 1 -->\n")
    base.edit("papers/coin/notes.md", "## Exercises\n", "## Exercises\n<!-- pass: 3 -->\n" + "word " * 210)
    assert "4 min (1 + 1 + 2 in three passes)" in " ".join(study("show", "coin").out.split())
    found = study("show", "coin", "--json").json
    assert [(one["pass"], one["minutes"]) for one in found["passes"]] == [(1, 1), (2, 1), (3, 2)]
    assert found["entry"]["minutes"] == 4
    assert found["passes"][1]["code_lines"] == 6


def test_show_as_json_has_all_of_it(measured, study) -> None:
    record = study("show", "coin", "--json").json
    assert list(record) == ["entry", "passes", "evidence", "claims", "checklist", "unlocks"]
    assert record["entry"] == ENTRY | {"minutes": 3}, "the results stand on the page now"
    assert record["passes"] == [], "the page names none"
    assert [one["state"] for one in record["evidence"]] == ["yes"] * 4
    fair = record["claims"][0]
    assert (fair["id"], fair["verdict"], fair["budget"], fair["seeds"]) == (
        "fair",
        "supported",
        "standard",
        [0, 1, 2, 3, 4, 5, 6, 7],
    )
    low, high = fair["metrics"]["share"]["interval"]
    assert low <= fair["metrics"]["share"]["mean"] <= high
    assert record["checklist"][0] == {
        "number": 1, "text": "First pass: what is claimed", "done": False, "state": "open", "keeper": False,
        "date": None, "line": 3,
    }  # fmt: skip
    assert study("show", "walk", "--json").json["unlocks"] == ["coin"]


def test_show_before_the_first_run_says_so(study) -> None:
    assert "(not yet run)" in study("show", "coin").out
    claim = study("show", "coin", "--json").json["claims"][0]
    assert claim["verdict"] is claim["metrics"] is None


def test_show_survives_an_entry_without_a_checklist(base, study) -> None:
    base.path("papers/coin/checklist.md").unlink()
    assert "Checklist" not in study("show", "coin").out
    assert study("show", "coin", "--json").json["checklist"] == []


def test_an_unknown_entry_gets_the_nearest_and_nothing_else(study) -> None:
    for command in (
        "show coyn",
        "log COIN",
        "demo coyn",
        "reproduce coyn",
        "notebook coyn",
        "doctor COIN",
        "check coyn 1",
    ):
        done = study(*command.split())
        assert done.code == 2
        assert "did you mean coin?" in done.complaint


def test_results_of_another_version_are_refused_in_a_line(measured, study) -> None:
    text = measured.read("papers/coin/results.json").replace('"schema": 2', '"schema": 7')
    measured.write("papers/coin/results.json", text)
    for command in (["show", "coin"], ["reproduce", "coin"]):
        done = study(*command)
        assert done.code == 1
        assert "papers/coin/results.json" in done.complaint
        assert "version 7" in done.complaint
    assert measured.read("papers/coin/results.json") == text


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("CLAIMS = (", "papers/coin/experiments.py:1: not valid Python"),
        ("import nonsense_module", "papers/coin/experiments.py:1: importing papers.coin.experiments failed"),
        ("x = 1\nCLAIMS = x / 0", "papers/coin/experiments.py:2: importing"),
        ("CLAIMS = 5", "expected `CLAIMS`"),
    ],
)
def test_experiments_that_cannot_be_imported_are_named_with_their_line(
    base, study, code: str, complaint: str
) -> None:
    base.write("papers/coin/experiments.py", code)
    assert complaint in study("show", "coin").complaint
    assert study("list").code == 0


def test_next_gives_a_reason_and_ends_when_all_is_read(base, study) -> None:
    done = study("next")
    assert "Doubling and halving" in done.out
    assert "Because it needs nothing before it" in done.out
    assert "study show algebra" in done.out
    assert study("next", "--json").json["next"]["slug"] == "algebra"
    for slug in ("algebra", "walk", "coin"):
        tick(base, slug, 1, 2)
    assert "Everything is read" in study("next").out
    assert study("next", "--json").json == {"next": None, "started": True}


def test_search_prints_where_the_answer_stands(study) -> None:
    lines = study("search", "one", "step").out.splitlines()
    assert lines[1] == "The random walk › One step"
    assert lines[3] == "implementations/walk/notes.md:11"


def test_search_as_json_has_spans_that_mark_the_matches(study) -> None:
    found = study("search", "heads half of the time", "--json").json
    assert list(found) == [
        "query", "hits", "total", "relaxed", "missing", "suggestion", "share", "nearest"
    ]  # fmt: skip
    hit = found["hits"][0]
    assert list(hit) == [
        "kind", "entry", "title", "section", "path", "line", "url", "snippet", "marks", "score",
    ]  # fmt: skip
    assert (hit["entry"], hit["url"]) == ("coin", "papers/coin/")
    assert " ".join(hit["snippet"][start:end] for start, end in hit["marks"]).startswith("heads half")


def test_search_helps_with_slips_and_says_what_is_missing(study) -> None:
    slip = study("search", "algebar")
    assert slip.out.startswith("Nothing has algebar; this is for algebra:")
    assert "foundations/algebra/notes.md" in slip.out
    partly = study("search", "fair xylophone").out
    assert partly.startswith("Nothing has xylophone; without it:")
    nothing = study("search", "xylophone")
    assert (nothing.code, nothing.out) == (0, "Nothing found for xylophone.\n")
    assert study("search", "xylophone", "--json").json["hits"] == []


def test_search_narrows_and_counts_the_rest(study) -> None:
    assert {hit["kind"] for hit in study("search", "coin", "-k", "api", "--json").json["hits"]} == {"api"}
    assert {hit["entry"] for hit in study("search", "coin", "-e", "coin", "--json").json["hits"]} == {"coin"}
    assert "more: --limit" in study("search", "coin", "-n", "1").out


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        (["?!"], "no word to search for"),
        (["coin", "--kind", "note"], "no kind 'note': did you mean notes?"),
        (["coin", "--tag", "randm"], "no tag 'randm': did you mean random?"),
        (["coin", "--entry", "coyn"], "no entry 'coyn': did you mean coin?"),
    ],
)
def test_search_refuses_what_means_nothing(study, typed: list[str], complaint: str) -> None:
    done = study("search", *typed)
    assert done.code == 2
    assert complaint in done.complaint


def test_search_takes_anything_as_a_query(study) -> None:
    for query in (
        '"unbalanced',
        "a AND OR NOT (",
        "col:umn^2",
        "x" * 5000,
        r"\frac{",
        "*",
        "'; DROP TABLE words; --",
    ):
        done = study("search", "--", query)
        assert done.code in (0, 2)
        assert "bug in study" not in done.err


def test_search_by_meaning_without_minilm_goes_by_words_and_says_so(study) -> None:
    done = study("search", "heads half of the time", "--semantic", env={"ML_FOUNDATIONS_DATA": ""})
    assert done.code == 0
    assert "MiniLM is not on this machine" in done.err
    assert "study data fetch minilm" in done.err
    assert "papers/coin/notes.md" in done.out


def test_search_by_meaning_says_which_kinds_go_by_words(study) -> None:
    done = study("search", "toss", "--semantic", "--kind", "api", env={"ML_FOUNDATIONS_DATA": ""})
    assert done.code == 0
    assert done.err.splitlines() == [
        "--semantic compares the meaning of notes, docs and reader; by words alone: api."
    ]
    both = study("search", "toss", "--semantic", "-k", "api", "-k", "notes", env={"ML_FOUNDATIONS_DATA": ""})
    assert "by words alone: api" in both.err
    assert "MiniLM is not on this machine" in both.err
    assert study("search", "toss", "--semantic", "--kind", "apo").code == 2
    assert "by words alone" not in study("search", "toss", "--semantic", "--kind", "notes").err


def test_ask_says_how_it_read_a_slip_of_the_finger(study) -> None:
    done = study("ask", "does a fair coin show haeds half of the time", env={"ML_FOUNDATIONS_DATA": ""})
    assert done.code == 0
    assert "Read as does a fair coin show heads half of the time" in done.out


def test_ask_quotes_the_notes_and_cites_them(study) -> None:
    done = study("ask", "does", "a", "fair", "coin", "show", "heads", "half", "of", "the", "time?")
    assert done.code == 0
    assert "papers/coin/notes.md:" in done.out
    assert "“" in done.out
    answer = json.loads(
        study("ask", "does a fair coin show heads half of the time", "--json", "--limit", "1").out
    )
    assert answer["answered"] is True
    assert answer["by"] == "words"
    assert [quote["entry"] for quote in answer["quotes"]] == ["coin"]


def test_ask_says_when_the_notes_do_not_answer(study) -> None:
    done = study("ask", "who conquered naples")
    assert done.code == 0
    assert "The notes do not answer this" in done.out
    stopped = study("ask", "what is it")
    assert stopped.code == 2
    assert "name what you ask about" in stopped.complaint
    assert "MiniLM" not in stopped.err
    assert study("ask", "--entry", "koin", "toss").code == 2
    assert study("ask").code == 2
