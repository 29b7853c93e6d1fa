"""The lessons of the demo: killed and resumed they end as if they had not been; damage is refused."""

import dataclasses

import numpy as np
import pytest

from foundations.nn import SavedStateError
from papers.vae import VAEConfig, demo, demo_runs
from papers.vae.training import Training, TrainingConfig

SHORT = demo_runs.Lesson(
    "mnist-small", VAEConfig(n_hidden=5, n_latent=2), TrainingConfig(240, learning_rate=0.05)
)


class KilledError(Exception):
    """What stands for the end of the process."""


def killed_after(steps, monkeypatch, checkpoint):
    """Learn the short lesson until the process ends after so many steps."""
    learn = Training._learn

    def dying(self):
        if self.step == steps:
            raise KilledError
        return learn(self)

    with monkeypatch.context() as patched:
        patched.setattr(Training, "_learn", dying)
        with pytest.raises(KilledError):
            demo_runs.learn(SHORT, checkpoint)


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(demo_runs, "SAVE_EVERY", 50)


@pytest.mark.parametrize(("after", "at"), [(15, None), (55, 50), (130, 120)])
def test_killed_and_resumed_is_not_killed(after, at, tmp_path, monkeypatch, capsys):
    """Before any checkpoint; after one between two measurements; after one with a measurement."""
    whole, parts = tmp_path / "whole" / "run.safetensors", tmp_path / "parts" / "run.safetensors"
    expected = demo_runs.learn(SHORT, whole)
    assert expected.curve == demo_runs.learn(SHORT).curve  # and without a checkpoint
    assert expected.curve["samples"] == [2000.0 * k for k in range(1, 13)]
    killed_after(after, monkeypatch, parts)
    capsys.readouterr()
    assert demo_runs.learn(SHORT, parts).curve == expected.curve
    assert whole.read_bytes() == parts.read_bytes()
    said = capsys.readouterr().out
    assert said.strip() == (f"goes on at step {at} of 240, from {parts}" if at else "")


@pytest.mark.parametrize("damage", ["checkpoint", "curve", "other run"])
def test_what_cannot_be_gone_on_from_is_refused(damage, tmp_path, monkeypatch):
    checkpoint = tmp_path / "run.safetensors"
    killed_after(130, monkeypatch, checkpoint)
    chosen = SHORT
    if damage == "checkpoint":
        checkpoint.write_bytes(checkpoint.read_bytes()[:-50])
    elif damage == "curve":
        demo_runs._curve(checkpoint).write_text('{"samples": [1.0], "training": []', encoding="utf-8")
    else:
        chosen = SHORT._replace(training=dataclasses.replace(SHORT.training, learning_rate=0.1))
    with pytest.raises(SavedStateError):
        demo_runs.learn(chosen, checkpoint)


def test_lessons_of_minutes_leave_checkpoints_and_what_is_over_is_forgotten(tmp_path, monkeypatch):
    assert demo_runs.checkpoint_of("quick", 0) is None
    names = {demo_runs.checkpoint_of(b, s).name for b in ("standard", "full") for s in (0, 1)}
    assert len(names) == 4
    full = demo_runs.lesson("full", 3)
    assert (full.data, full.network.n_hidden, full.training.seed) == ("mnist", 500, 3)
    assert full.training.steps * full.training.batch_size == 10**8  # where the paper's figure 2 ends
    monkeypatch.setattr(demo_runs, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(demo_runs, "lesson", lambda budget, seed: SHORT)
    left = []
    monkeypatch.setattr(demo, "shipped", lambda report: left.extend((tmp_path / "runs").iterdir()))
    demo.demo("full", seed=0, out=tmp_path)
    assert {path.name for path in left} == {"full-0.safetensors", "full-0.curve.json"}
    assert list((tmp_path / "runs").iterdir()) == []
    assert np.isfinite(demo_runs.learn(SHORT).curve["test"]).all()
