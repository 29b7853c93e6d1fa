"""The variational bound on the likelihood, term by term."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from foundations import nn
from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.errors import ShapeError, ValueRangeError
from implementations.ddpm.diffusion import Diffusion
from implementations.ddpm.gaussians import discretised_log_likelihood, normal_kl
from implementations.ddpm.images import check_scaled
from implementations.ddpm.losses import Predictor


@dataclass(frozen=True)
class BoundTerms:
    r"""What $-\log p(x_0)$ is at most, in three parts, nats an image.

    Attributes:
        first: $L_0 = -\log p(x_0 \mid x_1)$, shape (n,).
        steps: $L_{t-1} = D\big(q(x_{t-1} \mid x_t, x_0) \,\|\, p(x_{t-1} \mid x_t)\big)$ for t = 2 to T,
            shape (n, T - 1).
        last: $L_T = D\big(q(x_T \mid x_0) \,\|\, N(0, I)\big)$, shape (n,).
        errors: Mean squared error of the noise at t = 1 to T, shape (n, T).
        values: Pixel values an image has.
    """

    first: np.ndarray
    steps: np.ndarray
    last: np.ndarray
    errors: np.ndarray
    values: int

    @property
    def total(self) -> np.ndarray:
        """The bound of each image, nats, shape (n,)."""
        return self.first + self.steps.sum(axis=1) + self.last

    @property
    def bits_per_dimension(self) -> float:
        """The mean bound in bits a pixel value: 8 for guessing among 256."""
        return float(self.total.mean()) / (self.values * math.log(2))


def last_term(diffusion: Diffusion, x0: np.ndarray) -> np.ndarray:
    r"""Return $L_T = D\big(q(x_T \mid x_0) \,\|\, N(0, I)\big)$, nats an image, shape (n,).

    It has no parameters: it says how much of the image the last step still shows.

    Source: Ho et al. 2020, equation 5 and section 4: about 1e-5 bits a dimension for its schedule.
    """
    signal = diffusion.alpha_bar[-1]
    x0 = np.asarray(x0, dtype=np.float64)
    return _sums(normal_kl(math.sqrt(signal) * x0, 1 - signal, np.zeros_like(x0), 1.0))


def elbo_terms(
    model: Predictor,
    diffusion: Diffusion,
    x0: np.ndarray,
    *,
    rng: np.random.Generator,
    clip: bool = True,
    batch_size: int = 256,
) -> BoundTerms:
    """Return every term of the bound, with one draw of the noise for each image and time.

    Args:
        model: The network; put into evaluation mode meanwhile, where it has one.
        diffusion: The forward process; its choice of variance counts.
        x0: Clean images, shape (n, C, H, W), in [-1, 1] at the 256 values of a pixel.
        rng: Source of the noise.
        clip: Whether the network's guess of x_0 is cut to [-1, 1], as in sampling.
        batch_size: Images at a time.

    Raises:
        ShapeError, DTypeError, ValueRangeError: If the images are not such as `check_scaled` asks for, or
            there are none.

    Source: Ho et al. 2020, equations 5, 7, 11 and 13.
    """
    x0 = check_scaled(x0)
    if not len(x0) or batch_size < 1:
        raise ValueRangeError(f"one image at least is judged at a time, got {len(x0)} and {batch_size}")
    first, between, errors = np.empty(len(x0)), np.empty((len(x0), diffusion.steps - 1)), []
    was = model.training if isinstance(model, nn.Module) else False
    if isinstance(model, nn.Module):
        model.eval()
    try:
        for start in range(0, len(x0), batch_size):
            rows = slice(start, start + batch_size)
            found = np.empty((len(x0[rows]), diffusion.steps))
            for t in range(1, diffusion.steps + 1):
                term, found[:, t - 1] = step_term(model, diffusion, x0[rows], t, rng=rng, clip=clip)
                if t == 1:
                    first[rows] = term
                else:
                    between[rows, t - 2] = term
            errors.append(found)
    finally:
        if isinstance(model, nn.Module):
            model.train(was)
    return BoundTerms(
        first, between, last_term(diffusion, x0), np.concatenate(errors), math.prod(x0.shape[1:])
    )


@no_grad()
def step_term(
    model: Predictor,
    diffusion: Diffusion,
    x0: np.ndarray,
    t: int,
    *,
    rng: np.random.Generator,
    clip: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the term of one time, L_{t-1} in nats an image, and the mean squared error of its noise.

    Args:
        model: The network.
        diffusion: The forward process.
        x0: Clean images, shape (n, ...).
        t: From 1 to T; 1 gives L_0.
        rng: Source of the noise.
        clip: Whether the guess of x_0 is cut to [-1, 1].

    Returns:
        Two arrays of shape (n,).
    """
    noise = rng.standard_normal(x0.shape).astype(x0.dtype)
    xt = diffusion.noisy(x0, t, noise)
    seen = values(model(xt, np.full(len(x0), diffusion.times[t])))
    if seen.shape != x0.shape:
        raise ShapeError(
            f"the network gives noise of shape {seen.shape} for images {x0.shape}: "
            "check it"
        )  # fmt: skip
    guess = diffusion.x0_from_noise(xt, t, seen)
    mean = diffusion.posterior_mean(np.clip(guess, -1, 1) if clip else guess, xt, t)
    errors = _sums((seen - noise).astype(np.float64) ** 2) / math.prod(x0.shape[1:])
    variance = diffusion.variance[t]
    if t == 1:
        return -_sums(discretised_log_likelihood(x0, mean, math.sqrt(variance))), errors
    target = diffusion.posterior_mean(x0, xt, t)
    return (
        _sums(normal_kl(target, diffusion.posterior_variance[t], mean, variance)),
        errors,
    )


def _sums(of_pixels: np.ndarray) -> np.ndarray:
    """Sum over all axes but the first."""
    return of_pixels.reshape(len(of_pixels), -1).sum(axis=1)
