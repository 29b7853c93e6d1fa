"""Small trained networks, made once: training is what takes the time."""

import numpy as np
import pytest

from papers.quantization import fold
from papers.quantization.digits import Rows
from papers.quantization.networks import CONFIGS, Net
from papers.quantization.training import train


@pytest.fixture(scope="session")
def rows():
    """Digits of seed 0, from those that ship."""
    return Rows(0, "quick", n_train=2000, n_validation=200, n_test=300)


@pytest.fixture(scope="session")
def folded(rows):
    """Both networks after some training, folded, by name."""
    found = {}
    for name, steps in (("plain", 120), ("separable", 120)):
        net = Net(CONFIGS[name], rng=np.random.default_rng(0))
        train(net, rows.training, steps=steps, rate=0.01, rng=np.random.default_rng(1))
        found[name] = fold(net)
    return found
