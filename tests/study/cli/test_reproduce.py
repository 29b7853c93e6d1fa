"""`study reproduce` and files it did not write alone: hostile results, and commands that run at once."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from foundations.experiment import mean_interval

RESULTS = "papers/coin/results.json"
REMEDY = (
    "Restore the file, or move it out of the way with `study reproduce coin --discard-results`, "
    "which then measures anew."
)
BROKEN = {
    "cut off": (b"{", f"{RESULTS}:1: not valid JSON"),
    "nested": (b'{"a":' * 100_000, f"{RESULTS}:1: more than 32 objects or lists within each other"),
    "not a number": (b'{"schema": NaN}', f"{RESULTS}:1: 'NaN' is not a number"),
    "infinite": (b'{"schema": 2,\n"claims": 1e999}', f"{RESULTS}:2: '1e999' is not a number"),
    "of another type": (b'{"schema": "2"}', f"{RESULTS}:1: schema must be int, got '2'"),
    "another entry's": (
        b'{"schema": 2,\n"entry": "walk", "claims": {}}',
        f"{RESULTS}:2: holds the results of 'walk', expected 'coin'",
    ),
    "of the future": (b'{"schema": 99}', f"{RESULTS}:1: has schema version 99, this version reads 1 to 2"),
    "huge": (b" " * (8 * 2**20 + 1), f"{RESULTS}: is larger than 8 MiB"),
}


def files(base) -> dict[str, bytes]:
    """Return what a checkout holds beside caches and locks."""
    return {
        path.relative_to(base.root).as_posix(): path.read_bytes()
        for path in base.root.rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".lock") and ".study" not in path.parts
    }


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_results_that_cannot_be_read_stop_every_command_that_needs_them(base, study, content) -> None:
    text, complaint = content
    base.write(RESULTS, text)
    before = files(base)
    for command in ("reproduce coin", "reproduce coin --claim fair --budget quick", "show coin"):
        done = study(*command.split())
        assert done.code == 1
        what, todo = done.complaint.split("\n")
        assert what.startswith(complaint)
        assert todo.endswith(REMEDY)
    done = study("doctor", "coin")
    assert done.code == 1
    assert complaint in " ".join(done.out.split())
    assert files(base) == before


def test_broken_results_move_aside_when_told_to_and_only_then(base, study) -> None:
    for turn, kept in enumerate(("results.json", "2.results.json")):
        text = b"{" * (turn + 1)
        base.write(RESULTS, text)
        done = study("reproduce", "coin", "--discard-results", "--seeds", "2", "--jobs", "1")
        assert done.code == 0
        assert f"{RESULTS} is now runs/coin/discarded/{kept}." in " ".join(done.err.split())
        assert base.path(f"runs/coin/discarded/{kept}").read_bytes() == text
        assert set(json.loads(base.read(RESULTS))["claims"]) == {"fair", "rare"}


def test_broken_results_of_a_smaller_budget_move_aside_too(measured, study) -> None:
    before = measured.read(RESULTS)
    measured.write("runs/coin/results.quick.json", "{")
    quick = ("reproduce", "coin", "--budget", "quick", "--seeds", "2", "--jobs", "1")
    assert study(*quick).complaint.startswith("runs/coin/results.quick.json:1: not valid JSON")
    assert study(*quick, "--discard-results").code == 0
    assert measured.read("runs/coin/discarded/results.quick.json") == "{"
    assert measured.read(RESULTS) == before


def test_results_that_can_be_read_are_not_discarded(measured, study) -> None:
    before = files(measured)
    done = study("reproduce", "coin", "--discard-results")
    assert done.code == 2
    assert done.complaint.startswith("There is nothing to discard: the results of coin can be read.")
    assert files(measured) == before


def test_results_of_schema_1_are_read_and_upgraded_by_the_next_run(measured, study) -> None:
    record = json.loads(measured.read(RESULTS))
    record["schema"] = 1
    for claim in record["claims"].values():
        claim["seconds"] = claim.pop("core_seconds")
        for name in ("fingerprint", "design", "pilot", "best", "gates", "plots", "scale", "horizon"):
            del claim[name]
        del claim["superseded"]
        for metric in claim["metrics"].values():
            del metric["by"]
            _, *metric["interval"] = mean_interval(metric["values"])
    measured.write(RESULTS, json.dumps(record))
    assert study("show", "coin").code == 0
    output = " ".join(study("doctor", "coin").out.split())
    assert "the result of 'fair' has no fingerprint" in output
    again = ("reproduce", "coin", "--claim", "fair", "--seeds", "2", "--jobs", "1")
    assert study(*again, "--because", "Measured with a fingerprint.").code == 0
    after = json.loads(measured.read(RESULTS))
    assert after["schema"] == 2
    assert list(after["claims"]["fair"]["fingerprint"]) == ["coin"]
    assert len(after["claims"]["fair"]["fingerprint"]["coin"]) == 20
    assert after["claims"]["rare"]["fingerprint"] == {}
    assert after["claims"]["rare"]["core_seconds"] == record["claims"]["rare"]["seconds"]


MEETING = '''\
"""Two claims whose runs wait for each other."""

from pathlib import Path

from foundations.experiment import Claim, at_least


def claim(name):
    """Return a claim whose run ends when that of the other is under way."""

    def measure(seed, budget):
        if name == "fair":
            Path("meeting").write_text("here")
        else:
            Path("meeting").read_text()
        return {"one": 1.0}

    return Claim(
        id=name,
        where="Section 1",
        says="They meet.",
        estimand="A number.",
        predicts="One.",
        refuted="It is below 0.",
        control="None.",
        thresholds={"least": 0.0},
        run=measure,
        holds=lambda metrics: at_least(metrics["one"], 0.0),
    )


CLAIMS = (claim("fair"), claim("rare"))
'''


def test_two_commands_at_once_both_keep_their_claim(base, command) -> None:
    """Each has read the results before the other writes: the pipe lets neither run end without the other."""
    base.write("papers/coin/experiments.py", MEETING)
    os.mkfifo(base.path("meeting"))
    processes = [
        subprocess.Popen(
            [*command, "reproduce", "coin", "--claim", name, "--seeds", "1", "--jobs", "1"],
            cwd=base.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("fair", "rare")
    ]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0
        assert f"Written to {RESULTS}." in err
    assert set(json.loads(base.read(RESULTS))["claims"]) == {"fair", "rare"}
    assert not list(base.path("papers/coin/seeds").rglob("*.json"))


def test_the_doctor_takes_fingerprints_again_when_it_runs_the_notes(measured, study) -> None:
    assert study("doctor", "coin", "--run").code == 0
    record = json.loads(measured.read(RESULTS))
    tosses = record["claims"]["rare"]["fingerprint"]["coin"]
    tosses[6] = 1.0 - tosses[6]
    measured.write(RESULTS, json.dumps(record))
    assert study("doctor", "coin").code == 0
    done = study("doctor", "coin", "--run")
    assert done.code == 1
    output = " ".join(done.out.split())
    assert "foundations compute something else than when 'rare' was measured: arm coin, step 7: " in output
    assert "`study reproduce coin --claim rare` measures it." in output


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "FINGERPRINTS = []",
            "fingerprints.py: expected `FINGERPRINTS`, a dictionary of claims to functions",
        ),
        (
            "FINGERPRINTS = {'far': print}",
            "a fingerprint for 'far' but no such claim; the claims are fair, rare",
        ),
        ("FINGERPRINTS = {'fair': 1}", "claim 'fair': fingerprint must be a function, got 1"),
    ],
)
def test_fingerprints_that_are_none_are_named(measured, study, text: str, complaint: str) -> None:
    measured.write("papers/coin/fingerprints.py", text)
    done = study("reproduce", "coin")
    assert done.code == 1
    assert complaint in done.complaint
    assert study("doctor", "coin").code == 1


def test_a_claim_without_a_fingerprint_is_a_problem(measured, study) -> None:
    measured.write("papers/coin/fingerprints.py", "FINGERPRINTS = {}")
    output = " ".join(study("doctor", "coin").out.split())
    assert "papers/coin/fingerprints.py: the claim 'fair' has no fingerprint" in output
    assert "Add a function for it to `FINGERPRINTS`." in output
