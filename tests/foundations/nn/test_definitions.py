"""Every fused function, run by its definition: the same values and gradients, twice, and no kernel."""

import importlib
import pkgutil

import numpy as np
import pytest

import foundations.nn.functional as F
from foundations import nn
from foundations.autodiff import Tensor, definitions_only, fused, gradcheck, gradients, ops
from foundations.autodiff.gradcheck import GradientMismatchError

rng = np.random.default_rng(0)


def draw(*shape):
    return rng.standard_normal(shape)


def signs(*shape):
    return rng.integers(0, 2, shape) * 2.0


IMAGES, WEIGHT = draw(2, 4, 6, 5), draw(6, 2, 3, 3)
QKV = draw(2, 3, 5, 4), draw(2, 3, 7, 4), draw(2, 3, 7, 6)
CLASSES = np.array([2, -100, 0])

# name of the fused function -> a call of the public function on arrays, and the arrays
CALLS = {
    "softmax": (F.softmax, draw(3, 5)),
    "log_softmax": (F.log_softmax, draw(3, 5)),
    "gelu": (F.gelu, draw(3, 5)),
    "gelu tanh": (lambda x: F.gelu(x, "tanh"), draw(3, 5)),
    "silu": (F.silu, draw(3, 5)),
    "scaled_dot_product_attention": (
        lambda q, k, v, b: F.scaled_dot_product_attention(q, k, v, mask=b, causal=True),
        *QKV,
        draw(3, 5, 7),
    ),
    "batch_norm": (lambda x, w, b: F.batch_norm(x, None, None, w, b, True), IMAGES, draw(4), draw(4)),
    "batch_norm evaluation": (
        lambda x, w, b: F.batch_norm(x, np.full(4, 0.3), np.full(4, 2.0), w, b),
        IMAGES,
        draw(4),
        draw(4),
    ),
    "group_norm": (lambda x, w, b: F.group_norm(x, 2, w, b), IMAGES, draw(4), draw(4)),
    "layer_norm": (F.layer_norm, draw(3, 5), draw(5), draw(5)),
    "rms_norm": (F.rms_norm, draw(3, 5), draw(5)),
    "linear": (F.linear, draw(2, 3, 5), draw(5, 4), draw(4)),
    "conv2d": (lambda x, w, b: F.conv2d(x, w, b, 2, 1, groups=2), IMAGES, WEIGHT, draw(6)),
    "conv_transpose2d": (
        lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1, groups=2),
        IMAGES,
        draw(4, 3, 3, 3),
        draw(6),
    ),
    "max_pool2d": (lambda x: F.max_pool2d(x, 3, 2, 1), IMAGES),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), IMAGES),
    "interpolate": (lambda x: F.interpolate(x, scale_factor=2.0), IMAGES),
    "cross_entropy": (lambda x: F.cross_entropy(x, CLASSES, label_smoothing=0.1), draw(3, 4)),
    "binary_cross_entropy_with_logits": (
        F.binary_cross_entropy_with_logits,
        draw(3, 4),
        rng.random((3, 4)),
        rng.random(4),
    ),
    "mse_loss": (F.mse_loss, draw(3, 4), draw(3, 4)),
}


def fused_functions():
    found = {}
    for info in pkgutil.iter_modules(F.__path__):
        module = importlib.import_module(f"{F.__name__}.{info.name}")
        for value in vars(module).values():
            if hasattr(value, "definition"):
                found[id(value)] = value
    return list(found.values())


def test_every_fused_function_is_called_here():
    assert {f.__name__ for f in fused_functions()} == {name.split()[0] for name in CALLS}
    assert len(fused_functions()) == 19  # GELU is two


def outcome(call, arrays):
    tensors = [Tensor(a.copy(), requires_grad=True) for a in arrays]
    y = call(*tensors)
    g = np.random.default_rng(1).standard_normal(y.shape)
    y.backward(g)
    return [y.numpy(), *[t.grad.numpy() for t in tensors]]


@pytest.mark.parametrize("name", CALLS)
def test_values_and_gradients_stay_the_same(name):
    call, *arrays = CALLS[name]
    kernel = outcome(call, arrays)
    with definitions_only():
        definition = outcome(call, arrays)
        plain = call(*arrays)
    assert not isinstance(plain, Tensor)
    np.testing.assert_allclose(plain, kernel[0], rtol=1e-9, atol=1e-9)
    for a, b in zip(kernel, definition, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", CALLS)
def test_gradients_of_gradients(name):
    """The kernels' gradient is the definition's, and the derivative of that is what differences say."""
    call, *arrays = CALLS[name]

    def squared(*tensors):  # so that what is linear has a second derivative too
        y = call(*tensors)
        return y * y

    gradcheck(squared, *arrays, rng=np.random.default_rng(2), order=2)


def test_a_fused_function_that_is_not_called_here_is_noticed(monkeypatch):
    from foundations.nn.functional import losses

    monkeypatch.setattr(
        losses, "_new", fused(lambda x: (x, None), lambda g, *_: (g,), ops.exp, name="new"), False
    )
    with pytest.raises(AssertionError, match="new"):
        test_every_fused_function_is_called_here()


def test_a_definition_that_differs_in_its_slope_is_noticed(monkeypatch):
    from foundations.nn.functional import losses

    monkeypatch.setattr(losses._squared, "definition", lambda x, y, **_: ops.sum(ops.abs(x - y)))
    with pytest.raises(GradientMismatchError):
        test_gradients_of_gradients("mse_loss")


@pytest.mark.parametrize("name", CALLS)
def test_gradients_of_gradients_are_the_same_inside_the_block(name):
    call, *arrays = CALLS[name]

    def second():
        tensors = [Tensor(a.copy(), requires_grad=True) for a in arrays]
        rng = np.random.default_rng(3)
        y = call(*tensors)
        first = gradients((y * rng.standard_normal(y.shape)).sum(), tensors, create_graph=True)
        slope = sum((g * rng.standard_normal(g.shape)).sum() for g in first)
        if not slope.requires_grad:  # the function is linear
            return [np.zeros(t.shape) for t in tensors]
        return [g.numpy() for g in gradients(slope, tensors, allow_unused=True)]

    kernels = second()
    with definitions_only():
        definitions = second()
    for a, b in zip(kernels, definitions, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", CALLS)
def test_a_changed_definition_changes_value_and_gradient_there_and_nowhere_else(name, monkeypatch):
    call, *arrays = CALLS[name]
    before = outcome(call, arrays)
    calls = []

    def tripled(definition):
        def changed(*args, **options):
            calls.append(definition)
            return definition(*args, **options) * 3.0

        return changed

    for f in fused_functions():
        if f.__name__ == name.split()[0]:
            monkeypatch.setattr(f, "definition", tripled(f.definition))
    for a, b in zip(before, outcome(call, arrays), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not calls
    with definitions_only():
        changed = outcome(call, arrays)
    assert len(calls) == 1
    for a, b in zip(before, changed, strict=True):
        np.testing.assert_allclose(3 * a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", CALLS)
def test_no_kernel_is_recorded(name):
    call, *arrays = CALLS[name]
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    fused = {f.__name__ for f in fused_functions()}

    def names(y):
        seen, queue = {}, [y._node]
        while queue:
            node = queue.pop()
            if node.number not in seen:
                seen[node.number] = node.pull.name
                queue += [p for p in node.parents if p is not None and not isinstance(p, Tensor)]
        return set(seen.values())

    assert names(call(*tensors)) & fused
    with definitions_only():
        assert not names(call(*tensors)) & fused


def test_it_ends_with_the_block_even_where_that_fails(monkeypatch):
    with pytest.raises(ValueError, match="stop"), definitions_only():
        raise ValueError("stop")
    from foundations.autodiff.recording import mode

    assert mode.definitions is False


def test_an_edited_attention_reaches_a_whole_model(monkeypatch):
    from foundations.nn.functional import attention

    layer = nn.MultiHeadAttention(4, 2, rng=np.random.default_rng(0)).astype(np.float64)
    x = Tensor(draw(1, 3, 4))

    def uniform(q, k, v, bias, noise, scale):
        return ops.mean(v, -2, keepdims=True) + 0 * q[..., :1]

    monkeypatch.setattr(attention._attention, "definition", uniform)
    with definitions_only():
        y = layer(x)
        (g,) = gradients(y.sum(), [layer.query.weight])
    want = layer.output(layer.value(x).mean(1, keepdims=True))
    np.testing.assert_allclose(y.numpy(), np.broadcast_to(want.numpy(), y.shape))
    assert not g.numpy().any()


def test_running_statistics_move_as_they_do_by_kernel():
    one, two = nn.BatchNorm2d(4), nn.BatchNorm2d(4)
    x = IMAGES.astype(np.float32)
    one(x)
    with definitions_only():
        two(x)
    np.testing.assert_allclose(one.running_mean.numpy(), two.running_mean.numpy())
    assert one.running_mean.numpy().any()
