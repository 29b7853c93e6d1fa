"""What the source of an entry and of its tests says, read with `ast`: nothing is imported or run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from study import paths
from study.catalogue import Entry
from study.errors import FileError

NameState = Literal["defined", "stub", "missing"]
_NOT_PUBLIC = ("__init__", "demo", "experiments")


@dataclass(frozen=True)
class TestFile:
    """A file of tests that imports an entry.

    Attributes:
        path: The file.
        imports: Top-level packages it imports, anywhere in it.
        cases: Number of test functions, not counting parameters.
    """

    __test__ = False  # for pytest: this is no test

    path: Path
    imports: frozenset[str]
    cases: int


def parse(path: Path) -> ast.Module:
    """Parse a Python file.

    Raises:
        FileError: It cannot be read or is not valid Python.
    """
    try:
        return ast.parse(paths.read(path))
    except SyntaxError as error:
        raise FileError(path, error.lineno, f"not valid Python: {error.msg}") from None


def imports(tree: ast.Module) -> Iterator[tuple[str, int, int]]:
    """Yield (dotted module, level of a relative import, line) of every import, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, 0, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.level, node.lineno
            if not node.module or node.level == 0:
                prefix = f"{node.module}." if node.module else ""
                yield from ((prefix + alias.name, node.level, node.lineno) for alias in node.names)


def public_names(folder: Path) -> dict[str, NameState]:
    """Return the names an entry offers and whether each is defined by its code.

    They are those of `__all__` in `__init__.py`; without it, what `__init__.py` imports from the entry's own
    modules; without that, the public functions and classes of the modules.
    """
    defined = {path.stem: _definitions(parse(path)) for path in sorted(folder.glob("*.py"))}
    initial = parse(folder / "__init__.py") if (folder / "__init__.py").is_file() else ast.Module([], [])
    package = f"{folder.parent.name}.{folder.name}"
    origins = _origins(initial, package)
    names = _listed(initial)
    if names is None:
        names = list(origins) or [
            name
            for stem, found in defined.items()
            if stem not in _NOT_PUBLIC
            for name, node in found.items()
            if not name.startswith("_") and isinstance(node, ast.FunctionDef | ast.ClassDef)
        ]
    return {name: _state(name, origins, defined) for name in names}


def _listed(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets
        ):
            try:
                return [str(name) for name in ast.literal_eval(node.value)]
            except ValueError:
                return None
    return None


def _origins(tree: ast.Module, package: str) -> dict[str, tuple[str, str]]:
    """Return, for each name imported from the entry's own modules: (module in the folder, name there)."""
    found = {}
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module or ""
        if node.level == 1:
            stem = module
        elif node.level == 0 and module.startswith(f"{package}."):
            stem = module.removeprefix(f"{package}.")
        else:
            continue
        for alias in node.names:
            found[alias.asname or alias.name] = (stem, alias.name)
    return found


def _definitions(tree: ast.Module) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.If | ast.Try):
            continue
        for name in ("body", "orelse"):
            for statement in getattr(node, name, []):
                if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    found[statement.name] = statement
                elif isinstance(statement, ast.Assign):
                    names = (n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name))
                    found |= dict.fromkeys(names, statement)
                elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    found[statement.target.id] = statement
    return found


def _state(
    name: str, origins: dict[str, tuple[str, str]], defined: dict[str, dict[str, ast.stmt]]
) -> NameState:
    if name in origins:
        stem, original = origins[name]
        if not stem:  # `from . import module`
            return "defined" if original in defined else "missing"
        candidates = [defined.get(stem.split(".")[0], {}).get(original)]
        if "." in stem or stem not in defined:  # a package inside the entry: its files are not read here
            return "defined"
    else:
        candidates = [found.get(name) for found in defined.values()]
    nodes = [node for node in candidates if node is not None]
    if not nodes:
        return "missing"
    return "stub" if all(_is_stub(node) for node in nodes) else "defined"


def _is_stub(node: ast.stmt) -> bool:
    """Tell whether a function does nothing, or a class neither has a body nor inherits one."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return all(_does_nothing(statement) for statement in node.body)
    if isinstance(node, ast.ClassDef):
        if node.bases or node.decorator_list:
            methods = [inner for inner in node.body if isinstance(inner, ast.FunctionDef)]
            return bool(methods) and all(_is_stub(method) for method in methods) and not node.decorator_list
        return all(_does_nothing(inner) or _is_stub(inner) for inner in node.body)
    return False


def _does_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if not isinstance(node, ast.Raise) or node.exc is None:
        return False
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def mirrored_tests(entry: Entry) -> list[TestFile]:
    """Return the test files that mirror an entry (`tests/<room>/…<slug>…`) and import it."""
    folder = entry.root / "tests" / entry.room
    candidates = {
        *(folder / entry.slug).rglob("test_*.py"),
        *folder.glob(f"test_{entry.slug}.py"),
        *folder.glob(f"test_{entry.slug}_*.py"),
    }
    found = []
    for path in sorted(candidates):
        tree = parse(path)
        modules = [name for name, level, _ in imports(tree) if level == 0]
        if not any(name == entry.module or name.startswith(f"{entry.module}.") for name in modules):
            continue
        cases = sum(
            isinstance(node, ast.FunctionDef) and node.name.startswith("test") for node in ast.walk(tree)
        )
        packages = frozenset(name.split(".")[0] for name in modules) | _importorskipped(tree)
        found.append(TestFile(path, packages, cases))
    return found


def _importorskipped(tree: ast.Module) -> frozenset[str]:
    """Return the packages that `pytest.importorskip("…")` imports."""
    return frozenset(
        str(node.args[0].value).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "importorskip"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    )
