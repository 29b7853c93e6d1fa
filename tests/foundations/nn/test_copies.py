"""Copies and pickles of modules and parameters: equal, apart, and shared where the original is."""

import copy
import pickle

import numpy as np
import pytest

from foundations import nn
from foundations.autodiff import Tensor

COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda x: pickle.loads(pickle.dumps(x))}


class Tied(nn.Module):
    def __init__(self):
        rng = np.random.default_rng(0)
        self.embedding = nn.Embedding(5, 4, rng=rng)
        self.block = nn.TransformerEncoderLayer(4, 2, 8, 0.1, rng=rng)
        self.norm = nn.BatchNorm1d(4)
        self.same = self.norm
        self.tied = self.embedding.weight
        self.table = nn.Buffer(np.arange(3))

    def forward(self, indices):
        return self.block(self.embedding(indices)) @ self.tied.mT


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_a_module_and_its_copy_are_equal_and_apart(duplicate):
    model = Tied()
    indices = np.array([[0, 4, 2]])
    model(indices).sum().backward()
    model.block.eval()
    twin = duplicate(model)
    assert list(twin.state_dict()) == list(model.state_dict())
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(twin.state_dict()[name], array)
        assert not np.shares_memory(twin.state_dict()[name], array)
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        assert type(q) is nn.Parameter
        assert q.requires_grad
        assert (p.grad is None) == (q.grad is None)
    assert not twin.block.training
    assert twin.training
    np.testing.assert_array_equal(twin.eval()(indices).numpy(), model.eval()(indices).numpy())
    before = model.tied.data.copy()
    twin.tied.data += 1
    np.testing.assert_array_equal(model.tied.data, before)


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_what_is_shared_stays_shared(duplicate):
    twin = duplicate(Tied())
    assert twin.tied is twin.embedding.weight
    assert twin.same is twin.norm
    assert twin.block.dropout.rng is twin.block.attention.rng
    twin(np.array([[1, 2]])).sum().backward()
    assert twin.tied.grad is twin.embedding.weight.grad is not None
    assert len(twin.parameters()) == len(Tied().parameters())


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_parameters_and_buffers_by_themselves(duplicate):
    for original in (nn.Parameter([1.0, 2.0]), nn.Parameter([1.0], requires_grad=False), nn.Buffer([1, 2])):
        twin = duplicate(original)
        assert type(twin) is type(original)
        assert twin.requires_grad == original.requires_grad
        assert twin.dtype == original.dtype
        np.testing.assert_array_equal(twin.data, original.data)
    p = nn.Parameter([1.0, 2.0])
    p.grad = Tensor([3.0, 4.0])
    np.testing.assert_array_equal(duplicate(p).grad.numpy(), [3, 4])
