"""Padding against PyTorch, and against NumPy's own names for the modes."""

import numpy as np
import pytest
import torch.nn.functional as theirs
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import gradcheck
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F

MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def draw(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


@given(st.lists(st.integers(0, 2), min_size=4, max_size=4), st.sampled_from(list(MODES)))
def test_images_are_padded_as_pytorch_pads_them(agrees, widths, mode):
    agrees(lambda x: F.pad(x, widths, mode), lambda x: theirs.pad(x, widths, mode), draw(2, 3, 4, 5))


@given(st.integers(0, 3), st.integers(0, 2), st.sampled_from(list(MODES)))
def test_every_mode_is_numpys_of_another_name(before, after, mode):
    x = draw(2, 4)
    want = np.pad(x, ((0, 0), (before, after)), MODES[mode])
    np.testing.assert_array_equal(F.pad(x, (before, after), mode), want)


@pytest.mark.parametrize("widths", [(-1, 2), (0, -3, 1, -1), (-2, -2), (-1, 0, 0, 0, 2, -1)])
def test_negative_widths_cut(agrees, widths):
    agrees(lambda x: F.pad(x, widths, value=2.5), lambda x: theirs.pad(x, widths, value=2.5), draw(3, 4, 5))


@pytest.mark.parametrize("mode", MODES)
def test_second_derivatives(mode):
    rng = np.random.default_rng(0)
    gradcheck(lambda x: F.pad(x, (2, 1, 1, 0), mode) ** 3, draw(3, 4), rng=rng, order=2)


def test_integers_and_booleans_are_padded_too():
    assert F.pad(np.array([1, 2]), (1, 0)).tolist() == [0, 1, 2]
    assert F.pad(np.array([True]), (0, 1)).tolist() == [True, False]
    assert F.pad([1.0, 2.0], (0, 2), "circular").tolist() == [1.0, 2.0, 1.0, 2.0]


def test_more_than_the_axis_has_is_refused():
    x = draw(2, 3)
    for mode, widths in (("reflect", (3, 0)), ("circular", (0, 4)), ("reflect", (-1, 0))):
        with pytest.raises(ShapeError, match="on an axis of 3"):
            F.pad(x, widths, mode)
    with pytest.raises(ShapeError, match="on an axis of 0"):
        F.pad(np.zeros((2, 0)), (1, 1), "replicate")
    with pytest.raises(ShapeError, match="it has no more"):
        F.pad(x, (-2, -2))
    with pytest.raises(ShapeError, match="3 pairs of widths for the 2 axes"):
        F.pad(x, (1,) * 6)
    with pytest.raises(ValueRangeError, match="'constant' only"):
        F.pad(x, (1, 1), "reflect", 2.0)
