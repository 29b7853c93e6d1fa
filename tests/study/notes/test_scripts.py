"""The scripts of figures that move: what they need, in which order, and how much a reader loads."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from study.entries.catalogue import load
from study.files.errors import FileError
from study.notes import parse, scripts_of

ROOT = Path(__file__).resolve().parents[3]
KIT = ROOT / "docs/assets/js/figure"
LIMIT = 15_000  # bytes of script a figure, gzipped, the kit with them; weights apart

FIGURES = [
    (entry, script.name)
    for entry in load(ROOT)
    for script in sorted((entry.path / "interactive").glob("*.js"))
    if "figure.start(" in script.read_text(encoding="utf-8")
]


@pytest.fixture
def entry(tmp_path):
    """A checkout with a kit, and an entry whose scripts are written by `write`."""
    for room in ("papers", "implementations", "foundations", "study"):
        (tmp_path / room).mkdir()
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    (tmp_path / "docs/assets/js/figure").mkdir(parents=True)
    (tmp_path / "papers/coin/interactive").mkdir(parents=True)
    return tmp_path / "papers/coin"


def write(entry, **scripts):
    for name, text in scripts.items():
        folder = entry / "interactive"
        if name.startswith("kit_"):
            folder = entry.parents[1] / "docs/assets/js/figure"
        (folder / f"{name.removeprefix('kit_')}.js").write_text(text)


def names(entry, script):
    return [one.name for one in scripts_of(entry, script)]


def test_what_is_needed_comes_first_and_once(entry):
    write(
        entry,
        play="// needs: figure/heat.js figure/plane.js own.js\nplay();\n",
        own="// needs: figure/base.js\n",
        kit_heat="// needs: figure/base.js\n// A heat map.\n",
        kit_plane="// needs: figure/base.js\n",
        kit_base="// needs nothing, and says so in other words\n",
    )
    assert names(entry, "play.js") == [
        "assets/js/figure/base.js",
        "assets/js/figure/heat.js",
        "assets/js/figure/plane.js",
        "interactive/own.js",
        "interactive/play.js",
    ]
    assert [one.of_kit for one in scripts_of(entry, "play.js")] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("// needs: gone.js", "needs gone.js, and there is no interactive/gone.js"),
        ("// needs: figure/gone.js", "needs figure/gone.js, and there is no assets/js/figure/gone.js"),
        ("// needs: ../../../x.js", "needs ../../../x.js: expected names such as"),
        ("// needs: play.js", "needs play.js, which needs this script: a circle"),
        ("// needs: https://a.org/b.js", "expected names such as"),
    ],
)
def test_what_cannot_be_loaded_is_named(entry, line, what):
    write(entry, play=f"{line}\n")
    with pytest.raises(FileError) as caught:
        scripts_of(entry, "play.js")
    assert what in caught.value.what
    assert (caught.value.path.name, caught.value.line) == ("play.js", 1)


def test_there_are_figures_and_every_one_that_notes_name_is_measured():
    named = {
        (entry.slug, figure.interactive)
        for entry in load(ROOT)
        for figure in parse(entry.notes).figures
        if figure.interactive
    }
    assert named
    assert named <= {(entry.slug, script) for entry, script in FIGURES}


def weights(path: Path) -> bool:
    """Return whether a script holds numbers that a command wrote, and nothing else."""
    return path.read_text(encoding="utf-8").startswith("// Written by `python -m ")


@pytest.mark.parametrize(("entry", "script"), FIGURES, ids=lambda one: getattr(one, "slug", one))
def test_a_figure_is_small(entry, script):
    loaded = [one.path for one in scripts_of(entry.path, script) if not weights(one.path)]
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in (KIT / "figure.js", *loaded)}
    assert sum(sizes.values()) <= LIMIT, sizes


@pytest.mark.parametrize(("entry", "script"), FIGURES, ids=lambda one: getattr(one, "slug", one))
def test_a_figure_is_made_of_classic_scripts(entry, script):
    for one in scripts_of(entry.path, script):
        text = one.path.read_text(encoding="utf-8")
        for word in ("import ", "export ", "import(", "fetch(", "eval(", "new Function", "innerHTML"):
            assert word not in text, f"{one.name}: {word}"
