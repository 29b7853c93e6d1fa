"""One step from noise to images: DDPM's and DDIM's, guided or not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from papers.diffusion.gaussian import GaussianDiffusion, split_prediction
from papers.diffusion.guidance import guided_mean, guided_noise
from papers.diffusion.losses import Predictor, told

Place = Literal["x", "mean"]
"""Where the classifier's gradient is taken: at x_t, or at the mean of the step."""
Gradient = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Images and times (B,) to the gradient of log p(y | x_t), shape of the images."""


class Step(NamedTuple):
    """One step of the way back.

    Attributes:
        t: Where it began, a time of the chain it walks.
        images: What it led to, shape (B, ...).
        guess: The clean images seen at its beginning, shape (B, ...).
    """

    t: int
    images: np.ndarray
    guess: np.ndarray


def ddpm_step(
    model: Predictor,
    diffusion: GaussianDiffusion,
    x: np.ndarray,
    t: int,
    *,
    rng: np.random.Generator,
    labels: np.ndarray | None = None,
    clip: bool = True,
    gradient: Gradient | None = None,
    scale: float = 1.0,
    at: Place = "x",
) -> Step:
    r"""Take one step of DDPM, guided where there is a gradient.

    $$x_{t-1} \sim N\big(\mu_\theta + s \Sigma_\theta g,\ \Sigma_\theta\big), \qquad
    g = \nabla_{x_t} \log p_\phi(y \mid x_t)$$

    with $\mu_\theta = \tilde\mu_t(x_t, \hat x_0)$, which is equation 11 of DDPM where $\hat x_0$ is not
    clipped. No noise at t = 1.

    Args:
        model: The network.
        diffusion: The chain that is walked.
        x: x_t, shape (B, C, H, W).
        t: A time of the chain.
        rng: Source of the noise.
        labels: Classes that the network is told, shape (B,).
        clip: Whether the guess of x_0 is cut to [-1, 1].
        gradient: Gives g; None for no guidance.
        scale: s.
        at: Where g is taken: "x" at (x_t, t), as Algorithm 1 has it; "mean" at (mu, t - 1), nearer to the
            derivation, whose classifier looks at x_{t-1}.

    Source: Dhariwal & Nichol 2021, Algorithm 1; Ho et al. 2020, equation 7 and Algorithm 2.
    """
    noise, v = predicted(model, diffusion, x, t, labels)
    guess = diffusion.x0_from_noise(x, t, noise)
    if clip:
        guess = np.clip(guess, -1, 1)
    mean = diffusion.posterior_mean(guess, x, t)
    variance = diffusion.model_variance(t, x, v)
    if gradient is not None and scale:
        where, when = (x, t) if at == "x" else (mean, max(t - 1, 1))
        g = gradient(where, np.full(len(x), diffusion.times[when]))
        mean = guided_mean(mean, variance, g, scale)
    if t > 1:
        mean = mean + np.sqrt(variance) * _normal(rng, x)
    return Step(t, mean, guess)


def ddim_step(
    model: Predictor,
    diffusion: GaussianDiffusion,
    x: np.ndarray,
    t: int,
    *,
    rng: np.random.Generator,
    labels: np.ndarray | None = None,
    eta: float = 0.0,
    clip: bool = False,
    gradient: Gradient | None = None,
    scale: float = 1.0,
) -> Step:
    r"""Take one step of DDIM, guided where there is a gradient.

    $$x_{t-1} = \sqrt{\bar\alpha_{t-1}}\, \hat x_0 + \sqrt{1 - \bar\alpha_{t-1} - \sigma_t^2}\; \epsilon
    + \sigma_t z, \qquad \sigma_t^2 = \eta^2\, \frac{1 - \bar\alpha_{t-1}}{1 - \bar\alpha_t}\, \beta_t$$

    Args:
        model: The network.
        diffusion: The chain that is walked.
        x: x_t, shape (B, C, H, W).
        t: A time of the chain.
        rng: Source of z.
        labels: Classes that the network is told, shape (B,).
        eta: 0 for no noise, 1 for as much as DDPM's posterior has.
        clip: Whether the guess of x_0 is cut to [-1, 1], and epsilon computed anew from it.
        gradient: Gives g, taken at x_t; None for no guidance.
        scale: s.

    Source: Song et al. 2021, equations 12 and 16; Dhariwal & Nichol 2021, Algorithm 2.
    """
    noise, _ = predicted(model, diffusion, x, t, labels)
    if gradient is not None and scale:
        g = gradient(x, np.full(len(x), diffusion.times[t]))
        noise = guided_noise(noise, float(diffusion.alpha_bar[t]), g, scale)
    guess = diffusion.x0_from_noise(x, t, noise)
    if clip:
        guess = np.clip(guess, -1, 1)
        noise = diffusion.noise_from_x0(x, t, guess)
    before = float(diffusion.alpha_bar[t - 1])
    sigma = eta * math.sqrt(diffusion.posterior_variance[t])
    kept = math.sqrt(max(1 - before - sigma**2, 0.0))
    images = math.sqrt(before) * guess + kept * noise  # DDIM (12)
    if sigma and t > 1:
        images = images + sigma * _normal(rng, x)
    return Step(t, images, guess)


def _normal(rng: np.random.Generator, like: np.ndarray) -> np.ndarray:
    """Return standard normal numbers of the shape and type of an array, the same for either type."""
    return rng.standard_normal(like.shape, dtype=np.float32).astype(like.dtype)


@no_grad()
def predicted(
    model: Predictor, diffusion: GaussianDiffusion, x: np.ndarray, t: int, labels: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return noise and v that the network sees, as arrays."""
    noise, v = split_prediction(told(model, x, np.full(len(x), diffusion.times[t]), labels), x.shape[1])
    return values(noise), None if v is None else values(v)


def walk(
    step: Any, model: Predictor, diffusion: GaussianDiffusion, start: np.ndarray, **how: Any
) -> Iterator[Step]:
    """Yield every step from x_T to x_0.

    Args:
        step: `ddpm_step` or `ddim_step`.
        model: The network.
        diffusion: The chain.
        start: x_T, shape (B, C, H, W).
        **how: Further arguments of the step.
    """
    x = start
    for t in range(diffusion.steps, 0, -1):
        found = step(model, diffusion, x, t, **how)
        x = found.images
        yield found
