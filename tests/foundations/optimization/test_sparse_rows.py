"""Steps with the rows of an embedding: PyTorch's with sparse=True, and the dense gradient's where equal."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from foundations import nn
from foundations import optimization as ours
from foundations.autodiff import SparseRows, Tensor
from foundations.errors import GraphError, ShapeError
from foundations.nn import functional as F
from foundations.optimization import SGD, AdaGrad, Adam, AdamW, clip_grad_norm, clip_grad_value

ROWS, WIDTH = 11, 3


@pytest.fixture(autouse=True)
def _checked():
    """Have PyTorch check its sparse tensors: it warns until one says whether it should."""
    with torch.sparse.check_sparse_tensor_invariants():
        yield


def batches(steps, seed=1):
    """Yield index arrays with repeats, of which some rows never come, and others only once."""
    rng = np.random.default_rng(seed)
    for t in range(steps):
        yield (
            np.concatenate([rng.integers(2, 8, size=(2, 3)), [[0, 0, 0]]])
            if t == 3
            else rng.integers(2, 8, size=(2, 3))
        )


def mine(kind, sparse=True, **options):
    table = np.random.default_rng(0).standard_normal((ROWS, WIDTH))
    w = Tensor(table.copy(), requires_grad=True)
    optimizer = kind([w], **options)

    def step(indices, weights):
        optimizer.zero_grad()
        y = F.embedding(indices, w, sparse=sparse)
        (y * y * weights).sum().backward()
        assert isinstance(w.grad, SparseRows if sparse else Tensor)
        optimizer.step()
        return w.data

    return step


def theirs(kind, sparse=True, **options):
    table = torch.nn.Embedding(ROWS, WIDTH, sparse=sparse).double()
    with torch.no_grad():
        table.weight.copy_(torch.tensor(np.random.default_rng(0).standard_normal((ROWS, WIDTH))))
    optimizer = kind(table.parameters(), **options)

    def step(indices, weights):
        optimizer.zero_grad()
        y = table(torch.tensor(indices))
        (y * y * torch.tensor(weights)).sum().backward()
        optimizer.step()
        return table.weight.detach().numpy()

    return step


def assert_equal_steps(one, other, steps=40):
    rng = np.random.default_rng(2)
    for indices in batches(steps):
        weights = rng.standard_normal((*indices.shape, WIDTH))
        np.testing.assert_allclose(one(indices, weights), other(indices, weights), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(
    ("kind", "options", "their_kind", "their_options"),
    [
        (SGD, {}, torch.optim.SGD, {}),
        (SGD, {"momentum": 0.9}, torch.optim.SGD, {"momentum": 0.9}),
        (SGD, {"momentum": 0.9, "dampening": 0.4}, torch.optim.SGD, {"momentum": 0.9, "dampening": 0.4}),
        (SGD, {"momentum": 0.9, "nesterov": True}, torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
        (SGD, {"maximize": True}, torch.optim.SGD, {"maximize": True}),
        (AdaGrad, {}, torch.optim.Adagrad, {}),
        (AdaGrad, {"learning_rate_decay": 0.1}, torch.optim.Adagrad, {"lr_decay": 0.1}),
        (Adam, {"eps": 1e-30}, torch.optim.SparseAdam, {"eps": 1e-30}),
        (
            Adam,
            {"eps": 1e-30, "betas": (0.5, 0.8)},
            torch.optim.SparseAdam,
            {"eps": 1e-30, "betas": (0.5, 0.8)},
        ),
        (AdamW, {"eps": 1e-30, "weight_decay": 0}, torch.optim.SparseAdam, {"eps": 1e-30}),
    ],
)
def test_steps_are_those_of_pytorch(kind, options, their_kind, their_options):
    assert_equal_steps(
        mine(kind, learning_rate=0.03, **options), theirs(their_kind, lr=0.03, **their_options)
    )


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (SGD, {}),
        (SGD, {"momentum": 0.9}),
        (SGD, {"momentum": 0.9, "nesterov": True, "maximize": True}),
        (AdaGrad, {"initial_accumulator_value": 0.1}),
    ],
)
def test_steps_are_those_of_the_dense_gradient(kind, options):
    options = {"learning_rate": 0.03, **options}
    assert_equal_steps(mine(kind, **options), mine(kind, sparse=False, **options))


@pytest.mark.parametrize("options", [{}, {"amsgrad": True}, {"maximize": True, "eps": 1e-3}])
def test_adam_moves_the_rows_that_have_a_gradient_by_its_definition_and_no_others(options):
    w = Tensor(np.random.default_rng(0).standard_normal((ROWS, WIDTH)), requires_grad=True)
    optimizer = Adam([w], learning_rate=0.03, **options)
    (group,) = optimizer.groups
    theta = w.data.copy()
    state = [np.zeros_like(theta) for _ in optimizer.kept(vars(group))]
    rng = np.random.default_rng(1)
    for t in range(1, 30):
        rows = np.unique(rng.integers(2, 8, size=4))
        g = rng.standard_normal((len(rows), WIDTH))
        w.grad = SparseRows(rows, g, w.shape)
        optimizer.step()
        theta[rows], *new = optimizer.defined_step(group, t, theta[rows], g, *[a[rows] for a in state])
        for kept, values in zip(state, new, strict=True):
            kept[rows] = values
        np.testing.assert_allclose(w.data, theta, rtol=1e-12, atol=1e-14)


def test_momentum_goes_on_after_a_dense_gradient_and_after_loading():
    starts = np.random.default_rng(0).standard_normal((ROWS, WIDTH))
    sparse, dense = (Tensor(starts.copy(), requires_grad=True) for _ in range(2))
    optimizers = [SGD([w], 0.1, 0.9) for w in (sparse, dense)]
    rng = np.random.default_rng(3)
    for t in range(12):
        g = np.zeros((ROWS, WIDTH))
        rows = np.unique(rng.integers(0, 4 + t // 2, size=2))
        g[rows] = rng.standard_normal((len(rows), WIDTH))
        if t == 5:
            g = rng.standard_normal((ROWS, WIDTH))
        sparse.grad = Tensor(g) if t == 5 else SparseRows(rows, g[rows], g.shape)
        dense.grad = Tensor(g)
        for optimizer in optimizers:
            optimizer.step()
        if t in (2, 8):
            state, optimizers[0] = optimizers[0].state_dict(), SGD([sparse], 0.1, 0.9)
            optimizers[0].load_state_dict(state)
        np.testing.assert_allclose(sparse.data, dense.data, rtol=1e-13, atol=1e-13)


def test_loading_forgets_which_rows_were_in_motion():
    tables = [Tensor(np.zeros((5, 2)), requires_grad=True) for _ in range(2)]
    optimizers = [SGD([w], 0.1, 0.9) for w in tables]
    for w, optimizer, row in zip(tables, optimizers, (1, 4), strict=True):
        w.grad = SparseRows(np.array([row]), np.ones((1, 2)), (5, 2))
        optimizer.step()
    optimizers[0].load_state_dict(optimizers[1].state_dict())
    tables[0].grad = SparseRows(np.array([2]), np.ones((1, 2)), (5, 2))
    before = tables[0].data.copy()
    optimizers[0].step()
    assert np.flatnonzero((tables[0].data != before).any(1)).tolist() == [2, 4]


def test_a_table_that_is_tied_to_the_output_gets_a_dense_gradient_and_an_ordinary_step():
    ends = []
    for sparse in (True, False):
        w = Tensor(np.random.default_rng(0).standard_normal((ROWS, WIDTH)), requires_grad=True)
        optimizer = Adam([w], 0.1, weight_decay=0.1)
        for indices in batches(4):
            optimizer.zero_grad()
            logits = F.embedding(indices[:, 0], w, sparse=sparse) @ w.T
            F.cross_entropy(logits, indices[:, 1]).backward()
            assert isinstance(w.grad, Tensor)
            optimizer.step()
        ends.append(w.data)
    np.testing.assert_allclose(*ends, rtol=1e-12)


TAKES_ROWS = {"SGD", "AdaGrad", "Adam", "AdamW"}
KINDS = {
    name: kind
    for name in ours.__all__
    if isinstance(kind := getattr(ours, name), type) and issubclass(kind, ours.Optimizer)
}


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"Optimizer"}))
def test_an_optimiser_takes_rows_or_says_who_does(name):
    w = Tensor(np.ones((5, 2)), requires_grad=True)
    w.grad = SparseRows(np.array([1, 1]), np.ones((2, 2)), (5, 2))
    optimizer = KINDS[name]([{"parameters": w} | ({"weight_decay": 0} if name != "Rprop" else {})])
    if name in TAKES_ROWS:
        optimizer.step()
        assert np.flatnonzero((w.data != 1).any(1)).tolist() == [1]
        return
    with pytest.raises(GraphError, match=f"{name} takes no sparse rows.*: use SGD, AdaGrad, Adam or AdamW"):
        optimizer.step()
    assert optimizer.steps == 0
    assert (w.data == 1).all()


@pytest.mark.parametrize("name", sorted(TAKES_ROWS))
def test_weight_decay_of_rows_is_refused(name):
    w = Tensor(np.ones((5, 2)), requires_grad=True)
    w.grad = SparseRows(np.array([1]), np.ones((1, 2)), (5, 2))
    with pytest.raises(GraphError, match=r"weight decay moves every row.*weight_decay=0"):
        KINDS[name]([w], weight_decay=0.1).step()


def test_rows_of_another_table_are_refused():
    w = Tensor(np.ones((6, 2)), requires_grad=True)
    w.grad = SparseRows(np.array([1]), np.ones((1, 2)), (6, 2))
    w.data = np.ones((5, 2))
    for call in (SGD([w]).step, lambda: clip_grad_norm(w, 1.0)):
        with pytest.raises(ShapeError, match=r"gradient of shape \(6, 2\) at a parameter of shape \(5, 2\)"):
            call()


@pytest.mark.parametrize("norm_type", [1.0, 2.0, np.inf])
def test_rows_are_clipped_as_the_dense_gradient(norm_type):
    indices, rows = np.array([3, 1, 3]), np.random.default_rng(0).standard_normal((3, 2))
    sparse, dense, other = (Tensor(np.zeros((5, 2)), requires_grad=True) for _ in range(3))
    sparse.grad = SparseRows(indices, rows, (5, 2))
    dense.grad = sparse.grad.to_dense()
    other.grad = Tensor(np.full((5, 2), 0.3))
    copy = Tensor(np.zeros((5, 2)), requires_grad=True)
    copy.grad = Tensor(other.grad.data.copy())
    norms = [clip_grad_norm(pair, 0.5, norm_type) for pair in ([sparse, other], [dense, copy])]
    assert norms[0] == pytest.approx(norms[1], rel=1e-14)
    assert isinstance(sparse.grad, SparseRows)
    np.testing.assert_allclose(sparse.grad.numpy(), dense.grad.numpy(), rtol=1e-14)
    np.testing.assert_allclose(other.grad.numpy(), copy.grad.numpy(), rtol=1e-14)
    clip_grad_value(sparse, 0.05)
    clip_grad_value(dense, 0.05)
    np.testing.assert_array_equal(sparse.grad.numpy(), dense.grad.numpy())


def test_an_embedding_layer_passes_the_option_on():
    rng = np.random.default_rng(0)
    layer, plain = (nn.Embedding(5, 2, sparse=sparse, rng=rng) for sparse in (True, False))
    for one in (layer, plain):
        one(np.array([1, 2])).sum().backward()
    assert isinstance(layer.weight.grad, SparseRows)
    assert isinstance(plain.weight.grad, Tensor)
    assert "sparse=True" in repr(layer)
    assert "sparse" not in repr(plain)
    layer.zero_grad()
    assert layer.weight.grad is None
