"""A network in twenty lines of the engine: matrix products, tanh, and the loss of a classifier."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from foundations.autodiff import Tensor, ops
from foundations.data import batches
from foundations.optimization import Adam


class MLP:
    """Layers h = tanh(h W + b), the last without the tanh.

    Args:
        widths: Width of the input, of every hidden layer, and of the output.
        rng: Source of the weights: normal, of variance 1 / width of the layer's input.

    Attributes:
        weights: Per layer: shape (n_in, n_out).
        biases: Per layer: shape (n_out,); start at 0.
    """

    def __init__(self, widths: Sequence[int], *, rng: np.random.Generator) -> None:
        self.weights, self.biases = [], []
        for n_in, n_out in pairwise(widths):
            scale = n_in**-0.5
            self.weights.append(Tensor((scale * rng.standard_normal((n_in, n_out))).astype(np.float32), True))
            self.biases.append(Tensor(np.zeros(n_out, np.float32), True))

    def __call__(self, x: np.ndarray | Tensor) -> Tensor:
        """Return the logits of the rows of x: (n, n_in) -> (n, n_out)."""
        *inner, (W_last, b_last) = zip(self.weights, self.biases, strict=True)
        h: Any = x
        for W, b in inner:
            h = ops.tanh(h @ W + b)  # (n, n_out)
        return h @ W_last + b_last

    def parameters(self) -> list[Tensor]:
        """Return what is learned."""
        return [*self.weights, *self.biases]


def cross_entropy(logits: Tensor, labels: np.ndarray) -> Tensor:
    """Return the mean of log sum_j e^{z_j} - z_label: the code length of the labels, in nats.

    Args:
        logits: Shape (n, classes).
        labels: Integers, shape (n,).

    Returns:
        One number. Its gradient by the logits is (softmax - one-hot) / n.
    """
    right = logits[np.arange(len(labels)), labels]
    return (ops.logsumexp(logits, axis=1) - right).mean()


def train(
    model: MLP,
    x: np.ndarray,
    labels: np.ndarray,
    *,
    steps: int,
    batch_size: int,
    learning_rate: float,
    rng: np.random.Generator,
    after_step: Callable[[int, float], object] = lambda step, loss: None,
) -> list[float]:
    """Lower the cross-entropy of a model with Adam, one minibatch a step.

    Args:
        model: Changed in place.
        x: Inputs, shape (n, n_in).
        labels: Classes, shape (n,).
        steps: Number of minibatches.
        batch_size: Rows of each.
        learning_rate: Of Adam.
        rng: Source of the order.
        after_step: Called with the number of steps done and the loss of the last, in nats.

    Returns:
        The loss of every step, in nats.
    """
    optimizer = Adam(model.parameters(), learning_rate)
    losses = []
    for step, rows in zip(range(1, steps + 1), _forever(len(x), batch_size, rng), strict=False):
        optimizer.zero_grad()
        loss = cross_entropy(model(x[rows]), labels[rows])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        after_step(step, losses[-1])
    return losses


def _forever(n: int, batch_size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    while True:
        yield from batches(n, batch_size, rng=rng)
