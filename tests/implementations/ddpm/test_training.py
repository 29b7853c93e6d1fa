"""Training: a run killed and resumed is the run that was not; what does not fit is refused."""

import dataclasses

import numpy as np
import pytest

from foundations import nn
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from implementations.ddpm import Diffusion, Training, TrainingConfig, UNet, UNetConfig
from implementations.ddpm.schedules import linear_schedule

CONFIG = UNetConfig(size=8, widths=(8, 8), groups=2, time=8, dropout=0.0)
HOW = TrainingConfig(steps=9, batch_size=4, warm_up=3, decay=0.5, ema=0.9, seed=4)
CHAIN = Diffusion(linear_schedule(10, 0.01, 0.3))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(-1, 1, (20, 1, 8, 8)).astype(np.float32)


def begun(images, config=CONFIG, how=HOW, seed=1, chain=CHAIN):
    return Training(UNet(config, rng=np.random.default_rng(seed)), chain, how, images)


def state(run):
    arrays = {f"model {k}": v for k, v in run.model.state_dict().items()}
    arrays |= {f"optimizer {k}": np.asarray(v) for k, v in run.optimizer.state_dict().items()}
    return {
        k: v.copy() for k, v in (arrays | {f"ema {k}": v for k, v in run.ema.state_dict().items()}).items()
    }


def same(one, other):
    assert one.keys() == other.keys()
    return [name for name in one if one[name].tobytes() != other[name].tobytes()]


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("stop", [1, 4, 8])
def test_killed_and_resumed_is_not_killed_bit_for_bit(images, stop, dropout, tmp_path):
    config = dataclasses.replace(CONFIG, dropout=dropout)
    whole = begun(images, config)
    whole.run()
    first = begun(images, config)
    first.run(stop)
    first.save(tmp_path / "run.safetensors")
    again = begun(images, config, seed=2)  # other initial weights: they come from the file
    again.resume(tmp_path / "run.safetensors")
    assert again.step == stop
    again.run()
    assert again.losses == whole.losses
    assert same(state(again), state(whole)) == []


def test_every_step_has_its_own_images_times_and_noise(images):
    """The network begins by guessing 0, so its first losses are mean squares of the noise."""
    seen = []

    class Blind(nn.Module):
        def __init__(self):
            self.weight = nn.Parameter(np.zeros(1, dtype=np.float32))

        def forward(self, x, t):
            seen.append((x.copy(), t.copy()))
            return x * self.weight

    how = dataclasses.replace(HOW, learning_rate=1e-12)
    losses = Training(Blind(), CHAIN, how, images).run()
    for step, (loss, (x, t)) in enumerate(zip(losses, seen, strict=True)):
        rng = np.random.default_rng([4, step])
        x0 = images[rng.integers(0, 20, 4)]
        np.testing.assert_array_equal(t, rng.integers(1, 11, 4))
        noise = rng.standard_normal(x0.shape, dtype=np.float32)
        np.testing.assert_allclose(x, CHAIN.noisy(x0, t, noise), rtol=0, atol=1e-6)
        assert loss == pytest.approx((noise**2).mean(), rel=1e-5)


def test_the_running_mean_takes_in_every_step(images):
    run, kept = begun(images), []
    averages = [value.copy() for value in run.ema.values()]
    run.run(after_step=lambda *_: kept.append([p.data.copy() for p in run.model.parameters()]))
    for n, weights in enumerate(kept, start=1):
        decay = min(HOW.ema, (1 + n) / (10 + n))
        averages = [decay * a + (1 - decay) * w for a, w in zip(averages, weights, strict=True)]
    for ours, theirs in zip(run.ema.values(), averages, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)
    assert any(np.abs(a - w).max() > 1e-4 for a, w in zip(averages, kept[-1], strict=True))


def test_other_seeds_give_other_runs(images):
    runs = [begun(images, how=dataclasses.replace(HOW, seed=seed)).run() for seed in (4, 4, 5)]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"config": dataclasses.replace(CONFIG, widths=(8, 16))}, "its network is"),
        ({"how": dataclasses.replace(HOW, learning_rate=0.2)}, "its settings is"),
        ({"chain": Diffusion(linear_schedule(10, 0.01, 0.2))}, "its diffusion is"),
        ({"chain": Diffusion(linear_schedule(10, 0.01, 0.3), variance="beta")}, "its diffusion is"),
        ({"images": -np.ones((20, 1, 8, 8), dtype=np.float32)}, "its images is"),
    ],
    ids=["network", "settings", "betas", "variance", "images"],
)
def test_a_checkpoint_of_another_run_is_refused(images, change, says, tmp_path):
    file = tmp_path / "run.safetensors"
    run = begun(images)
    run.run(2)
    run.save(file)
    other = begun(**{"images": images} | change)
    before = state(other)
    with pytest.raises(nn.SavedStateError, match=says):
        other.resume(file)
    assert other.step == 0
    assert same(state(other), before) == []


@pytest.mark.parametrize("damage", ["cut", "foreign", "missing", "no average", "flipped"])
def test_a_damaged_checkpoint_changes_nothing(images, damage, tmp_path):
    file = tmp_path / "run.safetensors"
    run = begun(images)
    run.run(3)
    run.save(file)
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-10])
    elif damage == "foreign":
        nn.save_arrays(file, {"a": np.zeros(3)})
    elif damage == "missing":
        file.unlink()
    elif damage == "flipped":
        content = bytearray(file.read_bytes())
        content[-5] ^= 1
        file.write_bytes(content)
    else:
        said = nn.load_metadata(file)
        arrays = {k: v for k, v in nn.load_arrays(file).items() if not k.startswith("average/")}
        nn.save_arrays(file, arrays, metadata=said)
    other = begun(images, seed=3)
    before = state(other)
    with pytest.raises(nn.SavedStateError):
        other.resume(file)
    assert (other.step, other.losses) == (0, [])
    assert same(state(other), before) == []


def test_whole_in_its_bytes_but_of_another_make_changes_nothing(images, tmp_path, monkeypatch):
    """A file with the right digest whose running mean does not fit: what was loaded before goes back."""
    file = tmp_path / "run.safetensors"
    run = begun(images)
    run.run(3)
    monkeypatch.setattr(run.ema, "state_dict", lambda: {"average.0": np.zeros(3)})
    run.save(file)
    other = begun(images, seed=3)
    before = state(other)
    with pytest.raises(nn.SavedStateError, match="does not fit this run"):
        other.resume(file)
    assert same(state(other), before) == []
    assert other.step == 0


def test_the_rate_rises_and_falls():
    how = TrainingConfig(steps=100, learning_rate=1.0, warm_up=10, decay=0.5)
    assert how.rate(1) == pytest.approx(0.1)
    assert how.rate(10) == how.rate(51) == 1.0
    assert how.rate(76) == pytest.approx(0.5)
    assert how.rate(100) == pytest.approx(0.02)
    assert TrainingConfig(steps=3, warm_up=0).rate(3) == 1e-3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"steps": 0}, "1 step"),
        ({"steps": 1, "batch_size": 0}, "at least"),
        ({"steps": 1, "decay": 1.5}, "share in"),
        ({"steps": 1, "clip": 0.0}, "above 0"),
        ({"steps": 1, "objective": "score"}, "simple, bound, got 'score'"),
    ],
    ids=["steps", "batch", "decay", "clip", "objective"],
)
def test_settings_that_make_no_run_are_refused(options, says):
    with pytest.raises(ValueRangeError, match=says):
        TrainingConfig(**options)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (lambda x: (x + 1) / 2, ValueRangeError, "none of these is below 0"),
        (lambda x: 128 * x, ValueRangeError, "pixels lie in"),
        (lambda x: np.full_like(x, np.nan), ValueRangeError, "pixels lie in"),
        (lambda x: x.astype(int), DTypeError, "floats in"),
        (lambda x: x[:, 0], ShapeError, r"\(n, C, H, W\)"),
        (lambda x: x[:0], ValueRangeError, "no images"),
    ],
    ids=["unscaled", "bytes", "nan", "whole", "axes", "none"],
)
def test_images_that_are_not_fit_are_refused(images, change, error, says):
    with pytest.raises(error, match=says):
        begun(change(images))


def test_images_of_another_size_are_refused(images):
    run = begun(np.concatenate([images, images], axis=1))
    with pytest.raises(ShapeError, match=r"expected images \(B, 1, 8, 8\)"):
        run.run(1)


def test_it_learns(images):
    how = dataclasses.replace(HOW, steps=150, batch_size=16, learning_rate=3e-3)
    losses = begun(np.full_like(images, -0.5), how=how).run()
    assert np.mean(losses[-20:]) < 0.5 * np.mean(losses[:20])


def test_the_bound_weighs_the_error_of_each_time(images):
    run = begun(images, how=dataclasses.replace(HOW, objective="bound"))
    rng = np.random.default_rng([HOW.seed, 0])
    chosen = rng.integers(0, len(images), HOW.batch_size)
    t = rng.integers(1, CHAIN.steps + 1, HOW.batch_size)
    noise = rng.standard_normal(images[chosen].shape, dtype=np.float32)
    expected = np.mean(CHAIN.bound_weight()[t][:, None] * (noise**2).reshape(len(t), -1))  # it predicts 0
    assert run.run(1)[0] == pytest.approx(expected, rel=1e-5)
