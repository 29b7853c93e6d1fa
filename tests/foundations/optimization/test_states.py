"""The state of an optimiser: what is saved resumes exactly, and what does not fit is refused."""

from __future__ import annotations

import numpy as np
import pytest

from foundations.autodiff import Tensor
from foundations.errors import DTypeError, ValueRangeError
from foundations.nn import load_arrays, save_arrays
from foundations.optimization import SGD, Adam, AdamW, RMSProp, cosine_schedule


def model():
    rng = np.random.default_rng(0)
    return [Tensor(rng.standard_normal(s), requires_grad=True) for s in [(3, 5), (7,), ()]]


def grouped(kind=Adam, **options):
    first, second, third = model()
    groups = [
        {"parameters": [first], "learning_rate": 0.1},
        {"parameters": [second, third], "weight_decay": 0.2},
    ]
    return kind(groups, learning_rate=0.01, **options)


def train(optimizer, steps, seed):
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        for p in optimizer.parameters:
            p.grad = Tensor(p.data + rng.standard_normal(p.shape)) if rng.random() < 0.8 else None
        optimizer.step()


@pytest.mark.parametrize(
    ("kind", "options"), [(Adam, {"amsgrad": True}), (AdamW, {}), (SGD, {"momentum": 0.9}), (RMSProp, {})]
)
def test_a_run_with_groups_resumes_bit_for_bit_and_takes_over_the_options(kind, options, tmp_path):
    whole = grouped(kind, **options)
    train(whole, 6, seed=1)
    whole.groups[0].learning_rate = 0.05  # a decay by hand, which only the state knows
    save_arrays(tmp_path / "state.safetensors", whole.state_dict())

    resumed = grouped(kind, **options)
    for p, q in zip(resumed.parameters, whole.parameters, strict=True):
        p.data[...] = q.data
    resumed.load_state_dict(load_arrays(tmp_path / "state.safetensors"))
    assert [g.learning_rate for g in resumed.groups] == [0.05, 0.01]
    assert [g.as_dict() for g in resumed.groups] == [g.as_dict() for g in whole.groups]
    train(whole, 9, seed=2)
    train(resumed, 9, seed=2)
    assert resumed.counts == whole.counts
    assert resumed.steps == whole.steps == 15
    for p, q in zip(resumed.parameters, whole.parameters, strict=True):
        np.testing.assert_array_equal(p.data, q.data)


def test_a_schedule_goes_on_where_it_was():
    rates = []
    optimizer = grouped()
    for _ in range(2):
        schedules = [cosine_schedule(rate, 10) for rate in (0.1, 0.01)]
        for _ in range(5):
            optimizer.follow(*schedules)
            rates.append([g.learning_rate for g in optimizer.groups])
            train(optimizer, 1, seed=0)
        state, optimizer = optimizer.state_dict(), grouped()
        optimizer.load_state_dict(state)
    expected = [[cosine_schedule(rate, 10)(t) for rate in (0.1, 0.01)] for t in range(1, 11)]
    np.testing.assert_array_equal(rates, expected)


def replaced(name, value):
    return lambda state: state.update({name: value})


def removed(name):
    return lambda state: state.pop(name)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (removed("steps"), ValueRangeError, "expected steps, and counts of 3 parameters"),
        (replaced("counts", np.array([1])), ValueRangeError, "counts of 3 parameters"),
        (replaced("other.0", np.zeros(15)), ValueRangeError, "keeps no 'other.0'"),
        (replaced("m.9", np.zeros(15)), ValueRangeError, "keeps no 'm.9'"),
        (replaced("m.0", np.zeros(4)), ValueRangeError, "m.0 has 4 elements, expected 15"),
        (replaced("m.0", "abc"), DTypeError, "m.0 is an array of numbers"),
        (removed("v.1"), ValueRangeError, "'v.1' is missing"),
        (removed("groups.1.eps"), ValueRangeError, "no eps of group 1"),
        (
            replaced("groups.1.parameters", np.array(1)),
            ValueRangeError,
            "group 1 has 2 parameters, the state 1",
        ),
        (replaced("groups.0.amsgrad", np.array(True)), ValueRangeError, r"group 0 keeps \('m', 'v'\)"),
        (replaced("groups.0.learning_rate", np.array(-1.0)), ValueRangeError, "learning_rate is a finite"),
    ],
)
def test_a_state_of_another_setup_is_refused_and_nothing_taken_over(change, error, message):
    optimizer = grouped()
    train(optimizer, 5, seed=0)
    state = optimizer.state_dict()
    change(state)
    fresh = grouped()
    with pytest.raises(error, match=message):
        fresh.load_state_dict(state)
    assert (fresh.steps, fresh.counts, fresh.state) == (0, [0, 0, 0], {})
    assert fresh.groups[0].learning_rate == 0.1


@pytest.mark.parametrize("state", [[1, 2], "abc", None, Tensor([1.0], requires_grad=True)])
def test_what_is_no_state_is_refused(state):
    with pytest.raises(DTypeError, match=r"expected what state_dict\(\) returned"):
        grouped().load_state_dict(state)


def test_the_state_of_a_parameter_is_that_of_the_paper():
    w = Tensor([1.0, 2.0], dtype=np.float64, requires_grad=True)
    optimizer = Adam([w], betas=(0.9, 0.99), amsgrad=True)
    assert optimizer.state_of(w) == {}
    gradients = np.array([[1.0, -2.0], [3.0, 0.5]])
    for g in gradients:
        w.grad = Tensor(g)
        optimizer.step()
    m = 0.9 * 0.1 * gradients[0] + 0.1 * gradients[1]
    v = 0.99 * 0.01 * gradients[0] ** 2 + 0.01 * gradients[1] ** 2
    kept = optimizer.state_of(w)
    assert list(kept) == ["m", "v", "v_max"]
    np.testing.assert_allclose(kept["m"], m, rtol=1e-14)
    np.testing.assert_allclose(kept["v"], v, rtol=1e-14)
    np.testing.assert_allclose(kept["v_max"], np.maximum(v, 0.01 * gradients[0] ** 2), rtol=1e-14)
    with pytest.raises(ValueRangeError, match="does not move this parameter"):
        optimizer.state_of(Tensor([1.0]))
