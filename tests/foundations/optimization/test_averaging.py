"""The moving average of weights against its closed form, and against PyTorch's where the two are equal."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from foundations import nn
from foundations.autodiff import Tensor
from foundations.errors import DTypeError, GraphError, ShapeError, ValueRangeError
from foundations.nn import load_arrays, save_arrays
from foundations.optimization import ExponentialMovingAverage

SHAPES = [(3, 5), (7,), ()]


def model(dtype=np.float64):
    rng = np.random.default_rng(0)
    return [Tensor(np.asarray(rng.standard_normal(s), dtype), requires_grad=True) for s in SHAPES]


def walk(parameters, steps, seed=1):
    """Move the parameters at random; yield all values after each step."""
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        for p in parameters:
            p.data += rng.standard_normal(p.shape).astype(p.dtype)
        yield [p.data.copy() for p in parameters]


def assert_all_close(a, b, tolerance=1e-13):
    for x, y in zip(a, b, strict=True):
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


def test_the_average_is_the_weighted_sum_of_all_values():
    parameters = model()
    start, seen = [p.data.copy() for p in parameters], []
    ema = ExponentialMovingAverage(parameters, 0.8)
    for t, values in enumerate(walk(parameters, 20), 1):
        ema.update()
        seen.append(values)
        weights = 0.2 * 0.8 ** np.arange(t - 1, -1, -1)
        expected = [
            0.8**t * start[i] + sum(w * v[i] for w, v in zip(weights, seen, strict=True)) for i in range(3)
        ]
        assert_all_close(ema.values(), expected)


def test_corrected_for_its_start_it_is_a_weighted_mean_of_what_was_seen():
    parameters, seen = model(), []
    ema = ExponentialMovingAverage(parameters, 0.8, bias_correction=True)
    for t, values in enumerate(walk(parameters, 20), 1):
        ema.update()
        seen.append(values)
        weights = 0.8 ** np.arange(t - 1, -1, -1)
        expected = [
            sum(w * v[i] for w, v in zip(weights, seen, strict=True)) / weights.sum() for i in range(3)
        ]
        assert_all_close(ema.values(), expected)
    with pytest.raises(ValueRangeError, match=r"0 / 0: call update\(\) first"):
        ExponentialMovingAverage(parameters, bias_correction=True).values()


@pytest.mark.parametrize("warm_up", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-13), (np.float32, 1e-6)])
def test_it_is_its_definition(warm_up, dtype, tolerance):
    parameters = model(dtype)
    ema = ExponentialMovingAverage(parameters, 0.9, warm_up=warm_up)
    slow = ema.values()
    for t, values in enumerate(walk(parameters, 120), 1):
        ema.update()
        slow = [ema.definition(0.9, t, a, v, warm_up) for a, v in zip(slow, values, strict=True)]
        assert_all_close(ema.averages, slow, tolerance)
        assert all(a.dtype == dtype for a in ema.values())


def test_the_warm_up_rises_to_the_decay():
    w = Tensor([0.0], dtype=np.float64, requires_grad=True)
    ema = ExponentialMovingAverage([w], 0.5, warm_up=True)
    w.data[:] = 1.0
    ema.update()
    assert ema.averages[0][0] == pytest.approx(9 / 11)
    for t in range(2, 12):
        before = ema.averages[0][0]
        ema.update()
        assert (1 - ema.averages[0][0]) / (1 - before) == pytest.approx(min(0.5, (1 + t) / (10 + t)))


def test_it_is_that_of_pytorch():
    theirs = torch.nn.Sequential(torch.nn.Linear(5, 3), torch.nn.BatchNorm1d(3)).double()
    averaged = AveragedModel(theirs, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    mine = [Tensor(p.detach().numpy().copy(), requires_grad=True) for p in theirs.parameters()]
    ema = ExponentialMovingAverage(mine, 0.9)
    averaged.update_parameters(theirs)  # the first call copies, as our constructor does
    for values in walk(mine, 30):
        with torch.no_grad():
            for p, v in zip(theirs.parameters(), values, strict=True):
                p.copy_(torch.tensor(v))
        ema.update()
        averaged.update_parameters(theirs)
        assert_all_close(ema.values(), [p.detach().numpy() for p in averaged.module.parameters()])


def test_large_parameters_are_averaged_too():
    w = Tensor(np.zeros((700, 1500), np.float32), requires_grad=True)
    ema = ExponentialMovingAverage(w, 0.75)
    w.data += np.arange(1500, dtype=np.float32)
    ema.update()
    np.testing.assert_allclose(ema.averages[0], np.broadcast_to(0.25 * np.arange(1500), w.shape), rtol=1e-6)


def test_inside_the_block_the_model_is_the_average_and_after_it_itself():
    net = nn.Sequential(nn.Linear(2, 3, rng=np.random.default_rng(0)), nn.BatchNorm1d(3))
    ema = ExponentialMovingAverage(net.parameters(), 0.5)
    for p in net.parameters():
        p.data += 1
    ema.update()
    net(Tensor(np.random.default_rng(1).standard_normal((4, 2)).astype(np.float32)))
    own, buffers = [p.data.copy() for p in net.parameters()], [b.data.copy() for _, b in net.named_buffers()]
    arrays = [p.data for p in net.parameters()]
    with ema.applied():
        for p, a, before in zip(net.parameters(), ema.values(), own, strict=True):
            np.testing.assert_array_equal(p.data, a)
            np.testing.assert_allclose(a, before - 0.5, atol=1e-6)
        for (_, b), before in zip(net.named_buffers(), buffers, strict=True):
            np.testing.assert_array_equal(b.data, before)  # of the model, not averaged
    for p, before, array in zip(net.parameters(), own, arrays, strict=True):
        assert p.data is array
        np.testing.assert_array_equal(p.data, before)


def test_an_error_inside_the_block_puts_the_parameters_back():
    parameters = model()
    ema = ExponentialMovingAverage(parameters, 0.5)
    list(walk(parameters, 1))
    before = [p.data.copy() for p in parameters]
    with pytest.raises(KeyError), ema.applied():
        raise KeyError
    assert_all_close([p.data for p in parameters], before, 0)
    ema.update()


@pytest.mark.parametrize("call", ["update", "copy_to", "applied"])
def test_inside_the_block_nothing_else_moves_them(call):
    ema = ExponentialMovingAverage(model(), 0.5)
    again = {"update": ema.update, "copy_to": ema.copy_to, "applied": lambda: ema.applied().__enter__()}
    with ema.applied(), pytest.raises(GraphError, match="averages are in their place"):
        again[call]()


def test_a_backward_pass_that_needs_the_parameters_notices_the_exchange():
    w = Tensor([2.0], requires_grad=True)
    ema = ExponentialMovingAverage([w], 0.5)
    y = (w * w).sum()
    with ema.applied():
        pass
    with pytest.raises(GraphError, match="changed in place"):
        y.backward()


def test_copies_go_to_this_model_or_to_another():
    parameters, others = model(), model(np.float32)
    ema = ExponentialMovingAverage(parameters, 0.9)
    list(walk(parameters, 3))
    ema.update()
    ema.copy_to(others)
    assert_all_close([p.data for p in others], ema.values(), 1e-6)
    ema.copy_to()
    assert_all_close([p.data for p in parameters], ema.values(), 0)
    with pytest.raises(ShapeError, match="expected parameters of shapes"):
        ema.copy_to(others[:2])


@pytest.mark.parametrize("settings", [{}, {"warm_up": True}, {"bias_correction": True}])
def test_a_resumed_average_is_the_uninterrupted_one(settings, tmp_path):
    parameters = model(np.float32)
    ema = ExponentialMovingAverage(parameters, 0.97, **settings)
    for _ in walk(parameters, 5):
        ema.update()
    save_arrays(tmp_path / "ema.safetensors", ema.state_dict())
    resumed = ExponentialMovingAverage(parameters)
    resumed.load_state_dict(load_arrays(tmp_path / "ema.safetensors"))
    for _ in walk(parameters, 5, seed=2):
        ema.update()
        resumed.update()
    assert resumed.updates == 10
    assert_all_close(resumed.values(), ema.values(), 0)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda s: s.pop("updates"), ValueRangeError, "differs in"),
        (lambda s: s.update({"average.3": np.zeros(1)}), ValueRangeError, r"differs in \['average.3'\]"),
        (lambda s: s.update({"average.1": np.zeros(6)}), ValueRangeError, r"average.1 has shape \(6,\)"),
        (lambda s: s.update({"average.1": "abc"}), ValueRangeError, "expected"),
        (lambda s: s.update({"decay": np.array(1.5)}), ValueRangeError, "decay lies in"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(change, error, message):
    ema = ExponentialMovingAverage(model(), 0.5)
    state = ema.state_dict() | {"decay": np.array(0.9)}
    change(state)
    with pytest.raises(error, match=message):
        ema.load_state_dict(state)
    assert ema.decay == 0.5


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda p: ExponentialMovingAverage([]), ValueRangeError, "needs parameters, got none"),
        (lambda p: ExponentialMovingAverage([*p, p[0]]), ValueRangeError, "parameter 3 twice"),
        (lambda p: ExponentialMovingAverage(nn.Identity()), DTypeError, r"pass model.parameters\(\)"),
        (lambda p: ExponentialMovingAverage([Tensor([1, 2])]), DTypeError, "parameter 0 is int"),
        (lambda p: ExponentialMovingAverage(p, 1.0), ValueRangeError, r"decay lies in \[0, 1\)"),
        (lambda p: ExponentialMovingAverage(p, "0.9"), DTypeError, "decay is a number"),
        (lambda p: ExponentialMovingAverage(p, warm_up=1), DTypeError, "warm_up is True or False"),
        (
            lambda p: ExponentialMovingAverage(p, warm_up=True, bias_correction=True),
            ValueRangeError,
            "choose one",
        ),
    ],
)
def test_what_cannot_be_averaged_is_refused(build, error, message):
    with pytest.raises(error, match=message):
        build(model())


def test_a_parameter_of_another_shape_is_noticed():
    w = Tensor([1.0, 2.0], requires_grad=True)
    ema = ExponentialMovingAverage([w])
    w.data = np.zeros(3, np.float32)
    with pytest.raises(ShapeError, match=r"parameter 0 has shape \(3,\), it was averaged as \(2,\)"):
        ema.update()
