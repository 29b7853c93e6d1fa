import numpy as np
import pytest
import torch

from foundations.autodiff import Tensor, gradcheck
from foundations.autodiff.demo_mlp import MLP, cross_entropy, train
from foundations.data import moons


def double(model):
    """Turn the weights of a model into float64."""
    model.weights = [Tensor(w.data.astype(np.float64), True) for w in model.weights]
    model.biases = [Tensor(b.data.astype(np.float64), True) for b in model.biases]
    return model


def test_values_and_gradients_are_those_of_pytorch(rng):
    model = double(MLP([2, 5, 7, 3], rng=rng))
    for b in model.biases:
        b.data += rng.standard_normal(b.shape)
    x, y = rng.standard_normal((11, 2)), rng.integers(0, 3, 11)
    loss = cross_entropy(model(x), y)
    loss.backward()

    theirs = [torch.tensor(p.data, requires_grad=True) for p in model.parameters()]
    h = torch.tensor(x)
    for layer in range(3):
        h = h @ theirs[layer] + theirs[3 + layer]
        h = torch.tanh(h) if layer < 2 else h
    expected = torch.nn.functional.cross_entropy(h, torch.tensor(y))
    expected.backward()
    np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-12)
    for p, t in zip(model.parameters(), theirs, strict=True):
        np.testing.assert_allclose(p.grad.numpy(), t.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_cross_entropy_to_second_order(rng):
    labels = np.array([2, 0, 1, 2])
    gradcheck(lambda z: cross_entropy(z, labels), 3 * rng.standard_normal((4, 3)), rng=rng, order=2)


def test_cross_entropy_of_large_logits_is_finite():
    logits = Tensor(np.array([[1000.0, 0.0], [-1000.0, 0.0]]), requires_grad=True)
    loss = cross_entropy(logits, np.array([1, 1]))
    assert loss.item() == 500
    loss.backward()
    np.testing.assert_allclose(logits.grad.numpy(), [[0.5, -0.5], [0, 0]])


def test_weights_begin_with_variance_one_over_width(rng):
    model = MLP([400, 300, 2], rng=rng)
    assert [w.shape for w in model.weights] == [(400, 300), (300, 2)]
    assert model.weights[0].data.var() == pytest.approx(1 / 400, rel=0.02)
    assert not any(b.data.any() for b in model.biases)
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float32)}


def test_it_learns_and_reports_its_losses(rng):
    x, y = moons(200, rng=rng)
    model, reported = MLP([2, 16, 2], rng=rng), []
    losses = train(
        model,
        x,
        y,
        steps=201,
        batch_size=50,
        learning_rate=0.02,
        rng=rng,
        after_step=lambda step, loss: reported.append((step, loss)),
    )
    assert reported == list(zip(range(1, 202), losses, strict=True))
    assert np.mean(losses[-10:]) < 0.1 < np.mean(losses[:5])
    assert (model(x).numpy().argmax(1) == y).mean() > 0.97


def test_the_same_seed_gives_the_same_losses():
    x, y = moons(60, rng=np.random.default_rng(0))
    runs = []
    for _ in range(2):
        rng = np.random.default_rng(1)
        model = MLP([2, 8, 2], rng=rng)
        runs.append(train(model, x, y, steps=20, batch_size=16, learning_rate=0.01, rng=rng))
    assert runs[0] == runs[1]
