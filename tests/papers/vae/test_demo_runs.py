"""The lessons of the demo: killed and resumed they end as if they had not been; damage is refused."""

import dataclasses
from unittest import mock

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


@pytest.fixture(scope="module", autouse=True)
def shortly():
    """Save often, and measure seldom and on few rows: a lesson takes a fraction of a second."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in (("SAVE_EVERY", 50), ("POINTS", 3), ("MEASURED_ON", 10)):
            patched.setattr(demo_runs, name, value)
        yield


@pytest.fixture(scope="module")
def whole(shortly, tmp_path_factory):
    """Return curve and last checkpoint of a lesson that was not killed."""
    checkpoint = tmp_path_factory.mktemp("whole") / "run.safetensors"
    return demo_runs.learn(SHORT, checkpoint).curve, checkpoint.read_bytes()


@pytest.mark.parametrize(("after", "at"), [(15, None), (55, 50), (90, 80)])
def test_killed_and_resumed_is_not_killed(whole, after, at, tmp_path, monkeypatch, capsys):
    """Before any checkpoint; after one with no measurement yet; after one with a measurement."""
    checkpoint = tmp_path / "run.safetensors"
    killed_after(after, monkeypatch, checkpoint)
    assert demo_runs.learn(SHORT, checkpoint).curve == whole[0]
    assert checkpoint.read_bytes() == whole[1]
    said = capsys.readouterr().out.strip()
    assert said == (f"goes on at step {at} of 240, from {checkpoint}" if at else "")


def test_a_lesson_without_a_checkpoint_is_the_same_lesson(whole):
    assert demo_runs.learn(SHORT).curve == whole[0]
    assert whole[0]["samples"] == [8000, 16_000, 24_000]
    assert np.isfinite(whole[0]["test"]).all()


@pytest.mark.parametrize("damage", ["checkpoint", "curve", "other run"])
def test_what_cannot_be_gone_on_from_is_refused(damage, tmp_path, monkeypatch):
    checkpoint = tmp_path / "run.safetensors"
    killed_after(90, monkeypatch, checkpoint)
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
    for name in ("divergence", "likelihood", "demo_figures", "draw_architecture", "draw_live"):
        monkeypatch.setattr(demo, name, mock.Mock())
    left = []
    monkeypatch.setattr(demo, "shipped", lambda report: left.extend((tmp_path / "runs").iterdir()))
    demo.demo("full", seed=0, out=tmp_path)
    assert {path.name for path in left} == {"full-0.safetensors", "full-0.curve.json"}
    assert list((tmp_path / "runs").iterdir()) == []
