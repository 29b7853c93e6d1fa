"""Foreign text at the command line, as processes: no terminal obeys it, no command hangs on it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

NOTES = "papers/coin/notes.md"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
CODES = ("\x1b[2J", "\x9b31m", "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07", "\x07", "\u202e", "\r")
ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in "".join(CODES))


@pytest.fixture
def poisoned(base):
    """The toy with control characters in every text that somebody else may have written."""
    codes = "".join(CODES)
    base.edit(NOTES, 'title: "Coins: are they fair?"', f'title: "Coins {ESCAPED}."')
    base.edit(NOTES, "summary: A fair", f'summary: "Summary {ESCAPED}"\n# A fair')
    base.edit(NOTES, "tags: [random, statistics]", f'tags: [random, "t{ESCAPED}"]')
    base.write("papers/coin/checklist.md", f"- [ ] First {codes} step\n- [x] Second {codes} ✅ 2026-11-20\n")
    base.edit("papers/coin/paper.bib", "Doe, Jane", f"D{codes}oe, Jane")
    code = base.read("papers/coin/experiments.py")
    base.write("papers/coin/experiments.py", code.replace("says=", f'says="{ESCAPED}" '))
    base.write(f"docs/a{codes.replace('/', '')}b.md", f"# Zebra {codes}\n\nA zebra {codes} runs.\n")
    base.write(f"foundations/algebra/figures/{codes.replace('/', '')}.svg", "<svg/>")
    return base


@pytest.mark.parametrize(
    "typed",
    [
        "list",
        "list --tag random",
        "show coin",
        "log",
        "log coin",
        "next",
        "search zebra",
        "search coins",
        "doctor",
        "check coin 1",
        "check coin Firs",
        "uncheck coin 2",
        "check coin nothing",
        "list --json",
        "show coin --json",
        "log --json",
        "search zebra --json",
        "doctor --json",
        "search \x1b]0;x\x07zebra\udcff",
        "show \x1b[2J\x9b",
        "\x1b[2J",
        "list --tag \x9b2J",
        "import papers/coin/paper.bib",
        "import \x1b[2J.bib",
    ],
)
def test_no_terminal_obeys_foreign_text(poisoned, study, typed: str) -> None:
    done = study(*typed.split(" "))
    assert done.code in (0, 1, 2)
    assert "fault of the tool" not in done.err
    assert OBEYED.findall(done.out + done.err) == []
    if typed in ("list --json", "show coin --json", "log --json"):
        assert json.dumps("".join(CODES))[1:-1] in json.dumps(done.json)  # a program is told everything


def test_on_a_terminal_only_our_own_colours_are_obeyed(poisoned) -> None:
    pty = pytest.importorskip("pty")
    command = [sys.executable, "-P", "-m", "study"]
    for typed in ("list", "show coin", "search zebra", "export coin"):
        master, slave = pty.openpty()
        with subprocess.Popen(
            [*command, *typed.split()],
            cwd=poisoned.root,
            stdout=slave,
            stderr=slave,
            stdin=slave,
            env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "100"},
        ) as process:
            os.close(slave)
            said = b""
            while True:
                try:
                    piece = os.read(master, 65536)
                except OSError:  # the other end is closed
                    break
                if not piece:
                    break
                said += piece
        os.close(master)
        assert process.returncode == 0
        text = re.sub(r"\x1b\[[0-9;]*m|\x1b\[\?25[hl]|\x1b\[1?A?\x1b?\[?2K|\r\n", "", said.decode())
        assert "\x1b" not in text.replace("\x1b[2K", "").replace("\x1b[1A", ""), typed
        assert not re.search("[\x80-\x9f\x07\u202e]", text), typed
        assert "evil.example" in text


def test_a_program_that_reads_an_export_gets_the_file_as_it_is(poisoned, study) -> None:
    assert "\x1b[2J" in study("export", "coin").out


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n" for before, after in pairwise("abcdefghi")
)


@pytest.mark.parametrize("typed", ["list", "show coin", "log", "next", "check coin 1", "export coin"])
def test_yaml_that_grows_while_it_is_read_is_refused(base, study, typed: str) -> None:
    base.edit(NOTES, 'title: "Coins: are they fair?"\n', f'title: "Coins: are they fair?"\n{BOMB}')
    before = {
        path: path.read_bytes()
        for path in base.root.rglob("*")
        if path.is_file() and ".study" not in path.parts
    }
    told = study(*typed.split()).complaint
    assert told == (
        "papers/coin/notes.md:3: YAML aliases are not read, got &a\n"
        "Write the value out where it is needed, or quote it."
    )
    assert before == {
        path: path.read_bytes()
        for path in base.root.rglob("*")
        if path.is_file() and ".study" not in path.parts
    }


def test_a_bibliography_full_of_script_is_imported_as_text(base, study, hostile) -> None:
    base.write("hostile.bib", hostile.bibliography())
    done = study("import", "hostile.bib")
    assert done.code == 0
    assert OBEYED.findall(done.out + done.err) == []
    assert (
        "url: no page links to it: expected an http or https address, got 'javascript:window.hit=20'"
        in done.err
    )
    listed = study("list", "--json").json["entries"]
    titles = {entry["title"] for entry in listed}
    assert {
        title for key, title in hostile.TITLES.items() if key not in ("formula", "broken", "signs")
    } - titles == {
        title
        for title in hostile.TITLES.values()
        if "--" in title or "```" in title  # BibTeX's dashes and quotes
    }
    for path in base.path("papers").glob("*/__init__.py"):
        compile(path.read_text(encoding="utf-8"), str(path), "exec")
    for command in ("doctor", "log", "search nets", "export"):
        assert study(*command.split()).code in (0, 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("@article{<script>, title={x}, author={A}, year={2020}}", r"hostile.bib:1: .*"),
        (
            "@article{a]b, title={x}, author={A}, year={2020}}",
            r"hostile.bib:1: expected a key .*, got 'a\]b'",
        ),
        (
            "@article{k, title={\x1b[2J}, author={A}, year={\x9b}}",
            r"hostile.bib:1: k: expected a year such as 2017.*",
        ),
        ("@article{k\x1b[2J, title={x}, author={A}, year={2020}}", r"hostile.bib:1: expected a key .*"),
    ],
)
def test_a_bibliography_that_cannot_be_one_is_refused(base, study, text: str, told: str) -> None:
    base.write("hostile.bib", text)
    before = sorted(base.root.rglob("*"))
    assert re.fullmatch(told, study("import", "hostile.bib").complaint.replace("\n", " "))
    assert [path for path in sorted(base.root.rglob("*")) if ".study" not in path.parts] == before


def test_a_title_that_looks_like_a_path_is_a_title(base, study) -> None:
    title = "../../../etc/passwd ~ \\x"
    done = study("new", "papers", "safe", "--title", title, "--author", "A B", "--year", "2020")
    assert done.code == 0
    assert study("list", "--json").json["entries"][-1]["title"] == title
    assert Path(base.path("papers/safe/notes.md")).is_file()
