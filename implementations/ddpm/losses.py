"""What a network learns from: the squared error of the noise, weighted or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from foundations.autodiff.tensor import Array
from implementations.ddpm.diffusion import Diffusion

Predictor = Callable[[Any, np.ndarray], Any]
"""A network: noisy images (B, ...) and times (B,) to the noise it sees, shape of the images."""


def noise_loss(
    model: Predictor,
    diffusion: Diffusion,
    x0: Array,
    t: np.ndarray,
    noise: Array,
    *,
    weight: np.ndarray | None = None,
) -> Any:
    r"""Return the mean over images and pixels of $w_t\, (\epsilon - \epsilon_\theta(x_t, t))^2$.

    Without weights it is $L_{\text{simple}}$ (up to the sum over pixels, which the paper writes and its code
    averages). With `diffusion.bound_weight()` and t drawn uniformly, T times the number of pixels times it
    estimates the variational bound without its constants.

    Args:
        model: The network.
        diffusion: The forward process.
        x0: Clean images, shape (B, ...).
        t: Times, shape (B,).
        noise: Standard normal, shape of x0.
        weight: Factor of each time, shape (T + 1,); 1 by default.

    Returns:
        A number; a Tensor where the model gives one.

    Source: Ho et al. 2020, equations 12 and 14; algorithm 1.
    """
    xt = diffusion.noisy(x0, t, noise)
    error = model(xt, diffusion.times[diffusion.checked(t)]) - noise
    squared = error * error
    return (squared if weight is None else diffusion.at(weight, t, x0) * squared).mean()
