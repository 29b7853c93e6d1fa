"""Lessons of minutes: killed ones go on bit for bit and leave a record; no choice sees the test set."""

import json

import numpy as np
import pytest

from implementations.cnn import (
    CheckpointError,
    ConvNet,
    ConvNetConfig,
    Training,
    TrainingConfig,
    accuracy,
    pictures,
    standard,
)
from implementations.cnn import demo_choice as choice
from implementations.cnn import demo_runs as runs
from implementations.cnn.demo_lessons import Lesson, lesson

TINY = Lesson(
    "mnist-small",
    ConvNetConfig(widths=((2,), (3,))),
    TrainingConfig(epochs=1, batch_size=250, shift=1, seed=5),
    0.1,
)


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(runs, "SAVE_EVERY", 4)


def test_a_killed_lesson_goes_on_bit_for_bit(tmp_path, monkeypatch, capsys):
    whole = runs.learn(TINY, 1)
    assert whole.run.step == whole.run.steps == 20
    file, learn = tmp_path / "deeper" / "run.safetensors", Training._learn

    def killed(self, chosen):
        if self.step == 10:
            raise KeyboardInterrupt
        return learn(self, chosen)

    monkeypatch.setattr(Training, "_learn", killed)
    with pytest.raises(KeyboardInterrupt):
        runs.learn(TINY, 1, file)
    monkeypatch.setattr(Training, "_learn", learn)
    again = runs.learn(TINY, 1, file)
    assert "goes on at step 8 of 20" in capsys.readouterr().out
    assert again.run.history.losses == whole.run.history.losses
    for name, value in whole.model.state_dict().items():
        assert value.tobytes() == again.model.state_dict()[name].tobytes(), name
    assert again.data == "mnist-small"
    assert not again.model.training


def test_a_checkpoint_of_another_lesson_is_refused(tmp_path):
    file = tmp_path / "run.safetensors"
    runs.learn(TINY, 1, file)
    with pytest.raises(CheckpointError, match="its network is"):
        runs.learn(TINY._replace(network=ConvNetConfig(widths=((2,), (4,)))), 1, file)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(CheckpointError):
        runs.learn(TINY, 1, file)


def test_the_record_says_what_was_reached_and_how(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "lesson", lambda budget, seed: TINY)
    said = runs.record("full", runs=tmp_path, records=tmp_path / "records")
    kept = json.loads((tmp_path / "records" / "full.json").read_text())
    assert kept == json.loads(json.dumps(said))
    _, test = pictures("mnist-small")
    assert kept["test_pictures"] == len(test.labels) == 1000
    assert 0 <= kept["right"] <= 1
    assert kept["seconds"] > 0
    assert kept["data"] == "mnist-small"
    assert kept["command"] == "python -m implementations.cnn.demo_runs full"
    assert kept["parameters"] == 9 * (1 * 2 + 2 * 3) + 2 * (2 + 3) + 3 * 10 + 10
    assert not (tmp_path / "full-0.safetensors").exists()  # the run is over


def test_only_runs_of_minutes_leave_checkpoints():
    assert runs.checkpoint_of("quick", 0) is None
    assert runs.checkpoint_of("full", 3).name == "full-3.safetensors"


def test_the_standard_lesson_is_the_candidate_that_was_chosen():
    chosen = lesson("standard")
    assert chosen.network in [network for network, _ in choice.CANDIDATES.values()]
    assert (chosen.training.learning_rate, chosen.training.shift) == (
        choice.HOW.learning_rate,
        choice.HOW.shift,
    )


def test_candidates_are_judged_on_pictures_they_did_not_learn_from():
    train, _ = pictures("mnist-small")
    learned, judged = choice.split(train, 300, 200)
    assert (len(learned.labels), len(judged.labels)) == (300, 200)
    both = {one.tobytes() for one in learned.images} & {one.tobytes() for one in judged.images}
    assert both == set()
    how = TrainingConfig(epochs=1, batch_size=50)
    told = {}
    found = choice.compare(
        {"one": (ConvNetConfig(widths=((2,),)), how)},
        train,
        300,
        200,
        lambda name, share: told.update({name: share}),
    )
    assert found == told
    model = ConvNet(ConvNetConfig(widths=((2,),)), rng=np.random.default_rng(choice.SEED))
    scale = standard(learned.images)
    Training(model, how, learned, scale).run()
    assert found["one"] == accuracy(model, judged, scale)
