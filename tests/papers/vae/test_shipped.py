"""What ships: weights that are what their record says, the numbers of the figure, and figure 2 in stages."""

import base64
import dataclasses
import json
import re

import numpy as np
import pytest

from foundations.errors import ExperimentError, ShapeError, ValueRangeError
from foundations.nn import SavedStateError, load_arrays, load_metadata, save_arrays
from papers.vae import VAEConfig, elbo, figure2
from papers.vae.data import binarised, grey_digits
from papers.vae.demo_figures import manifold
from papers.vae.demo_live import terms
from papers.vae.demo_weights import (
    SCRIPT,
    TRAINING,
    WEIGHTS,
    bound_of,
    held_out_rows,
    load_models,
    read_models,
    write,
)


def given(text):
    """Return what the script hands to the figure."""
    return json.loads(re.search(r"^figure\.give\((.*)\);$", text, re.MULTILINE)[1])


def test_they_are_what_their_record_says():
    models, examples, record = load_models()
    assert record["command"] == "python -m papers.vae.demo_weights"
    assert re.fullmatch(r"[0-9a-f]{40}", record["commit"])
    assert json.loads(record["training"]) == dataclasses.asdict(TRAINING)
    assert VAEConfig(**json.loads(record["network"])) == models["sum"].config == models["mean"].config
    assert set(np.unique(examples)) == {0.0, 1.0}
    assert WEIGHTS.stat().st_size < 500_000
    assert SCRIPT.stat().st_size < 500_000
    test = held_out_rows("mnist-small")[:300]
    assert bound_of(models["sum"], test, 0) > -165
    assert json.loads(record["bounds"])["sum"] > -160


def test_the_mean_over_pixels_made_the_encoder_silent():
    models, examples, _ = load_models()
    plane = manifold(models["mean"], 5)
    assert np.ptp(plane, axis=0).max() < 0.02  # every point of the plane gives the same picture
    assert np.ptp(manifold(models["sum"], 5), axis=0).max() > 0.8
    gained = []
    for x in examples:
        silent, telling = (terms(models[kind], x) for kind in ("mean", "sum"))
        assert silent.divergence < 0.05 < 2 < telling.divergence
        np.testing.assert_allclose(silent.sigma, 1, atol=0.05)
        gained.append(telling.expected - telling.divergence - silent.expected)
    assert np.mean(gained) > 30


def test_the_terms_without_noise_are_means_over_noise():
    model, x = load_models().models["sum"], load_models().examples[3]
    found = terms(model, x)
    drawn = elbo(model, x[None], rng=np.random.default_rng(0), n_samples=20_000).numpy()[0]
    assert found.expected - found.divergence == pytest.approx(drawn, abs=0.2)


def test_the_page_has_the_numbers_that_numpy_has():
    arrays, script = load_arrays(WEIGHTS), given(SCRIPT.read_text(encoding="utf-8"))
    assert script["metadata"] == load_metadata(WEIGHTS)
    assert set(arrays) == {name + end for name in script["arrays"] for end in ("", ".scales")}
    for name, one in script["arrays"].items():
        assert one["shape"] == list(arrays[name].shape)
        assert base64.b64decode(one["values"]) == arrays[name].tobytes()
        assert base64.b64decode(one["scales"]) == arrays[f"{name}.scales"].tobytes()


@pytest.mark.parametrize("damage", ["cut", "missing", "foreign", "network", "record", "more", "shape"])
def test_a_file_that_is_not_it_is_refused(damage, tmp_path):
    file = tmp_path / "digits.safetensors"
    arrays, record = load_arrays(WEIGHTS), load_metadata(WEIGHTS)
    if damage == "cut":
        file.write_bytes(WEIGHTS.read_bytes()[:-100])
    elif damage == "foreign":
        save_arrays(file, {"a": np.zeros(3)})
    elif damage == "network":
        save_arrays(file, arrays, metadata=record | {"network": '{"n_latent": 0}'})
    elif damage == "record":
        save_arrays(file, arrays, metadata={})
    elif damage == "more":
        more = {"other/weight": np.zeros(2, np.int8), "other/weight.scales": np.ones(1, np.float32)}
        save_arrays(file, arrays | more, metadata=record)
    elif damage == "shape":
        other = json.loads(record["network"]) | {"n_hidden": 99}
        save_arrays(file, arrays, metadata=record | {"network": json.dumps(other)})
    with pytest.raises(SavedStateError):
        read_models(file)


def test_the_command_writes_the_same_bytes_again(tmp_path):
    how, config = dataclasses.replace(TRAINING, steps=15), VAEConfig(784, 4, 2)
    files = [(tmp_path / f"{i}.safetensors", tmp_path / f"{i}.js") for i in range(2)]
    for weights, script in files:
        bounds = write(weights, script, name="mnist-small", training=how, config=config)
        assert list(bounds) == ["sum", "mean"]
    (first, one), (second, other) = files
    assert first.read_bytes() == second.read_bytes()
    assert one.read_bytes() == other.read_bytes()


def test_binary_digits():
    grey = grey_digits("mnist-small", "test")[:50]
    drawn = [binarised(grey, rng=np.random.default_rng(s)) for s in range(200)]
    assert set(np.unique(drawn)) == {0.0, 1.0}
    assert np.abs(np.mean(drawn, axis=0) - grey).max() < 0.2
    small = grey_digits("mnist-small", "test", 14)[:50]
    by_hand = grey.reshape(50, 28, 28)[:, 0::2] + grey.reshape(50, 28, 28)[:, 1::2]
    np.testing.assert_allclose(
        small.reshape(50, 14, 14), (by_hand[..., 0::2] + by_hand[..., 1::2]) / 4, atol=1e-6
    )
    with pytest.raises(ShapeError, match="rows of pixels"):
        binarised(np.zeros((2, 3, 3)), rng=np.random.default_rng(0))
    with pytest.raises(ValueRangeError, match="divide by 255"):
        binarised(np.full((2, 3), 255), rng=np.random.default_rng(0))
    with pytest.raises(ValueRangeError, match="28 or 14"):
        grey_digits("mnist-small", "test", 7)


class KilledError(Exception):
    """What stands for the end of the process."""


@pytest.mark.parametrize("after", [25, 95])
def test_figure_2_killed_and_resumed_is_not_killed_bit_for_bit(after, tmp_path, monkeypatch):
    """The end comes in the first arm after its first checkpoint, or in the second arm."""
    chosen = figure2.plan("quick")
    whole = figure2.run(chosen, tmp_path / "whole")
    learn, steps = figure2.Training._learn, [0]

    def dying(self):
        if self.config.steps == chosen.steps:
            steps[0] += 1
            if steps[0] > after:
                raise KilledError
        return learn(self)

    with monkeypatch.context() as patched:
        patched.setattr(figure2.Training, "_learn", dying)
        with pytest.raises(KilledError):
            figure2.run(chosen, tmp_path / "parts")
    steps_again = [0]

    def counting(self):
        steps_again[0] += self.config.steps == chosen.steps
        return learn(self)

    monkeypatch.setattr(figure2.Training, "_learn", counting)
    assert figure2.run(chosen, tmp_path / "parts") == whole
    assert 0 < steps_again[0] <= 4 * chosen.steps - after // 25 * 25  # nothing before the checkpoint again
    for name in whole:
        one, other = (tmp_path / f / f"{name}.safetensors" for f in ("whole", "parts"))
        assert one.read_bytes() == other.read_bytes()


def test_a_damaged_folder_of_figure_2_is_refused(tmp_path):
    chosen = figure2.plan("quick")
    (tmp_path / "aevb-2.json").write_text('{"rate": [0.1]', encoding="utf-8")
    with pytest.raises(ExperimentError, match="damaged: remove it"):
        figure2.run(chosen, tmp_path)


def test_the_full_figure_2_has_the_papers_sizes():
    full = figure2.plan("full")
    assert (full.n_hidden, full.latents, full.steps) == (500, (3, 5, 10, 20, 200), 1_000_000)
    at = full.measured_at()
    assert (at[0], at[-1], len(at)) == (1000, 1_000_000, 25)  # from 10⁵ to 10⁸ samples of M = 100
