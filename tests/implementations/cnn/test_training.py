"""Training: a run killed and resumed is the run that was not; what does not fit is refused."""

import dataclasses

import numpy as np
import pytest

from foundations import nn
from foundations.errors import ValueRangeError
from implementations.cnn import (
    CheckpointError,
    ConvNet,
    ConvNetConfig,
    Pictures,
    Training,
    TrainingConfig,
    accuracy,
    pictures,
    standard,
)

CONFIG = ConvNetConfig(size=8, widths=((3,), (4,)), classes=3)
HOW = TrainingConfig(epochs=3, batch_size=7, shift=1, mirror=True, label_smoothing=0.1, seed=4)


@pytest.fixture(scope="module")
def shapes():
    rng = np.random.default_rng(0)
    return Pictures(rng.random((40, 1, 8, 8), dtype=np.float32), rng.integers(0, 3, 40))


def begun(shapes, config=CONFIG, how=HOW, seed=1):
    return Training(ConvNet(config, rng=np.random.default_rng(seed)), how, shapes, standard(shapes.images))


@pytest.mark.parametrize("stop", [1, 4, 5, 11])
def test_killed_and_resumed_is_not_killed_bit_for_bit(shapes, stop, tmp_path):
    whole = begun(shapes)
    whole.run()
    assert whole.steps == 15
    first = begun(shapes)
    first.run(stop)
    first.save(tmp_path / "run.safetensors")
    again = begun(shapes, seed=2)  # other initial weights: they come from the file
    again.resume(tmp_path / "run.safetensors")
    assert again.step == stop
    again.run()
    assert again.history.losses == whole.history.losses
    for name, value in whole.model.state_dict().items():
        assert value.tobytes() == again.model.state_dict()[name].tobytes(), name


def test_other_seeds_give_other_runs(shapes):
    runs = [begun(shapes, how=dataclasses.replace(HOW, seed=seed)).run().losses for seed in (4, 4, 5)]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize(
    ("config", "how", "says"),
    [
        (dataclasses.replace(CONFIG, widths=((3,), (5,))), HOW, "its network is"),
        (CONFIG, dataclasses.replace(HOW, learning_rate=0.2), "its settings is"),
    ],
)
def test_a_checkpoint_of_another_configuration_is_refused(shapes, config, how, says, tmp_path):
    file = tmp_path / "run.safetensors"
    run = begun(shapes)
    run.run(2)
    run.save(file)
    other = begun(shapes, config, how)
    before = {name: value.copy() for name, value in other.model.state_dict().items()}
    with pytest.raises(CheckpointError, match=says):
        other.resume(file)
    assert other.step == 0
    assert all((other.model.state_dict()[name] == value).all() for name, value in before.items())


@pytest.mark.parametrize("damage", ["cut", "foreign", "missing", "half", "no losses"])
def test_a_damaged_checkpoint_changes_nothing(shapes, damage, tmp_path):
    file = tmp_path / "run.safetensors"
    run = begun(shapes)
    run.run(3)
    run.save(file)
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-10])
    elif damage == "foreign":
        nn.save_arrays(file, {"a": np.zeros(3)})
    elif damage == "missing":
        file.unlink()
    else:
        arrays = nn.load_arrays(file)
        if damage == "half":  # the optimiser's state is not there
            arrays = {k: v for k, v in arrays.items() if not k.startswith("optimizer.")}
        else:
            del arrays["losses"]
        nn.save_arrays(file, arrays, metadata=nn.load_metadata(run_file(run, tmp_path)))
    other = begun(shapes, seed=3)
    before = {name: value.copy() for name, value in other.model.state_dict().items()}
    optimizer = {name: np.array(value) for name, value in other.optimizer.state_dict().items()}
    with pytest.raises(CheckpointError):
        other.resume(file)
    assert other.step == 0
    assert other.history.losses == []
    after = other.optimizer.state_dict()
    assert all((np.asarray(after[name]) == value).all() for name, value in optimizer.items())
    assert all((other.model.state_dict()[name] == value).all() for name, value in before.items())


def run_file(run, folder):
    run.save(folder / "whole.safetensors")
    return folder / "whole.safetensors"


def test_weight_decay_spares_what_has_one_axis(shapes):
    run = begun(shapes)
    kinds = {p.ndim > 1: g.as_dict()["weight_decay"] for g in run.optimizer.groups for p in g.parameters}
    assert kinds == {True: 5e-4, False: 0.0}


@pytest.mark.parametrize(
    "options", [{"epochs": 0}, {"epochs": 1, "batch_size": 0}, {"epochs": 1, "shift": -1}]
)
def test_settings_that_make_no_run_are_refused(options):
    with pytest.raises(ValueRangeError, match="at least"):
        TrainingConfig(**options)


def test_fewer_pictures_than_a_batch_are_refused(shapes):
    with pytest.raises(ValueRangeError, match="do not fill a batch of 64"):
        begun(shapes, how=TrainingConfig(epochs=1))


def test_it_learns_digits():
    train, test = pictures("mnist-small")
    some = Pictures(train.images[::5], train.labels[::5])
    scale = standard(some.images)
    model = ConvNet(ConvNetConfig(widths=((8,), (16,)), hidden=32), rng=np.random.default_rng(0))
    run = Training(model, TrainingConfig(epochs=5, batch_size=50, learning_rate=0.1), some, scale)
    losses = run.run().losses
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])
    assert accuracy(model, test, scale) > 0.85
