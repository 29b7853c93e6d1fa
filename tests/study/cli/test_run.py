"""`demo`, `reproduce`, `notebook`, `data`: what the reader runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from study.cli.data import size
from study.cli.reproduce import _seeds
from study.files.errors import UsageError

OTHER_DEMO = '''\
"""Demos that go wrong."""

def demo(budget, *, seed, out):
    """{what}"""
    (out / "first.svg").write_text("<svg/>")
    {body}
'''


def test_demo_shows_what_it_did_and_where_its_figures_are(base, study) -> None:
    done = study("demo", "coin")
    assert done.code == 0
    assert done.out == "expected: half heads\n"
    assert "✓ runs/coin/demo/bars.svg\nquick budget, seed 0" in done.err
    assert base.path("runs/coin/demo/bars.svg").is_file()
    again = study("demo", "coin", "--budget", "standard", "--seed", "7", "--out", "elsewhere/deep")
    assert "✓ elsewhere/deep/bars.svg\nstandard budget, seed 7" in again.err


def test_demo_refuses_a_folder_that_cannot_be_written_before_it_starts(base, study) -> None:
    base.write("taken", "a file")
    for out in ("taken", "taken/figures", "/proc/figures"):
        done = study("demo", "coin", "--out", out)
        assert done.code in (1, 2)
        assert out in done.complaint


def test_demo_of_an_entry_without_one_names_those_that_have(study) -> None:
    done = study("demo", "walk")
    assert done.code == 2
    assert done.complaint == "walk has no demo.\nThese have one: coin."


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (
            "raise ValueError('no coins left')",
            "papers/coin/demo.py:6: the demo failed: ValueError: no coins left",
        ),
        ("raise KeyboardInterrupt", "Interrupted: what was drawn so far is in runs/coin/demo."),
    ],
)
def test_a_demo_that_ends_early_says_where_it_was(base, study, body: str, complaint: str) -> None:
    base.write("papers/coin/demo.py", OTHER_DEMO.format(what="End early.", body=body))
    done = study("demo", "coin")
    assert done.code == (130 if "Interrupt" in body else 1)
    assert complaint in done.complaint
    assert base.path("runs/coin/demo/first.svg").is_file()


def test_a_demo_that_cannot_be_imported_is_named_with_its_line(base, study) -> None:
    base.write("papers/coin/demo.py", "def demo(:\n")
    assert "papers/coin/demo.py:1: not valid Python" in study("demo", "coin").complaint
    base.write("papers/coin/demo.py", '"""No show."""\n')
    assert "expected a function demo" in study("demo", "coin").complaint


def test_reproduce_writes_results_and_tells_what_came_out(base, study) -> None:
    done = study("reproduce", "coin", "--seeds", "6", "--jobs", "1")
    assert done.code == 0
    said = " ".join(done.out.split())
    for part in (
        "✓ supported fair Section 2, Table 1, 6 seeds",
        "✗ not supported rare",
        "Predicted: The share of heads",
    ):
        assert part in said
    assert "papers/coin/results.json" in done.err
    assert "study doctor coin --fix" in done.err
    record = json.loads(base.read("papers/coin/results.json"))
    assert record["claims"]["fair"]["seeds"] == [0, 1, 2, 3, 4, 5]
    assert record["claims"]["fair"]["budget"] == "standard"
    assert not list(base.path("papers/coin/seeds").rglob("*.json"))
    assert not base.path("runs/coin").exists()


def test_reproduce_of_one_claim_with_chosen_seeds_keeps_the_other_results(measured, study) -> None:
    before = json.loads(measured.read("papers/coin/results.json"))
    typed = ("reproduce", "coin", "--claim", "fair", "--seeds", "4,9", "-j", "1", "--json")
    done = study(*typed)
    assert done.code == 2
    assert (
        "judged results of another experiment (fair: other seeds than 0, 1, 2, 3, 4, 5, 6, 7)"
        in done.complaint
    )
    assert json.loads(measured.read("papers/coin/results.json")) == before
    done = study(*typed, "--because", "Two seeds are enough to see it.")
    after = json.loads(measured.read("papers/coin/results.json"))
    assert after["claims"]["fair"]["seeds"] == [4, 9]
    (superseded,) = after["claims"]["fair"]["superseded"]
    assert superseded["reason"] == "Two seeds are enough to see it."
    del before["claims"]["fair"]["superseded"]
    assert superseded["result"] == before["claims"]["fair"]
    assert after["claims"]["rare"] == before["claims"]["rare"]
    (found,) = done.json["results"]
    assert (found["entry"], found["file"]) == ("coin", "papers/coin/results.json")
    assert found["claims"] == {"fair": after["claims"]["fair"]}


def test_a_small_budget_does_not_replace_the_results_of_a_larger_one(measured, study) -> None:
    before = measured.read("papers/coin/results.json")
    done = study("reproduce", "coin", "--budget", "quick", "--seeds", "2", "--jobs", "1")
    assert done.code == 0
    assert "results.json keeps those of its larger budget" in done.err
    assert measured.read("papers/coin/results.json") == before
    assert json.loads(measured.read("runs/coin/results.quick.json"))["claims"]["fair"]["budget"] == "quick"


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        (["coin", "--claim", "far"], "no claim 'far': did you mean fair?\nThere are coin: fair, rare."),
        (["walk"], "walk makes no claims.\nThese do: coin."),
        (["coin", "--seeds", "many"], "--seeds takes a number"),
        (["coin", "--seeds", "0"], "--seeds takes a number from 1 to 1000"),
        (["coin", "--seeds", "-3"], "--seeds takes a number"),
        (["coin", "--jobs", "0"], "--jobs"),
    ],
)
def test_reproduce_refuses_what_means_nothing(base, study, typed: list[str], complaint: str) -> None:
    done = study("reproduce", *typed)
    assert done.code == 2
    assert complaint in done.complaint
    assert not base.path("papers/coin/results.json").exists()


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_backend_that_is_not_installed_says_how_to_get_it(base, study, backend: str) -> None:
    pytest.importorskip("joblib")
    if (
        subprocess.run(
            [sys.executable, "-c", f"import {backend}"], capture_output=True, check=False
        ).returncode
        == 0
    ):
        pytest.skip(f"{backend} is installed")
    done = study("reproduce", "coin", "--backend", backend)
    assert done.code == 1
    assert "ml-foundations[cluster]" in done.complaint


def test_a_claim_that_fails_names_its_seed_and_keeps_the_finished_ones(base, study) -> None:
    base.edit(
        "papers/coin/experiments.py",
        "    heads = flip(400",
        "    if seed == 1:\n        raise OSError('the coin rolled away')\n    heads = flip(400",
    )
    done = study("reproduce", "coin", "--claim", "fair", "--seeds", "2", "--jobs", "1")
    assert done.code == 1
    assert "claim 'fair' failed at seed 1: OSError: the coin rolled away" in done.complaint
    assert not base.path("papers/coin/results.json").exists()
    assert [path.name for path in base.path("papers/coin/seeds/fair").iterdir()] == ["0.json"]


@pytest.mark.parametrize(
    ("jobs", "whole_group"),
    [("1", False), ("1", True), ("2", True)],
    ids=["the process", "all of the terminal", "all of the terminal, with workers"],
)
def test_ctrl_c_keeps_finished_seeds_whole_and_the_next_run_goes_on_from_them(
    slow, command: tuple[str, ...], jobs: str, whole_group: bool
) -> None:
    kept = slow.path("papers/coin/seeds/slow/0.json")
    process = subprocess.Popen(
        [*command, "reproduce", "coin", "--seeds", "3", "--jobs", jobs],
        cwd=slow.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert slow.read("begun").startswith("begun")  # waits for the second seed to open the other end
    if whole_group:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert err == "error: Interrupted: 1 of 3 runs are kept: the same command goes on from there.\n"
    assert json.loads(kept.read_text(encoding="utf-8"))["seed"] == 0
    assert not slow.path("papers/coin/results.json").exists()
    assert [path.name for path in slow.path("papers/coin/seeds/slow").iterdir()] == [kept.name]


def test_kept_seeds_are_used_or_left_as_asked(slow, study) -> None:
    """The claim is fast at seed 0 only, so what a run of it leaves behind shows what it used."""
    study("reproduce", "coin", "--seeds", "1", "--jobs", "1", "--budget", "quick")
    assert json.loads(slow.read("papers/coin/results.json"))["claims"]["slow"]["seeds"] == [0]
    kept = slow.path("runs/coin/seeds/slow/0.json")
    slow.edit("papers/coin/experiments.py", 'metrics["seed"], 0.0)', 'metrics["nothing"], 0.0)')
    assert study("reproduce", "coin", "--seeds", "1", "--jobs", "1", "--budget", "quick").code == 1
    written = kept.stat().st_mtime_ns
    assert study("reproduce", "coin", "--seeds", "1", "--jobs", "1", "--budget", "quick").code == 1
    assert kept.stat().st_mtime_ns == written
    assert (
        study("reproduce", "coin", "--seeds", "1", "--jobs", "1", "--budget", "quick", "--afresh").code == 1
    )
    assert kept.stat().st_mtime_ns > written


def test_seeds_are_counted_or_listed() -> None:
    assert list(_seeds("3")) == [0, 1, 2]
    assert list(_seeds("3,1,3")) == [3, 1]
    for nonsense in ("", "a", "1.5", "-1", "1,x", "0", "²"):
        with pytest.raises(UsageError):
            _seeds(nonsense)


def test_notebook_is_written_and_never_over_the_readers_work(base, study, tmp_path: Path) -> None:
    done = study("notebook", "coin")
    assert done.code == 0
    assert "✓ coin.ipynb" in done.err
    cells = json.loads(base.read("coin.ipynb"))["cells"]
    assert any("Coins: are they fair?" in "".join(cell["source"]) for cell in cells)
    assert study("notebook", "coin").code == 0  # the same again is no conflict
    base.write("coin.ipynb", "my work")
    assert "--force" in study("notebook", "coin").complaint
    assert base.read("coin.ipynb") == "my work"
    assert study("notebook", "coin", "--force").code == 0
    assert base.read("coin.ipynb") != "my work"
    assert study("notebook", "coin", "--out", str(tmp_path / "deep" / "folder")).code == 0
    assert (tmp_path / "deep" / "folder" / "coin.ipynb").is_file()
    assert json.loads(study("notebook", "coin", "-o", "-").out)["nbformat"] == 4


def test_notebook_into_a_place_that_cannot_be_written(base, study) -> None:
    base.write("taken", "a file")
    assert study("notebook", "coin", "--out", "taken/x.ipynb").code == 1
    assert "error: " in study("notebook", "coin", "--out", "/proc/x.ipynb").err


def test_data_are_listed_with_what_is_here(study) -> None:
    alone, listed = study("data"), study("data", "list")
    assert alone.out == listed.out
    assert "mnist-small" in listed.out
    found = {one["name"]: one for one in study("data", "list", "--json").json["datasets"]}
    assert found["digits"]["status"] == found["austen"]["status"] == "shipped"
    assert found["cifar10-jpeg"]["status"] == "absent"
    assert "cifar10 " in listed.out
    assert "cifar10-jpeg" not in listed.out  # a reader cannot get it and does not need it
    assert list(found["mnist"]) == ["name", "description", "licence", "home", "citation", "bytes", "status"]


def test_shipped_data_are_what_they_should_be(study) -> None:
    done = study("data", "verify", "digits", "mnist-small", "--json")
    assert done.json == {
        "datasets": [
            {"name": "digits", "ok": True, "what": ""},
            {"name": "mnist-small", "ok": True, "what": ""},
        ]
    }
    assert study("data", "fetch", "mnist-small").out.startswith("✓ mnist-small")


def test_a_wrong_hash_is_named_and_exits_with_1(study, tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "tinyshakespeare.txt").write_text("It is a truth", encoding="utf-8")
    env = {"ML_FOUNDATIONS_DATA": str(tmp_path)}
    done = study("data", "verify", "tinyshakespeare", env=env)
    assert done.code == 1
    assert str(tmp_path / "text" / "tinyshakespeare.txt") in done.out
    assert study("data", "verify", "tinyshakespeare", "--json", env=env).json["datasets"][0]["ok"] is False
    assert (
        str(tmp_path / "text" / "tinyshakespeare.txt")
        in study("data", "fetch", "tinyshakespeare", env=env).err
    )


def test_without_a_network_fetching_says_so(study, tmp_path: Path) -> None:
    nowhere = {
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    done = study("data", "fetch", "tinyshakespeare", env=nowhere)
    assert done.code == 1
    assert "cannot be reached: check the network" in done.err
    assert "Traceback" not in done.err
    assert len(done.err.strip().splitlines()) <= 2
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and path.suffix != ".lock"]


@pytest.mark.parametrize("verb", ["fetch", "verify"])
def test_an_unknown_data_set_gets_the_nearest(study, verb: str) -> None:
    done = study("data", verb, "mnits")
    assert done.code == 2
    assert "did you mean mnist?" in done.complaint


def test_a_data_folder_that_is_none_is_an_error(study) -> None:
    done = study("data", "list", env={"ML_FOUNDATIONS_DATA": "/no/such/folder"})
    assert done.code == 1
    assert "/no/such/folder" in done.complaint


def test_sizes_are_said_as_people_say_them() -> None:
    assert [size(count) for count in (0, 999, 1000, 9_960, 54_950_040)] == [
        "",
        "999 B",
        "1.0 kB",
        "10.0 kB",
        "55 MB",
    ]
