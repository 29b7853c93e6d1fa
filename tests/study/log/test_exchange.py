"""Ticks as a file: what is written, what is read, what is refused, and what an import does."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.entries import catalogue
from study.files.errors import FileError
from study.log import exchange, reader, transfer
from study.log.exchange import Record, dumps, loads, merged

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
COIN = "papers/coin/checklist.md"
FIRST = "First pass: what is claimed"


def text(entries: object, **other: object) -> str:
    return json.dumps({"format": "ml-foundations-ticks", "version": 1, "entries": entries} | other)


def read(entries: object, **other: object):
    return loads(text(entries, **other), Path("ticks.json"), NOW)


def test_what_is_written_is_read() -> None:
    records = {"coin": {"a": Record(True, 5, "A", date(2026, 11, 20)), "b": Record(False, 7, "B")}}
    found = loads(dumps(records, NOW), Path("t.json"), NOW)
    assert (found.records, found.refused) == (records, [])
    assert json.loads(dumps(records, NOW))["exported"] == "2026-11-22T12:00:00.000Z"


def test_a_mark_of_byte_order_is_passed_over() -> None:
    assert (
        loads("\ufeff" + text({"coin": {"a": {"done": True}}}), Path("t.json"), NOW).records["coin"]["a"].done
    )


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"done": True, "date": "9999-01-01"}, "cannot be a day"),
        ({"done": True, "date": "2026-11-24"}, "2026-11-24 lies in the future"),
        ({"done": True, "date": "2026-02-31"}, "is not a date"),
        ({"done": True, "date": "soon"}, "its date is none"),
        ({"done": True, "date": 7}, "its date is none"),
        ({"done": True, "at": 1e300}, "lies in the future"),
        ({"done": True, "at": 10**400}, "lies in the future"),
        ({"done": True, "at": float("nan")}, "or is none"),
        ({"done": True, "at": -1}, "lies in the future, or is none"),
        ({"done": True, "at": "now"}, "no time"),
        ({"done": True, "at": True}, "no time"),
        ({"done": True, "text": 1}, "no text"),
        ({"done": 1}, "neither done nor open"),
        ([], "neither done nor open"),
    ],
)
def test_one_bad_record_is_named_and_the_rest_kept(record: object, why: str) -> None:
    found = read({"coin": {"bad": record, "good": {"done": True}}, "walk": {"x": {"done": False}}})
    assert list(found.records["coin"]) == ["good"]
    assert "walk" in found.records
    assert len(found.refused) == 1
    assert found.refused[0].startswith("coin, 'bad': ")
    assert why in found.refused[0]


def test_tomorrow_is_today_elsewhere() -> None:
    assert not read({"coin": {"a": {"done": True, "date": "2026-11-23"}}}).refused


@pytest.mark.parametrize("slug", ["../coin", "Coin", "", "__proto__"])
def test_a_slug_that_is_none_is_named(slug: str) -> None:
    found = read({slug: {"a": {"done": True}}, "coin": {"a": {"done": True}}})
    assert (list(found.records), len(found.refused)) == (["coin"], 1)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not an export"),
        (text({}, format="other"), "not an export"),
        (text({}, version=2), "of version 2"),
        (text([]), "no entries"),
        (" " * (exchange.LARGEST + 1), "far larger"),
    ],
)
def test_what_is_no_export_is_refused(content: str, why: str) -> None:
    with pytest.raises(FileError, match=rf"t\.json: .*{why}"):
        loads(content, Path("t.json"), NOW)


RECORDS = st.builds(
    Record, st.booleans(), st.integers(0, 3), st.just("t"), st.none() | st.just(date(2026, 1, 1))
)
SETS = st.dictionaries(st.sampled_from("ab"), st.dictionaries(st.sampled_from("xyz"), RECORDS))


@given(SETS, SETS)
def test_merging_loses_no_tick(ours, theirs) -> None:
    joined = merged(ours, theirs)
    for slug in ours | theirs:
        for key in ours.get(slug, {}) | theirs.get(slug, {}):
            known = [one[slug][key] for one in (ours, theirs) if key in one.get(slug, {})]
            kept = joined[slug][key]
            assert kept in known
            latest = max(record.at for record in known)
            assert kept.at == latest
            assert kept.done == any(record.done for record in known if record.at == latest)


def take(base, entries: object) -> transfer.Taken:
    return transfer.take(catalogue.load(base.root), base.write("ticks.json", text(entries)))


def test_an_import_ticks_with_the_dates_of_the_file_and_unticks_nothing(base) -> None:
    base.edit(COIN, "- [ ] Explained it to someone", "- [x] Explained it to someone ✅ 2026-01-01")
    done = take(
        base,
        {
            "coin": {
                FIRST.upper(): {"done": True, "date": "2025-03-04", "text": FIRST, "at": 9},
                "second pass: the method, pen in hand": {"done": True, "at": 1_700_000_000_000},
                "explained it to someone": {"done": False, "at": 1_700_000_000_000},
                "gone": {"done": True, "text": "Gone"},
                "bad": {"done": True, "date": "9999-01-01"},
            },
            "nobody": {"x": {"done": True, "text": "X"}},
        },
    )
    assert (done.ticked, done.known) == (2, 0)
    assert done.unknown == ["coin: Gone", "nobody: X"]
    assert len(done.refused) == 1
    assert base.read(COIN) == (
        f"# Checklist\n\n- [x] {FIRST} ✅ 2025-03-04\n"
        "- [x] Second pass: the method, pen in hand ✅ 2023-11-14\n"
        "- [x] Explained it to someone ✅ 2026-01-01\n"
    )


def test_an_export_holds_what_the_reader_ticked_and_nothing_of_the_keepers(base, tmp_path: Path) -> None:
    base.path("reader/started.json").unlink()
    base.edit(COIN, "- [ ] First", "- [x] First")
    reader.tick(base.entry("coin"), 3, True, date(2026, 11, 1))
    saved = tmp_path / "out.json"
    assert transfer.save(catalogue.load(base.root), saved) == 1
    records = exchange.load(saved).records
    assert {slug: list(items) for slug, items in records.items()} == {"coin": ["explained it to someone"]}
    assert records["coin"]["explained it to someone"].date == date(2026, 11, 1)


def test_an_export_imported_elsewhere_gives_the_same_ticks(base, tmp_path: Path) -> None:
    for number in (1, 3):
        reader.tick(base.entry("coin"), number, True, date(2026, 11, number))
    ticked = base.read(COIN)
    saved = tmp_path / "out.json"
    transfer.save(catalogue.load(base.root), saved)
    base.write(COIN, ticked.replace("[x]", "[ ]").replace(" ✅ 2026-11-01", "").replace(" ✅ 2026-11-03", ""))
    assert transfer.take(catalogue.load(base.root), saved).ticked == 2
    assert base.read(COIN) == ticked
    assert transfer.take(catalogue.load(base.root), saved).known == 2


def test_a_tick_whose_day_nobody_knows_gets_none(base, tmp_path: Path) -> None:
    base.edit(COIN, "- [ ] First", "- [x] First")
    ticked = base.read(COIN)
    saved = tmp_path / "out.json"
    transfer.save(catalogue.load(base.root), saved)
    base.write(COIN, ticked.replace("[x]", "[ ]"))
    assert transfer.take(catalogue.load(base.root), saved).ticked == 1
    assert base.read(COIN) == ticked
