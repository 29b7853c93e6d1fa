"""`log`, `check`, `uncheck`: what the reader ticks."""

from __future__ import annotations

import signal
import subprocess
from datetime import date, timedelta

import pytest

FIRST = "First pass: what is claimed"


def test_check_ticks_one_line_with_the_date_and_uncheck_takes_it_back(base, study) -> None:
    before = base.read("papers/coin/checklist.md")
    done = study("check", "coin", "1")
    assert done.code == 0
    assert " 1 ✓ First pass: what is claimed" in done.out
    assert "1 of 3" in done.out
    assert base.read("papers/coin/checklist.md") == before.replace(
        f"- [ ] {FIRST}", f"- [x] {FIRST} ✅ {date.today().isoformat()}"
    )
    assert study("uncheck", "coin", "1").code == 0
    assert base.read("papers/coin/checklist.md") == before


@pytest.mark.parametrize("item", [["Second"], ["pen in hand"], ["the", "method,"], ["2"], ["SECOND PASS"]])
def test_an_item_is_a_number_or_enough_of_its_text(base, study, item: list[str]) -> None:
    assert study("check", "coin", *item, "--json").json["item"]["number"] == 2


@pytest.mark.parametrize(
    ("item", "complaint"),
    [
        ("pass", "could be any of 2 items; name one by its number:\n1 First pass"),
        ("9", "has 3 items: there is no number 9"),
        ("0", "there is no number 0"),
        ("xyz", "No item of papers/coin/checklist.md contains 'xyz'"),
        ("", "by its number or its text"),
    ],
)
def test_an_item_that_is_none_or_several_changes_nothing(base, study, item: str, complaint: str) -> None:
    before = base.read("papers/coin/checklist.md")
    for command in ("check", "uncheck"):
        done = study(command, "coin", item)
        assert done.code == 2
        assert complaint in done.complaint
    assert base.read("papers/coin/checklist.md") == before


def test_ticking_twice_is_said_and_harmless(base, study) -> None:
    assert study("check", "coin", "1", "--json").json["changed"] is True
    before = base.read("papers/coin/checklist.md")
    again = study("check", "coin", "1")
    assert again.code == 0
    assert "done already" in again.err
    assert study("check", "coin", "1", "--json").json["changed"] is False
    assert base.read("papers/coin/checklist.md") == before


def test_check_as_json(study) -> None:
    assert study("check", "coin", "1", "--json").json == {
        "slug": "coin",
        "item": {
            "number": 1,
            "text": FIRST,
            "done": True,
            "state": "done",
            "keeper": False,
            "date": date.today().isoformat(),
            "line": 3,
        },
        "changed": True,
        "done": 1,
        "total": 3,
        "state": "reading",
    }


def test_the_last_tick_is_cheered(study) -> None:
    said = [study("check", "coin", str(number)).out for number in (1, 2, 3)]
    assert ["every step is done" in out for out in said] == [False, False, True]


def test_a_file_that_is_no_checklist_is_refused(base, study) -> None:
    base.write("papers/coin/checklist.md", "# Just a page\n")
    for command in (["check", "coin", "1"], ["log", "coin"], ["log"], ["show", "coin"]):
        assert "not a checklist" in study(*command).complaint
    base.path("papers/coin/checklist.md").unlink()
    assert "there is no such file" in study("check", "coin", "1").complaint


def test_a_folder_that_cannot_be_written_keeps_the_old_file(
    base, study, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.path(".study").write_text("a file where the locks should be")
    before = base.read("papers/coin/checklist.md")
    done = study("check", "coin", "1")
    assert done.code == 1
    assert "cannot be locked" in done.complaint
    assert base.read("papers/coin/checklist.md") == before


def test_killed_at_any_moment_the_file_is_the_old_one_or_the_new_one(base, start) -> None:
    """Kill the process at ever later moments of its life, until it lives to its end."""
    old = base.read("papers/coin/checklist.md")
    new = old.replace(f"- [ ] {FIRST}", f"- [x] {FIRST} ✅ {date.today().isoformat()}")
    outlived = 0
    for milliseconds in [*range(150, 2000, 120), 20_000]:
        process = start("check", "coin", "1")
        try:
            process.wait(timeout=milliseconds / 1000)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        outlived += process.returncode == 0
        assert base.read("papers/coin/checklist.md") in (old, new)
        base.write("papers/coin/checklist.md", old)
        if outlived == 2:
            break
    assert outlived


def test_many_ticks_at_once_all_survive(base, start) -> None:
    running = [start("check", "coin", str(number)) for number in (1, 2, 3)]
    for process in running:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert base.read("papers/coin/checklist.md").count("- [x]") == 3


def test_log_shows_rooms_days_and_what_is_next(base, study) -> None:
    base.edit("papers/coin/checklist.md", f"- [ ] {FIRST}", f"- [x] {FIRST} ✅ 2026-01-05")
    base.edit("foundations/algebra/checklist.md", f"- [ ] {FIRST}", f"- [x] {FIRST} ✅ 2026-02-03")
    said = study("log").out
    assert said.index("Foundations") < said.index("Papers") < said.index("Lately")
    assert said.index("Tue 03 Feb 2026") < said.index("Mon 05 Jan 2026")
    assert "Next\n  algebra  Doubling and halving 1 min" in said


def test_a_long_log_shows_the_last_week_of_reading(base, study) -> None:
    items = "".join(f"- [x] Step {day} ✅ 2026-03-{day:02d}\n" for day in range(1, 21))
    base.write("papers/coin/checklist.md", f"# Checklist\n\n{items}")
    said = study("log").out
    assert said.count("Step") == 7
    assert "and 13 earlier days" in said
    assert len(study("log", "--json").json["timeline"]) == 20


def test_log_as_json(base, study) -> None:
    base.edit("papers/coin/checklist.md", f"- [ ] {FIRST}", f"- [x] {FIRST} ✅ 2026-01-05")
    record = study("log", "--json").json
    assert record["total"] == {"done": 1, "total": 9}
    assert record["rooms"]["papers"] == {"done": 1, "total": 3}
    assert record["entries"]["coin"] == {"done": 1, "total": 3, "state": "reading"}
    assert record["timeline"] == [{"date": "2026-01-05", "slug": "coin", "text": FIRST}]
    assert record["next"]["slug"] == "algebra"


def test_log_of_one_entry(base, study) -> None:
    said = study("log", "coin").out
    assert "Coins: are they fair?" in said
    assert "3 ○ Explained it to someone" in said
    record = study("log", "coin", "--json").json
    assert [item["number"] for item in record["items"]] == [1, 2, 3]
    assert (record["slug"], record["done"], record["total"]) == ("coin", 0, 3)


def test_ctrl_c_ends_any_command_with_130(base, start) -> None:
    process = start("check", "coin", "1")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode in (0, 130, -signal.SIGINT)  # the last: before Python could listen
    assert process.returncode != 130 or "Traceback" not in err


def test_a_tick_can_be_of_another_day(base, study) -> None:
    assert study("check", "coin", "1", "--on", "2024-02-29", "--json").json["item"]["date"] == "2024-02-29"
    for day, why in (("9999-01-01", "cannot be a day"), ("2026-02-30", "is not a date"), ("soon", "is not")):
        done = study("check", "coin", "2", "--on", day)
        assert done.code == 2
        assert why in done.complaint
    ahead = (date.today() + timedelta(days=1)).isoformat()
    assert "lies in the future" in study("check", "coin", "2", "--on", ahead).complaint
    assert base.read("papers/coin/checklist.md").count("[x]") == 1


def test_begun_and_dropped_items_are_shown(base, study) -> None:
    base.write("papers/coin/checklist.md", "- [/] First pass\n- [-] Second pass\n- [ ] Third\n")
    said = study("log", "coin").out
    assert "0 of 2" in said
    assert "◐ reading" in said
    assert " 1 ◐ First pass" in said
    assert " 2 – Second pass  dropped" in said
    items = study("show", "coin", "--json").json["checklist"]
    assert [item["state"] for item in items] == ["begun", "dropped", "open"]
    assert "study check coin 1" in study("show", "coin").out
    assert study("check", "coin", "2").code == study("uncheck", "coin", "1").code == 0
    assert base.read("papers/coin/checklist.md").startswith("- [ ] First pass\n- [x] Second pass ✅ ")


def test_a_state_is_said_and_taken_back(study) -> None:
    assert "coin  to read  derived from its checklist" in study("state", "coin").out
    assert "coin  to revisit  as you said" in study("state", "coin", "to", "revisit").out
    assert study("state", "coin", "--json").json == {
        "slug": "coin",
        "state": "to revisit",
        "given": True,
        "changed": False,
    }
    assert [one["slug"] for one in study("list", "--state", "to-revisit", "--json").json["entries"]] == [
        "coin"
    ]
    assert "↻" in study("list").out
    assert study("log", "--json").json["entries"]["coin"]["state"] == "to revisit"
    assert study("state", "coin", "--derived", "--json").json["state"] == "to read"


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("sate coin reading", "did you mean `study state`?"),
        ("state coyn reading", "did you mean coin?"),
        ("state coin red", "did you mean read?"),
        ("state coin read --derived", "not both"),
        ("list --state red", "did you mean read?"),
        ("list --tag randm", "No entry has the tag 'randm': did you mean random?"),
        ("reproduce coin --claim fiar", "There is no claim 'fiar': did you mean fair?"),
        ("import papers/coin/paper.bib --key doe2017cions", "did you mean doe2017coins?"),
        ("strt", "did you mean `study start`?"),
        ("check coin secnd pass", "did you mean 2, 'Second pass: the method, pen in hand'?"),
    ],
)
def test_a_slip_gets_the_nearest(study, command: str, hint: str) -> None:
    done = study(*command.split())
    assert done.code == 2
    assert hint in done.complaint


def test_a_newcomer_is_not_told_what_they_have_read(base, study) -> None:
    base.path("reader/started.json").unlink()
    for slug in ("foundations/algebra", "implementations/walk"):
        base.write(f"{slug}/checklist.md", base.read(f"{slug}/checklist.md").replace("[ ]", "[x]"))
    for command in (["next"], ["log"], ["list"], ["show", "algebra"], ["log", "algebra"]):
        said = study(*command).out
        assert "study start" in said, command
        assert "have read" not in said, command
    assert "0 of 1 read" in study("list").out
    assert "by the keeper" in study("show", "algebra").out
    assert study("next", "--json").json["started"] is False
    assert study("log", "--json").json["total"] == {"done": 0, "total": 9}
    assert "and is now by you, too" in study("check", "algebra", "1").err
    done = study("start", "--json").json
    assert (done["emptied"], done["entries"], done["kept"], done["again"]) == (5, 2, 1, False)
    assert "nothing was changed" in study("start").out
    assert "study start" not in study("next").out
    assert study("log", "--json").json["total"] == {"done": 1, "total": 9}


def test_the_keeper_says_so(base, study) -> None:
    base.path("reader/started.json").unlink()
    base.write("foundations/algebra/checklist.md", "- [x] Read it\n")
    assert "One tick is yours and stays." in study("start", "--keep").out
    assert "you have read what it builds on (algebra)" in study("next").out


def test_ticks_go_to_a_file_and_back(base, study) -> None:
    study("check", "coin", "1", "--on", "2025-03-04")
    before = base.read("papers/coin/checklist.md")
    assert study("log", "--export", "ticks.json", "--json").json == {"path": "ticks.json", "ticks": 1}
    study("uncheck", "coin", "1")
    assert "One tick imported" in study("log", "--import", "ticks.json").out
    assert base.read("papers/coin/checklist.md") == before
    base.edit("ticks.json", "2025-03-04", "9999-03-04")
    done = study("log", "--import", "ticks.json")
    assert done.code == 0
    assert "left out coin, 'first pass: what is claimed': 9999-03-04 cannot be" in done.err
    assert "not JSON" in study("log", "--import", "papers/coin/checklist.md").complaint
    assert "no such file" in study("log", "--import", "nothing.json").complaint
    assert study("log", "coin", "--export", "x.json").code == 2
