"""An entry that is a package with packages inside, as the engine is: nothing in them is overlooked."""

from __future__ import annotations

import re

import pytest

from foundations.experiment.provenance import code_hash
from study.doctor.imports import check_imports
from study.entries import catalogue, evidence, inspection
from study.notes import parse
from study.notes.refresh import stale_sources
from study.notes.source import Source, shown_source
from study.search import discovery, sources
from study.site import code_pages

INNER = '''\
"""The table."""

from foundations.algebra.arithmetic import double

twice = double


def thrice(x):
    """Return three times a number."""
    return double(x) + x


def fourfold(x): ...
'''


@pytest.fixture
def nested(base):
    """The toy with `foundations.algebra.ops`, a package of one module, exported by both packages above."""
    base.write("foundations/algebra/ops/table.py", INNER)
    listed = "fourfold, thrice, twice"
    init = f'"""Operations."""\n\nfrom foundations.algebra.ops.table import {listed}\n'
    base.write("foundations/algebra/ops/__init__.py", init)
    names = ["fourfold", "ops", "thrice", "twice"]
    outer = f"from foundations.algebra import ops\nfrom foundations.algebra.ops import {listed}\n"
    base.write("foundations/algebra/__init__.py", f'"""Algebra."""\n\n{outer}\n__all__ = {names}\n')
    base.write(
        "tests/foundations/algebra/ops/test_table.py",
        "import torch\nfrom foundations.algebra.ops import twice\n",
    )
    return base


def test_the_entry_is_one_and_its_packages_are_none(nested):
    assert [entry.slug for entry in catalogue.load(nested.root).room("foundations")] == ["algebra"]


def test_the_hash_sees_what_the_inner_package_does(nested):
    before = code_hash(nested.path("foundations/algebra"))
    nested.edit("foundations/algebra/ops/table.py", '"""The table."""', '"""Another table."""')
    assert code_hash(nested.path("foundations/algebra")) == before
    nested.edit("foundations/algebra/ops/table.py", "double(x) + x", "double(x) + x + 0")
    assert code_hash(nested.path("foundations/algebra")) != before


def test_names_are_followed_into_the_inner_package(nested):
    assert inspection.public_names(nested.path("foundations/algebra")) == {
        "fourfold": "stub",
        "ops": "defined",
        "thrice": "defined",
        "twice": "defined",
    }


def test_tests_of_the_inner_package_are_tests_of_the_entry(nested):
    told = {one.name: one.detail for one in evidence.of(nested.entry("algebra"))}
    assert told["checked against PyTorch"] == "compared in tests/foundations/algebra/ops/test_table.py"


def test_imports_of_the_inner_package_are_watched(nested):
    nested.write("foundations/algebra/ops/wrong.py", "from papers.coin import flip\n")
    (problem,) = check_imports(nested.root)
    assert (problem.file, problem.line) == ("foundations/algebra/ops/wrong.py", 1)


def test_the_reference_has_a_page_a_module_and_lists_what_is_inside(nested):
    pages = code_pages.pages(nested.root)
    assert {"api/foundations/algebra/ops/index.md", "api/foundations/algebra/ops/table.md"} <= set(pages)
    assert (
        "- [`foundations.algebra.ops`](ops/index.md): Operations."
        in pages["api/foundations/algebra/index.md"]
    )
    inner = pages["api/foundations/algebra/ops/index.md"]
    assert "- [`thrice`][foundations.algebra.ops.table.thrice]: Return three times a number." in inner
    rows = [line for line in inner.splitlines() if line.startswith(("- `", "- [`"))]
    assert [re.findall(r"\w+", row)[0] for row in rows[:3]] == ["fourfold", "thrice", "twice"]
    assert rows[2] == "- `twice`", "an assigned name is public too"


def test_what_a_demo_alone_uses_is_not_in_the_reference(nested):
    for name in ("demo", "demo_drawing", "democracy"):
        nested.write(
            f"foundations/algebra/{name}.py", f'"""{name}."""\n\n\ndef {name}_shown():\n    """Show."""\n'
        )
    made = {page for page in code_pages.pages(nested.root) if "demo" in page}
    assert made == {"api/foundations/algebra/democracy.md"}
    nested.write("foundations/algebra/__init__.py", "")
    assert "demo_shown" not in inspection.public_names(nested.path("foundations/algebra"))


def test_search_gives_the_inner_package_to_the_entry(nested):
    rows, _ = sources.read(nested.root, "foundations/algebra/ops/table.py", INNER)
    assert {(row.folder, row.heading) for row in rows} == {
        ("foundations/algebra", "foundations.algebra.ops.table"),
        ("foundations/algebra", "thrice"),
    }
    assert "foundations/algebra/ops/table.py" in {path for path, _ in discovery.discover(nested.root)}


def test_notes_show_what_the_inner_package_assigns(nested):
    notes = nested.entry("algebra").notes
    source = Source("foundations/algebra/ops/table.py", "twice", 1)
    assert shown_source(source, notes, nested.root) == "twice = double\n"
    marker = "<!-- source: foundations/algebra/ops/table.py::twice -->"
    fence = f"{marker}\n```python\ntwice = single\n```\n\nThe code:"
    nested.edit("foundations/algebra/notes.md", "The code:", fence)
    (fault,) = stale_sources(parse(notes))
    assert "no longer that of foundations/algebra/ops/table.py::twice" in str(fault)
    line = code_pages.definition(nested.root, source, "foundations/algebra/index.md", notes)
    assert line.startswith(
        "`twice` in [`foundations/algebra/ops/table.py`](../../api/foundations/algebra/ops/table.md)"
    )
