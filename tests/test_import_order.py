"""The packages of foundations stand on each other in one order, and no modules import in a circle."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath

import pytest

from study.doctor.imports import imported

ROOT = Path(__file__).resolve().parents[1]

ORDER = (
    *("errors", "files", "runtime", "demo_report", "experiment", "plotting", "data"),
    *("estimator_inputs", "estimator_classes", "estimators"),
    *("autodiff", "nn", "optimization", "matrix_decomposition", "gradients_jacobians", "matrix_calculus"),
)
"""What stands later may import what stands earlier. Demos come last: they may import everything."""

ENGINE = (
    *("graph", "tensor", "sparse_rows", "protocols", "numpy_functions", "numpy_table"),
    *("arguments", "primitive", "ops"),
)
"""Of autodiff: the methods of a Tensor are operations, and operations make Tensors. They count as one."""


def is_demo(place):
    return place.stem.startswith("demo") and len(place.parts) > 2


def sources():
    for path in sorted((ROOT / "foundations").rglob("*.py")):
        place = PurePosixPath(path.relative_to(ROOT).as_posix())
        if not is_demo(place):
            yield place, path.read_text("utf-8")


def part_of(name):
    """Return the package or module directly below foundations that a dotted name lies in, or None."""
    top, *rest = name.split(".")
    return rest[0] if top == "foundations" and rest and rest[0] in ORDER else None


def against_the_order(place, source):
    own = PurePosixPath(place).with_suffix("").parts[1]
    return [
        f"{place}:{line} imports {name}: {own} stands before {part_of(name)}"
        for line, name in imported(ast.parse(source), PurePosixPath(place))
        if part_of(name) and ORDER.index(part_of(name)) > ORDER.index(own)
    ]


def test_the_packages_of_foundations_import_only_what_stands_before_them():
    found = {place.with_suffix("").parts[1] for place, _ in sources()} - {"__init__"}
    assert found == set(ORDER)
    assert [problem for place, source in sources() for problem in against_the_order(place, source)] == []


@pytest.mark.parametrize(
    "source",
    [
        "from foundations.optimization import Adam",
        "from foundations import optimization",
        "import foundations.optimization.adam as adam",
        "def late():\n    from ..optimization import Adam",
    ],
)
def test_the_order_is_kept_in_every_form_of_import(source):
    assert against_the_order("foundations/autodiff/mlp.py", source)
    assert against_the_order("foundations/matrix_calculus/table.py", source) == []


def module_graph():
    """Return every module of foundations with those it imports when it runs, the engine as one of them."""
    texts = {}
    for place, source in sources():
        parts = place.with_suffix("").parts
        texts[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = place, source

    def resolved(name):
        """Return the module that a dotted name is, or lies in; the engine's under one name."""
        while name and name not in texts:
            name = name.rpartition(".")[0]
        parts = name.split(".")
        in_engine = parts[:2] == ["foundations", "autodiff"] and len(parts) > 2 and parts[2] in ENGINE
        return "the engine" if in_engine else name

    graph = {}
    for module, (place, source) in texts.items():
        names = {name for _, name in imported(_at_run_time(source), place)}
        names -= {name.rpartition(".")[0] for name in names}  # `from package import module` needs the module
        needs = {resolved(name) for name in names} - {"", "foundations", resolved(module)}
        graph.setdefault(resolved(module), set()).update(needs)
    return graph


def _at_run_time(source):
    """Parse a module without what only a type checker imports."""
    tree = ast.parse(source)
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING")
    ]
    return tree


def test_no_modules_import_each_other_in_a_circle():
    graph = module_graph()
    assert len(graph) > 100
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(reversed(error.args[1])))
