"""Einstein summation: every form of one and of two operands, against NumPy and PyTorch."""

import string

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import Tensor, gradcheck, ops
from foundations.errors import ShapeError

SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def contractions(draw):
    """Draw subscripts of two operands without repeats in one operand, and lengths of the names."""
    names = draw(st.lists(st.sampled_from(string.ascii_letters[:6] + "XY"), unique=True, max_size=5))
    left = draw(st.permutations([n for n in names if draw(st.booleans())]))
    right = draw(st.permutations([n for n in names if draw(st.booleans())]))
    used = [n for n in names if n in left or n in right]
    output = draw(st.permutations([n for n in used if draw(st.booleans())]))
    lengths = {n: draw(st.integers(0, 3)) for n in names}
    arrow = draw(st.booleans())
    subscripts = f"{''.join(left)},{''.join(right)}" + (f"->{''.join(output)}" if arrow else "")
    shapes = [tuple(lengths[n] for n in side) for side in (left, right)]
    return subscripts, shapes


@given(case=contractions(), seed=SEEDS)
def test_two_operands(case, seed, agrees, draw):
    subscripts, shapes = case
    agrees(
        lambda a, b: ops.einsum(subscripts, a, b),
        lambda a, b: torch.einsum(subscripts, a, b),
        *[draw(seed + i, s) for i, s in enumerate(shapes)],
    )


@given(case=contractions(), seed=SEEDS)
def test_one_operand(case, seed, agrees, draw):
    subscripts, shapes = case
    left = subscripts.split(",")[0]
    keep = "".join(reversed(left[::2]))
    agrees(
        lambda a: ops.einsum(f"{left}->{keep}", a),
        lambda a: torch.einsum(f"{left}->{keep}", a),
        draw(seed, shapes[0]),
    )


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ii", [(3, 3)]),
        ("ii->i", [(3, 3)]),
        ("iij->ji", [(3, 3, 2)]),
        ("iji->j", [(3, 2, 3)]),
        ("iii->i", [(3, 3, 3)]),
        ("ii,ij->j", [(3, 3), (3, 2)]),
        ("iij,jkk->ik", [(2, 2, 3), (3, 5, 5)]),
        ("ij,ij->", [(2, 3), (2, 3)]),
        ("ba,b", [(2, 3), (2,)]),
        ("bA,cb", [(2, 3), (5, 2)]),
        (" b i j , b j k -> b i k ", [(2, 3, 5), (2, 5, 4)]),
        ("...ij,...jk->...ik", [(2, 1, 3, 5), (4, 5, 2)]),
        ("i...,...j->...ij", [(3, 2), (2, 5)]),
        ("...i->...", [(2, 3, 5)]),
        ("...,...->...", [(2, 3), (3,)]),
        ("...,i->i...", [(2, 3), (5,)]),
        ("...ii->...i", [(2, 3, 3)]),
        ("...ij->...ji", [(2, 3, 5)]),
        ("i...", [(3, 2)]),
        ("...i,...i", [(2, 3), (2, 3)]),
        ("bij,jk->bik", [(1, 2, 3), (3, 5)]),
        ("bij,bjk->bik", [(1, 2, 3), (4, 3, 5)]),
        ("ij,ij->ij", [(2, 1), (1, 3)]),
        ("ij,jk->ik", [(2, 1), (3, 5)]),
        ("ij,kj->ik", [(2, 3), (5, 1)]),
        (",i->i", [(), (3,)]),
        (",", [(), ()]),
        ("->", [()]),
        ("bhtd,bhsd->bhts", [(2, 3, 5, 4), (2, 3, 7, 4)]),
    ],
)
def test_forms(subscripts, shapes, rng, agrees):
    arrays = [rng.standard_normal(s) for s in shapes]
    agrees(lambda *xs: ops.einsum(subscripts, *xs), lambda *xs: torch.einsum(subscripts, *xs), *arrays)
    np.testing.assert_allclose(
        ops.einsum(subscripts, *arrays), np.einsum(subscripts, *arrays), rtol=1e-12, atol=1e-12
    )
    gradcheck(lambda *xs: ops.einsum(subscripts, *xs), *arrays, rng=rng, order=2)


def test_one_array_in_both_places(rng):
    x = Tensor(rng.standard_normal((3, 5)), requires_grad=True)
    ops.einsum("ij,ij->", x, x).backward()
    np.testing.assert_allclose(x.grad.data, 2 * x.data)


def test_lists_and_float32(rng):
    x = Tensor(np.ones((2, 3), np.float32))
    y = ops.einsum("ij,j->i", x, [1.0, 2.0, 3.0])
    assert y.dtype == np.float32
    assert y.tolist() == [6, 6]


@pytest.mark.parametrize(
    ("subscripts", "shapes", "says"),
    [
        ("ij,jk->ik", [(2, 3)], "names 2 operands, got 1: give one for each term"),
        ("i,j,k->ijk", [(2,), (3,)], "names 3 operands, got 2: give one for each term"),
        ("i,j,k->ij", [(2,), (3,), (5,), (7,)], "names 3 operands, got 4: give one"),
        ("ij->i", [(2, 3, 4)], r"gives 'ij' for shape \(2, 3, 4\): one letter an axis"),
        ("ijk->i", [(2, 3)], r"gives 'ijk' for shape \(2, 3\)"),
        ("ij,jk->ik", [(2, 3), (4, 5)], "axis 'j' has length 3 and 4: use another name"),
        ("ij->ik", [(2, 3)], "every name of the output .* got 'ik'"),
        ("ij->ii", [(2, 3)], "every name of the output .* got 'ii'"),
        ("i1->i", [(2, 3)], "letters.*got 'i1->i'"),
        ("...i...->i", [(2, 3)], "letters.*got"),
        ("ij->i->j", [(2, 3)], "letters.*got"),
    ],
)
def test_misuse_says_what_was_expected(subscripts, shapes, says):
    with pytest.raises(ShapeError, match=says):
        ops.einsum(subscripts, *[Tensor(np.ones(s)) for s in shapes])
