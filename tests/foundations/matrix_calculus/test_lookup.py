"""The table is there to be looked up in: every row leads to its derivation, and a search to the row."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundations.matrix_calculus import TABLE
from study import bibliography
from study.files.checkout import find_root
from study.notes import parse
from study.search import Index

ROOT = find_root(Path(__file__).parent)


def test_every_row_leads_to_a_section_that_derives_it_and_to_known_sources():
    notes = parse(ROOT / "foundations/matrix_calculus/notes.md")
    anchors = [section.anchor for section in notes.sections]
    assert len(set(anchors)) == len(anchors), "two sections share an address"
    before = anchors[: anchors.index("symbols")]
    known = set(bibliography.load(ROOT))
    for slug, row in TABLE.items():
        assert row.derived in before, slug
        assert set(row.sources) <= known, slug
        assert slug in anchors, slug


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
    assert slug in [hit.url.partition("#")[2] for hit in hits]
