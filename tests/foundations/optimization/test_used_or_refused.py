"""Every argument of every public function is used, or refused with an error of ours: never dropped silently.

Each parameter in turn becomes something that does not belong there: an error of ours, or another result.
"""

from __future__ import annotations

import inspect
import math
import types
import warnings

import numpy as np
import pytest

from foundations import optimization as opt
from foundations.autodiff import Tensor
from foundations.errors import FoundationsError
from foundations.optimization import convergence, counterexample, landscapes

A = np.array([[3.0, 1.0, 0.2], [1.0, 2.0, 0.3], [0.2, 0.3, 1.5]])
B = np.array([1.0, -2.0, 0.5])


def bowl(x):
    return landscapes.quadratic(A, B)(x)


def seeded():
    return np.random.default_rng(0)


def parameters():
    tensors = [
        Tensor(np.array([1.0, 2.0]), requires_grad=True),
        Tensor(np.array([[3.0]]), requires_grad=True),
    ]
    for p in tensors:
        p.grad = Tensor(p.data * 2)
    return tensors


PROBLEM = opt.LeastSquares(np.array([[1.0, 2.0], [3.0, 1.0], [0.5, 1.0]]), np.array([1.0, 2.0, 3.0]), 0.1)
START = {"x0": [0.3, 0.2, 0.1]}
SHORT = {"tolerance": 0.6, "max_iterations": 9, "keep_path": True}
RATES = {"learning_rate": 0.3, "weight_decay": 0.1, "maximize": False}
BETAS = {"betas": (0.8, 0.9), "eps": 1e-3}

BOUNDS = {  # what the functions of `convergence` are given, by name
    "distance": 2.0,
    "value": 3.0,
    "gradient_norm": 2.0,
    "gap": 1.0,
    "k": 3,
    "step": 0.1,
    "smoothness": 4.0,
    "convexity": 0.5,
    "noise": 2.0,
    "condition": 9.0,
    "hessian_lipschitz": 2.0,
}

# per public function: arguments that work, all of them
CASES: dict[str, tuple] = {
    "SGD": (opt.SGD, RATES | {"momentum": 0.5, "dampening": 0.0, "nesterov": True}),
    "AdaGrad": (
        opt.AdaGrad,
        RATES | {"learning_rate_decay": 0.1, "initial_accumulator_value": 0.1, "eps": 0.1},
    ),
    "AdaDelta": (opt.AdaDelta, RATES | {"rho": 0.8, "eps": 1e-3}),
    "RMSProp": (opt.RMSProp, RATES | {"alpha": 0.8, "eps": 1e-3, "momentum": 0.5, "centered": True}),
    "Adam": (opt.Adam, RATES | BETAS | {"amsgrad": True}),
    "AdamW": (opt.AdamW, RATES | BETAS | {"amsgrad": True}),
    "AdaMax": (opt.AdaMax, RATES | BETAS),
    "NAdam": (opt.NAdam, RATES | BETAS | {"momentum_decay": 0.1, "decoupled_weight_decay": True}),
    "RAdam": (opt.RAdam, RATES | BETAS | {"decoupled_weight_decay": True}),
    "Rprop": (
        opt.Rprop,
        {"learning_rate": 0.1, "etas": (0.4, 1.3), "step_sizes": (1e-3, 0.2), "maximize": False},
    ),
    "ExponentialMovingAverage": (
        opt.ExponentialMovingAverage,
        {"decay": 0.6, "warm_up": False, "bias_correction": True},
    ),
    "clip_grad_norm": (opt.clip_grad_norm, {"max_norm": 1.5, "norm_type": 3.0}),
    "clip_grad_value": (opt.clip_grad_value, {"limit": 3.0}),
    "gradient_descent": (opt.gradient_descent, {"f": bowl} | START | {"step": 0.25} | SHORT),
    "heavy_ball": (opt.heavy_ball, {"f": bowl} | START | {"step": 0.1, "momentum": 0.5} | SHORT),
    "accelerated_gradient": (
        opt.accelerated_gradient,
        {"f": bowl} | START | {"smoothness": 4.0, "convexity": 0.5} | SHORT,
    ),
    "newton": (opt.newton, {"f": bowl} | START | SHORT),
    "lbfgs": (opt.lbfgs, {"f": bowl} | START | {"memory": 2} | SHORT),
    "nonlinear_conjugate_gradient": (opt.nonlinear_conjugate_gradient, {"f": bowl} | START | SHORT),
    "conjugate_gradient": (
        opt.conjugate_gradient,
        {"a": A, "b": B, "x0": [0.3, 0.2, 0.1], "preconditioner": lambda r: r / np.diag(A)} | SHORT,
    ),
    "strong_wolfe": (
        opt.strong_wolfe,
        {
            "phi": lambda t: (t * t - 2 * t, 2 * t - 2),
            "value": 0.0,
            "slope": -2.0,
            "start": 0.1,
            "sufficient": 0.3,
            "curvature": 0.4,
        },
    ),
    "LeastSquares": (opt.LeastSquares, {"features": A, "targets": B, "ridge": 0.1}),
    "sgd_distances": (
        opt.sgd_distances,
        {"problem": PROBLEM, "step_size": lambda k: 0.1, "steps": 3, "runs": 2, "rng": seeded},
    ),
    "constant_schedule": (opt.constant_schedule, {"learning_rate": 0.1}),
    "warmup_schedule": (
        opt.warmup_schedule,
        {"learning_rate": 0.1, "warmup_steps": 3, "after": opt.constant_schedule(0.1)},
    ),
    "step_schedule": (opt.step_schedule, {"learning_rate": 0.1, "every": [2, 4], "factor": 0.5}),
    "exponential_schedule": (opt.exponential_schedule, {"learning_rate": 0.1, "factor": 0.5}),
    "polynomial_schedule": (
        opt.polynomial_schedule,
        {"learning_rate": 0.1, "total_steps": 7, "power": 2.0, "final": 0.01},
    ),
    "cosine_schedule": (opt.cosine_schedule, {"learning_rate": 0.1, "total_steps": 7, "final": 0.01}),
    "cosine_restarts_schedule": (
        opt.cosine_restarts_schedule,
        {"learning_rate": 0.1, "period": 3, "growth": 2, "final": 0.01},
    ),
    "one_cycle_schedule": (
        opt.one_cycle_schedule,
        {"learning_rate": 0.1, "total_steps": 9, "rise": 0.4, "first_divisor": 20.0, "last_divisor": 100.0},
    ),
    "noam_schedule": (opt.noam_schedule, {"d_model": 64, "warmup_steps": 4, "factor": 2.0}),
    "counterexample.periodic_slopes": (
        counterexample.periodic_slopes,
        {"rounds": 6, "steep": 3.0, "gentle": 1.0, "period": 3},
    ),
    "counterexample.random_slopes": (
        counterexample.random_slopes,
        {"rounds": 4, "games": 2, "steep": 5.0, "gentle": 1.0, "probability": 0.3, "rng": seeded},
    ),
    "counterexample.play": (
        counterexample.play,
        {
            "build": lambda p: opt.SGD(p, 0.1),
            "slopes": [3.0, -1.0, -1.0],
            "step_size": lambda t: 0.2,
            "start": 0.1,
        },
    ),
    "counterexample.average_regret": (
        counterexample.average_regret,
        {"positions": [0.1, 0.2, 0.3], "slopes": [3.0, -1.0, -1.0]},
    ),
    "landscapes.quadratic": (landscapes.quadratic, {"a": A, "b": B}),
    "landscapes.spectrum": (landscapes.spectrum, {"n": 3, "condition": 9.0, "rng": seeded}),
    "landscapes.chain": (landscapes.chain, {"n": 3, "smoothness": 4.0}),
    "landscapes.logistic_loss": (
        landscapes.logistic_loss,
        {"features": A, "labels": [1.0, -1.0, 1.0], "ridge": 0.1},
    ),
}
for _name, _bound in vars(convergence).items():
    if inspect.isfunction(_bound) and _bound.__module__ == convergence.__name__ and _name[0] != "_":
        CASES[f"convergence.{_name}"] = (
            _bound,
            {key: BOUNDS[key] for key in inspect.signature(_bound).parameters},
        )
POINTS = {f"landscapes.{name}" for name in ("rosenbrock", "beale", "himmelblau", "saddle")}
CASES |= {name: (getattr(landscapes, name.split(".")[1]), {"x": [0.3, 0.4]}) for name in sorted(POINTS)}
TAKE_PARAMETERS = {
    name for name, (function, _) in CASES.items() if "parameters" in inspect.signature(function).parameters
}
NO_FUNCTIONS = {"Group", "Optimizer", "Result", "Schedule"}  # made by others, or a name for a type

WRONG = {
    "nan": math.nan,
    "inf": math.inf,
    "minus one": -1.0,
    "zero": 0,
    "half": 5.5,
    "text": "text",
    "list": [1.0, "two", None],
    "ragged": [[1.0], [1.0, 2.0]],
    "empty list": [],
    "texts": np.array(["a", "b"]),
    "booleans": np.array([True, False]),
    "complex": 1 + 2j,
    "object": object(),
    "dictionary": {"a": 1.0},
    "none": None,
    "true": True,
    "tracked number": lambda: Tensor(0.5, requires_grad=True),
    "tracked": lambda: Tensor(np.array([0.5, 1.5, 1.0]), requires_grad=True),
    "tracked matrix": lambda: Tensor(A.copy(), requires_grad=True),
}
# used, and changes nothing: a limit that is not met either, an end of a range in which the answer lies
MAY_CHANGE_NOTHING = {
    ("conjugate_gradient", "x0", "none"),
    ("strong_wolfe", "slope", "minus one"),
    ("convergence.contraction", "smoothness", "half"),  # the other end decides
    ("convergence.sgd_decreasing", "noise", "zero"),  # the distance decides
    ("convergence.gradient_descent_strongly_convex", "smoothness", "half"),
    ("strong_wolfe", "value", "half"),
    ("strong_wolfe", "value", "minus one"),
    ("strong_wolfe", "start", "half"),
    ("lbfgs", "memory", "half"),
    ("clip_grad_norm", "norm_type", "half"),
    ("LeastSquares", "ridge", "half"),
}
DIFFERENTIATED = {(name, "x") for name in POINTS}  # a tracked Tensor is followed: the result knows it


def outcome(name, arguments):
    """Call a function and return all that comes of it, as a string."""
    function, _ = CASES[name]
    arguments = {key: seeded() if value is seeded else value for key, value in arguments.items()}
    tensors: list[Tensor] = []
    if name in TAKE_PARAMETERS and "parameters" not in arguments:
        arguments["parameters"] = tensors = parameters()
    result = function(**arguments)
    if isinstance(result, opt.Optimizer):
        for _ in range(8):
            for p in result.parameters:
                p.grad = Tensor(np.sin(3 * p.data))
            result.step()
        result = [p.data for p in result.parameters]
    elif isinstance(result, opt.ExponentialMovingAverage):
        for _ in range(2):
            for p in result.parameters:
                p.data += 1
            result.update()
        result = result.values()
    elif isinstance(result, opt.LeastSquares):
        result = (result.solution, result.noise, result.smoothness)
    elif isinstance(result, opt.Result):
        result = (result.x, result.iterations, result.path)
    elif callable(result) and name.endswith("_schedule"):
        result = [result(t) for t in range(1, 13)]
    elif callable(result):
        result = result(Tensor(np.array([0.3, 0.2, 0.1])))
    if isinstance(result, Tensor) and result.requires_grad:
        result.sum().backward()
    return repr((result, [p.grad for p in tensors]))


def public_functions():
    names = {name for name in opt.__all__ if not isinstance(getattr(opt, name), types.ModuleType)}
    for module in (convergence, counterexample, landscapes):
        short = module.__name__.rsplit(".", 1)[1]
        names |= {
            f"{short}.{name}"
            for name, function in vars(module).items()
            if inspect.isfunction(function)
            and function.__module__ == module.__name__
            and not name.startswith("_")
        }
    return names - NO_FUNCTIONS


def test_every_public_function_and_every_parameter_is_looked_at():
    assert set(CASES) == public_functions()
    for name, (function, arguments) in CASES.items():
        assert set(inspect.signature(function).parameters) - {"parameters"} == set(arguments), name


@pytest.mark.parametrize("name", CASES)
def test_an_argument_is_used_or_refused(name):
    _, arguments = CASES[name]
    before = outcome(name, arguments)
    assert outcome(name, arguments) == before
    for parameter in [*arguments, *(["parameters"] if name in TAKE_PARAMETERS else [])]:
        for kind, value in WRONG.items():
            given = value() if callable(value) and kind.startswith("tracked") else value
            tracked = isinstance(given, Tensor)
            if tracked and parameter == "parameters":
                given.grad = Tensor(given.data.copy())
            try:
                with warnings.catch_warnings(action="error"):
                    after = outcome(name, arguments | {parameter: given})
            except FoundationsError:
                continue
            where = f"{name}({parameter}={kind})"
            if tracked and parameter != "parameters":
                assert (name, parameter) in DIFFERENTIATED, f"{where} lost the graph of a tracked Tensor"
                assert given.grad is not None, where
                continue
            same = isinstance(given, int | float) and given == arguments.get(parameter)
            is_default = kind == "none" or same
            allowed = is_default or (name, parameter, kind) in MAY_CHANGE_NOTHING
            assert after != before or allowed, f"{where} was dropped silently"


def test_the_test_would_notice_an_argument_that_is_dropped(monkeypatch):
    dropping = lambda learning_rate: opt.constant_schedule(0.1)
    monkeypatch.setitem(CASES, "constant_schedule", (dropping, {"learning_rate": 0.1}))
    with pytest.raises(AssertionError, match=r"was dropped silently|lost the graph"):
        test_an_argument_is_used_or_refused("constant_schedule")
