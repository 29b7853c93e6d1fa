"""Functions that cut large arrays into blocks for several threads, against PyTorch, where they do so."""

import numpy as np
import pytest
import torch
import torch.nn.functional as theirs

from foundations.nn import functional as F
from foundations.runtime import set_num_threads

SHAPE = (1031, 521)  # primes: no block divides it


@pytest.fixture(autouse=True, params=[1, 3])
def threads(request):
    """Compute on one thread, and on several."""
    from foundations.runtime import get_num_threads

    before = get_num_threads()
    set_num_threads(request.param)
    yield
    set_num_threads(before)


@pytest.mark.parametrize("layout", ["channels first", "strided"])
@pytest.mark.parametrize(
    ("ours", "reference"),
    [
        (F.gelu, theirs.gelu),
        (lambda x: F.gelu(x, "tanh"), lambda x: theirs.gelu(x, approximate="tanh")),
        (F.silu, theirs.silu),
        (F.layer_norm, lambda x: theirs.layer_norm(x, SHAPE[1:])),
        (F.rms_norm, lambda x: theirs.rms_norm(x, SHAPE[1:], eps=1e-6)),
    ],
    ids=["gelu", "gelu tanh", "silu", "layer_norm", "rms_norm"],
)
def test_of_one_array(agrees, lay_out, rng, ours, reference, layout):
    x = lay_out(rng.standard_normal(SHAPE), layout)
    agrees(ours, reference, x, layout=layout)


def test_layer_norm_with_parameters(agrees, rng):
    x, weight, bias = rng.standard_normal(SHAPE), rng.standard_normal(521), rng.standard_normal(521)
    agrees(F.layer_norm, lambda x, w, b: theirs.layer_norm(x, (521,), w, b), x, weight, bias)


@pytest.mark.parametrize("batch", [(11, 3), (1, 29), (1, 1), ()])
@pytest.mark.parametrize("size", [1.0, 20.0])  # of the scores: within and beyond what needs no maximum
def test_attention_under_a_mask_of_each_sequence(agrees, rng, batch, size):
    t, s, d = 67, 71, 16
    q, k, v = (rng.standard_normal((*batch, n, d)) for n in (t, s, s))
    visible = rng.random((*batch[:1], *(1,) * len(batch[1:]), 1, s)) < 0.8
    visible[..., 0] = True
    agrees(
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, mask=visible),
        lambda q, k, v: theirs.scaled_dot_product_attention(q, k, v, attn_mask=torch.tensor(visible)),
        size * q,
        k,
        v,
        tolerance=1e-9,
    )


def test_attention_keeps_heads_side_by_side(rng):
    x = rng.standard_normal((7, 64, 4, 8)).astype(np.float32)
    q, k, v = (part.swapaxes(1, 2) for part in (x, x + 1, x + 2))
    y = F.scaled_dot_product_attention(q, k, v, causal=True)
    assert y.swapaxes(1, 2).flags.c_contiguous
