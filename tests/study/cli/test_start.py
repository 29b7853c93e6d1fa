"""The program itself: help, names of commands, streams, encodings, and what goes wrong early."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from foundations.experiment import BACKENDS, BUDGETS
from study.cli import main, options
from study.cli.build import Engine
from study.site import ENGINES

READ = ("list", "show", "next", "search")
RUN = ("demo", "reproduce", "notebook", "data")
TRACK = ("log", "check", "uncheck")
WRITE = ("new", "import", "export", "doctor", "build", "serve")
COMMANDS = (*READ, *RUN, *TRACK, *WRITE)
HEAVY = (
    "numpy",
    "matplotlib",
    "sqlite3",
    "yaml",
    "joblib",
    "sklearn",
    "bibtexparser",
    "pygments",
    "pydantic",
)


def test_help_names_every_command_and_imports_nothing_heavy(study) -> None:
    code = (
        "import sys, contextlib, io\n"
        "from study.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()) as said:\n"
        "    assert main(['--help']) == 0\n"
        f"print(sorted(set({HEAVY}) & set(sys.modules)))\n"
        "print(said.getvalue())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    imported, _, said = done.stdout.partition("\n")
    assert imported == "[]"
    for command in COMMANDS:
        assert f"\n  {command} " in said
    assert max(map(len, said.splitlines())) <= 110


@pytest.mark.parametrize("command", [*COMMANDS, "data list", "data fetch", "data verify"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    said = capsys.readouterr()
    assert f"study {command}" in said.out
    assert said.err == ""


def test_alone_it_shows_the_help(study) -> None:
    alone = study()
    assert study("help").out == alone.out
    assert study("help", "check").out == study("check", "--help").out
    assert alone.code == 0
    assert "reproduce" in alone.out
    assert study("--version").out.startswith("study 0.")


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        (["lits"], "no command 'lits': did you mean `study list`"),
        (["help", "sate"], "no command 'sate': did you mean `study state`"),
        (["data", "fech"], "No such command 'fech'. Did you mean 'fetch'?\nTry `study data --help`."),
        (["xyzzy"], "no command 'xyzzy': `study --help` lists them"),
        (["--bogus"], "No such option: --bogus"),
        (["list", "--jsn"], "--json"),
        (["show"], "Missing argument 'SLUG'.\nTry `study show --help`"),
        (["show", "coin", "more"], "unexpected extra argument"),
        (["reproduce", "--budget", "quik"], "'quik' is not one of 'quick', 'standard', 'full'"),
        (["reproduce", "--backend", "spark"], "'spark' is not one of 'loky', 'dask', 'ray'"),
        (["export", "--format", "ris"], "'ris' is not one of 'bibtex', 'csl-json'"),
        (["build", "--engine", "hugo"], "'hugo' is not one of 'mkdocs', 'zensical'"),
        (["demo", "coin", "--seed", "-1"], "--seed"),
        (["search", "x", "--limit", "0"], "--limit"),
        (["serve", "--port", "99999"], "--port"),
        (["serve", "--port", "eighty"], "--port"),
    ],
)
def test_a_command_line_that_means_nothing_is_refused(
    typed: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert len(said.err.splitlines()) <= 2
    assert complaint in said.err


@pytest.mark.parametrize(
    "command", ["list", "show coin", "next", "search x", "log", "check coin 1", "doctor", "build"]
)
def test_outside_a_checkout_it_says_what_it_needs(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(command.split()) == 1
    said = capsys.readouterr().err
    assert "not in one" in said
    assert "git clone" in said


def test_it_works_from_any_folder_of_the_checkout(base, study) -> None:
    assert "algebra" in study("list", cwd=base.root / "papers" / "coin").out


def test_choices_are_those_of_the_library() -> None:
    assert tuple(options.Budget) == BUDGETS
    assert tuple(options.Backend) == BACKENDS
    assert tuple(Engine) == ENGINES


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_no_encoding_makes_it_fail(base, command: tuple[str, ...], encoding: str) -> None:
    base.edit(
        "papers/coin/notes.md", "A fair coin shows heads half of the time.", "√d ≤ ∑α — “Müller” 漢 ✓ 🎲"
    )
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    for typed in ("show coin", "list --json", "nonsens✓"):
        done = subprocess.run(
            [*command, *typed.split()],
            cwd=base.root,
            env=env,
            capture_output=True,
            check=False,
        )
        assert b"Traceback" not in done.stderr
        assert done.returncode == (2 if typed == "nonsens✓" else 0)
        done.stdout.decode(encoding)


def test_signs_that_an_encoding_lacks_become_ascii(base, command: tuple[str, ...]) -> None:
    base.edit("papers/coin/notes.md", "A fair coin shows heads half of the time.", "√d ≤ ∑α — “Müller”")
    done = subprocess.run(
        [*command, "show", "coin"],
        cwd=base.root,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert 'sqrt d <= sum alpha - "Muller"' in done.stdout


def test_output_that_is_no_terminal_is_plain(study) -> None:
    for command in ("list", "show coin", "log", "search heads"):
        done = study(*command.split())
        assert "\x1b" not in done.out + done.err
        assert not any(line.endswith(" ") for line in done.out.splitlines())
    assert "\x1b" in study("list", env={"FORCE_COLOR": "1", "TERM": "xterm"}).out
    assert "\x1b[3" not in study("list", env={"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm"}).out


@pytest.mark.parametrize("width", ["30", "60"])
def test_a_narrow_terminal_loses_nothing(study, width: str) -> None:
    done = study("list", env={"COLUMNS": width})
    assert max(map(len, done.out.splitlines())) <= int(width)
    for word in ("algebra", "Doubling", "halving", "coin", "fair?", "0/3"):
        assert word in done.out


def test_a_reader_who_closes_the_pipe_ends_it_quietly(base, command: tuple[str, ...]) -> None:
    for typed in ("export", "list", "--help", "check --help", "help", "list --json", "show coin"):
        done = subprocess.run(
            f"{' '.join(command)} {typed} | true; exit ${{PIPESTATUS[0]}}",
            shell=True, executable="/bin/bash", cwd=base.root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, ""), typed


def test_a_fault_of_the_tool_is_one_line_and_its_traceback_there_for_the_asking(
    base, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(root: Path) -> None:
        raise ZeroDivisionError("by design")

    monkeypatch.chdir(base.root)
    monkeypatch.setattr("study.entries.catalogue.load", broken)
    assert main(["list"]) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError: by design" in said
    assert "STUDY_DEBUG=1" in said
    assert len(said.splitlines()) == 2
    monkeypatch.setenv("STUDY_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["list"])


def test_a_malformed_record_names_file_line_and_field(base, study) -> None:
    base.edit("papers/coin/notes.md", "year: 2017", "year: soon")
    for command in ("list", "show coin", "next", "log", "check coin 1"):
        complaint = study(*command.split()).complaint
        assert complaint.startswith("papers/coin/notes.md:4: year: expected a year")
    assert "- [x]" not in base.read("papers/coin/checklist.md")


@pytest.mark.parametrize("command", ["list", "show coin", "next", "log", "check coin 1", "demo coin"])
def test_a_file_that_cannot_be_read_is_named(base, study, command: str) -> None:
    base.write("papers/coin/notes.md", b"---\ntitle: \xff\xfe\n")
    assert study(*command.split()).complaint == "papers/coin/notes.md:2: not UTF-8 text: byte 0xff"
    base.path("papers/coin/notes.md").unlink()
    base.path("papers/coin/notes.md").mkdir()
    assert study(*command.split()).complaint.startswith("papers/coin/notes.md: expected a file, got a folder")


def test_bytes_that_are_no_text_are_survived_on_the_command_line(base, command: tuple[str, ...]) -> None:
    for typed in (
        (b"show", b"co\xffin"),
        (b"search", b"f\xffair \xfe coin"),
        (b"search", b"co\xffin", b"--json"),
        (b"\xff",),
    ):
        done = subprocess.run([*command, *typed], cwd=base.root, capture_output=True, check=False)
        assert done.returncode in (0, 2), done
        assert b"bug in study" not in done.stderr
        done.stdout.decode("utf-8")
