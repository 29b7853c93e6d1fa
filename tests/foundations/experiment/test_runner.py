"""Running claims: in parallel, resumed, deterministic, and with errors that name the claim and the seed."""

import dataclasses
import json
import os
import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from foundations.errors import ClaimError, ExperimentError
from foundations.experiment import Claim, Step, Verdict, at_least, run_claim, run_claims
from foundations.experiment.runner import _command


@pytest.fixture
def entry(tmp_path):
    """An entry with some code to hash, and a log of the seeds that really ran."""
    folder = tmp_path / "papers" / "coin"
    folder.mkdir(parents=True)
    (folder / "experiments.py").write_text("rate = 0.5\n")
    return folder


def make(run, name="fair", holds=None) -> Claim:
    return Claim(
        id=name,
        where="Section 1",
        says="A coin is fair.",
        estimand="The share of heads.",
        predicts="At least 0.4 heads.",
        refuted="Fewer than 0.4.",
        control="Two tails.",
        thresholds={"least": 0.4},
        run=run,
        holds=holds or (lambda metrics: at_least(metrics["heads"], 0.4)),
    )


def coin(seed, budget):
    return {"heads": np.random.default_rng(seed).integers(2, size=4000).mean(), "budget": len(budget)}


def test_a_claim_runs_over_seeds_and_is_judged(entry):
    result = run_claim(make(coin), seeds=range(6), budget="standard", n_jobs=1, entry=entry)
    assert result.verdict is Verdict.SUPPORTED
    assert result.seeds == (0, 1, 2, 3, 4, 5)
    assert result.metrics["heads"].values == tuple(coin(seed, "standard")["heads"] for seed in range(6))
    assert result.metrics["budget"].interval == (8, 8, 8)
    assert result.core_seconds > 0
    assert result.fingerprint == {}
    assert result.command == "study reproduce coin --claim fair --seeds 6 --budget standard"


def test_a_seed_measures_the_same_however_many_jobs_there_are(entry):
    def gradient(seed, budget):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(257, 257)).astype(np.float32)
        for _ in range(30):
            x = np.tanh(x @ x.T / 16)
        return {"sum": x.sum(), "threads": max(pool["num_threads"] for pool in threadpool_info())}

    claim = make(gradient, holds=lambda metrics: Verdict.SUPPORTED)
    alone = run_claim(claim, seeds=[0, 1, 2], budget="quick", n_jobs=1, entry=entry)
    together = run_claim(claim, seeds=[2, 0, 1], budget="quick", n_jobs=2, entry=entry)
    assert dict(zip(alone.seeds, alone.metrics["sum"].values, strict=True)) == dict(
        zip(together.seeds, together.metrics["sum"].values, strict=True)
    )
    assert alone.metrics["threads"].values == together.metrics["threads"].values == (1, 1, 1)


def test_jobs_are_processes_of_their_own(entry):
    parent = os.getpid()

    def whose(seed, budget):
        return {"heads": float(os.getpid() != parent)}

    assert (
        run_claim(make(whose), seeds=range(2), budget="quick", n_jobs=2, entry=entry).metrics["heads"].mean
        == 1
    )


def test_every_run_is_reported(entry):
    steps: list[Step] = []
    run_claims(
        [make(coin, "a"), make(coin, "b")],
        seeds=[3, 5],
        budget="quick",
        n_jobs=1,
        entry=entry,
        progress=steps.append,
    )
    assert [(step.claim, step.seed) for step in steps] == [("a", 3), ("a", 5), ("b", 3), ("b", 5)]
    assert [step.done for step in steps] == [1, 2, 3, 4]
    assert {step.total for step in steps} == {4}
    assert not any(step.resumed for step in steps)


class Counted:
    """A run that leaves a mark for each seed, and fails at one until it is switched off."""

    def __init__(self, folder, fails_at=None):
        self.folder, self.fails_at = folder, fails_at

    def __call__(self, seed, budget):
        with (self.folder / "ran").open("a") as log:
            log.write(f"{seed} ")
        if seed == self.fails_at:
            raise ValueError("shapes (2, 3)\nand more that belongs in the detail")
        return coin(seed, budget)

    def ran(self):
        path = self.folder / "ran"
        seeds = sorted(map(int, path.read_text().split())) if path.exists() else []
        path.unlink(missing_ok=True)
        return seeds


def test_an_interrupted_run_goes_on_where_it_stopped(entry, tmp_path):
    store = tmp_path / "runs"
    settings = {"seeds": range(4), "budget": "quick", "n_jobs": 1, "entry": entry, "checkpoint": store}
    run = Counted(tmp_path, fails_at=2)
    with pytest.raises(ClaimError):
        run_claim(make(run), **settings)
    assert run.ran() == [0, 1, 2]

    run.fails_at = None
    steps: list[Step] = []
    result = run_claim(make(run), **settings, progress=steps.append)
    assert run.ran() == [2, 3]
    assert [(step.seed, step.resumed) for step in steps] == [(0, True), (1, True), (2, False), (3, False)]
    whole = run_claim(make(coin), seeds=range(4), budget="quick", n_jobs=1, entry=entry)
    assert result.metrics == whole.metrics


@pytest.mark.parametrize(
    "change", ["code", "budget", "versions", "foundations", "damaged", "empty", "renamed"]
)
def test_a_stale_checkpoint_is_not_used(entry, tmp_path, change, monkeypatch):
    store, run, budget = tmp_path / "runs", Counted(tmp_path), "quick"
    run_claim(make(run), seeds=[0], budget=budget, n_jobs=1, entry=entry, checkpoint=store)
    (file,) = (store / "fair").iterdir()
    match change:
        case "code":
            (entry / "experiments.py").write_text("rate = 0.6\n")
        case "budget":
            budget = "standard"
        case "versions":
            monkeypatch.setattr("foundations.experiment.provenance.versions", lambda: {"numpy": "0.1"})
        case "foundations":
            monkeypatch.setattr("foundations.experiment.provenance.foundations_hash", lambda: "sha256:0")
        case "damaged":
            file.write_text(file.read_text()[:-20])
        case "empty":
            file.write_text(json.dumps({**json.loads(file.read_text()), "metrics": {}}))
        case "renamed":
            file.write_text(file.read_text().replace('"seed": 0', '"seed": 1'))
    run.ran()
    run_claim(make(run), seeds=[0], budget=budget, n_jobs=1, entry=entry, checkpoint=store)
    assert run.ran() == [0]


def test_a_diverged_seed_survives_its_checkpoint(entry, tmp_path):
    def diverges(seed, budget):
        return {"heads": np.float32("nan"), "loss": -np.inf}

    for _ in range(2):
        result = run_claim(
            make(diverges), seeds=[0], budget="quick", n_jobs=1, entry=entry, checkpoint=tmp_path / "r"
        )
        assert np.isnan(result.metrics["heads"].values[0])
        assert result.metrics["loss"].values == (-np.inf,)
        assert result.verdict is Verdict.NOT_JUDGED


def test_a_fingerprint_is_taken_before_the_first_run(entry, tmp_path):
    claim = dataclasses.replace(make(coin), fingerprint=lambda: {"coin": [0.69314, 0.5]})
    result = run_claim(claim, seeds=[0], budget="quick", n_jobs=1, entry=entry)
    assert result.fingerprint == {"coin": (0.6931, 0.5)}
    run = Counted(tmp_path)
    broken = dataclasses.replace(make(run), fingerprint=lambda: sys.exit(3))
    with pytest.raises(ClaimError, match="the fingerprint of claim 'fair' cannot be taken: SystemExit: 3"):
        run_claim(broken, seeds=[0], budget="quick", n_jobs=1, entry=entry)
    assert run.ran() == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_names_claim_seed_and_reason(entry, tmp_path, jobs):
    with pytest.raises(ClaimError) as caught:
        run_claim(
            make(Counted(tmp_path, fails_at=1)), seeds=range(2), budget="quick", n_jobs=jobs, entry=entry
        )
    assert str(caught.value) == "claim 'fair' failed at seed 1: ValueError: shapes (2, 3)"
    assert (caught.value.claim, caught.value.seed) == ("fair", 1)
    assert "and more that belongs in the detail" in caught.value.detail
    assert "joblib" not in caught.value.detail
    assert caught.value.__cause__ is None


def test_a_claim_that_calls_exit_fails_like_any_other(entry):
    with pytest.raises(ClaimError, match="failed at seed 0: SystemExit: 3"):
        run_claim(make(lambda seed, budget: sys.exit(3)), seeds=[0], budget="quick", n_jobs=1, entry=entry)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "must return a mapping"),
        ({}, "must return a mapping"),
        ({"heads": np.zeros((3, 2))}, r"metric 'heads' must be one number, or .* got shape \(3, 2\)"),
        ({"heads": []}, r"metric 'heads' must be one number, or .* got shape \(0,\)"),
        ({"heads": "0.5"}, "metric 'heads' must be one number, or .* got '0.5'"),
        ({"heads": 1j}, "metric 'heads' must be one number"),
        ({3: 1.0}, "metric 3 must be one number"),
    ],
)
def test_what_is_not_numbers_is_refused(entry, returned, message):
    with pytest.raises(ClaimError, match=message):
        run_claim(make(lambda seed, budget: returned), seeds=[0], budget="quick", n_jobs=1, entry=entry)


def test_different_metrics_at_different_seeds_are_refused(entry):
    with pytest.raises(ClaimError, match="different things at seeds 0 and 1: s1, s2"):
        run_claim(
            make(lambda seed, budget: {f"s{seed + 1}": 1}),
            seeds=[0, 1],
            budget="quick",
            n_jobs=1,
            entry=entry,
        )


def test_an_error_in_judging_names_the_claim(entry):
    with pytest.raises(ClaimError, match="claim 'fair' failed in judging its metrics: KeyError: 'tails'"):
        run_claim(
            make(coin, holds=lambda metrics: metrics["tails"]),
            seeds=[0],
            budget="quick",
            n_jobs=1,
            entry=entry,
        )
    with pytest.raises(ClaimError, match=r"holds must return a Verdict, .* got True"):
        run_claim(make(coin, holds=lambda metrics: True), seeds=[0], budget="quick", n_jobs=1, entry=entry)


def test_a_worker_that_dies_is_one_line(entry):
    with pytest.raises(ExperimentError, match=r"the loky workers stopped \(TerminatedWorkerError"):
        run_claim(make(lambda seed, budget: os._exit(1)), seeds=[0, 1], budget="quick", n_jobs=2, entry=entry)


@pytest.mark.parametrize("seeds", [[], [0, 0], [-1], [0.5], [True], ["0"]])
def test_seeds_are_whole_numbers_each_once(entry, seeds):
    with pytest.raises(ExperimentError, match="seeds must be"):
        run_claim(make(coin), seeds=seeds, budget="quick", entry=entry)


def test_misuse_is_an_error(entry):
    with pytest.raises(ExperimentError, match="no claim"):
        run_claims([], seeds=[0], budget="quick", entry=entry)
    with pytest.raises(ExperimentError, match="the same id: fair"):
        run_claims([make(coin), make(coin)], seeds=[0], budget="quick", entry=entry)
    with pytest.raises(ExperimentError, match="did you mean 'quick'"):
        run_claim(make(coin), seeds=[0], budget="quik", entry=entry)  # type: ignore[arg-type]
    with pytest.raises(ExperimentError, match="n_jobs must be at least 1"):
        run_claim(make(coin), seeds=[0], budget="quick", n_jobs=0, entry=entry)
    with pytest.raises(ExperimentError, match="did you mean 'dask'"):
        run_claim(make(coin), seeds=[0], budget="quick", backend="dsk", entry=entry)


@pytest.mark.parametrize(("backend", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_a_missing_backend_says_what_to_install(entry, backend, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ExperimentError) as caught:
        run_claim(make(coin), seeds=[0], budget="quick", backend=backend, entry=entry)
    assert f"needs the package '{package}'" in str(caught.value)
    assert "pip install 'ml-foundations[cluster]'" in str(caught.value)


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_cluster_gives_the_same_numbers(entry, backend):
    pytest.importorskip("distributed" if backend == "dask" else "ray", reason=f"{backend} is not installed")
    settings = {"seeds": range(5), "budget": "quick", "n_jobs": 2, "entry": entry}
    there = run_claim(make(coin), backend=backend, **settings)
    assert there.metrics == run_claim(make(coin), backend="loky", **settings).metrics


def test_the_command_gives_the_seeds_it_ran():
    assert (
        _command("vae", "elbo", (0, 1, 2), "full")
        == "study reproduce vae --claim elbo --seeds 3 --budget full"
    )
    assert "--seeds 4,2 " in _command("vae", "elbo", (4, 2), "full")
