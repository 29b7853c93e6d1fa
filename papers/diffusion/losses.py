"""What ADM learns from: L_simple for the noise, and the bound, with its mean held fixed, for the variance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from foundations.autodiff.tensor import Array, values
from foundations.errors import ShapeError
from implementations.ddpm.gaussians import discretised_log_likelihood
from papers.diffusion.gaussian import GaussianDiffusion, normal_kl, split_prediction

Predictor = Callable[..., Any]
"""A network: noisy images (B, C, H, W), times (B,) and, where it is told them, classes (B,)."""

LAMBDA = 0.001
"""Weight of the bound. Source: Nichol & Dhariwal 2021, equation 16."""


def bound_term(
    diffusion: GaussianDiffusion,
    x0: Array,
    xt: Array,
    t: np.ndarray,
    noise: Any,
    v: Any,
) -> Any:
    r"""Return $L_{t-1}$ of each image, nats a pixel: the divergence of the model's step from the posterior.

    At t = 1 it is that of the Gaussian before it is cut into pixel values; `first_term` is exact there.

    Args:
        diffusion: The forward process.
        x0: Clean images, shape (B, C, H, W).
        xt: Noisy ones.
        t: Times, shape (B,).
        noise: What the network sees; pass values, not a Tensor, to stop its gradient.
        v: What chooses the variance.

    Returns:
        Shape (B,).

    Source: Ho et al. 2020, equation 5; Nichol & Dhariwal 2021, equation 15.
    """
    small = diffusion.posterior_variance.copy()
    small[1] = small[2] if diffusion.steps > 1 else diffusion.beta[1]
    true_log = diffusion.at(np.log(np.where(small > 0, small, 1)), t, x0)
    true = diffusion.posterior_mean(x0, xt, t)
    mean = diffusion.mean_from_noise(xt, t, noise)
    divergence = normal_kl(true, true_log, mean, diffusion.learned_log_variance(v, t))
    return divergence.mean(axis=(1, 2, 3))


def first_term(diffusion: GaussianDiffusion, x0: Array, xt: Array, noise: Array, v: Array) -> np.ndarray:
    """Return L_0 of each image, nats a pixel: minus the log probability of its 256-valued pixels, shape (B,).

    Source: Ho et al. 2020, equation 13.
    """
    t = np.ones(len(values(x0)), dtype=int)
    spread = np.exp(0.5 * values(diffusion.learned_log_variance(v, t)))
    mean = values(diffusion.mean_from_noise(xt, t, noise))
    return -discretised_log_likelihood(values(x0), mean, spread).mean(axis=(1, 2, 3))


def hybrid_loss(
    model: Predictor,
    diffusion: GaussianDiffusion,
    x0: Array,
    t: np.ndarray,
    noise: Array,
    labels: np.ndarray | None = None,
) -> Any:
    r"""Return $L_{\text{hybrid}} = L_{\text{simple}} + \lambda L_{\text{vlb}}$.

    The bound is a sum over T times and t is drawn uniformly, so each term counts T times; with
    λ = 0.001 and T = 1000 the two cancel. Its mean is held fixed: only v learns from the bound.

    Args:
        model: The network; it puts out twice the channels of the images.
        diffusion: The forward process.
        x0: Clean images, shape (B, C, H, W).
        t: Times, shape (B,).
        noise: Standard normal, shape of x0.
        labels: Classes, shape (B,).

    Returns:
        A number; a Tensor where the model gives one.

    Raises:
        ShapeError: If the network puts out no v.

    Source: Nichol & Dhariwal 2021, equation 16.
    Deviation: at t = 1 the divergence of `bound_term`; nats, where the authors' code has bits.
    """
    xt = diffusion.noisy(x0, t, noise)
    found = told(model, xt, diffusion.times[diffusion.checked(t)], labels)
    seen, v = split_prediction(found, x0.shape[1])
    if v is None:
        raise ShapeError(
            "L_hybrid needs a network that puts out v: learned_variance=True",
        )
    error = seen - noise
    simple = (error * error).mean()
    # values(): the stop-gradient
    bound = bound_term(diffusion, x0, xt, t, values(seen), v).mean()
    return simple + LAMBDA * diffusion.steps * bound


def simple_loss(
    model: Predictor,
    diffusion: GaussianDiffusion,
    x0: Array,
    t: np.ndarray,
    noise: Array,
    labels: np.ndarray | None = None,
) -> Any:
    r"""Return $L_{\text{simple}}$, the mean of $(\epsilon - \epsilon_\theta(x_t, t, y))^2$.

    Source: Ho et al. 2020, equation 14.
    """
    xt = diffusion.noisy(x0, t, noise)
    seen, _ = split_prediction(told(model, xt, diffusion.times[diffusion.checked(t)], labels), x0.shape[1])
    error = seen - noise
    return (error * error).mean()


def told(model: Predictor, x: Array, t: np.ndarray, labels: np.ndarray | None) -> Any:
    """Call a network with the classes, where there are any."""
    return model(x, t) if labels is None else model(x, t, labels)
