"""Small models that the tests of this entry share."""

import numpy as np
import pytest

from papers.vae import VAE, VAEConfig

SMALL = VAEConfig(n_visible=7, n_hidden=5, n_latent=3)


@pytest.fixture
def model():
    """A Bernoulli model in float64, with weights large enough to matter."""
    made = VAE(SMALL, rng=np.random.default_rng(0)).astype(np.float64)
    for parameter in made.parameters():
        parameter.data = 5 * parameter.data
    return made


@pytest.fixture
def x():
    return (np.random.default_rng(1).random((4, 7)) < 0.5).astype(np.float64)
