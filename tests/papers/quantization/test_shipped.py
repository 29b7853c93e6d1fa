"""What ships: the network reads its digits, page and NumPy have the same numbers; the encoder in bytes."""

import base64
import json
import re

import numpy as np
import pytest

from foundations.nn import SavedStateError, load_arrays, load_metadata, save_arrays
from papers.quantization import demo_weights
from papers.quantization.demo_live import errors, rounded
from papers.quantization.demo_weights import SCRIPT, WEIGHTS, load_model, read_model
from papers.quantization.encoder import dequantize_state, load_state, quantize_state, save_state
from papers.quantization.experiments import minilm
from papers.quantization.training import accuracy


def given(text):
    return json.loads(re.search(r"^figure\.give\((.*)\);$", text, re.MULTILINE)[1])


def test_the_network_reads_its_digits_in_reals_and_on_integers():
    shipped = load_model()
    assert accuracy(shipped.net(shipped.digits.images), shipped.digits.labels) > 0.93
    assert accuracy(rounded(shipped, 8, True).integers(shipped.digits.images), shipped.digits.labels) > 0.93


def test_the_page_has_the_numbers_that_numpy_has():
    arrays, script = load_arrays(WEIGHTS), given(SCRIPT.read_text(encoding="utf-8"))
    assert script["metadata"] == load_metadata(WEIGHTS)
    assert set(arrays) == set(script["arrays"])
    for name, one in script["arrays"].items():
        assert one["shape"] == list(arrays[name].shape)
        assert base64.b64decode(one["values"]) == arrays[name].tobytes()
    said = script["metadata"]
    assert said["command"] == "python -m papers.quantization.demo_weights"
    assert (said["seed"], said["budget"][:9]) == ("50", "600 steps")
    assert re.fullmatch(r"[0-9a-f]{40}", said["commit"])


def test_the_command_writes_the_same_bytes_again(tmp_path):
    files = [(tmp_path / f"{i}.safetensors", tmp_path / f"{i}.js") for i in range(2)]
    for weights, script in files:
        demo_weights.write(weights, script, steps=5)
    assert files[0][0].read_bytes() == files[1][0].read_bytes()
    assert files[0][1].read_bytes() == files[1][1].read_bytes()
    assert len(read_model(files[0][0]).digits.labels) == 100


def test_foreign_and_broken_weights_are_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(WEIGHTS.read_bytes()[:-9])
    with pytest.raises(SavedStateError):
        read_model(path)
    save_arrays(path, {"images": np.zeros(2, np.float32)}, metadata={"network": "{}"})
    with pytest.raises(SavedStateError, match="holds no network of this kind"):
        read_model(path)


def test_the_error_of_a_channel_is_that_of_its_numbers():
    weight = load_model().net.layers[4].weight
    found = errors(weight, 3, True)
    row = weight[5].ravel().astype(float)
    step = float(np.float32(np.abs(row).max() / 3))
    off = np.rint(row / step) * step - row
    assert found[5] == pytest.approx(np.linalg.norm(off) / np.linalg.norm(row), rel=1e-6)


@pytest.fixture(scope="module")
def state():
    return minilm.encoder("real", "quick").encoder.state_dict()


@pytest.mark.parametrize("per_channel", [True, False])
def test_an_encoder_in_bytes_is_off_by_half_a_step(state, per_channel, tmp_path):
    quantized = quantize_state(state, 8, per_channel=per_channel)
    save_state(tmp_path / "e.safetensors", quantized)
    back, real = load_state(tmp_path / "e.safetensors"), dequantize_state(quantized)
    assert set(back) == set(state)
    for name, value in state.items():
        np.testing.assert_array_equal(back[name], real[name])
        if value.ndim < 2:
            np.testing.assert_array_equal(back[name], value)
            continue
        assert quantized[name][0].dtype == np.int8
        axis = 1 if name.split(".")[0] in ("pieces", "positions", "types") else 0
        largest = np.abs(value).max(axis=axis if per_channel else None, keepdims=True)
        assert (np.abs(back[name] - value) <= 0.501 * largest / 127).all()


def test_foreign_files_of_encoders_are_refused(tmp_path, state):
    path = tmp_path / "e.safetensors"
    save_arrays(path, {"a": np.zeros(2, np.float32)})
    with pytest.raises(SavedStateError, match="holds no encoder in bytes"):
        load_state(path)
    quantized = quantize_state(state)
    save_state(path, quantized)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SavedStateError):
        load_state(path)
    wrong = {"pieces.weight": np.zeros((3, 2), np.int8), "pieces.weight.scale": np.ones(5, np.float32)}
    save_arrays(path, wrong, metadata={"kind": "papers.quantization.encoder"})
    with pytest.raises(SavedStateError, match="does not fit its scales"):
        load_state(path)
