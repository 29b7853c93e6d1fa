"""Hooks: what they see, what they change, and when they are gone."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest
import torch

from foundations import nn
from foundations.errors import DTypeError


def double(_module, _args, output):
    return output * 2


def test_hooks_see_arguments_and_output_in_the_order_of_pytorch():
    def record(kind, seen):
        return lambda _module, args, *output: seen.append((kind, [float(a) for a in args + output]))

    ours, theirs = nn.ReLU(), torch.nn.ReLU()
    seen, reference = [], []
    for module, events in ((ours, seen), (theirs, reference)):
        module.register_forward_hook(record("after", events))
        module.register_forward_pre_hook(record("before", events))
        module.register_forward_pre_hook(lambda _module, args: args[0] + 1)
        module.register_forward_hook(double)
        module.register_forward_hook(record("last", events))
    assert float(ours(np.array(2.0))) == float(theirs(torch.tensor(2.0))) == 6
    assert seen == reference
    assert seen == [("before", [2.0]), ("after", [3.0, 3.0]), ("last", [3.0, 6.0])]


def test_handles_take_hooks_off():
    layer = nn.ReLU()
    first, second = layer.register_forward_hook(double), layer.register_forward_hook(double)
    assert layer(np.array(1.0)) == 4
    first.remove()
    first.remove()
    assert layer(np.array(1.0)) == 2
    with layer.register_forward_hook(double):
        assert layer(np.array(1.0)) == 4
    second.remove()
    assert layer(np.array(1.0)) == 1
    assert layer._hooks is None


def test_keyword_arguments_reach_the_hooks_that_ask_for_them():
    layer = nn.MultiHeadAttention(4, 2, rng=np.random.default_rng(0))
    x, seen = np.random.default_rng(0).standard_normal((1, 3, 4)).astype(np.float32), []

    def look_back(module, args, kwargs):
        assert module is layer
        seen.append(kwargs)
        return args, {**kwargs, "causal": True}

    want = layer(x, causal=True).numpy()
    with (
        layer.register_forward_pre_hook(look_back, with_kwargs=True),
        layer.register_forward_hook(lambda *given: seen.append(given[2]), with_kwargs=True),
    ):
        np.testing.assert_array_equal(layer(x, causal=False).numpy(), want)
    assert seen == [{"causal": False}, {"causal": True}]
    with (
        layer.register_forward_pre_hook(lambda *_: x, with_kwargs=True),
        pytest.raises(DTypeError, match="a tuple of arguments and a dictionary"),
    ):
        layer(x)


def test_a_tuple_from_a_pre_hook_is_all_the_arguments():
    class Sum(nn.Module):
        def forward(self, a, b):
            return a + b

    layer = Sum()
    layer.register_forward_pre_hook(lambda _module, args: (args[1], 10))
    assert layer(1, 2) == 12


def test_hooks_inside_a_model_run_in_every_pass():
    model = nn.Sequential(nn.Linear(2, 3, rng=np.random.default_rng(0)), nn.ReLU())
    stds = {}
    handles = [
        module.register_forward_hook(lambda _m, _a, y, name=name: stds.setdefault(name, []).append(y.shape))
        for name, module in model.named_modules()
        if not list(module.children())
    ]
    for _ in range(2):
        model(np.ones((4, 2), np.float32))
    assert stds == {"0": [(4, 3)] * 2, "1": [(4, 3)] * 2}
    for handle in handles:
        handle.remove()
    model(np.ones((4, 2), np.float32))
    assert len(stds["0"]) == 2


def test_copies_keep_their_own_hooks():
    layer = nn.ReLU()
    handle = layer.register_forward_hook(double)
    for twin in (copy.copy(layer), copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert twin(np.array(1.0)) == 2
        twin.register_forward_hook(double)
        assert twin(np.array(1.0)) == 4
        assert layer(np.array(1.0)) == 2
    twin = copy.deepcopy(layer)
    handle.remove()
    assert layer(np.array(1.0)) == 1
    assert twin(np.array(1.0)) == 2
    layer.register_forward_hook(lambda *_: None)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(layer)


def test_a_handle_does_not_keep_its_module():
    gc.disable()
    try:
        layer = nn.ReLU()
        handle = layer.register_forward_hook(double)
        watch = weakref.ref(layer)
        del layer
        assert watch() is None
        handle.remove()
    finally:
        gc.enable()
