"""grad, vjp, jvp, jacobian, hessian and hvp: against torch.func, nested, and on their own terms."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import (
    Tensor,
    grad,
    gradcheck,
    gradients,
    hessian,
    hvp,
    is_recording,
    jacobian,
    jvp,
    no_grad,
    ops,
    value_and_grad,
    vjp,
)
from foundations.errors import DTypeError, GraphError, ShapeError

SEEDS = st.integers(0, 2**32 - 1)


def close(ours, theirs, tolerance=1e-10):
    assert isinstance(ours, Tensor)
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours.data, theirs, rtol=tolerance, atol=tolerance)


# (ours, theirs): functions of one array of shape (2, 3)
SCALAR = {
    "smooth": (lambda x: (ops.tanh(x) * ops.exp(x)).sum(), lambda x: (x.tanh() * x.exp()).sum()),
    "quadratic": (lambda x: (x @ x.mT).sum() * 0.5, lambda x: (x @ x.mT).sum() * 0.5),
    "linear": (lambda x: (x * 3).sum(), lambda x: (x * 3).sum()),
    "logsumexp": (lambda x: ops.logsumexp(x * x), lambda x: (x * x).logsumexp((0, 1))),
    "determinant": (lambda x: ops.det(x @ x.mT), lambda x: torch.linalg.det(x @ x.mT)),
}
VECTOR = {
    "smooth": (lambda x: ops.sin(x) * x[0], lambda x: x.sin() * x[0]),
    "gram": (lambda x: x.mT @ x, lambda x: x.mT @ x),
    "rows": (lambda x: ops.softplus(x).sum(1), lambda x: torch.nn.functional.softplus(x).sum(1)),
    "linear": (lambda x: x[:, ::2] - 1, lambda x: x[:, ::2] - 1),
    "single": (lambda x: x[1, 2] * x[0, 0], lambda x: x[1, 2] * x[0, 0]),
}


@pytest.mark.parametrize("name", SCALAR)
@given(seed=SEEDS)
def test_derivatives_of_single_numbers(name, seed):
    ours, theirs = SCALAR[name]
    rng = np.random.default_rng(seed)
    x, v = rng.standard_normal((2, 2, 3))
    t = torch.tensor(x)
    close(grad(ours)(x), torch.func.grad(theirs)(t))
    close(hessian(ours, x), torch.autograd.functional.hessian(theirs, t))
    expected = torch.autograd.functional.hvp(theirs, t, torch.tensor(v))[1]
    close(hvp(ours, x, v), expected)
    np.testing.assert_allclose(
        hvp(ours, x, v).data, np.tensordot(hessian(ours, x).data, v, 2), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("name", VECTOR)
@given(seed=SEEDS)
def test_derivatives_of_arrays(name, seed):
    ours, theirs = VECTOR[name]
    rng = np.random.default_rng(seed)
    x, v = rng.standard_normal((2, 2, 3))
    t = torch.tensor(x)
    close(jacobian(ours, x), torch.func.jacrev(theirs)(t))
    y, along = jvp(ours, [x], [v])
    their_y, their_along = torch.autograd.functional.jvp(theirs, t, torch.tensor(v))
    close(y, their_y)
    close(along, their_along)
    y, pull = vjp(ours, x)
    their_y, their_pull = torch.func.vjp(theirs, t)
    u = rng.standard_normal(y.shape)
    close(y, their_y)
    for _ in range(2):  # call it often
        close(pull(u)[0], their_pull(torch.tensor(u))[0])
    np.testing.assert_allclose((along.data * u).sum(), (pull(u)[0].data * v).sum(), rtol=1e-9, atol=1e-9)


def test_several_arguments_of_different_shapes_and_types(rng):
    """Contributions of the arguments add up after each is reduced, whatever their shapes."""
    a, b = rng.standard_normal((3, 1)), rng.standard_normal(4).astype(np.float32)
    va, vb = rng.standard_normal((3, 1)), rng.standard_normal(4).astype(np.float32)
    ta, tb = torch.tensor(a), torch.tensor(b)
    y, along = jvp(lambda a, b: a * ops.exp(b), [a, b], [va, vb])
    _, theirs = torch.autograd.functional.jvp(
        lambda a, b: a * b.double().exp(), (ta, tb), (torch.tensor(va), torch.tensor(vb))
    )
    close(along, theirs, 1e-6)  # exp(b) is single precision here
    assert y.dtype == np.float64
    _, pull = vjp(lambda a, b: a * ops.exp(b), a, b)
    da, db = pull(np.ones((3, 4)))
    assert (da.dtype, db.dtype) == (np.float64, np.float32)
    np.testing.assert_allclose(db.data, a.sum() * np.exp(b), rtol=1e-5)
    second = grad(lambda a, b: (a * ops.exp(b)).sum(), argument=1)(a, b)
    np.testing.assert_allclose(second.data, db.data, rtol=1e-6)


def test_types_stay_what_they_are():
    for dtype in (np.float32, np.float64):
        x = np.array([1.0, 2.0], dtype)

        def f(x):
            return ops.tanh(x * x).sum() * 2

        results = [grad(f)(x), hessian(f, x), hvp(f, x, x), jacobian(lambda x: x * x, x), *jvp(f, [x], [x])]
        assert {r.dtype for r in results} == {np.dtype(dtype)}
        assert all(not r.requires_grad for r in results)


def test_numbers_and_integers_become_float32():
    assert grad(lambda x: x * x)(3).item() == 6
    assert grad(lambda x: x * x)(3).dtype == np.float32
    assert jacobian(lambda x: x * x, [1.0, 2.0]).tolist() == [[2, 0], [0, 4]]
    assert hessian(lambda x: x * x, 3.0).item() == 2
    assert hvp(lambda x: (x * x).sum(), [1, 2], [1, 0]).tolist() == [2, 0]


def test_a_function_may_ignore_its_argument(rng):
    x, v = rng.standard_normal(3), np.ones(3)
    c = Tensor(np.array([5.0, 6.0]))
    assert grad(lambda _x: Tensor(np.array(2.0)))(x).tolist() == [0, 0, 0]
    assert grad(lambda _a, b: (b * b).sum())(x, Tensor(x)).tolist() == [0, 0, 0]
    assert jacobian(lambda _x: c, x).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert hessian(lambda _x: c.sum(), x).tolist() == np.zeros((3, 3)).tolist()
    assert hvp(lambda _x: c.sum(), x, v).tolist() == [0, 0, 0]
    y, along = jvp(lambda _x: c, [x], [v])
    assert (y.tolist(), along.tolist()) == ([5, 6], [0, 0])
    _, along = jvp(lambda a, _b: a * 2, [x, x], [v, v])
    assert along.tolist() == [2, 2, 2]
    _, pull = vjp(lambda a, _b: a * 2, x, x)
    assert pull(v)[1].tolist() == [0, 0, 0]


def test_empty_arrays_have_empty_derivatives():
    x = np.zeros((0, 2))
    assert jacobian(lambda x: x * 2, x).shape == (0, 2, 0, 2)
    assert jacobian(lambda x: x.sum(0), x).shape == (2, 0, 2)
    assert hessian(lambda x: (x * x).sum(), x).shape == (0, 2, 0, 2)
    assert grad(lambda x: x.sum())(x).shape == (0, 2)


def test_the_identity_and_its_views():
    x = np.arange(3.0)
    assert jacobian(lambda x: x, x).tolist() == np.eye(3).tolist()
    assert grad(lambda x: x)(2.0).item() == 1
    _, pull = vjp(lambda x: x, x)
    seed = np.array([1.0, 2.0, 3.0])
    (out,) = pull(seed)
    out += 1
    assert seed.tolist() == [1, 2, 3]


# ---------------------------------------------------------------------- nesting


def test_grad_of_grad_of_grad():
    f = lambda x: x * x * x * x
    for order, expected in enumerate((4 * 8, 12 * 4, 24 * 2, 24, 0), start=1):
        f = grad(f)
        assert f(np.array(2.0)).item() == expected, order


@pytest.mark.parametrize("name", ["smooth", "logsumexp"])
def test_every_transform_is_differentiable_in_its_point(name, rng):
    """A transform inside a transform must not quietly become a constant."""
    f = SCALAR[name][0]
    x, v = rng.standard_normal((2, 2, 3))
    v_ = np.array(v)
    inner = {
        "grad": lambda x: grad(f)(x) * v_,
        "hvp": lambda x: hvp(f, x, v_),
        "jvp": lambda x: jvp(lambda z: ops.tanh(z) * z, [x], [v_])[1],
        "jvp's value": lambda x: jvp(lambda z: ops.tanh(z) * z, [x], [v_])[0],
        "vjp": lambda x: vjp(lambda z: ops.tanh(z) * z, x)[1](v_)[0],
        "vjp's value": lambda x: vjp(lambda z: ops.tanh(z) * z, x)[0],
        "jacobian": lambda x: jacobian(lambda z: ops.sin(z[0]), x),
        "hessian": lambda x: hessian(lambda z: f(z[:, :2]), x),
    }
    for transform, g in inner.items():
        gradcheck(g, x, rng=rng)
        assert np.abs(grad(lambda x, g=g: g(x).sum())(x).data).max() > 1e-3, transform


def test_transforms_are_differentiable_in_their_directions(rng):
    x, v = rng.standard_normal((2, 3))

    def f(x):
        return ops.exp(x).sum()

    gradcheck(lambda v: hvp(f, x, v), v, rng=rng)
    gradcheck(lambda v: jvp(ops.tanh, [x], [v])[1], v, rng=rng)
    gradcheck(lambda v: vjp(ops.tanh, x)[1](v)[0], v, rng=rng)


def test_gradients_follow_what_a_function_holds(rng):
    """A gradient penalty: the gradient in x of a model depends on its weights, and trains them."""
    w = Tensor(rng.standard_normal((3, 2)), requires_grad=True)
    x = rng.standard_normal((5, 3))

    def model(x):
        return ops.tanh(x @ w).sum()

    (grad(model)(x) ** 2).sum().backward()
    tw = torch.tensor(w.data, requires_grad=True)
    (torch.func.grad(lambda x: (x @ tw).tanh().sum())(torch.tensor(x)) ** 2).sum().backward()
    np.testing.assert_allclose(w.grad.data, tw.grad.numpy(), rtol=1e-10)

    for derivative in (
        lambda: hvp(model, x, x),
        lambda: jvp(model, [x], [x])[1],
        lambda: jvp(model, [x], [x])[0],
        lambda: vjp(model, x)[1](1.0)[0],
        lambda: vjp(model, x)[0],
        lambda: jacobian(lambda x: ops.tanh(x @ w)[0], x),
        lambda: hessian(lambda x: ops.tanh(x @ w)[0].sum(), x),
    ):
        w.grad = None
        (derivative() ** 2).sum().backward()
        assert np.abs(w.grad.data).max() > 1e-6


def test_inside_no_grad_derivatives_are_computed_and_not_tracked(rng):
    x = Tensor(rng.standard_normal(3), requires_grad=True)
    w = Tensor(rng.standard_normal(3), requires_grad=True)

    def f(x):
        return (x * x * w).sum()

    with no_grad():
        results = [
            grad(f)(x),
            hessian(f, x),
            hvp(f, x, np.ones(3)),
            jacobian(lambda x: x * w, x),
            *jvp(f, [x], [np.ones(3)]),
            vjp(f, x)[0],
            *vjp(f, x)[1](1.0),
        ]
        assert not is_recording()
    assert all(not r.requires_grad for r in results)
    np.testing.assert_allclose(results[0].data, 2 * x.data * w.data)
    np.testing.assert_allclose(results[1].data, np.diag(2 * w.data))


def test_transforms_leave_no_trace_in_grad(rng):
    x = Tensor(rng.standard_normal(3), requires_grad=True)
    inner = x * 2
    inner.retain_grad()
    grad(lambda x: (x * x).sum())(x)
    hvp(lambda x: (x * x).sum(), x, np.ones(3))
    gradients((inner * inner).sum(), [x])
    assert x.grad is None
    assert inner.grad is None


# ---------------------------------------------------------------------- misuse


def test_functions_must_return_tensors():
    for transform in (
        lambda f: grad(f)(1.0),
        lambda f: vjp(f, 1.0),
        lambda f: jvp(f, [1.0], [1.0]),
        lambda f: jacobian(f, 1.0),
        lambda f: hessian(f, 1.0),
    ):
        with pytest.raises(GraphError, match="returned float, which has no graph: return a Tensor"):
            transform(lambda x: 2.0)
        with pytest.raises(GraphError, match=r"returned tuple, .*: return a Tensor"):
            transform(lambda x: (x, x))


def test_grad_and_hessian_are_of_single_numbers():
    for transform in (lambda f, x: grad(f)(x), hessian, lambda f, x: hvp(f, x, x)):
        with pytest.raises(ShapeError, match=r"single number, got shape \(2,\)"):
            transform(lambda x: x * x, np.ones(2))


def test_what_is_differentiated_is_a_function_and_where_are_places():
    for transform in (grad, value_and_grad):
        with pytest.raises(DTypeError, match=r"a function of Tensors, got float: pass f, not f\(x\)"):
            transform(3.0)
        for argument in ("x", 1.0, None, (0, "x")):
            with pytest.raises(DTypeError, match="is named by its position, got"):
                transform(ops.tanh, argument)
    assert len(grad(lambda a, b: a * b, range(2))(2.0, 3.0)) == 2


def test_directions_fit_their_points():
    for transform in (
        lambda v: jvp(ops.tanh, [np.ones(2)], [v]),
        lambda v: hvp(lambda x: (x * x).sum(), np.ones(2), v),
    ):
        with pytest.raises(ShapeError, match=r"shape of its point, \(2,\), got \(1,\): reshape"):
            transform(np.ones(1))
    with pytest.raises(ShapeError, match="a direction for each point, got 1 points and 2"):
        jvp(ops.tanh, [np.ones(2)], [np.ones(2)] * 2)
    _, pull = vjp(ops.tanh, np.ones(2))
    with pytest.raises(ShapeError, match=r"of shape \(2,\) has that shape, got \(3,\)"):
        pull(np.ones(3))


def test_an_argument_is_named_once_by_an_integer():
    f = lambda a, b: (a * b * b).sum()
    x = np.array([1.0, 2.0])
    for twice in ((0, 0), (1, -1), [0, -2]):
        with pytest.raises(ShapeError, match="differentiated once"):
            grad(f, twice)(x, x)
    for wrong in ("b", True, 1.0, (0, None)):
        with pytest.raises(DTypeError, match="named by its position"):
            grad(f, wrong)
    assert grad(f, [-1])(x, x)[0].tolist() == [2.0, 8.0]


@pytest.mark.parametrize("wrong", [np.array([1j, 0.0]), "ab", ["a", "b"]])
def test_directions_and_seeds_are_real_numbers(wrong):
    x = np.array([1.0, 2.0])
    leaf = Tensor(x, requires_grad=True)
    square = lambda t: t * t
    calls = [
        lambda: (leaf * leaf).backward(wrong),
        lambda: gradients(leaf * leaf, leaf, wrong),
        lambda: vjp(square, x)[1](wrong),
    ]
    if np.shape(wrong):
        calls += [
            lambda: jvp(square, [x], [wrong]),
            lambda: hvp(lambda t: (t * t * t).sum(), x, wrong),
        ]
    for call in calls:
        with pytest.raises(DTypeError, match="floats, integers or booleans"):
            call()
    assert vjp(square, x)[1]([1, True])[0].tolist() == [2.0, 4.0]
