"""What a page answers for: the definitions it shows, and the functions of its entry that its fences call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from study.entries.inspection import is_demo, parse
from study.files.errors import FileError
from study.notes.model import Notes
from study.notes.source import find

_ROOMS = ("foundations", "implementations", "papers")
_ENTRY_POINTS = ("__init__", "__call__", "forward", "fit", "predict")
_DEEPEST = 8  # re-exports are followed no further


@dataclass(frozen=True, order=True)
class Target:
    """One definition: a file of the checkout, and a name in it (`Class.method` too)."""

    file: str
    name: str


def targets(notes: Notes, root: Path) -> list[Target]:
    """Return what the fences of a page must hold, sorted; what contains another target stands alone.

    Raises:
        FileError: A source marker names nothing.
    """
    found = set(_shown(notes, root))
    entry = notes.path.parent
    called, methods = _calls(notes, root)
    for file, name in called:
        if file.is_relative_to(entry) and not is_demo(file):
            found |= set(_callable(file, name, methods, root))
    whole = {(one.file, one.name) for one in found}
    return sorted(one for one in found if (one.file, one.name.rpartition(".")[0]) not in whole)


def definition(root: Path, target: Target) -> tuple[ast.Module, ast.stmt]:
    """Return the module of a target, parsed, and the target in it.

    Raises:
        FileError: The file is not valid Python or lacks the name.
    """
    path = root / target.file
    tree = parse(path)
    node = find(tree.body, target.name.split("."))
    if node is None:
        raise FileError(path, None, f"defines no {target.name}")
    return tree, node


def _shown(notes: Notes, root: Path) -> Iterator[Target]:
    for fence in notes.fences:
        if fence.source is not None:
            target = Target(fence.source.file, fence.source.name)
            if not (root / target.file).is_file():
                raise FileError(notes.path, fence.source.line, f"{target.file}: there is no such file")
            definition(root, target)
            yield target


def _calls(notes: Notes, root: Path) -> tuple[set[tuple[Path, str]], set[str]]:
    """Return the definitions that fences call by an imported name, and the names of all methods they call."""
    names: dict[str, tuple[Path, str]] = {}  # name in the namespace of the page to where it is defined
    modules: dict[str, str] = {}  # name to the dotted module it is
    called: set[tuple[Path, str]] = set()
    methods: set[str] = set()
    for fence in notes.runnable:
        try:
            tree = ast.parse(fence.code)
        except SyntaxError:
            continue  # running the page says so
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in _ROOMS:
                for alias in node.names:
                    bound = alias.asname or alias.name
                    dotted = f"{node.module}.{alias.name}"
                    if _module_file(root, dotted):
                        modules[bound] = dotted
                    elif place := _resolve(root, str(node.module), alias.name):
                        names[bound] = place
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname and alias.name.split(".")[0] in _ROOMS:
                        modules[alias.asname] = alias.name
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id in names:
                called.add(names[node.func.id])
            elif isinstance(node.func, ast.Attribute):
                methods.add(node.func.attr)
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id in modules:
                    place = _resolve(root, modules[owner.id], node.func.attr)
                    called |= {place} if place else set()
                elif isinstance(owner, ast.Name) and owner.id in names:
                    called.add(names[owner.id])  # a class method of an imported class
    return called, methods


def _callable(file: Path, name: str, methods: set[str], root: Path) -> Iterator[Target]:
    """Yield a function, or of a class what making and using it calls."""
    relative = file.relative_to(root).as_posix()
    node = find(parse(file).body, name.split("."))
    if isinstance(node, ast.ClassDef):
        for inner in node.body:
            if isinstance(inner, ast.FunctionDef) and (inner.name in methods or inner.name in _ENTRY_POINTS):
                yield Target(relative, f"{name}.{inner.name}")
    elif node is not None:
        yield Target(relative, name)


def _module_file(root: Path, dotted: str) -> Path | None:
    place = root.joinpath(*dotted.split("."))
    return next((f for f in (place.with_suffix(".py"), place / "__init__.py") if f.is_file()), None)


def _resolve(root: Path, module: str, name: str, depth: int = 0) -> tuple[Path, str] | None:
    """Follow a name through re-exports to the file that defines it."""
    file = _module_file(root, module)
    if file is None or depth == _DEEPEST:
        return None
    tree = parse(file)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
                    above = package.split(".")
                    base = ".".join(above[: len(above) - node.level + 1]) if node.level else ""
                    inner = ".".join(part for part in (base, node.module or "") if part)
                    return _resolve(root, inner, alias.name, depth + 1)
    return (file, name) if find(tree.body, [name]) is not None else None
