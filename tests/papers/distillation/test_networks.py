"""The nets: counted to the parameter, bounded weights, nothing dropped in answers, biases shifted."""

import numpy as np
import pytest
import torch

from foundations import nn
from foundations.errors import ShapeError, ValueRangeError
from papers.distillation import (
    PAPER_CONFIGS,
    Net,
    NetConfig,
    best_shift,
    errors,
    rule_out,
    shift_bias,
    soften,
    without_classes,
)

RNG = np.random.default_rng(1)
SMALL = NetConfig(inputs=6, hidden=(5, 7), outputs=3)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("teacher", 784 * 1200 + 1200 + 1200 * 1200 + 1200 + 1200 * 10 + 10),
        ("student-800", 784 * 800 + 800 + 800 * 800 + 800 + 800 * 10 + 10),
        ("student-30", 784 * 30 + 30 + 30 * 30 + 30 + 30 * 10 + 10),
        ("speech", 1040 * 2560 + 7 * 2560 * 2560 + 8 * 2560 + 2560 * 14000 + 14000),
    ],
)
def test_the_papers_nets_by_count(name, count):
    with nn.shapes_only():
        assert nn.count_parameters(Net(PAPER_CONFIGS[name])) == count


def test_only_the_teacher_is_regularised():
    teacher = PAPER_CONFIGS["teacher"]
    assert (teacher.drop_input, teacher.drop_hidden) == (0.2, 0.5)
    assert (teacher.max_squared_norm, teacher.jitter) == (15.0, 2)
    for name in ("student-800", "student-30", "speech"):
        one = PAPER_CONFIGS[name]
        assert (one.drop_input, one.drop_hidden, one.max_squared_norm, one.jitter) == (0, 0, None, 0)


def test_its_answers_are_pytorchs():
    net = Net(SMALL, rng=np.random.default_rng(0))
    x = RNG.random((4, 6), dtype=np.float32)
    h = torch.tensor(x)
    for i, layer in enumerate(net.layers):
        h = h @ torch.tensor(layer.weight.numpy()) + torch.tensor(layer.bias.numpy())
        h = torch.relu(h) if i < 2 else h
    np.testing.assert_allclose(net.logits(x), h.numpy(), rtol=1e-5, atol=1e-6)


def test_nothing_is_dropped_in_an_answer_and_training_goes_on_dropping():
    net = Net(NetConfig(6, (5, 7), 3, drop_input=0.2, drop_hidden=0.5), rng=np.random.default_rng(0)).train()
    x = RNG.random((4, 6), dtype=np.float32)
    answer = net.logits(x)
    assert (net.logits(x) == answer).all()
    assert net.training
    dropped = [net(x, rng=np.random.default_rng(k)).numpy() for k in range(2)]
    assert not np.allclose(*dropped)
    assert not np.allclose(dropped[0], answer)
    with pytest.raises(ValueRangeError, match="rng"):
        net(x)
    many = np.mean([net(x, rng=np.random.default_rng(k)).numpy() for k in range(4000)], axis=0)
    shallow = Net(NetConfig(6, (5,), 3, drop_hidden=0.5), rng=np.random.default_rng(0)).train()
    many = np.mean([shallow(x, rng=np.random.default_rng(k)).numpy() for k in range(4000)], axis=0)
    # above one hidden layer the logits are linear in what is dropped, so its mean is the answer
    np.testing.assert_allclose(many, shallow.logits(x), atol=0.12)


def test_initial_weights_keep_the_mean_square():
    layer = Net(NetConfig(400, (300,), 3), rng=np.random.default_rng(0)).layers[0]
    assert layer.weight.numpy().var() == pytest.approx(2 / 400, rel=0.03)
    assert not layer.bias.numpy().any()


def test_incoming_weights_stay_within_their_bound_and_keep_their_direction():
    net = Net(NetConfig(6, (5, 7), 3, max_squared_norm=0.4), rng=np.random.default_rng(0))
    before = [layer.weight.numpy().copy() for layer in net.layers]
    net.constrain()
    for w, old in zip([layer.weight.numpy() for layer in net.layers][:2], before, strict=False):
        squared = (old**2).sum(axis=0)
        assert (squared > 0.4).any()
        factor = np.minimum(1, np.sqrt(0.4 / squared))
        np.testing.assert_allclose(w, old * factor, rtol=1e-5)
    assert (net.layers[-1].weight.numpy() == before[-1]).all()  # logits are free


@pytest.mark.parametrize(
    "wrong",
    [
        {"hidden": (0, 3)},
        {"outputs": 0},
        {"drop_input": 1.0},
        {"drop_hidden": -0.1},
        {"max_squared_norm": 0.0},
        {"jitter": -1},
    ],
)
def test_a_config_out_of_range_is_refused(wrong):
    with pytest.raises(ValueRangeError):
        NetConfig(**wrong)


def test_images_of_another_size_are_refused():
    net = Net(SMALL, rng=np.random.default_rng(0))
    for shape in ((4, 7), (6,), (4, 3, 3)):
        with pytest.raises(ShapeError, match="6"):
            net.logits(np.zeros(shape, np.float32))
    assert net.logits(np.zeros((0, 6), np.float32)).shape == (0, 3)
    assert net.logits(np.zeros((2, 3, 2), np.float32)).shape == (2, 3)


# ---------------------------------------------------------------------- classes left out


def test_a_transfer_set_without_classes():
    labels = np.array([3, 1, 3, 7, 8, 1])
    assert without_classes(labels, [3]).tolist() == [1, 3, 4, 5]
    assert without_classes(labels, [1, 3]).tolist() == [3, 4]
    assert without_classes(labels, []).tolist() == list(range(6))
    with pytest.raises(ValueRangeError, match="no case is left"):
        without_classes(labels, [1, 3, 7, 8])


def test_a_class_ruled_out_leaves_the_others_ratios():
    v = RNG.standard_normal((4, 5))
    p, q = soften(v), soften(rule_out(v, [2]))
    assert (q[:, 2] == 0).all()
    np.testing.assert_allclose(q[:, [0, 1, 3, 4]], p[:, [0, 1, 3, 4]] / (1 - p[:, [2]]), rtol=1e-12)
    assert np.isfinite(v).all()


def test_a_shifted_bias_moves_one_logit():
    net = Net(SMALL, rng=np.random.default_rng(0))
    x = RNG.random((4, 6), dtype=np.float32)
    before = net.logits(x)
    shift_bias(net, [1], 3.5)
    np.testing.assert_allclose(net.logits(x) - before, [[0, 3.5, 0]] * 4, atol=1e-5)
    with pytest.raises(ValueRangeError, match="classes 0 to 2"):
        shift_bias(net, [3], 1.0)
    np.testing.assert_allclose(net.logits(x) - before, [[0, 3.5, 0]] * 4, atol=1e-5)


@pytest.mark.parametrize("classes", [[3], [1, 4]])
def test_the_best_shift_is_that_of_a_search_on_a_fine_grid(classes):
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 5, 60)
    logits = rng.standard_normal((60, 5))
    logits[np.arange(60), labels] += 1.5
    logits[:, classes] -= 2.0
    found = best_shift(logits, labels, classes)

    def wrong(by):
        moved = logits.copy()
        moved[:, classes] += by
        return errors(moved, labels)

    assert wrong(found.by) == found.errors
    grid = np.linspace(-8, 8, 6401)
    assert found.errors == min(wrong(by) for by in grid)
    assert found.errors < wrong(0.0)
    assert found.by > 0.5


def test_errors_and_shifts_need_a_label_a_case():
    with pytest.raises(ShapeError, match="label"):
        errors(np.zeros((3, 2)), np.array([0, 1]))
    with pytest.raises(ShapeError, match="none"):
        best_shift(np.zeros((0, 2)), np.zeros(0, int), [1])
    assert errors(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 0])) == 1
