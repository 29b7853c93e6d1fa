"""Training: a run killed and resumed is the run that was not; what does not fit is refused."""

import dataclasses

import numpy as np
import pytest

from foundations import nn
from foundations.errors import ShapeError, ValueRangeError
from papers.vae import VAE, Training, TrainingConfig, VAEConfig, elbo, sleep_loss, wake_loss

CONFIG = VAEConfig(n_visible=12, n_hidden=6, n_latent=2)
HOW = TrainingConfig(steps=9, batch_size=5, learning_rate=0.1, seed=4)


@pytest.fixture(scope="module")
def data():
    return (np.random.default_rng(0).random((40, 12)) < 0.4).astype(np.float32)


def begun(data, config=CONFIG, how=HOW, seed=1):
    return Training(VAE(config, rng=np.random.default_rng(seed)), how, data)


def state(run):
    arrays = {f"model {k}": v.copy() for k, v in run.model.state_dict().items()}
    return arrays | {f"optimizer {k}": np.array(v) for k, v in run.optimizer.state_dict().items()}


def differ(one, other):
    assert one.keys() == other.keys()
    return [name for name in one if one[name].tobytes() != other[name].tobytes()]


@pytest.mark.parametrize("method", ["aevb", "wake-sleep"])
@pytest.mark.parametrize("stop", [1, 8])
def test_killed_and_resumed_is_not_killed_bit_for_bit(data, stop, method, tmp_path):
    how = dataclasses.replace(HOW, method=method)
    whole = begun(data, how=how)
    whole.run()
    first = begun(data, how=how)
    first.run(stop)
    first.save(tmp_path / "run.safetensors")
    again = begun(data, how=how, seed=2)  # other initial weights: they come from the file
    again.resume(tmp_path / "run.safetensors")
    assert again.step == stop
    again.run()
    assert again.losses == whole.losses
    assert differ(state(again), state(whole)) == []


def test_a_step_is_adagrad_on_the_bound_with_a_prior_on_the_decoder(data):
    run = begun(data, how=dataclasses.replace(HOW, steps=2))
    theirs = VAE(CONFIG, rng=np.random.default_rng(1))
    sums = [np.zeros_like(p.numpy()) for p in theirs.parameters()]
    for step in range(2):
        rng = np.random.default_rng([4, step])
        rows = data[rng.integers(0, 40, 5)]
        theirs.zero_grad()
        (-elbo(theirs, rows, rng=rng).mean()).backward()
        for name_and_parameter, total in zip(theirs.named_parameters(), sums, strict=True):
            name, p = name_and_parameter
            g = p.grad.numpy() + (p.numpy() / 40 if name.startswith("decoder") else 0)
            total += g * g
            p.data = p.numpy() - 0.1 * g / (np.sqrt(total) + 1e-10)
    run.run()
    for ours, other in zip(run.model.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(ours.numpy(), other.numpy(), rtol=0, atol=2e-5)


def test_a_step_of_wake_sleep_is_both_phases(data):
    run = begun(data, how=dataclasses.replace(HOW, steps=1, method="wake-sleep", prior=False))
    theirs = VAE(CONFIG, rng=np.random.default_rng(1))
    rng = np.random.default_rng([4, 0])
    rows = data[rng.integers(0, 40, 5)]
    wake, sleep = wake_loss(theirs, rows, rng=rng), sleep_loss(theirs, 5, rng=rng)
    (wake + sleep).backward()
    assert run.run()[0] == pytest.approx(wake.item() + sleep.item())
    for ours, other in zip(run.model.parameters(), theirs.parameters(), strict=True):
        moved = other.numpy() - 0.1 * np.sign(other.grad.numpy())  # Adagrad's first step
        np.testing.assert_allclose(ours.numpy(), moved, rtol=0, atol=1e-5)


@pytest.mark.parametrize("method", ["aevb", "wake-sleep"])
def test_it_learns(data, method):
    how = TrainingConfig(steps=400, batch_size=20, learning_rate=0.1, method=method)
    run = begun(np.repeat(data[:2], 20, axis=0), how=how)
    before = elbo(run.model, data[:2], rng=np.random.default_rng(0), n_samples=50).numpy().mean()
    run.run()
    after = elbo(run.model, data[:2], rng=np.random.default_rng(0), n_samples=50).numpy().mean()
    assert after > before + 3
    assert after < -np.log(2) + 0.2  # two patterns, each half of the data: log p(x) is at most log ½


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"config": VAEConfig(12, 6, 3)}, "its model is"),
        ({"how": dataclasses.replace(HOW, learning_rate=0.2)}, "its settings is"),
        ({"how": dataclasses.replace(HOW, method="wake-sleep")}, "its settings is"),
        ({"data": np.zeros((40, 12), dtype=np.float32)}, "its data is"),
    ],
    ids=["model", "rate", "method", "data"],
)
def test_a_checkpoint_of_another_run_is_refused(data, change, says, tmp_path):
    run = begun(data)
    run.run(2)
    run.save(tmp_path / "run.safetensors")
    other = begun(**{"data": data} | change)
    before = state(other)
    with pytest.raises(nn.SavedStateError, match=says):
        other.resume(tmp_path / "run.safetensors")
    assert other.step == 0
    assert differ(state(other), before) == []


@pytest.mark.parametrize("damage", ["cut", "foreign", "missing", "flipped"])
def test_a_damaged_checkpoint_changes_nothing(data, damage, tmp_path):
    file = tmp_path / "run.safetensors"
    run = begun(data)
    run.run(3)
    run.save(file)
    content = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(content[:-10])
    elif damage == "foreign":
        nn.save_arrays(file, {"a": np.zeros(3)})
    elif damage == "missing":
        file.unlink()
    else:
        content[-5] ^= 1
        file.write_bytes(content)
    other = begun(data, seed=3)
    before = state(other)
    with pytest.raises(nn.SavedStateError):
        other.resume(file)
    assert (other.step, other.losses) == (0, [])
    assert differ(state(other), before) == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"steps": 0}, "1 or more"),
        ({"steps": 1, "n_samples": 0}, "1 or more"),
        ({"steps": 1, "learning_rate": 0.0}, "above 0"),
        ({"steps": 1, "method": "em"}, "aevb or wake-sleep, got 'em'"),
    ],
)
def test_settings_that_make_no_run_are_refused(options, says):
    with pytest.raises(ValueRangeError, match=says):
        TrainingConfig(**options)


def test_data_that_are_none_are_refused(data):
    with pytest.raises(ShapeError, match="expected datapoints"):
        begun(data[:, :7])
    with pytest.raises(ValueRangeError, match="no datapoints"):
        begun(data[:0])
    with pytest.raises(ValueRangeError, match="divide pixels"):
        begun(255 * data)
