"""The reference of the code: a page for each module, made by mkdocstrings, and links into them."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from study.entries import inspection
from study.entries.inspection import is_demo
from study.files.errors import FileError
from study.files.paths import ROOMS
from study.notes import Source
from study.site.addresses import code_page, link


def anchor(key: str) -> str:
    """Return the anchor of a reference on the bibliography page."""
    return re.sub(r"[^\w-]", "-", key)


def module_of_file(root: Path, path: Path) -> str:
    """Return the dotted name of a module of the checkout."""
    parts = path.resolve().relative_to(root.resolve()).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def page_of_file(root: Path, path: Path) -> str | None:
    """Return the reference page of a Python file, or None where it has none."""
    module = module_of_file(root, path)
    if module.split(".")[0] not in ROOMS or not _documented(root, path):
        return None
    return code_page(module, package=path.name == "__init__.py")


def _documented(root: Path, path: Path) -> bool:
    """Tell whether a module is public, serves more than a demo, and stands in packages all the way up."""
    place = path.resolve().relative_to(root.resolve())
    names = (*place.parent.parts, *([] if place.name == "__init__.py" else [place.stem]))
    folders = [root / folder for folder in [place.parent, *place.parent.parents][:-1]]
    hidden = is_demo(path) or any(name.startswith("_") for name in names)
    return not hidden and all((folder / "__init__.py").is_file() for folder in folders)


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield (dotted name, file) of every public module of the rooms, packages before what is in them."""
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py"), key=lambda one: module_of_file(root, one)):
            if _documented(root, path):
                yield module_of_file(root, path), path


@functools.cache
def _defined(path: Path, _: int) -> dict[str, str]:
    """Return the definitions of a file with their first lines, cached by its time of change.

    What is assigned (`tanh = primitive(...)`) has no first line.
    """
    found: dict[str, str] = {}

    def walk(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found[prefix + node.name] = _opening(node)
                if isinstance(node, ast.ClassDef):
                    walk(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = (
                    name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
                )
                found.update((prefix + name, "") for name in names)

    walk(inspection.parse(path).body, "")
    return found


def _opening(node: ast.AST) -> str:
    """Return the first paragraph of a docstring in one line."""
    docstring = ast.get_docstring(node) or ""  # type: ignore[arg-type]
    return " ".join(docstring.split("\n\n")[0].split())


def definition(root: Path, source: Source, start: str, notes: Path) -> str:
    """Return the line above a method fence: what it shows, linked to its reference and its source.

    Raises:
        FileError: There is no such definition.
    """
    path = root / source.file
    if not path.is_file() or source.name not in _defined(path, path.stat().st_mtime_ns):
        raise FileError(
            notes, source.line, f"the marker names {source.file}::{source.name}, which does not exist"
        )
    name = f"{module_of_file(root, path)}.{source.name}"
    staged = page_of_file(root, path)
    # What has no docstring is not in the reference: the link goes to its module.
    described = bool(_defined(path, path.stat().st_mtime_ns)[source.name])
    if staged is None:
        shown = f"`{source.name}` in `{source.file}`"
    elif described and not any(part.startswith("_") for part in source.name.split(".")):
        shown = f"[`{source.name}`][{name}] in [`{source.file}`]({link(start, staged)})"
    else:
        shown = f"`{source.name}` in [`{source.file}`]({link(start, staged)})"
    return f"{shown}\n{{ .method-source }}"


def pages(root: Path) -> dict[str, str]:
    """Return the reference: path of a staged page to its text."""
    listed = list(modules(root))
    packages = {name for name, path in listed if path.name == "__init__.py"}
    made = {"api/index.md": _index(listed)}
    for name, path in listed:
        made[code_page(name, package=name in packages)] = _page(root, name, path, name in packages, listed)
    return made


def _index(listed: list[tuple[str, Path]]) -> str:
    lines = [
        "---\ntitle: Reference\nhide: [toc]\n---\n",
        "# Reference\n",
        "Every public module, from its docstrings. Imports run one way only: `papers` may use "
        "`implementations` and `foundations`, `implementations` may use `foundations`.\n",
    ]
    packages = [(name, path) for name, path in listed if path.name == "__init__.py" and name.count(".") <= 1]
    for room in reversed(ROOMS):
        inside = [(name, path) for name, path in packages if name.startswith(f"{room}.")]
        loose = [
            (n, p) for n, p in listed if p.name != "__init__.py" and n.count(".") == 1 and n.startswith(room)
        ]
        if inside or loose:
            lines.append(f"\n## {room.capitalize()}\n")
            lines += [_row("api/index.md", name, path) for name, path in inside + loose]
    return "\n".join(lines) + "\n"


def _row(start: str, name: str, path: Path) -> str:
    staged = code_page(name, package=path.name == "__init__.py")
    return f"- [`{name}`]({link(start, staged)}): {_opening(inspection.parse(path)) or 'no description.'}"


def _page(root: Path, name: str, path: Path, package: bool, listed: list[tuple[str, Path]]) -> str:
    staged = code_page(name, package=package)
    source = path.relative_to(root).as_posix()
    head = f"---\ntitle: {name}\nsource: {source}\n---\n\n# {name} {{ .module-title }}\n"
    if not package:
        return f"{head}\n::: {name}\n"
    lines = [head, f"::: {name}\n    options:\n      members: false\n"]
    inside = [(n, p) for n, p in listed if n.rpartition(".")[0] == name]
    if exported := _exports(root, path, name, {module for module, _ in listed}):
        lines += ["\n## Public names\n", *exported]
    if inside:
        lines += ["\n## Modules\n", *(_row(staged, n, p) for n, p in inside)]
    return "\n".join(lines) + "\n"


def _exports(root: Path, path: Path, package: str, known: set[str]) -> list[str]:
    """Return what a package re-exports, each linked to where it is defined."""
    rows = {}
    for node in inspection.parse(path).body:
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module or ""
        if node.level:
            above = package.split(".")
            module = ".".join([*above[: len(above) - node.level + 1], *([module] if module else [])])
        if module not in known or module == package:
            continue
        file = root / (module.replace(".", "/") + ".py")
        defined = _defined(file, file.stat().st_mtime_ns) if file.is_file() else {}
        for alias in node.names:
            shown = alias.asname or alias.name
            if not shown.startswith("_") and alias.name in defined:
                about = defined[alias.name]
                rows[shown] = f"- [`{shown}`][{module}.{alias.name}]: {about}" if about else f"- `{shown}`"
    return [rows[name] for name in sorted(rows, key=str.casefold)]
