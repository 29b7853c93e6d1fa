"""The rules of the house: imports run one way, public names are documented, files stay short."""

import ast
import importlib
import inspect
from itertools import chain
from pathlib import Path, PurePosixPath

import pytest

from study.doctor import imports

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("foundations", "implementations", "papers", "study")
FILES = sorted(chain.from_iterable((ROOT / package).rglob("*.py") for package in PACKAGES))


def forbidden(source, place):
    """Return what is wrong with the imports of a file, as the doctor says it."""
    return [what for _, what in imports.forbidden(ast.parse(source), PurePosixPath(place))]


def test_imports_run_one_way():
    assert FILES
    assert [str(problem) for problem in imports.check_imports(ROOT)] == []


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
def test_the_rule_sees_every_form_of_import(where, source):
    assert forbidden(source, where)


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
    assert forbidden(source, where) == []


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


LONGEST = 300


def test_no_file_is_longer_than_300_lines():
    lengths = {str(p.relative_to(ROOT)): len(p.read_text("utf-8").splitlines()) for p in FILES}
    longer = {name: n for name, n in lengths.items() if n > LONGEST}
    assert longer == {}
