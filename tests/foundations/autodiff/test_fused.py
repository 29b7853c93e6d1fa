"""Functions with hand-written kernels: first order by the kernel, higher order by the definition."""

import numpy as np
import pytest

from foundations.autodiff import (
    GradientMismatchError,
    Tensor,
    fused,
    gradcheck,
    gradients,
    hessian,
    no_grad,
    ops,
)
from foundations.errors import GraphError, ShapeError


def swish_like(backward):
    """a tanh(b a), with `scale`, by a kernel; `backward(g, t, a, b, scale) -> (da, db)`."""

    def forward(a, b, scale=1.0):
        t = np.tanh(b * a)
        return scale * a * t, (t,)

    def kernel(g, residuals, needs, a, b, scale=1.0):
        calls.append(needs)
        da, db = backward(g, residuals[0], a, b, scale)
        return da if needs[0] else None, db if needs[1] else None

    def definition(a, b, scale=1.0):
        return scale * a * ops.tanh(b * a)

    calls = []
    f = fused(forward, kernel, definition, name="swish_like")
    f.calls = calls
    return f


def right(g, t, a, b, scale):
    slope = 1 - t * t
    return scale * g * (t + a * b * slope), scale * g * a * a * slope  # the engine sums it to the shape of b


SOUND = swish_like(right)


def test_value_first_and_second_derivatives(rng):
    a, b = rng.standard_normal((2, 3)), rng.standard_normal(3)
    np.testing.assert_allclose(SOUND(a, b), SOUND.definition(a, b))
    gradcheck(SOUND, a, b, rng=rng, order=2)
    gradcheck(lambda a, b: SOUND(a, b, scale=3.0), a, b, rng=rng, order=2)


def test_the_kernel_serves_first_order_and_the_definition_the_rest(rng):
    f = swish_like(right)
    a = Tensor(rng.standard_normal((2, 3)), requires_grad=True)
    b = Tensor(rng.standard_normal(3), requires_grad=True)
    y = f(a, b, scale=2.0)
    first = gradients(y.sum(), [a, b], retain_graph=True)
    assert f.calls == [(True, True)]
    again = gradients(y.sum(), [a, b], create_graph=True)
    assert len(f.calls) == 1
    for one, two in zip(first, again, strict=True):
        np.testing.assert_allclose(one.data, two.data, rtol=1e-12)


def test_derivatives_of_any_order(rng):
    a, b = rng.standard_normal(3), rng.standard_normal(3)
    ours = hessian(lambda a: (SOUND(a, b) * a).sum(), a)
    theirs = hessian(lambda a: (SOUND.definition(a, b) * a).sum(), a)
    np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-12)
    x = Tensor(a, requires_grad=True)
    total = SOUND(x, b).sum()
    for _ in range(3):
        (g,) = gradients(total, [x], create_graph=True)
        total = g.sum()
    reference = Tensor(a, requires_grad=True)
    total = SOUND.definition(reference, b).sum()
    for _ in range(3):
        (h,) = gradients(total, [reference], create_graph=True)
        total = h.sum()
    np.testing.assert_allclose(g.data, h.data, rtol=1e-10)


def test_second_order_reaches_both_arguments_and_what_they_came_from(rng):
    """Mixed derivatives, with an argument that is a leaf, one that is computed, and one used twice."""
    w = rng.standard_normal(3)

    def f(x, w):
        return SOUND(ops.exp(x), w) + SOUND(x, x)

    gradcheck(f, rng.standard_normal(3), w, rng=rng, order=2)
    gradcheck(lambda x: SOUND(x, w), rng.standard_normal((2, 3)), rng=rng, order=2)
    gradcheck(lambda w: SOUND(np.ones((2, 3)), w), w, rng=rng, order=2)


@pytest.mark.parametrize(
    ("backward", "says"),
    [
        (lambda g, t, a, b, s: (right(g, t, a, b, s)[0] * 0.99, right(g, t, a, b, s)[1]), "argument 0"),
        (lambda g, t, a, b, s: (right(g, t, a, b, s)[0], -right(g, t, a, b, s)[1]), "argument 1"),
        (lambda g, t, a, b, s: (g * t, right(g, t, a, b, s)[1]), "argument 0"),
        (lambda g, t, a, b, s: (None, right(g, t, a, b, s)[1]), "argument 0 is 0"),
    ],
)
def test_a_wrong_kernel_is_caught(backward, says, rng):
    with pytest.raises(GradientMismatchError, match=says):
        gradcheck(swish_like(backward), rng.standard_normal((2, 3)), rng.standard_normal(3), rng=rng)


def test_a_kernel_that_forgets_an_argument_is_an_error_and_not_zero(rng):
    f = fused(lambda a, b: (a * b, None), lambda g, _r, _n, _a, b: (g * b,), lambda a, b: a * b, name="f")
    a, b = (Tensor(rng.standard_normal(3), requires_grad=True) for _ in range(2))
    f(a, b.detach()).sum().backward()
    with pytest.raises(
        GraphError, match=r"backward function of f .* each of 2 arguments, got 1: return None"
    ):
        f(a, b).sum().backward()


def test_a_definition_that_differs_from_its_kernel_is_caught_at_second_order(rng):
    f = fused(
        lambda x: (x * x * x, None),
        lambda g, _r, _n, x: (3 * g * x * x,),
        lambda x: x * x * 3,  # not the cube
        name="cube",
    )
    gradcheck(f, rng.standard_normal(3), rng=rng)
    with pytest.raises(
        GradientMismatchError, match=r"argument 0 depends on the way: at index .*: make the definition"
    ):
        gradcheck(f, rng.standard_normal(3), rng=rng, order=2)


def test_plain_arrays_constants_and_no_grad(rng):
    a, b = rng.standard_normal((2, 3)), rng.standard_normal(3)
    assert type(SOUND(a, b)) is np.ndarray
    assert not SOUND(Tensor(a), b).requires_grad
    x = Tensor(a, requires_grad=True)
    with no_grad():
        assert not SOUND(x, b).requires_grad
    f = swish_like(right)
    f(Tensor(a), Tensor(b, requires_grad=True)).sum().backward()
    assert f.calls == [(False, True)]


def test_lists_and_numpys_numbers_do_not_change_the_type():
    x = Tensor(np.ones(3, np.float32), requires_grad=True)
    for b in ([1.0, 2.0, 3.0], np.float64(2), 2.0):
        y = SOUND(x, b)
        assert y.dtype == np.float32
        y = SOUND.definition(x, b)
        assert y.dtype == np.float32


def test_errors_name_the_function(rng):
    with pytest.raises(ShapeError, match=r"swish_like needs .*got \(2,\) float64, \(3,\) float64 .*: "):
        SOUND(np.ones(2), Tensor(np.ones(3)))


def test_names_and_documentation():
    def forward(x):
        """x as it is."""
        return x, None

    f = fused(forward, lambda g, *_: (g,), lambda x: x, name="same")
    assert f.__name__ == "same"
    assert f.__doc__ == "x as it is."
    assert f.definition(3) == 3
