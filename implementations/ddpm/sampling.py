"""From noise to images, a step at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from foundations import nn
from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.errors import ShapeError, ValueRangeError
from implementations.ddpm.diffusion import Diffusion
from implementations.ddpm.losses import Predictor


class Step(NamedTuple):
    """One step of the way back.

    Attributes:
        t: Where it began.
        images: x_{t-1}, shape (B, ...).
        guess: The clean images that the network saw in x_t, shape (B, ...).
    """

    t: int
    images: np.ndarray
    guess: np.ndarray


def ancestral(
    model: Predictor,
    diffusion: Diffusion,
    start: np.ndarray,
    *,
    rng: np.random.Generator,
    begin: int | None = None,
    clip: bool = True,
) -> Iterator[Step]:
    r"""Walk back from $x_t$ to $x_0$ and yield every step.

    $$x_{t-1} = \tilde\mu_t(x_t, \hat x_0) + \sigma_t z, \qquad z \sim N(0, I),\; z = 0 \text{ at } t = 1$$

    With $\hat x_0$ as the network has it the mean is that of algorithm 2; clipped to [-1, 1], as in the
    authors' code, errors of early steps do not carry the images away.

    Args:
        model: The network; used as it is (put it into evaluation mode before).
        diffusion: The forward process, or one `respaced`.
        start: x_t, shape (B, ...).
        rng: Source of z.
        begin: t; T by default.
        clip: Whether the guess is cut to [-1, 1].

    Source: Ho et al. 2020, algorithm 2 and equation 15.
    """
    x = np.asarray(start)
    first = diffusion.steps if begin is None else int(diffusion.checked(begin))
    for t in range(first, 0, -1):
        x, guess = _step(model, diffusion, x, t, rng, clip)
        yield Step(t, x, guess)


@no_grad()
def _step(
    model: Predictor,
    diffusion: Diffusion,
    x: np.ndarray,
    t: int,
    rng: np.random.Generator,
    clip: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Return x_{t-1} and the guess of x_0."""
    noise = values(model(x, np.full(len(x), diffusion.times[t])))
    guess = diffusion.x0_from_noise(x, t, noise)
    if clip:
        guess = np.clip(guess, -1, 1)
    if t == 1:  # the mean is the guess itself, and there is no noise
        return guess, guess
    mean = diffusion.posterior_mean(guess, x, t)
    z = rng.standard_normal(x.shape).astype(x.dtype)
    return mean + diffusion.at(np.sqrt(diffusion.variance), t, x) * z, guess


def sample(
    model: Predictor,
    diffusion: Diffusion,
    shape: tuple[int, ...],
    *,
    rng: np.random.Generator,
    steps: int | None = None,
    clip: bool = True,
    batch_size: int = 64,
) -> np.ndarray:
    """Draw images from the network.

    Args:
        model: The network; put into evaluation mode while it draws, where it has one.
        diffusion: The forward process that it was trained with.
        shape: (n, C, H, W), or (n, ...) for other data.
        rng: Source of the noise.
        steps: Of the way back, at times spread evenly (`Diffusion.respaced`); all T by default.
        clip: Whether the network's guesses of the clean image are cut to [-1, 1].
        batch_size: Images at a time.

    Returns:
        float32, shape `shape`; in [-1, 1] where clipped.

    Raises:
        ShapeError: If the shape has no axis beside n.
        ValueRangeError: If n is below 1, the steps are not 1 to T, or batch_size is below 1.

    Source: Ho et al. 2020, algorithm 2.
    """
    if len(shape) < 2:
        raise ShapeError(f"expected the shape of the images, (n, C, H, W), got {shape}")
    if shape[0] < 1 or batch_size < 1:
        raise ValueRangeError(f"one image at least is drawn at a time, got {shape[0]} and {batch_size}")
    chain = diffusion if steps is None else diffusion.respaced(steps)
    was = model.training if isinstance(model, nn.Module) else False
    if isinstance(model, nn.Module):
        model.eval()
    drawn = []
    try:
        for first in range(0, shape[0], batch_size):
            n = min(batch_size, shape[0] - first)
            x = rng.standard_normal((n, *shape[1:]), dtype=np.float32)
            for step in ancestral(model, chain, x, rng=rng, clip=clip):
                x = step.images
            drawn.append(x)
    finally:
        if isinstance(model, nn.Module):
            model.train(was)
    return np.concatenate(drawn)
