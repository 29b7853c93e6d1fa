"""Who may import what: the one rule, for the doctor and for the tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from study.doctor.problem import Problem
from study.entries.inspection import parse
from study.files.errors import StudyError

MAY_IMPORT = {
    "foundations": ("foundations",),
    "implementations": ("foundations", "implementations"),
    "papers": ("foundations", "implementations", "papers"),
    "study": ("foundations", "implementations", "papers", "study"),
}
"""Package to the packages of ours that it may import: papers → implementations → foundations, and nobody
imports study, which discovers the entries by their files."""

REFERENCES = frozenset({"torch", "tensorflow", "jax", "autograd", "xgboost", "lightgbm", "transformers"})
"""What we are checked against: tests and benchmarks alone import it."""

_DATA = PurePosixPath("foundations/data")


def check_imports(root: Path) -> Iterator[Problem]:
    """Yield every import of a checkout that is against the rule."""
    for package in MAY_IMPORT:
        for path in sorted((root / package).rglob("*.py")):
            try:
                tree = parse(path)
            except StudyError as error:
                yield Problem.of(error)
                continue
            for line, what in forbidden(tree, PurePosixPath(path.relative_to(root).as_posix())):
                yield Problem.at(path, line, what)


def forbidden(tree: ast.Module, place: PurePosixPath) -> Iterator[tuple[int, str]]:
    """Yield (line, what is wrong) of the imports of one file, each once.

    Args:
        tree: The file, parsed.
        place: Its path from the root of the checkout.
    """
    reported: set[tuple[int, str]] = set()
    for line, name in imported(tree, place):
        what = _fault(name, place)
        if what and (line, what) not in reported:
            reported.add((line, what))
            yield line, what


def _fault(name: str, place: PurePosixPath) -> str:
    package = place.parts[0]
    top, _, rest = name.partition(".")
    if top == "study" and package != "study":
        return "imports study: the tool may import entries, never the reverse"
    if top in MAY_IMPORT and top not in MAY_IMPORT[package]:
        return f"{package} imports {top}: imports run papers → implementations → foundations"
    if top in REFERENCES:
        return f"imports {top}: it is what we are checked against, in tests only"
    if top == "sklearn" and not (
        place.is_relative_to(_DATA) and (not rest or rest.split(".")[0] == "datasets")
    ):
        return f"imports {name}: scikit-learn gives data sets, in {_DATA} only, and nothing else"
    return ""


def imported(tree: ast.Module, place: PurePosixPath) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every import, also inside functions and by `import_module("…")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            folder = place.parts[: -node.level] if node.level else ()
            module = ".".join([*folder, *([node.module] if node.module else [])])
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            named = node.args[0]
            if called in ("import_module", "__import__") and isinstance(named, ast.Constant):
                yield node.lineno, str(named.value)
