"""A small but real knowledge base in a temporary folder: one entry a room, with code, claims and results."""

from __future__ import annotations

import importlib.util
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def beside(name: str) -> ModuleType:
    """Return a module of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


toy = beside("toy")


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A fresh knowledge base: the entries `algebra`, `walk`, `coin`, each requiring those before it."""
    monkeypatch.setattr("sys.dont_write_bytecode", True)  # two edits of one file within a second are two
    return toy.build(tmp_path / "base")


@pytest.fixture(scope="session")
def measured_once(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The knowledge base with its claims measured and its notes refreshed, made once and only read."""
    from study import doctor

    base = toy.build(tmp_path_factory.mktemp("measured") / "base")
    base.measure()
    doctor.fix(base.root)
    return base


@pytest.fixture
def measured(base: Any, measured_once: Any) -> Any:
    """The knowledge base with its claims measured and its notes refreshed: nothing is wrong with it."""
    shutil.copytree(measured_once.root, base.root, dirs_exist_ok=True)
    return base


@pytest.fixture
def page() -> Callable[..., str]:
    """Return a function that puts front matter above a dedented body."""

    def put(body: str, title: str = "A page") -> str:
        return f"---\ntitle: {title}\n---\n" + textwrap.dedent(body)

    return put


@pytest.fixture
def moments(base):
    """The toy whose algebra shows and calls functions with something to get wrong in them."""
    base.write("foundations/algebra/moments.py", toy.code.MOMENTS)
    base.edit("foundations/algebra/notes.md", "\n## Pitfalls\n", toy.pages.MOMENTS_PAGE)
    return base


@pytest.fixture(scope="session")
def hostile() -> ModuleType:
    """The module with the bibliography that somebody hostile wrote."""
    return beside("hostile")
