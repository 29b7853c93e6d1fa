"""The still twin of the figure in which a digit is drawn, and the numbers that both show."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.patches import Ellipse

from foundations import plotting
from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.plotting import COLOURS, DASHED, SOFT
from papers.vae.demo_weights import load_models
from papers.vae.vae import VAE, kl_standard_normal, reparameterize

DIGIT = 3
"""The picture that the figure shows first."""
NODES = 7
"""Points along each component at which the mean over q is taken: Gauss–Hermite."""
REACH = 4.0
"""The plane is shown from -4 to 4."""


class Terms(NamedTuple):
    """What the encoder says of one picture, and both terms of the bound.

    Attributes:
        mu: Mean, (2,).
        sigma: Deviation, (2,).
        expected: Mean of log p(x|z) over q(z|x), nats.
        divergence: From the prior, nats.
    """

    mu: np.ndarray
    sigma: np.ndarray
    expected: float
    divergence: float


@no_grad()
def terms(model: VAE, x: np.ndarray) -> Terms:
    """Return the terms of the bound for one picture, without noise.

    With two components the mean over epsilon is a sum over 7 × 7 points (Gauss–Hermite), not over draws.

    Args:
        model: With two latent components.
        x: Pixels, (784,).
    """
    points, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    epsilon = np.stack(np.meshgrid(points, points, indexing="ij"), axis=-1).reshape(-1, 1, 2)
    mu, log_var = (values(part).astype(np.float64) for part in model.encode(x[None]))
    z = reparameterize(mu, log_var, epsilon)  # (49, 1, 2)
    log_p = values(model.log_likelihood(x[None], z))[:, 0]
    expected = float(np.outer(weights, weights).ravel() @ log_p)
    return Terms(mu[0], np.exp(0.5 * log_var[0]), expected, float(kl_standard_normal(mu, log_var)[0]))


def draw_live(path: Path) -> None:
    """Draw what the page's figure shows at first: digit, ellipse in the plane, reconstruction."""
    shipped = load_models()
    model, x = shipped.models["sum"], shipped.examples[DIGIT]
    found = terms(model, x)
    fig, axes = plotting.figure("wide", cols=3, height=2.9)
    plotting.image_grid(axes[0], x.reshape(1, 28, 28))
    axes[0].set_title("the picture x")
    for wide in (1, 2):
        ellipse = Ellipse(tuple(found.mu), *(2 * wide * found.sigma), fill=False, ec=COLOURS[1], lw=1.6)
        axes[1].add_patch(ellipse)
        axes[1].add_patch(Ellipse((0, 0), 2 * wide, 2 * wide, fill=False, ec=SOFT, ls=DASHED, lw=1.0))
    axes[1].plot(*found.mu, marker="o", color=COLOURS[1])
    axes[1].set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal", xlabel="$z_1$", ylabel="$z_2$")
    axes[1].set_title("q(z|x), one and two deviations")
    plotting.image_grid(axes[2], model.means(found.mu.astype(np.float32)[None]).reshape(1, 28, 28))
    axes[2].set_title("decoded at its mean")
    plotting.save(fig, path)
