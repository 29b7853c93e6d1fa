"""Noise through first weights: the factor of a layer, forwards and backwards."""

import numpy as np
import pytest

from foundations.errors import ValueRangeError
from papers.resnet.variance import _convolved, propagate


@pytest.mark.parametrize(("gain", "residual", "factor"), [(2, False, 1), (1, False, 0.5), (2, True, 2)])
def test_the_factor_of_a_layer_is_that_of_the_argument(gain, residual, factor):
    chains = [propagate(10, 24, gain=gain, residual=residual, rng=np.random.default_rng(k)) for k in range(8)]
    for found in (
        [np.log(c.forward[-1] / c.forward[0]) / 9 for c in chains],
        [np.log(c.backward[0] / c.backward[-1]) / 9 for c in chains],
    ):
        assert np.exp(np.mean(found)) == pytest.approx(factor, rel=0.15)


def test_the_way_back_is_the_transpose_of_the_way_there():
    rng = np.random.default_rng(0)
    w, x, g = (rng.standard_normal(s) for s in ((3, 3, 3, 3), (2, 3, 5, 4), (2, 3, 5, 4)))
    turned = np.ascontiguousarray(w.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1])
    assert (g * _convolved(x, w)).sum() == pytest.approx((_convolved(g, turned) * x).sum())


def test_what_is_no_chain_is_refused():
    with pytest.raises(ValueRangeError, match="layers, channels and gain are above 0"):
        propagate(0, 3, rng=np.random.default_rng(0))
