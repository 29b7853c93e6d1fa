"""The public names, their documentation and the examples in it."""

import doctest
import importlib
import inspect

import pytest

import foundations.autodiff
from foundations.autodiff import Tensor, ops

PUBLIC = {
    "Array",
    "GradientMismatchError",
    "SparseRows",
    "Tensor",
    "checkpoint",
    "constant",
    "definitions_only",
    "enable_grad",
    "fused",
    "grad",
    "gradcheck",
    "gradients",
    "hessian",
    "hvp",
    "is_recording",
    "jacobian",
    "jvp",
    "no_grad",
    "ops",
    "primitive",
    "value_and_grad",
    "variadic",
    "vjp",
}
# what a user of NumPy or PyTorch types without looking
TENSOR = {
    *[
        "abs",
        "all",
        "any",
        "argmax",
        "argmin",
        "astype",
        "backward",
        "broadcast_to",
        "clip",
        "cos",
        "cumsum",
        "data",
        "detach",
        "dtype",
        "exp",
        "flatten",
    ],
    *[
        "grad",
        "is_leaf",
        "item",
        "log",
        "logsumexp",
        "max",
        "mean",
        "min",
        "moveaxis",
        "mT",
        "ndim",
        "numpy",
        "prod",
        "relu",
        "requires_grad",
    ],
    *[
        "requires_grad_",
        "reshape",
        "retain_grad",
        "shape",
        "sigmoid",
        "sin",
        "size",
        "sqrt",
        "square",
        "squeeze",
        "std",
        "sum",
        "swapaxes",
        "T",
    ],
    *["argsort", "cumprod", "masked_fill", "norm", "tril", "triu"],
    *["tanh", "tolist", "transpose", "var"],
}
MODULES = [
    "arguments",
    "checkpoint",
    "definitions",
    "explain",
    "gradcheck",
    "gradients",
    "graph",
    "methods",
    "mutation",
    "numpy_functions",
    "numpy_table",
    "operands",
    "primitive",
    "protocols",
    "recording",
    "structures",
    "tensor",
    "transforms",
    "ops.axes",
    "ops.comparisons",
    "ops.creation",
    "ops.einsum",
    "ops.elementwise",
    "ops.factors",
    "ops.indexing",
    "ops.joining",
    "ops.linalg",
    "ops.ordering",
    "ops.products",
    "ops.reductions",
    "ops.shaping",
]


def test_the_names_are_these_and_no_others():
    assert set(foundations.autodiff.__all__) == PUBLIC
    assert {n for n in dir(Tensor) if not n.startswith("_")} == TENSOR


def test_the_operations_are_sorted_and_exist():
    assert ops.__all__ == sorted(ops.__all__)
    assert all(hasattr(ops, name) for name in ops.__all__)


@pytest.mark.parametrize("name", ops.__all__)
def test_every_operation_says_what_it_is(name):
    f = getattr(ops, name)
    assert f.__name__ == name
    assert inspect.getdoc(f), name
    assert len(inspect.getdoc(f).splitlines()[0]) < 110


@pytest.mark.parametrize("name", sorted(TENSOR - {"data", "grad", "requires_grad"}))
def test_every_method_says_what_it_does(name):
    assert inspect.getdoc(getattr(Tensor, name))


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_run(module):
    found = importlib.import_module(f"foundations.autodiff.{module}")
    results = doctest.testmod(found)
    assert results.failed == 0


def test_the_examples_are_there():
    examples = sum(
        len(t.examples)
        for module in MODULES
        for t in doctest.DocTestFinder().find(importlib.import_module(f"foundations.autodiff.{module}"))
    )
    assert examples >= 20
