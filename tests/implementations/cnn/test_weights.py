"""The weights that ship: a missing, cut or foreign file is refused in words, and nothing of it is used."""

import json

import numpy as np
import pytest

from foundations import nn
from foundations.nn.serialization import SavedStateError
from foundations.nn.shipping import load_shipped
from implementations.cnn.demo_weights import COMMAND, SCRIPT, WEIGHTS, read_model


def changed(tmp_path, *, arrays=None, metadata=None):
    """Write the shipped file with other arrays or another record."""
    file = tmp_path / "other.safetensors"
    own = nn.load_arrays(WEIGHTS) if arrays is None else arrays
    nn.save_arrays(file, own, metadata=nn.load_metadata(WEIGHTS) if metadata is None else metadata)
    return file


def test_the_shipped_network_reads_its_examples():
    model, scale, examples = read_model()
    assert examples.shape == (10, 1, 28, 28)
    with_scale = scale.apply(examples)
    assert model(with_scale).shape == (10, 10)
    assert (model(with_scale).numpy().argmax(axis=1) == np.arange(10)).sum() >= 9
    assert SCRIPT.stat().st_size < 500_000


@pytest.mark.parametrize("damage", ["missing", "cut", "foreign bytes"])
def test_a_broken_file_is_refused(damage, tmp_path):
    file = tmp_path / "digits.safetensors"
    if damage == "cut":
        file.write_bytes(WEIGHTS.read_bytes()[:-100])
    elif damage == "foreign bytes":
        file.write_bytes(b"not weights at all" * 20)
    with pytest.raises(SavedStateError, match=str(file)):
        read_model(file)


@pytest.mark.parametrize(
    "record", [None, "no json", '{"config": {"widths": 3}}', '{"config": {"wide": [[1]]}}']
)
def test_weights_without_a_record_of_this_network_are_refused(record, tmp_path):
    metadata = {} if record is None else {"network": record}
    with pytest.raises(SavedStateError, match=COMMAND):
        read_model(changed(tmp_path, metadata=metadata))


def test_weights_of_another_configuration_are_refused(tmp_path):
    metadata = nn.load_metadata(WEIGHTS)
    network = json.loads(metadata["network"])
    network["config"]["widths"][0][0] += 1
    with pytest.raises(SavedStateError, match="does not hold a network for digits"):
        read_model(changed(tmp_path, metadata=metadata | {"network": json.dumps(network)}))


def test_weights_of_another_network_are_refused(tmp_path):
    arrays = {"a": np.ones(3, dtype=np.int8), "a.scales": np.ones(1, dtype=np.float32)}
    with pytest.raises(SavedStateError, match="examples"):
        read_model(changed(tmp_path, arrays=arrays))
    assert "examples" in load_shipped(WEIGHTS)
