"""Pages beside the notes of an entry: staged, linked, searched, looked at and refreshed like the notes."""

from __future__ import annotations

import pytest

from study import doctor
from study.entries import catalogue
from study.files.errors import FileError
from study.search import Index
from study.site.lookup import form, with_filter
from study.site.staging import collect

FOLDER = "foundations/algebra"
ROWS = '''\
"""Rows to look up."""


def rows():
    """Return one row of a table to look things up in."""
    return """<section class="lookup-row" data-words="double" data-shape="scalar-by-vector" markdown="1">

### Doubling

Twice $x$, as in [@gauss1801]. [Derivation](notes.md#the-idea).

</section>"""
'''
PAGE = """\
---
title: A table of doubles
summary: What doubling does.
---

# A table of doubles

From [the notes](notes.md#the-idea), with [their code](arithmetic.py).

<!-- filter -->

<!-- table: foundations/algebra/rows.py::rows -->
<!-- /table -->
"""


@pytest.fixture
def appended(toy):
    """The toy with a page beside the notes of algebra, whose table is not written yet."""
    toy.path("papers/coin/experiments.py").unlink()  # its code would have to be imported into this process
    toy.write(f"{FOLDER}/rows.py", ROWS)
    toy.write(f"{FOLDER}/table.md", PAGE)
    toy.edit(f"{FOLDER}/notes.md", "The code:", "See [the table](table.md#doubling). The code:")
    return toy


def entry(base, slug: str = "algebra"):
    return catalogue.load(base.root).get(slug)


def wrong(base):
    return [one for one in doctor.check(base.root, ["algebra"]) if one.file.endswith("table.md")]


def test_an_entry_knows_its_other_pages(appended) -> None:
    appended.write(f"{FOLDER}/README.md", "# Not a page\n")
    assert [path.name for path in entry(appended).appendices] == ["table.md"]
    assert entry(appended, "walk").appendices == ()


def test_a_stale_table_is_named_and_refreshed(appended) -> None:
    assert [one.what for one in wrong(appended)] == [
        "the table shown is no longer what foundations/algebra/rows.py::rows returns"
    ]
    repaired = [(one.file.endswith("table.md"), one.what) for one in doctor.fix(appended.root, ["algebra"])]
    assert (True, "the tables") in repaired
    assert "### Doubling" in appended.read(f"{FOLDER}/table.md")
    assert wrong(appended) == []
    assert not [one for one in doctor.fix(appended.root, ["algebra"]) if one.file.endswith("table.md")]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("notes](notes.md#the-idea", "notes](notes.md#the-ide", "did you mean #the-idea"),
        ("[the notes]", "[@nobody2020] [the notes]", "nobody2020"),
        ("arithmetic.py", "arithmetics.py", "no such file"),
        ("---\ntitle", "title", ""),
        ("rows -->", "row -->", "did you mean rows?"),
    ],
)
def test_what_is_wrong_on_it_is_found(appended, old: str, new: str, what: str) -> None:
    doctor.fix(appended.root, ["algebra"])
    appended.edit(f"{FOLDER}/table.md", old, new)
    assert any(what in f"{one.what} {one.fix}" for one in wrong(appended))


def test_it_is_a_page_of_the_site_below_its_entry(appended) -> None:
    doctor.fix(appended.root, ["algebra"])
    files = collect(appended.root)
    page = files[f"{FOLDER}/table.md"].decode()
    assert page.startswith('---\ntitle: "A table of doubles"\n')
    assert "(index.md#the-idea)" in page
    assert '<a href="../">Doubling and halving</a>' in page
    assert 'class="lookup-filter" hidden' in page
    assert "bibliography.md#gauss1801" in page
    assert "(table.md#doubling)" in files[f"{FOLDER}/index.md"].decode()
    summary = files["SUMMARY.md"].decode()
    assert (
        f"    * [Doubling and halving]({FOLDER}/index.md)\n        * [A table of doubles]({FOLDER}/table.md)"
        in summary
    )


def test_a_page_without_a_title_cannot_be_staged(appended) -> None:
    appended.edit(f"{FOLDER}/table.md", "title: A table of doubles\n", "")
    with pytest.raises(FileError, match="expected a title"):
        collect(appended.root)


def test_a_search_finds_its_sections(appended) -> None:
    doctor.fix(appended.root, ["algebra"])
    with Index(appended.root, in_memory=True) as index:
        hits = index.query("twice doubling", entries=("algebra",), kinds=("notes",), limit=5).hits
    assert f"{FOLDER}/table/#doubling" in [hit.url for hit in hits]


def test_the_form_offers_what_the_rows_have() -> None:
    rows = "".join(
        f'<section class="lookup-row" data-words="w" data-shape="{shape}" data-symbols="{symbols}">'
        for shape, symbols in (("scalar-by-matrix scalar-by-vector", "A b ⁻¹"), ("vector-by-vector", "B tr"))
    )
    made = form(rows)
    assert '<p role="status" class="lookup-count">2 of 2 results</p>' in made
    order = ["scalar-by-vector", "scalar-by-matrix", "vector-by-vector"]
    places = [made.index(f'value="{one}"') for one in order]
    assert places == sorted(places)
    letters = [made.index(f'<option value="{one}">') for one in ("A", "B", "b")]
    assert letters == sorted(letters)
    assert (
        made.index('label="Letters"')
        < letters[0]
        < made.index('label="Operations"')
        < made.index('value="tr"')
    )
    assert with_filter("no marker") == "no marker"
