"""The table is there to be looked up in: every row leads to its derivation, and a search to the row."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundations.matrix_calculus import TABLE
from foundations.matrix_calculus.facets import ALSO, shapes, symbols, words
from study import bibliography
from study.files.checkout import find_root
from study.notes import parse
from study.search import Index

ROOT = find_root(Path(__file__).parent)


def test_every_row_leads_to_a_section_that_derives_it_and_to_known_sources():
    notes = parse(ROOT / "foundations/matrix_calculus/notes.md")
    anchors = [section.anchor for section in notes.sections]
    assert len(set(anchors)) == len(anchors), "two sections share an address"
    rows = [section.anchor for section in parse(ROOT / "foundations/matrix_calculus/table.md").sections]
    assert len(set(rows)) == len(rows), "two rows share an address"
    before = anchors[: anchors.index("symbols")]
    known = set(bibliography.load(ROOT))
    for slug, row in TABLE.items():
        assert row.derived in before, slug
        assert set(row.sources) <= known, slug
        assert slug in rows, slug


@pytest.fixture(scope="module")
def index():
    with Index(ROOT, in_memory=True) as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("gradient of log det", "log-determinant"),
        ("gradient of inverse", "inverse"),
        ("vjp layer norm", "layer-norm"),
        ("nuclear norm", "nuclear-norm"),
        ("derivative of cholesky", "cholesky-factor"),
        ("pseudo-inverse derivative", "pseudo-inverse"),
        ("infonce", "contrastive-cross-entropy-infonce"),
        ("matrix exponential", "matrix-exponential"),
        ("eigenvector derivative", "eigenvectors-of-a-symmetric-matrix"),
    ],
)
def test_a_search_finds_the_row(index, question, slug):
    hits = index.query(question, entries=("matrix_calculus",), kinds=("notes",), limit=3).hits
    assert f"foundations/matrix_calculus/table/#{slug}" in [hit.url for hit in hits]


def test_a_row_can_be_filtered_by_what_it_is_made_of():
    row = TABLE["log-determinant"]
    assert shapes(row) == ("scalar-by-matrix",)
    assert set(symbols(row)) == {"A", "f", "tr", "det", "log", "⁻¹"}
    assert {"log-determinant", "slogdet", "logabsdet"} <= set(words("log-determinant", row).split())
    assert shapes(TABLE["convolution"]) == ("array-by-array",)
    assert shapes(TABLE["linear-layer"]) == ("matrix-by-matrix", "matrix-by-vector")
    for slug, one in TABLE.items():
        assert shapes(one), slug
        assert symbols(one), slug
        assert '"' not in words(slug, one)
    assert set(ALSO) <= set(TABLE)


def test_the_code_shown_fits_its_page():
    path = ROOT / "foundations/matrix_calculus/table.md"
    fences = [fence.code for fence in parse(path).fences]
    assert fences
    assert all(len(line) <= 88 for code in fences for line in code.split("\n"))
