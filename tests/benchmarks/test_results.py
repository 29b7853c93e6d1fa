"""What was measured on one family of processors stays apart from what was measured on another."""

from __future__ import annotations

import copy
import json
import re

import pytest

from benchmarks import __main__ as command
from benchmarks import machine, results
from benchmarks.workloads import WORKLOADS

NAMES = [workload.name for workload in WORKLOADS]


def measured(processor, names=NAMES, *, ratio=2.0, date="2026-01-02", commit="abc1234", threads=2):
    one = {"median_ms": 10.0, "peak_mib": 30.0, "ratio_low": ratio, "ratio_high": ratio}
    frameworks = {"ours": one | {"ratio": 1.0}, "pytorch": one | {"ratio": ratio}, "jax": {"missing": True}}
    box = {
        "processor": processor,
        "vectors": "AVX2",
        "cores": 2,
        "system": "Linux x86_64",
        "python": "3.11.7",
        "versions": {"ours": "2.4.6", "pytorch": "2.13.0", "jax": None},
        "threads": threads,
    }
    rows = {
        name: {"title": f"the {name}", "multiply_adds": 10, "frameworks": copy.deepcopy(frameworks)}
        for name in names
    }
    return {
        "date": date,
        "commit": commit,
        "machine": box,
        "load": 0.5,
        "gemm_peak": 1e11,
        "workloads": rows,
    }


def kept(*several):
    found = {"schema": results.SCHEMA, "families": {}}
    for one in several:
        found = results.merge(found, one)
    return found


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Results and page in a folder of their own."""
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(results, "PAGE", tmp_path / "benchmarks.md")
    results.PAGE.write_text(f"# Speed\n\n{results.BEGIN}\nold\n{results.END}\n\n## How\n")
    return tmp_path


@pytest.mark.parametrize(
    ("processor", "family"),
    [
        ("AMD EPYC", "AMD EPYC"),
        ("AMD EPYC 9R14 96-Core Processor", "AMD EPYC 9R14"),
        ("Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz", "Intel Xeon Platinum 8481C"),
        ("Intel(R) Xeon(R) Processor @ 2.60GHz", "Intel Xeon"),
        ("Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz", "Intel Core i7-8700"),
        ("Apple M2", "Apple M2"),
        ("arm64", "arm64"),
        ("Processor", "Processor"),
    ],
)
def test_the_family_is_the_processor_without_clock_and_cores(processor, family):
    assert machine.family({"processor": processor}) == family


def test_one_family_is_replaced_and_the_other_left():
    amd, intel = measured("AMD EPYC"), measured("Intel(R) Xeon(R) Processor @ 2.60GHz", ratio=3.0)
    both = kept(amd, intel)
    assert both["families"] == {"AMD EPYC": amd, "Intel Xeon": intel}
    newer = measured("AMD EPYC 64-Core Processor", ratio=1.0, date="2026-02-03", commit="def5678", threads=8)
    assert results.fits(both, newer)
    after = results.merge(both, newer)
    assert after["families"] == {"AMD EPYC": newer, "Intel Xeon": intel}
    assert both["families"]["AMD EPYC"] is amd


@pytest.mark.parametrize(
    "other",
    [{"date": "2026-02-03"}, {"commit": "def5678"}, {"commit": "abc1234 with changes"}, {"threads": 1}],
)
def test_a_part_that_would_make_a_mixture_does_not_fit(other):
    both = kept(measured("AMD EPYC"), measured("Apple M2"))
    assert not results.fits(both, measured("AMD EPYC", ["mlp"], **other))
    assert results.fits(both, measured("AMD EPYC", **other))  # everything


def test_a_part_of_the_same_day_commit_and_machine_takes_its_place_in_the_table():
    old = kept(measured("AMD EPYC", NAMES[:3]), measured("Apple M2", ratio=4.0))
    part = measured("AMD EPYC", [NAMES[1], NAMES[4], NAMES[0]], ratio=5.0)
    assert results.fits(old, part)
    after = results.merge(old, part)["families"]
    assert list(after["AMD EPYC"]["workloads"]) == [NAMES[0], NAMES[1], NAMES[2], NAMES[4]]
    ratios = [row["frameworks"]["pytorch"]["ratio"] for row in after["AMD EPYC"]["workloads"].values()]
    assert ratios == [5.0, 5.0, 2.0, 5.0]
    assert after["Apple M2"] == old["families"]["Apple M2"]


def test_a_part_begins_a_table_where_its_family_has_none():
    assert results.fits(kept(measured("AMD EPYC")), measured("Apple M2", ["mlp"]))


def test_every_family_has_a_section_with_its_mean_date_and_commit(files):
    newer = measured("Intel(R) Xeon(R) Processor @ 2.60GHz", ratio=3.0, date="2026-02-03", commit="def5678")
    results.save(kept(newer, measured("AMD EPYC")))
    text = results.PAGE.read_text()
    before, amd, rest = re.split(r"^## (?:AMD EPYC|Intel Xeon)\n", text, flags=re.MULTILINE)
    intel, _, after = rest.partition(results.END)
    assert before.startswith("# Speed\n")
    assert "| AMD EPYC | **2.00×** | – | – | 2026-01-02 | abc1234 |" in before
    assert "| Intel Xeon | **3.00×** | – | – | 2026-02-03 | def5678 |" in before
    assert after == "\n\n## How\n"
    for section, mean, words in (
        (amd, "2.00", "2026-01-02 at commit abc1234: AMD EPYC with AVX2, 2 cores"),
        (intel, "3.00", "2026-02-03 at commit def5678: Intel(R) Xeon(R) Processor @ 2.60GHz with AVX2"),
    ):
        assert f"| **geometric mean** |  | **{mean}×** | – | – |  |" in section
        assert f"Measured on {words}" in section
        assert section.count("the mlp") == 2  # its time and its memory
        assert "not installed" in section
    assert results.load() == kept(measured("AMD EPYC"), newer)


def test_the_page_shows_what_is_committed():
    text = results.PAGE.read_text(encoding="utf-8")
    shown = text.split(results.BEGIN)[1].split(results.END)[0]
    assert shown == f"\n\n{results.markdown(results.load())}\n"
    for measurement in results.load()["families"].values():
        assert re.fullmatch(r"[0-9a-f]{7,40}", measurement["commit"])


def test_results_of_another_form_are_not_written_over(files):
    results.RESULTS.write_text(json.dumps({"schema": 1}))
    with pytest.raises(RuntimeError, match=r"results.json has the form 1, expected 2: restore it"):
        results.load()


def test_nothing_yet(files):
    assert results.load() == {"schema": results.SCHEMA, "families": {}}


@pytest.fixture
def run(files, monkeypatch):
    """A function that runs the command on a made-up machine with a made-up clock."""

    def runs(*words, processor="AMD EPYC", commit="abc1234"):
        box = measured(processor)["machine"]
        monkeypatch.setattr(machine, "describe", lambda threads: box)
        monkeypatch.setattr(machine, "gemm_peak", lambda threads: 1e11)
        monkeypatch.setattr(machine, "commit", lambda: commit)
        frameworks = next(iter(measured(processor)["workloads"].values()))["frameworks"]
        monkeypatch.setattr(command.turns, "measure", lambda workload, **_: frameworks)
        monkeypatch.setattr(command.subprocess, "run", lambda *_, **__: None)
        monkeypatch.setattr("sys.argv", ["benchmarks", *words])
        return command.main()

    return runs


def test_the_command_replaces_its_own_family_alone(run, capsys):
    assert run() == 0
    assert run(processor="Apple M2", commit="def5678") == 0
    found = results.load()["families"]
    assert {name: one["commit"] for name, one in found.items()} == {
        "AMD EPYC": "abc1234",
        "Apple M2": "def5678",
    }
    assert "not kept" not in capsys.readouterr().err
    assert run("mlp", commit="0123456") == 0
    assert "not kept: the table of AMD EPYC is of another day, commit or machine" in capsys.readouterr().err
    assert results.load()["families"] == found
    assert run("--quick", commit="0123456") == 0
    assert results.load()["families"] == found
    assert run(commit="0123456") == 0
    assert results.load()["families"]["AMD EPYC"]["commit"] == "0123456"
    assert results.load()["families"]["Apple M2"] == found["Apple M2"]
    assert results.PAGE.read_text().count("\n## ") == 3


def test_the_command_fails_before_it_measures_where_results_cannot_be_read(run, capsys):
    results.RESULTS.write_text(json.dumps({"schema": 1}))
    assert run() == 1
    assert "expected 2" in capsys.readouterr().err
    assert json.loads(results.RESULTS.read_text()) == {"schema": 1}


def test_the_commit_is_that_of_the_checkout_and_says_what_differs(monkeypatch):
    answers = {"rev-parse": "abc1234", "status": ""}
    monkeypatch.setattr(machine, "_git", lambda *words: answers[words[0]])
    assert machine.commit() == "abc1234"
    answers["status"] = " M foundations/files.py"
    assert machine.commit() == "abc1234 with changes"

    def no_git(*_):
        raise FileNotFoundError("git")

    monkeypatch.setattr(machine, "_git", no_git)
    assert machine.commit() == "unknown"
