"""A step of Adam on a multilayer perceptron, 784-512-512-10, on 128 images."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.workload import Step, Workload, training
from benchmarks.workloads.plain import autograd_step, cross_entropy, jax_step

WIDTHS = (784, 512, 512, 10)
BATCH = 128
RATE = 1e-4

Arrays = list[np.ndarray]


def problem() -> tuple[np.ndarray, np.ndarray, Arrays]:
    """Return images, their classes and the first weights and biases."""
    rng = np.random.default_rng(0)
    parameters = []
    for n_in, n_out in pairwise(WIDTHS):
        bound = n_in**-0.5
        parameters += [rng.uniform(-bound, bound, (n_in, n_out)), rng.uniform(-bound, bound, n_out)]
    images = rng.random((BATCH, WIDTHS[0]))
    classes = rng.integers(0, WIDTHS[-1], BATCH)
    return images.astype(np.float32), classes, [p.astype(np.float32) for p in parameters]


def ours() -> Step:
    from foundations import nn
    from foundations.nn import functional as F
    from foundations.optimization import Adam

    images, classes, parameters = problem()
    rng = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Linear(784, 512, rng=rng),
        nn.ReLU(),
        nn.Linear(512, 512, rng=rng),
        nn.ReLU(),
        nn.Linear(512, 10, rng=rng),
    )
    model.load_state_dict(dict(zip(model.state_dict(), parameters, strict=True)))
    optimizer = Adam(model.parameters(), learning_rate=RATE)

    return training(lambda: F.cross_entropy(model(images), classes), optimizer)


def pytorch() -> Step:
    import torch
    from torch import nn
    from torch.nn import functional as F

    images, classes, parameters = problem()
    images, classes = torch.tensor(images), torch.tensor(classes)
    model = nn.Sequential(
        nn.Linear(784, 512),
        nn.ReLU(),
        nn.Linear(512, 512),
        nn.ReLU(),
        nn.Linear(512, 10),
    )
    model.load_state_dict(dict(zip(model.state_dict(), [torch.tensor(p.T) for p in parameters], strict=True)))
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)

    return training(lambda: F.cross_entropy(model(images), classes), optimizer)


def _loss(np: Any, parameters: Arrays, images: np.ndarray, classes: np.ndarray) -> Any:
    w1, b1, w2, b2, w3, b3 = parameters
    h = np.maximum(images @ w1 + b1, 0)
    h = np.maximum(h @ w2 + b2, 0)
    return cross_entropy(np, h @ w3 + b3, classes)


def autograd() -> Step:
    images, classes, parameters = problem()
    return autograd_step(lambda np, p: _loss(np, p, images, classes), parameters, RATE)


def jax() -> Step:
    images, classes, parameters = problem()
    return jax_step(lambda np, p: _loss(np, p, images, classes), parameters, RATE)


WORKLOAD = Workload(
    name="mlp",
    title="MLP 784-512-512-10, batch 128, Adam",
    multiply_adds=BATCH * (2 * 784 * 512 + 3 * 512 * 512 + 3 * 512 * 10),  # no gradient to the images
    steps={"ours": ours, "pytorch": pytorch, "autograd": autograd, "jax": jax},
)
