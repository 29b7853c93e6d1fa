"""What the source of an entry and of its tests says, read with `ast`: nothing is imported or run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from study.entries.catalogue import Entry
from study.files import paths
from study.files.errors import FileError
from study.files.read import read_text

NameState = Literal["defined", "stub", "missing"]
_DEEPEST = 8  # re-exports are followed no further
_NOT_PUBLIC = ("__init__", "experiments", "fingerprints")


@dataclass(frozen=True)
class TestFile:
    """A file of tests that imports an entry.

    Attributes:
        path: The file.
        imports: Top-level packages it imports, anywhere in it.
        cases: Number of test functions, not counting parameters.
        linalg: Functions of `np.linalg` it calls.
    """

    __test__ = False  # for pytest: this is no test

    path: Path
    imports: frozenset[str]
    cases: int
    linalg: frozenset[str]


def parse(path: Path) -> ast.Module:
    """Parse a Python file; one that has not changed since is not parsed again.

    Raises:
        FileError: It cannot be read or is not valid Python.
    """
    try:
        state = path.stat()
    except OSError:
        return _parse(path, 0, 0)
    return _parse(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1024)
def _parse(path: Path, changed: int, size: int) -> ast.Module:
    try:
        return ast.parse(read_text(path))
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
    """Return the names an entry offers and whether each is defined by our code.

    They are those of `__all__` in `__init__.py`; without it, what `__init__.py` imports from our packages;
    without that, the public functions and classes of the entry's modules.
    """
    initial = folder / "__init__.py"
    if initial.is_file():
        tree, root = parse(initial), folder.parent.parent
        if names := _listed(tree) or list(_imported(tree, initial, root)):
            return {name: _state(name, initial, root) for name in names}
    found: dict[str, NameState] = {}
    for path in sorted(folder.glob("*.py")):
        if path.stem not in _NOT_PUBLIC and not is_demo(path):
            for name, node in _definitions(parse(path)).items():
                if not name.startswith("_") and isinstance(node, ast.FunctionDef | ast.ClassDef):
                    found[name] = "stub" if _is_stub(node) else "defined"
    return found


def is_demo(path: Path) -> bool:
    """Tell whether a module serves only the demo of an entry: `demo.py` and `demo_*.py`."""
    return path.stem == "demo" or path.stem.startswith("demo_")


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


def _imported(tree: ast.Module, path: Path, root: Path) -> dict[str, tuple[Path, str]]:
    """Return, for each name imported from our packages: (module without its suffix, name there)."""
    found = {}
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level:
            base = path.parents[node.level - 1]
        elif (node.module or "").split(".")[0] in paths.ROOMS:
            base = root
        else:
            continue
        module = base.joinpath(*(node.module or "").split(".")) if node.module else base
        for alias in node.names:
            found[alias.asname or alias.name] = (module, alias.name)
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


def _state(name: str, path: Path, root: Path, depth: int = 0) -> NameState:
    """Look a name up in a file, and where it is imported from in turn."""
    tree = parse(path)
    node = _definitions(tree).get(name)
    if node is not None:
        return "stub" if _is_stub(node) else "defined"
    if name not in (imported := _imported(tree, path, root)) or depth == _DEEPEST:
        return "missing"
    module, original = imported[name]
    for candidate in (module.with_suffix(".py"), module / "__init__.py"):
        if candidate.is_file() and (found := _state(original, candidate, root, depth + 1)) != "missing":
            return found
    inner = module / original  # `from package import module`
    there = inner.with_suffix(".py").is_file() or (inner / "__init__.py").is_file()
    return "defined" if there else "missing"


def _is_stub(node: ast.stmt) -> bool:
    """Tell whether a function does nothing, or a class neither has a body nor inherits one."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return all(_does_nothing(statement) for statement in node.body)
    if isinstance(node, ast.ClassDef):
        if any(_last_name(base) == "Protocol" for base in node.bases):
            return False  # it says what others have, and has no body of its own
        if node.bases or node.decorator_list:
            methods = [inner for inner in node.body if isinstance(inner, ast.FunctionDef)]
            return bool(methods) and all(_is_stub(method) for method in methods) and not node.decorator_list
        return all(_does_nothing(inner) or _is_stub(inner) for inner in node.body)
    return False


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


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
        found.append(TestFile(path, packages, cases, _linalg(tree)))
    return found


def _linalg(tree: ast.Module) -> frozenset[str]:
    """Return the names used as `np.linalg.name`."""
    return frozenset(
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "linalg"
    )


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
