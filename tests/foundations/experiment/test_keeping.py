"""Results and checkpoints on disk: nothing acknowledged is lost, also while other processes write."""

import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from foundations.errors import ResultsError
from foundations.experiment import (
    Budget,
    Claim,
    Results,
    at_least,
    clear_checkpoints,
    keep_results,
    run_claims,
)


@pytest.fixture
def entry(tmp_path):
    folder = tmp_path / "papers" / "coin"
    folder.mkdir(parents=True)
    (folder / "experiments.py").write_text("rate = 0.5\n")
    return folder


def coin(seed, budget):
    return {"heads": np.random.default_rng(seed).integers(2, size=400).mean(), "loss": np.nan}


def run(entry, *ids, seeds=(0,), budget: Budget = "quick", checkpoint=None) -> Results:
    claims = [
        Claim(
            id=name,
            where="§1",
            says="x",
            estimand="x",
            predicts="y",
            refuted="not y",
            control="z",
            thresholds={"least": 0.4},
            run=coin,
            holds=lambda metrics: at_least(metrics["heads"], 0.4),
        )
        for name in ids
    ]
    return run_claims(claims, seeds=seeds, budget=budget, n_jobs=1, entry=entry, checkpoint=checkpoint)


def test_results_are_joined_to_those_of_the_file(entry):
    file = entry / "results.json"
    assert keep_results(run(entry, "a", "b", seeds=(0, 1)), file) == file
    assert keep_results(run(entry, "b", seeds=(5,)), file) == file
    claims = Results.load(file).claims
    assert claims["a"].seeds == (0, 1)
    assert claims["b"].seeds == (5,)


def test_a_smaller_budget_goes_aside_whatever_the_file_held_when_the_run_began(entry, tmp_path):
    file, aside = entry / "results.json", tmp_path / "runs" / "results.quick.json"
    quick = run(entry, "a", "b")
    assert keep_results(run(entry, "a", budget="standard"), file, aside=aside) == file
    before = file.read_bytes()
    assert keep_results(quick, file, aside=aside) == aside
    assert file.read_bytes() == before
    assert set(Results.load(aside).claims) == {"a", "b"}
    assert keep_results(run(entry, "b"), file, aside=aside) == file
    assert keep_results(run(entry, "a", budget="full"), file, aside=aside) == file
    assert Results.load(file).claims["a"].budget == "full"


def test_what_cannot_be_read_is_never_replaced(entry):
    file = entry / "results.json"
    file.write_text("{")
    with pytest.raises(ResultsError, match="not valid JSON"):
        keep_results(run(entry, "a"), file)
    assert file.read_text() == "{"
    Results("vae").save(file)
    with pytest.raises(ResultsError, match="holds the results of 'vae', expected 'coin'"):
        keep_results(run(entry, "a"), file)


def test_a_folder_that_is_a_file_is_one_line(entry, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(ResultsError, match="cannot write"):
        keep_results(run(entry, "a"), tmp_path / "taken" / "results.json")


def test_only_checkpoints_that_the_file_holds_are_removed(entry, tmp_path):
    store, file = tmp_path / "runs", entry / "results.json"
    first = run(entry, "a", "b", seeds=(0, 1), checkpoint=store)
    run(entry, "a", seeds=(0, 1, 2), checkpoint=store)  # another command is one seed further
    run(entry, "a", budget="standard", checkpoint=store)
    keep_results(first, file)
    clear_checkpoints(store, first)
    assert sorted(path.name for path in (store / "a").iterdir()) == ["0.json", "2.json"]
    assert json.loads((store / "a" / "0.json").read_text())["budget"] == "standard"
    assert not list((store / "b").iterdir())


@pytest.mark.parametrize("change", ["code", "metrics"])
def test_a_checkpoint_that_says_something_else_stays(entry, tmp_path, change):
    store = tmp_path / "runs"
    found = run(entry, "a", checkpoint=store)
    (file,) = (store / "a").iterdir()
    record = json.loads(file.read_text())
    if change == "code":
        record["code"] = "sha256:0"
    else:
        record["metrics"]["heads"] = 0.25
    file.write_text(json.dumps(record))
    clear_checkpoints(store, found)
    assert file.exists()


WRITER = """
    import sys
    from foundations.experiment import Results, keep_results

    file, mine = sys.argv[1:]
    found = Results.load(mine)
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(10):
        keep_results(found, file)
"""


def test_processes_that_end_together_lose_nothing(entry, tmp_path):
    """Each of them writes another claim ten times over, from the same moment on."""
    file, ids = entry / "results.json", ["a", "b", "c", "d"]
    processes = []
    for name in ids:
        mine = tmp_path / f"{name}.json"
        run(entry, name).save(mine)
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(WRITER), str(file), str(mine)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        )
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
    assert sorted(Results.load(file).claims) == ids
