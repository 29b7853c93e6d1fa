"""The rules of the house: imports run one way, public names are documented, files stay short."""

import ast
import importlib
import inspect
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("foundations", "implementations", "papers", "study")
FILES = sorted(chain.from_iterable((ROOT / package).rglob("*.py") for package in PACKAGES))

# whom each package may import; nobody imports study, which discovers the entries
MAY_IMPORT = {
    "foundations": {"foundations"},
    "implementations": {"foundations", "implementations"},
    "papers": {"foundations", "implementations", "papers"},
    "study": {"foundations", "implementations", "papers", "study"},
}
# what we are checked against is not what we are made of
REFERENCES = {"torch", "tensorflow", "jax", "autograd", "xgboost", "lightgbm", "transformers"}
DATA = Path("foundations/data")  # scikit-learn gives data sets there, and nothing elsewhere


def imported(tree, path):
    """Yield (line, dotted name) of every import of a module, those inside functions included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                folder = path.relative_to(ROOT).parts[: -node.level]
                prefix = ".".join([*folder, *([node.module] if node.module else [])])
            else:
                prefix = node.module
            yield node.lineno, prefix
            yield from ((node.lineno, f"{prefix}.{alias.name}") for alias in node.names)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute | ast.Name)
            and getattr(node.func, "attr", getattr(node.func, "id", "")) in ("import_module", "__import__")
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            yield node.lineno, node.args[0].value


def forbidden(source, path):
    """Return what a file may not import, as text for the reader of the failure."""
    package = path.relative_to(ROOT).parts[0]
    wrong = []
    for line, name in imported(ast.parse(source), path):
        top, *rest = name.split(".")
        if top in PACKAGES and top not in MAY_IMPORT[package]:
            wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}: {package} may not import {top}")
        if top in REFERENCES:
            wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}: it is what we are checked against")
        in_data = path.relative_to(ROOT).is_relative_to(DATA)
        if top == "sklearn" and not (in_data and (not rest or rest[0] == "datasets")):
            wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}: only data sets, only in {DATA}")
    return wrong


def test_imports_run_one_way():
    assert FILES
    assert [problem for path in FILES for problem in forbidden(path.read_text("utf-8"), path)] == []


@pytest.mark.parametrize(
    ("where", "source"),
    [
        ("foundations/nn/layers.py", "import papers.vae"),
        ("foundations/nn/layers.py", "def f():\n    from implementations import cnn"),
        ("foundations/nn/layers.py", "from study import catalogue"),
        ("implementations/cnn/cnn.py", "from papers.resnet.resnet import ResNet"),
        ("implementations/cnn/cnn.py", "from ...papers import resnet"),
        ("papers/vae/vae.py", "import study.files.paths as p"),
        ("papers/vae/vae.py", "import torch.nn.functional as F"),
        ("papers/vae/demo.py", "import importlib\nimportlib.import_module('xgboost')"),
        ("implementations/linear_regression/model.py", "from sklearn.linear_model import LinearRegression"),
        ("implementations/linear_regression/model.py", "from sklearn.datasets import load_digits"),
        ("foundations/data/registry.py", "from sklearn.cluster import KMeans"),
        ("foundations/data/registry.py", "from sklearn import svm"),
    ],
)
def test_the_rule_is_kept_by_a_walk_that_sees_every_form(where, source):
    assert forbidden(source, ROOT / where)


@pytest.mark.parametrize(
    ("where", "source"),
    [
        ("papers/vae/vae.py", "from foundations import nn\nfrom implementations.cnn import CNN"),
        ("foundations/data/registry.py", "def load():\n    from sklearn.datasets import load_digits"),
        ("foundations/data/registry.py", "import sklearn.datasets"),
        ("study/demo.py", "import papers.vae"),
        ("foundations/nn/layers.py", "from . import module\nfrom ..autodiff import ops"),
    ],
)
def test_what_is_allowed_passes(where, source):
    assert forbidden(source, ROOT / where) == []


def public_modules():
    """Return the dotted names of packages and modules that declare `__all__`."""
    found = []
    for path in FILES:
        tree = ast.parse(path.read_text("utf-8"))
        targets = [t for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
        targets += [node.target for node in tree.body if isinstance(node, ast.AnnAssign | ast.AugAssign)]
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


@pytest.mark.parametrize("name", public_modules())
def test_every_public_name_exists_and_is_documented(name):
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    assert len(set(module.__all__)) == len(module.__all__), f"{name}.__all__ names something twice"
    missing = [n for n in module.__all__ if not hasattr(module, n)]
    assert missing == []
    speaks = (
        inspect.isroutine,
        inspect.isclass,
        inspect.ismodule,
    )  # a constant or a type alias has no docstring
    objects = {n: getattr(module, n) for n in module.__all__}
    silent = [n for n, x in objects.items() if any(f(x) for f in speaks) and not (x.__doc__ or "").strip()]
    assert silent == []


def test_no_file_is_longer_than_400_lines():
    lengths = {str(p.relative_to(ROOT)): len(p.read_text("utf-8").splitlines()) for p in FILES}
    assert {name: n for name, n in lengths.items() if n > 400} == {}
