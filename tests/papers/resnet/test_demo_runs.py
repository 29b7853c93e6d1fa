"""The paper's own experiment, in small: killed, it goes on to the same weights and leaves a record."""

import json
from dataclasses import replace

import numpy as np
import pytest

from papers.resnet import CheckpointError, Recipe, ResNetConfig, Training
from papers.resnet import demo_runs as runs

RECIPE = Recipe(steps=12, drops=(6, 9), batch_size=50, pad=1)
TINY = ResNetConfig(blocks=(1,), widths=(2,), channels=1, size=28)
NETWORKS = {"plain": replace(TINY, residual=False), "residual": TINY}


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(runs, "SAVE_EVERY", 4)


@pytest.fixture(scope="module")
def given():
    found = runs.images("mnist-small")
    assert found.data == "mnist-small"
    return found


def test_the_networks_are_those_of_the_brief():
    assert {name: (one.depth, one.residual) for name, one in runs.NETWORKS.items()} == {
        "plain-20": (20, False),
        "residual-20": (20, True),
        "plain-56": (56, False),
        "residual-56": (56, True),
    }


def test_images_lose_the_mean_of_the_training_images(given):
    images, labels = given.train
    assert images.shape == (5000, 1, 28, 28)
    assert labels.shape == (5000,)
    assert np.abs(images.mean(axis=0)).max() < 1e-5
    assert 0 < np.abs(given.test[0].mean(axis=0)).max() < 0.5  # the mean is not that of the test images


def test_a_killed_record_goes_on_bit_for_bit(tmp_path, monkeypatch, capsys):
    said = {}
    for name in ("whole", "killed"):
        folders = {"runs": tmp_path / name / "runs", "records": tmp_path / name}
        if name == "killed":
            learn, calls = Training._learn, []

            def stop(self, chosen, *, learn=learn, calls=calls):
                calls.append(1)
                if len(calls) == 23:  # in the eleventh step of the second network
                    raise KeyboardInterrupt
                return learn(self, chosen)

            with monkeypatch.context() as patched:
                patched.setattr(Training, "_learn", stop)
                with pytest.raises(KeyboardInterrupt):
                    runs.record(NETWORKS, RECIPE, "mnist-small", **folders)
            assert not (tmp_path / name / "full.json").exists()
            capsys.readouterr()
        said[name] = runs.record(NETWORKS, RECIPE, "mnist-small", **folders)
        assert json.loads((tmp_path / name / "full.json").read_text()) == json.loads(json.dumps(said[name]))
        assert not list((tmp_path / name / "runs").iterdir())  # the checkpoints have gone
    out = capsys.readouterr().out
    assert "goes on at step 12 of 12" in out  # the first network is done
    assert "goes on at step 8 of 12" in out
    assert said["whole"]["errors"] == said["killed"]["errors"]
    assert set(said["whole"]["errors"]) == {"plain", "residual"}
    assert all(0 < one["test_error"] < 100 for one in said["whole"]["errors"].values())


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path, given):
    few = (given.train[0][:100], given.train[1][:100])
    file = tmp_path / "run.safetensors"
    runs.learn(TINY, replace(RECIPE, steps=4, drops=(2,)), few, file)
    with pytest.raises(CheckpointError, match="its recipe is"):
        runs.learn(TINY, RECIPE, few, file)
