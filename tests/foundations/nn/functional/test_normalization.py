"""Layer norm and RMS norm against PyTorch, their definitions, and their laws."""

import numpy as np
import pytest
import torch.nn.functional as theirs
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import gradcheck
from foundations.errors import ShapeError
from foundations.nn import functional as F
from foundations.nn.functional import normalization

leads = st.lists(st.integers(0, 4), min_size=0, max_size=2)


@given(
    lead=leads,
    width=st.integers(1, 6),
    affine=st.integers(0, 2),
    layout=st.sampled_from(["channels first", "strided", "reversed"]),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_layer_norm(agrees, lay_out, lead, width, affine, layout, dtype):
    rng = np.random.default_rng(width)
    x = lay_out((2 + 3 * rng.standard_normal((*lead, width))).astype(dtype), layout)
    parameters = [rng.standard_normal(width).astype(dtype) for _ in range(affine)]
    # one element a row: the standardised value is 0 and so is the gradient, but PyTorch's rounds
    agrees(
        lambda x, w=None, b=None: F.layer_norm(x, w, b),
        lambda x, w=None, b=None: theirs.layer_norm(x, (width,), w, b),
        x,
        *parameters,
        layout=layout,
        tolerance=1e-4 if dtype == "float32" else 1e-9,
    )


@given(lead=leads, width=st.integers(1, 6), affine=st.booleans())
def test_rms_norm(agrees, lead, width, affine):
    rng = np.random.default_rng(width)
    parameters = [rng.standard_normal(width)] if affine else []
    agrees(
        lambda x, w=None: F.rms_norm(x, w, 1e-6),
        lambda x, w=None: theirs.rms_norm(x, (width,), w, 1e-6),
        rng.standard_normal((*lead, width)),
        *parameters,
    )


def test_second_derivatives_and_definitions(holds_to_its_definition):
    rng = np.random.default_rng(0)
    x, w, b = rng.standard_normal((2, 3, 5)), rng.standard_normal(5), rng.standard_normal(5)
    gradcheck(F.layer_norm, x, w, b, rng=rng, order=2)
    gradcheck(F.rms_norm, x, w, rng=rng, order=2)
    holds_to_its_definition(normalization._layer_norm, x, w, b, eps=1e-5)
    holds_to_its_definition(normalization._layer_norm, x, None, None, eps=1e-5)
    holds_to_its_definition(normalization._rms_norm, x, w, eps=1e-6)


@given(st.floats(0.1, 10), st.floats(-5, 5))
def test_layer_norm_ignores_shift_and_scale(scale, shift):
    x = np.random.default_rng(0).standard_normal((4, 9))
    y = F.layer_norm(x, eps=0.0)
    np.testing.assert_allclose(F.layer_norm(scale * x + shift, eps=0.0), y, atol=1e-9)
    np.testing.assert_allclose(y.mean(-1), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(-1), 1)


def test_a_wrong_width_is_named():
    with pytest.raises(ShapeError, match=r"weight has shape \(5,\), got \(4,\)"):
        F.layer_norm(np.ones((2, 5)), np.ones(4))
