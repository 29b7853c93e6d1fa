"""Containers: what they hold, what they refuse, and that nothing in them is lost."""

import numpy as np
import pytest

from foundations import nn
from foundations.autodiff import Tensor
from foundations.errors import DTypeError, ValueRangeError
from foundations.nn import functional as F


def linear(n_in=2, n_out=3):
    return nn.Linear(n_in, n_out, rng=np.random.default_rng(n_in))


def test_a_list_in_a_sequential_is_refused_with_the_way_to_unpack_it():
    with pytest.raises(DTypeError, match=r"unpack it, as in Sequential\(\*layers\)") as caught:
        nn.Sequential([linear(), nn.ReLU()])
    assert isinstance(caught.value, TypeError)
    with pytest.raises(DTypeError, match=r"unpack it"):
        nn.Sequential(layer for layer in [nn.ReLU()])


@pytest.mark.parametrize("function", [F.gelu, lambda x: x, np.tanh, F.relu])
def test_a_function_is_refused_and_not_dropped(function):
    with pytest.raises(DTypeError, match=r"use the module of that function, nn\.ReLU\(\) for F\.relu"):
        nn.Sequential(nn.ReLU(), function)
    with pytest.raises(DTypeError, match="ModuleList holds modules"):
        nn.ModuleList([function])


def test_a_class_is_refused_with_the_way_to_make_one():
    with pytest.raises(DTypeError, match=r"make one, ReLU\(\.\.\.\)"):
        nn.Sequential(nn.ReLU)
    with pytest.raises(DTypeError, match="takes a list"):
        nn.ModuleList(nn.ReLU())


def test_lists_of_modules_and_parameters_as_attributes_are_refused():
    class Net(nn.Module):
        pass

    net = Net()
    for hidden in ([nn.ReLU()], (linear(),), {"a": nn.ReLU()}, [nn.Parameter([1.0])], {nn.ReLU()}):
        with pytest.raises(DTypeError, match=r"Net\.layers is a .* neither trained nor saved"):
            net.layers = hidden
    net.layers = nn.ModuleList([nn.ReLU()])
    net.sizes = [1, 2]


@pytest.mark.parametrize("kind", [nn.Sequential, nn.ModuleList])
def test_containers_in_order_are_read_extended_and_changed_like_lists(kind):
    layers = [nn.ReLU(), nn.Tanh(), nn.Sigmoid()]
    held = kind(*layers) if kind is nn.Sequential else kind(layers)
    assert held[-1] is layers[2]
    part = held[1:]
    assert type(part) is kind
    assert list(part) == layers[1:]
    held.append(nn.GELU())
    held.extend([nn.SiLU()])
    held[0] = nn.Identity()
    assert [type(m).__name__ for m in held] == ["Identity", "Tanh", "Sigmoid", "GELU", "SiLU"]
    assert len(held) == 5
    for i in (5, -6, "0"):
        with pytest.raises(IndexError, match="holds 5 items, numbered from 0"):
            held[i]
    assert len(kind()) == 0


def test_a_sequential_applies_what_was_added():
    model = nn.Sequential(linear(2, 3))
    model.append(nn.ReLU())
    x = np.array([[1.0, -1.0]], np.float32)
    np.testing.assert_array_equal(model(x).numpy(), np.maximum(model[0](x).numpy(), 0))
    assert nn.Sequential()(x) is x


def test_modules_by_name():
    heads = nn.ModuleDict({"a": linear(), "b": nn.ReLU()})
    heads["c/d"] = linear(3, 4)
    assert list(heads) == heads.keys() == ["a", "b", "c/d"]
    assert heads["a"] is heads.values()[0]
    assert dict(heads.items())["b"] is heads["b"]
    assert "b" in heads
    assert "training" not in heads
    assert [name for name, _ in heads.named_parameters()] == ["a.weight", "a.bias", "c/d.weight", "c/d.bias"]
    del heads["a"]
    assert len(heads) == 2
    with pytest.raises(KeyError, match="no module named 'a': there are b, c/d"):
        heads["a"]
    for name in ("keys", "training", "forward", "a.b", ""):
        with pytest.raises(ValueRangeError, match="rename it"):
            heads[name] = nn.ReLU()
    with pytest.raises(DTypeError, match="by text"):
        heads[1] = nn.ReLU()


def test_parameters_in_a_list_are_learned_and_saved():
    class Mix(nn.Module):
        def __init__(self):
            self.scales = nn.ParameterList([nn.Parameter([2.0]), nn.Parameter([3.0])])

        def forward(self, x):
            return sum(x * scale for scale in self.scales)

    model = Mix()
    model(Tensor([1.0])).backward()
    assert [p.grad.item() for p in model.parameters()] == [1.0, 1.0]
    assert list(model.state_dict()) == ["scales.0", "scales.1"]
    assert model.scales[1].item() == 3.0
    with pytest.raises(DTypeError, match=r"make it one, nn\.Parameter\(x\)"):
        model.scales.append(Tensor([1.0]))
