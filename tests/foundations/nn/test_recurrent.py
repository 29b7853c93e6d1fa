"""Recurrent cells against PyTorch, step by step and through time."""

import numpy as np
import pytest
import torch

from foundations import nn
from foundations.autodiff import Tensor, gradcheck
from foundations.errors import ShapeError

CELLS = [(nn.RNNCell, torch.nn.RNNCell), (nn.GRUCell, torch.nn.GRUCell), (nn.LSTMCell, torch.nn.LSTMCell)]


def unroll(cell, xs, state=None):
    outputs = []
    for x in xs:
        state = cell(x, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return outputs


@pytest.mark.parametrize(("ours", "theirs"), CELLS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("bias", [True, False])
def test_four_steps_and_every_gradient_equal_pytorch(ours, theirs, bias):
    rng = np.random.default_rng(0)
    cell = ours(5, 3, bias, rng=rng).astype(np.float64)
    twin = theirs(5, 3, bias=bias, dtype=torch.float64)
    twin.load_state_dict({name: torch.tensor(a.T) for name, a in cell.state_dict().items()})
    xs = rng.standard_normal((4, 2, 5))
    a, b = Tensor(xs, requires_grad=True), torch.tensor(xs, requires_grad=True)
    mine, other = unroll(cell, list(a)), unroll(twin, list(b))
    for y, z in zip(mine, other, strict=True):
        np.testing.assert_allclose(y.numpy(), z.detach().numpy(), atol=1e-12)
    sum((y * y).sum() for y in mine).backward()
    sum((z * z).sum() for z in other).backward()
    np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), atol=1e-10)
    gradients = {name: p.grad.numpy().T for name, p in twin.named_parameters()}
    for name, p in cell.named_parameters():
        np.testing.assert_allclose(p.grad.numpy(), gradients[name], atol=1e-10, err_msg=name)


@pytest.mark.parametrize("ours", [c for c, _ in CELLS], ids=lambda c: c.__name__)
def test_second_derivatives(ours):
    rng = np.random.default_rng(0)
    cell = ours(3, 2, rng=rng).astype(np.float64)
    gradcheck(lambda x: unroll(cell, [x, x])[-1], rng.standard_normal((2, 3)), rng=rng, order=2)


def test_a_whole_sequence_is_refused():
    cell = nn.GRUCell(5, 3, rng=np.random.default_rng(0))
    with pytest.raises(ShapeError, match="one position of the sequence at a time"):
        cell(np.ones((2, 4, 5), dtype=np.float32))
