"""Batch normalisation folded into kernels, and the weights that ship."""

import json
from pathlib import Path

import numpy as np
import pytest

from foundations.errors import ValueRangeError
from foundations.nn.serialization import load_metadata
from foundations.nn.shipping import load_shipped
from implementations.cnn import ConvNet, ConvNetConfig, Pictures, accuracy, folded, pictures
from implementations.cnn.demo_lessons import lesson
from implementations.cnn.demo_live import maps_of, seen
from implementations.cnn.demo_weights import SCRIPT, WEIGHTS, examples, load_model
from implementations.cnn.receptive_field import seen_by


@pytest.mark.parametrize("hidden", [0, 5])
def test_a_folded_network_gives_the_same_scores(hidden):
    rng = np.random.default_rng(3)
    config = ConvNetConfig(12, 2, ((3, 4), (5,)), 7, hidden=hidden)
    model = ConvNet(config, rng=rng)
    x = rng.standard_normal((6, 2, 12, 12)).astype(np.float32)
    for scale in (1, 3):
        model(scale * x + 1)  # moves the running means
    for block in model.blocks:
        for norm in list(block.layers)[1::3]:
            norm.weight.data = rng.uniform(0.5, 2, norm.weight.shape).astype(np.float32)
            norm.bias.data = rng.standard_normal(norm.bias.shape).astype(np.float32)
    model.eval()
    before = {name: value.copy() for name, value in model.state_dict().items()}
    plain = folded(model)
    np.testing.assert_allclose(plain(x).numpy(), model(x).numpy(), rtol=1e-4, atol=1e-4)
    assert not plain.training
    assert not plain.config.batch_norm
    assert all(np.array_equal(before[name], value) for name, value in model.state_dict().items())


def test_a_network_without_norms_has_nothing_to_fold():
    plain = ConvNet(ConvNetConfig(8, widths=((2,),), batch_norm=False), rng=np.random.default_rng(0))
    with pytest.raises(ValueRangeError, match="no batch normalisation to fold"):
        folded(plain)


def test_what_ships_reads_the_test_digits():
    model, scale, shipped = load_model()
    _, test = pictures("mnist-small")
    right = accuracy(model, test, scale)
    assert right >= 0.985
    said = json.loads(load_metadata(WEIGHTS)["network"])["right"]  # on all 10,000
    assert said >= 0.99
    assert accuracy(model, Pictures(shipped, np.arange(10)), scale) == 1  # all of the notes' ten
    np.testing.assert_allclose(shipped.reshape(10, -1), examples(), rtol=0, atol=0.5 / 127 + 1e-6)


def test_both_files_hold_the_same_and_say_how_they_were_made():
    text = Path(SCRIPT).read_text(encoding="utf-8")
    first, given = text.split("\n", 1)
    assert first == "// Written by `python -m implementations.cnn.demo_weights`: not by hand."
    content = json.loads(given.removeprefix("figure.give(").rstrip().removesuffix(");"))
    assert content["metadata"] == load_metadata(WEIGHTS)
    assert set(content["arrays"]) == set(load_shipped(WEIGHTS))
    training = json.loads(content["metadata"]["training"])
    assert training["epochs"] == lesson("standard").training.epochs
    assert len(content["metadata"]["commit"]) == 40


def test_what_a_unit_sees_is_what_it_reacts_to():
    model, scale, shipped = load_model()
    rng = np.random.default_rng(0)
    image = rng.standard_normal((1, 28, 28))

    def second_convolution(x):
        for layer in model.blocks[0].layers:  # convolution, ReLU
            x = layer(x)
        return model.blocks[1].layers[0](model.blocks[0].pool(x))

    reacts = np.abs(seen_by(second_convolution, image.astype(np.float32), (0, 0, 9)))[0] > 0
    (top, bottom), (left, right) = seen(model, 2, (0, 0, 9))
    rows, columns = np.flatnonzero(reacts.any(axis=1)), np.flatnonzero(reacts.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (top, bottom, left, right)
    shapes = [one.shape for one in maps_of(model, shipped[0], scale)]
    assert shapes[:5] == [(16, 28, 28), (16, 14, 14), (32, 14, 14), (32, 14, 14), (32, 7, 7)]
    assert shapes[5:] == [(64, 7, 7), (64, 7, 7), (64, 3, 3)]
