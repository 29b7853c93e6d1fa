"""What is given to a function or module is used or refused: every parameter of every public one.

A Tensor that requires gradients gets one, or there is an error that says so; what an argument cannot be is an
error of ours; no public function or module is left out.
"""

import inspect

import numpy as np
import pytest

from foundations import nn
from foundations.autodiff import Tensor
from foundations.errors import FoundationsError
from foundations.nn import functional as F
from foundations.nn import init


def draw(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def rng():
    return np.random.default_rng(0)


SEQUENCE, IMAGES = draw(2, 4, 7), draw(2, 4, 6, 5)
ROWS, OTHER = draw(3, 5), draw(3, 5) * 0.5
CLASSES = np.array([1, 0, 4])
PROBABILITIES = np.full((3, 5), 0.2)
POOL = {"kernel_size": 2, "stride": 2, "padding": 1, "dilation": 1}
MEAN = {"kernel_size": 2, "stride": 2, "padding": 1, "count_include_pad": True}
CONV = {"stride": 2, "padding": 1, "dilation": 1, "groups": 2}
PAIR = {"prediction": ROWS, "target": OTHER, "reduction": "mean"}
LOGITS = {"logits": ROWS, "targets": PROBABILITIES, "reduction": "mean"}
ELEMENTWISE = {"x": ROWS}

FUNCTIONS = {
    "adaptive_avg_pool1d": {"x": SEQUENCE, "output_size": 3},
    "adaptive_avg_pool2d": {"x": IMAGES, "output_size": 3},
    "adaptive_max_pool1d": {"x": SEQUENCE, "output_size": 3},
    "adaptive_max_pool2d": {"x": IMAGES, "output_size": 3},
    "avg_pool1d": {"x": SEQUENCE, **MEAN},
    "avg_pool2d": {"x": IMAGES, **MEAN},
    "batch_norm": {
        "x": IMAGES,
        "running_mean": np.zeros(4),
        "running_var": np.ones(4),
        "weight": draw(4),
        "bias": draw(4),
        "training": False,
        "momentum": 0.1,
        "eps": 1e-5,
    },
    "binary_cross_entropy": {"probabilities": PROBABILITIES, "targets": PROBABILITIES, "reduction": "mean"},
    "binary_cross_entropy_with_logits": {**LOGITS, "pos_weight": np.ones(5)},
    "conv1d": {"x": SEQUENCE, "weight": draw(6, 2, 3), "bias": draw(6), **CONV},
    "conv2d": {"x": IMAGES, "weight": draw(6, 2, 3, 3), "bias": draw(6), **CONV},
    "conv_transpose2d": {
        "x": IMAGES,
        "weight": draw(4, 3, 3, 3),
        "bias": draw(6),
        "output_padding": 1,
        **CONV,
    },
    "cosine_similarity": {"a": ROWS, "b": OTHER, "axis": -1, "eps": 1e-8},
    "cross_entropy": {
        "logits": ROWS,
        "targets": CLASSES,
        "weight": np.ones(5),
        "ignore_index": -100,
        "label_smoothing": 0.1,
        "reduction": "mean",
        "axis": -1,
    },
    "dropout": {"x": ROWS, "p": 0.5, "training": True, "rng": rng()},
    "elu": {"x": ROWS, "alpha": 0.5},
    "embedding": {"indices": CLASSES, "weight": draw(5, 2), "padding_idx": 2, "sparse": False},
    "gelu": {"x": ROWS, "approximate": "none"},
    "group_norm": {"x": IMAGES, "num_groups": 2, "weight": draw(4), "bias": draw(4), "eps": 1e-5},
    "huber_loss": {**PAIR, "delta": 1.0},
    "interpolate": {
        "x": IMAGES,
        "size": (3, 4),
        "scale_factor": None,
        "mode": "bilinear",
        "align_corners": True,
    },
    "kl_div": {
        "log_probs": np.log(PROBABILITIES),
        "targets": PROBABILITIES,
        "log_target": False,
        "reduction": "mean",
    },
    "l1_loss": PAIR,
    "layer_norm": {"x": ROWS, "weight": draw(5), "bias": draw(5), "eps": 1e-5},
    "leaky_relu": {"x": ROWS, "negative_slope": 0.1},
    "linear": {"x": ROWS, "weight": draw(5, 2), "bias": draw(2)},
    "log_softmax": {"x": ROWS, "axis": -1},
    "logsigmoid": ELEMENTWISE,
    "logsumexp": ELEMENTWISE,
    "max_pool1d": {"x": SEQUENCE, **POOL},
    "max_pool2d": {"x": IMAGES, **POOL},
    "mse_loss": PAIR,
    "nll_loss": {
        "log_probs": ROWS,
        "targets": CLASSES,
        "weight": np.ones(5),
        "ignore_index": -100,
        "reduction": "mean",
    },
    "normalize": {"x": ROWS, "axis": -1, "eps": 1e-12},
    "one_hot": {"indices": CLASSES, "num_classes": 5, "dtype": np.float32},
    "pad": {"x": ROWS, "widths": (1, 2), "mode": "constant", "value": 1.0},
    "relu": ELEMENTWISE,
    "rms_norm": {"x": ROWS, "weight": draw(5), "eps": 1e-5},
    "scaled_dot_product_attention": {
        "q": draw(2, 3, 4),
        "k": draw(2, 5, 4),
        "v": draw(2, 5, 6),
        "mask": draw(3, 5),
        "causal": False,
        "dropout_p": 0.1,
        "scale": 0.5,
        "rng": rng(),
    },
    "sigmoid": ELEMENTWISE,
    "silu": ELEMENTWISE,
    "smooth_l1_loss": {**PAIR, "beta": 1.0},
    "softmax": {"x": ROWS, "axis": -1},
    "softplus": ELEMENTWISE,
    "tanh": ELEMENTWISE,
}

# from the engine's table, whose own tests walk it: there options are NumPy's
OF_THE_ENGINE = {"logsumexp", "relu", "sigmoid", "softplus", "tanh"}

OUT_OF_RANGE = {
    "axis": [9, -9, 0.5, None],
    "reduction": ["average", None, 0],
    "dtype": ["words", object, None, "U4"],
    "mode": ["sinc", None],
    "approximate": ["erf", None],
    "p": [-0.1, 1.1, np.nan],
    "dropout_p": [-0.1, 1.1, np.nan],
    "label_smoothing": [-0.1, 1.1],
    "momentum": [-0.1, 1.1],
    "eps": [-1.0, np.nan],
    "delta": [0.0, -1.0],
    "beta": [-1.0],
    "num_classes": [4, -1, 2.5],
    "num_groups": [3, 0, 2.0],
    "groups": [3, 0, 2.0],
    "padding_idx": [-1, 5, 1.0],
    "indices": [np.array([-1]), np.array([5]), np.array([0.0]), np.array([True])],
    "targets": [np.array([-1, 0, 1]), np.array([5, 0, 1]), np.array([[0, 1]]), np.array([True, False, True])],
    "output_size": [0, 2.5, (1, 2, 3), True],
    "kernel_size": [0, 99, 2.5, True],
    "stride": [0, 2.5],
    "dilation": [0, 2.5, 9],
    "padding": [-1, 2.5],
    "output_padding": [-1, 2, 0.5],
    "size": [0, -1, 2.5],
    "align_corners": [2, "yes"],
    "training": [2, "yes", None],
    "causal": [2, "yes", None],
    "sparse": [2, "yes", None],
    "log_target": [2, "yes", None],
    "count_include_pad": [2, "yes", None],
    "widths": [(1,), 3, (1, 2.5), (1,) * 6, (-9, 0)],
    "ignore_index": [0.5, None],
    "rng": [3, np.random.RandomState(0)],
    "mask": [np.ones((3, 4)), np.ones((3, 5), dtype=np.int64)],
    "weight": [np.ones(3), np.ones((4, 4), dtype=np.int64)],
    "bias": [np.ones(3)],
    "running_mean": [np.ones(3)],
    "running_var": [np.ones(3)],
    "x": [np.array(["a"]), np.array([1j])],
}
NOT_OUT_OF_RANGE = {  # a value of the table above that some function can use
    ("conv_transpose2d", "dilation"),
    ("binary_cross_entropy", "targets"),
    ("binary_cross_entropy_with_logits", "targets"),
    ("kl_div", "targets"),
}


class Anything:
    """An object that is nothing an argument can be."""


NONSENSE = {
    "a word": "nonsense",
    "an object": Anything(),
    "uneven lists": [[1.0], [2.0, 3.0]],
    "a dictionary": {"a": 1},
    "an array of words": np.array(["a", "b"]),
}


def call(name, options):
    f = getattr(F, name)
    return f(*options.values()) if name in OF_THE_ENGINE else f(**options)


def tracked(value):
    """The same value as a Tensor that requires gradients, as far as it can be one."""
    if isinstance(value, np.ndarray):
        return Tensor(value.astype(np.float64), requires_grad=True)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Tensor(np.array(float(value) if number else 1.0), requires_grad=True)


def is_used_or_refused(value, compute):
    try:
        y = compute()
    except FoundationsError:
        return
    y = y[0] if isinstance(y, tuple) else y
    assert isinstance(y, Tensor), "the result does not know where it comes from"
    assert y.requires_grad, "the Tensor was dropped"
    y.sum().backward()
    assert value.grad is not None, "it got no gradient"


def every(registry):
    return [(name, parameter) for name, options in registry.items() for parameter in options]


def test_no_function_and_no_parameter_is_left_out():
    assert set(FUNCTIONS) == set(F.__all__)
    for name in set(F.__all__) - OF_THE_ENGINE:
        assert set(inspect.signature(getattr(F, name)).parameters) == set(FUNCTIONS[name]), name
        assert call(name, FUNCTIONS[name]) is not None


@pytest.mark.parametrize(("name", "parameter"), every(FUNCTIONS))
def test_a_tracked_tensor_gets_its_gradient_or_an_error(name, parameter):
    value = tracked(FUNCTIONS[name][parameter])
    is_used_or_refused(value, lambda: call(name, {**FUNCTIONS[name], parameter: value}))


@pytest.mark.parametrize("kind", NONSENSE)
@pytest.mark.parametrize(("name", "parameter"), every(FUNCTIONS))
def test_what_an_argument_cannot_be_is_an_error_of_ours(name, parameter, kind):
    with pytest.raises(FoundationsError):
        call(name, {**FUNCTIONS[name], parameter: NONSENSE[kind]})


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        (name, parameter)
        for name, parameter in every(FUNCTIONS)
        if parameter in OUT_OF_RANGE
        and name not in OF_THE_ENGINE
        and (name, parameter) not in NOT_OUT_OF_RANGE
    ],
)
def test_what_lies_out_of_range_is_an_error_of_ours(name, parameter):
    for value in OUT_OF_RANGE[parameter]:
        with pytest.raises(FoundationsError):
            call(name, {**FUNCTIONS[name], parameter: value})


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        (n, p)
        for n, p in every(FUNCTIONS)
        if isinstance(FUNCTIONS[n][p], np.ndarray) and n not in OF_THE_ENGINE and "running" not in p
    ],
)
def test_lists_are_used_as_arrays_are(name, parameter):
    options = {**FUNCTIONS[name]}
    options |= {"rng": rng()} if "rng" in options else {}
    want = call(name, options)
    options |= {"rng": rng()} if "rng" in options else {}
    got = call(name, {**options, parameter: options[parameter].tolist()})
    np.testing.assert_allclose(np.asarray(got), want, rtol=2e-5, atol=2e-5)


# ---------------------------------------------------------------------- modules

X = draw(2, 3, 8)
STATE = (draw(2, 6), draw(2, 6))
CONVOLUTION = {"n_in": 4, "n_out": 6, "kernel_size": 3, **CONV, "bias": True, "rng": rng()}
NORM = {"channels": 4, "eps": 1e-5, "momentum": 0.1, "affine": True}
CELL = {"n_in": 8, "n_hidden": 6, "bias": True, "rng": rng()}
LAYER = {
    "d_model": 8,
    "num_heads": 2,
    "d_ff": 16,
    "dropout": 0.1,
    "activation": "gelu",
    "norm_first": True,
    "inner_dropout": 0.1,
    "rng": rng(),
}
MODULES = {  # name -> (what makes it, what its forward is given)
    "AdaptiveAvgPool2d": ({"output_size": 2}, {"x": IMAGES}),
    "AvgPool2d": ({**MEAN}, {"x": IMAGES}),
    "BatchNorm1d": (NORM, {"x": SEQUENCE}),
    "BatchNorm2d": (NORM, {"x": IMAGES}),
    "Conv1d": (CONVOLUTION, {"x": SEQUENCE}),
    "Conv2d": (CONVOLUTION, {"x": IMAGES}),
    "ConvTranspose2d": ({**CONVOLUTION, "output_padding": 1}, {"x": IMAGES}),
    "Dropout": ({"p": 0.5, "rng": rng()}, {"x": ROWS}),
    "Embedding": (
        {"num_embeddings": 5, "embedding_dim": 2, "padding_idx": 1, "sparse": False, "rng": rng()},
        {"indices": CLASSES},
    ),
    "FeedForward": (
        {"d_model": 8, "d_ff": 16, "activation": "relu", "dropout": 0.1, "rng": rng()},
        {"x": X},
    ),
    "Flatten": ({}, {"x": IMAGES}),
    "GELU": ({"approximate": "none"}, {"x": ROWS}),
    "GRUCell": (CELL, {"x": draw(2, 8), "h": STATE[0]}),
    "GroupNorm": ({"num_groups": 2, "channels": 4, "eps": 1e-5}, {"x": IMAGES}),
    "LSTMCell": (CELL, {"x": draw(2, 8), "state": STATE}),
    "LayerNorm": ({"width": 8, "eps": 1e-5, "bias": True}, {"x": X}),
    "LeakyReLU": ({"negative_slope": 0.1}, {"x": ROWS}),
    "Linear": ({"n_in": 8, "n_out": 4, "bias": True, "rng": rng()}, {"x": X}),
    "MaxPool2d": ({"kernel_size": 2, "stride": 2, "padding": 1}, {"x": IMAGES}),
    "MultiHeadAttention": (
        {
            "d_model": 8,
            "num_heads": 2,
            "dropout": 0.1,
            "bias": True,
            "scale": 0.5,
            "kdim": 5,
            "vdim": 6,
            "rng": rng(),
        },
        {"q": X, "k": draw(2, 4, 5), "v": draw(2, 4, 6), "mask": draw(3, 4), "causal": False},
    ),
    "RMSNorm": ({"width": 8, "eps": 1e-5}, {"x": X}),
    "RNNCell": (CELL, {"x": draw(2, 8), "h": STATE[0]}),
    "ReLU": ({}, {"x": ROWS}),
    "SiLU": ({}, {"x": ROWS}),
    "Sigmoid": ({}, {"x": ROWS}),
    "Softmax": ({"axis": -1}, {"x": ROWS}),
    "Tanh": ({}, {"x": ROWS}),
    "TransformerDecoderLayer": (
        LAYER,
        {"x": X, "memory": draw(2, 4, 8), "mask": draw(3, 3), "memory_mask": draw(3, 4), "causal": True},
    ),
    "TransformerEncoderLayer": (LAYER, {"x": X, "mask": draw(3, 3), "causal": False}),
    "Upsample": ({"scale_factor": 2.0, "mode": "nearest"}, {"x": IMAGES}),
}
CONTAINERS = {"Identity", "Module", "ModuleDict", "ModuleList", "ParameterList", "Sequential"}  # below


def run(name, made, given):
    module = getattr(nn, name)(**made).astype(np.float64)
    return module(**given)


def test_no_module_and_no_parameter_is_left_out():
    modules = {n for n in nn.__all__ if isinstance(v := getattr(nn, n), type) and issubclass(v, nn.Module)}
    assert set(MODULES) | CONTAINERS == modules
    for name, (made, given) in MODULES.items():
        kind = getattr(nn, name)
        assert set(inspect.signature(kind).parameters) == set(made), name
        assert set(inspect.signature(kind.forward).parameters) - {"self"} == set(given), name
        assert run(name, made, given) is not None


OF_MODULES = [
    (name, which, parameter)
    for name, parts in MODULES.items()
    for which, options in enumerate(parts)
    for parameter in options
]


@pytest.mark.parametrize(("name", "which", "parameter"), OF_MODULES)
def test_a_module_uses_a_tracked_tensor_or_refuses_it(name, which, parameter):
    parts = [dict(part) for part in MODULES[name]]
    value = tracked(parts[which][parameter])
    parts[which][parameter] = value
    is_used_or_refused(value, lambda: run(name, *parts))


@pytest.mark.parametrize("kind", NONSENSE)
@pytest.mark.parametrize(("name", "which", "parameter"), OF_MODULES)
def test_a_module_refuses_what_an_argument_cannot_be(name, which, parameter, kind):
    parts = [dict(part) for part in MODULES[name]]
    parts[which][parameter] = NONSENSE[kind]
    with pytest.raises(FoundationsError):
        run(name, *parts)


def test_both_parts_of_a_state_get_their_gradients():
    cell = nn.LSTMCell(8, 6, rng=rng()).astype(np.float64)
    h, c = (Tensor(s, requires_grad=True) for s in STATE)
    cell(draw(2, 8), (h, c))[0].sum().backward()
    assert h.grad is not None
    assert c.grad is not None
    with pytest.raises(FoundationsError, match="one shape"):
        cell(draw(2, 8), (h, c[:1]))


@pytest.mark.parametrize("value", [*NONSENSE.values(), nn.ReLU, F.relu, None, nn.Parameter([1.0])])
def test_containers_refuse_what_they_cannot_hold(value):
    for make in (
        lambda: nn.Sequential(nn.ReLU(), value),
        lambda: nn.ModuleList([value]),
        lambda: nn.ModuleDict({"a": value}),
        lambda: nn.ModuleList([nn.ReLU()]).append(value),
        lambda: nn.ModuleList([nn.ReLU()]).__setitem__(0, value),
        lambda: nn.Sequential(nn.ReLU()).set_submodule("0", value),
    ):
        with pytest.raises(FoundationsError):
            make()
    if not isinstance(value, nn.Parameter):
        with pytest.raises(FoundationsError):
            nn.ParameterList([value])


# ---------------------------------------------------------------------- initial values, and the rest

INITIAL = {
    "constant": {"shape": (3, 2), "value": 1.0, "dtype": np.float32},
    "fans": {"shape": (3, 2)},
    "kaiming_normal": {"shape": (3, 2), "gain": 1.0, "rng": rng(), "dtype": np.float32},
    "kaiming_uniform": {"shape": (3, 2), "gain": 1.0, "rng": rng(), "dtype": np.float32},
    "normal": {"shape": (3, 2), "std": 1.0, "mean": 0.0, "rng": rng(), "dtype": np.float32},
    "ones": {"shape": (3, 2), "dtype": np.float32},
    "orthogonal": {"shape": (3, 2), "gain": 1.0, "rng": rng(), "dtype": np.float32},
    "uniform": {"shape": (3, 2), "low": 0.0, "high": 1.0, "rng": rng(), "dtype": np.float32},
    "xavier_normal": {"shape": (3, 2), "gain": 1.0, "rng": rng(), "dtype": np.float32},
    "xavier_uniform": {"shape": (3, 2), "gain": 1.0, "rng": rng(), "dtype": np.float32},
    "zeros": {"shape": (3, 2), "dtype": np.float32},
}


def test_no_initial_value_is_left_out():
    public = {n for n, v in vars(init).items() if inspect.isfunction(v) and v.__module__ == init.__name__}
    assert {n for n in public if not n.startswith("_")} == set(INITIAL)
    for name, options in INITIAL.items():
        assert set(inspect.signature(getattr(init, name)).parameters) == set(options)
        getattr(init, name)(**options)


@pytest.mark.parametrize(("name", "parameter"), every(INITIAL))
def test_initial_values_refuse_what_an_argument_cannot_be(name, parameter):
    for value in [*NONSENSE.values(), tracked(1.0)]:
        with pytest.raises(FoundationsError):
            getattr(init, name)(**{**INITIAL[name], parameter: value})


@pytest.mark.parametrize("value", NONSENSE.values())
def test_what_takes_a_module_or_a_file_refuses_other_things(value, tmp_path):
    layer = nn.Linear(2, 3, rng=rng())
    for make in (
        lambda: nn.count_parameters(value),
        lambda: nn.count_parameters(layer, trainable_only=value),
        lambda: nn.count_multiply_adds(value),
        lambda: nn.summary(value),
        lambda: nn.save_arrays(tmp_path / "x.npz", [value]),
        lambda: nn.save_arrays(tmp_path / "x.safetensors", {"a": value}),
        lambda: nn.load_arrays(value),
        lambda: layer.load_state_dict(value),
        lambda: layer.load_state_dict({"weight": value}, strict=False),
        lambda: layer.load_state_dict(layer.state_dict(), value),
        lambda: layer.train(value),
        lambda: layer.astype(value),
        lambda: layer.get_submodule(value),
        lambda: layer.register_forward_hook(value),
        lambda: layer.register_forward_pre_hook(value),
        lambda: layer.register_forward_hook(print, with_kwargs=value),
    ):
        with pytest.raises(FoundationsError):
            make()
