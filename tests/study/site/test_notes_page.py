"""From notes to the page: what becomes a link, a figure, a fold; and what stops the build."""

from __future__ import annotations

import re

import pytest

from study.files.errors import FileError
from study.site.addresses import Base, link, url
from study.site.notes_page import NotesPage


def body(toy, slug: str) -> str:
    base = Base.load(toy.root)
    return NotesPage(base, base.catalogue.get(slug)).body()


def test_citations_lead_to_the_bibliography_which_knows_of_them(toy) -> None:
    base = Base.load(toy.root)
    shown = NotesPage(base, base.catalogue.get("coin")).body()
    assert "([Doe & Müller 2017](../../bibliography.md#doe2017coins){ .citation }, Section 2)." in shown
    assert base.cited["doe2017coins"] == {"papers/coin/index.md": "Coins: are they fair?"}


def test_several_citations_in_one_pair_of_brackets(toy) -> None:
    toy.edit("papers/coin/notes.md", "[@doe2017coins, Section 2]", "[@doe2017coins; @gauss1801, §3]")
    cited = r"\[{}\]\([^)]*\)\{{ \.citation \}}"
    first, second = cited.format("Doe & Müller 2017"), cited.format("Gauss 1801")
    assert re.search(rf"\({first}; {second}, §3\)", body(toy, "coin"))


def test_links_lead_to_pages(toy) -> None:
    assert "[the coin](../../papers/coin/index.md#the-claims-tested)" in body(toy, "algebra")
    toy.edit("foundations/algebra/notes.md", "See [the idea]", "See [its code](arithmetic.py), [the idea]")
    assert "[its code](../../api/foundations/algebra/arithmetic.md)" in body(toy, "algebra")
    toy.edit("foundations/algebra/notes.md", "See [its", "See [how to read](../../docs/notation.md), [its")
    assert "[how to read](../../notation.md)" in body(toy, "algebra")


def test_an_anchor_of_github_becomes_the_sites(toy) -> None:
    toy.edit(
        "foundations/algebra/notes.md",
        "## Pitfalls",
        "## Sums & products\n\nSee [it](#sums--products).\n\n## Pitfalls",
    )
    assert "[it](#sums-products)" in body(toy, "algebra")


def test_a_method_fence_stands_below_a_link_to_its_definition(toy) -> None:
    shown = body(toy, "algebra")
    assert (
        '<div class="method" markdown="1">\n\n'
        "[`double`][foundations.algebra.arithmetic.double] in "
        "[`foundations/algebra/arithmetic.py`](../../api/foundations/algebra/arithmetic.md)\n"
        "{ .method-source }\n\n```python\ndef double(x):\n"
    ) in shown


def test_a_table_that_code_wrote_stands_in_a_box_of_its_own(toy) -> None:
    block = "<!-- table: papers/coin/odds.py::markdown -->\n\n| a |\n|---|\n\n<!-- /table -->\n\n1. Flip"
    toy.edit("papers/coin/notes.md", "1. Flip", block)
    shown = body(toy, "coin")
    assert '<div class="lookup" markdown="1">\n\n\n| a |\n|---|\n\n\n</div>\n\n1. Flip' in shown
    assert "table:" not in shown


def test_what_has_no_docstring_is_linked_to_its_module(toy) -> None:
    toy.edit("foundations/algebra/arithmetic.py", '        """Return half of a number."""\n', "")
    assert "`Halver.halve` in [`foundations/algebra/arithmetic.py`](../../api/" in body(toy, "formulas")


def test_code_directly_below_its_equation_shares_a_frame_with_it(toy) -> None:
    shown = body(toy, "formulas")
    frame = re.search(r'<div class="method beside" markdown="1">\n\n(\$\$.*?)\n</div>', shown, re.DOTALL)
    assert frame
    assert r"\tag{1}" in frame[1]
    assert "def halve(x):" in frame[1]


def test_printed_output_is_marked(toy) -> None:
    assert "```{ .text .output }\n42\n```" in body(toy, "algebra")


def test_figure_comes_in_both_inks_with_its_caption(toy) -> None:
    shown = body(toy, "coin")
    assert '<figure class="plot" markdown="1">' in shown
    assert "(figures/bars.svg#only-light)" in shown
    assert "(figures/bars.dark.svg#only-dark)" in shown
    assert '<figcaption markdown="span">Both bars end at one half.</figcaption>' in shown


def test_a_figure_to_play_with_names_its_scripts_in_order_and_brings_its_own(toy) -> None:
    base = Base.load(toy.root)
    shown = NotesPage(base, base.catalogue.get("formulas"))
    text = shown.body()
    kit = [f"../../assets/js/figure/{name}.js" for name in ("controls", "plane")]
    own = [f"interactive/{name}.js" for name in ("contours", "functions", "surface")]
    kind = 'class="plot interactive" data-interactive="interactive/surface.js"'
    assert f'<figure {kind} data-scripts="{" ".join(kit + own)}" markdown="1">\n![A surface' in text
    assert "<!-- interactive" not in text
    assert {*own, "interactive/map.js", "figures/tangent.svg"} <= shown.files.keys()
    assert all(path.is_file() for path in shown.files.values())


def test_folds_are_read_as_markdown(toy) -> None:
    assert '<details markdown="1"><summary markdown="span">Answer</summary>' in body(toy, "coin")


def test_verdicts_are_coloured(measured_toy) -> None:
    shown = body(measured_toy, "coin")
    assert '<div class="results" markdown="1">' in shown
    assert '<span class="verdict supported">✓ supported</span>' in shown
    assert '<span class="verdict not-supported">✗ not supported</span>' in shown


def test_title_and_nothing_else_is_left_out(toy) -> None:
    assert body(toy, "walk").startswith("## One step\n")
    toy.edit("implementations/walk/notes.md", "path = walk", "# a comment\npath = walk")
    assert "# a comment" in body(toy, "walk")


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("[@gauss1801]", "[@nobody2000]", 13, "is in no bibliography"),
        ("(#the-idea)", "(missing.md)", 35, "the link to missing.md leads nowhere"),
        ("(#the-idea)", "(../../pyproject.toml)", 35, "has no page on the site"),
        ("(#the-idea)", "(../../../../etc/passwd)", 35, "leads nowhere"),
        ("::double -->", "::triple -->", 27, "which does not exist"),
        ("## Pitfalls", "![Nothing](figures/none.svg)\n\n## Pitfalls", 33, "figures/none.svg does not exist"),
        (
            "## Pitfalls",
            "<!-- interactive: none.js -->\n![It](../../papers/coin/figures/bars.svg)\n\n## Pitfalls",
            33,
            "the script interactive/none.js does not exist",
        ),
    ],
)
def test_what_leads_nowhere_is_named_with_its_line(toy, old: str, new: str, line: int, what: str) -> None:
    toy.edit("foundations/algebra/notes.md", old, new)
    with pytest.raises(FileError, match=re.escape(what)) as caught:
        body(toy, "algebra")
    assert str(caught.value).startswith(f"foundations/algebra/notes.md:{line}: ")
    assert len(str(caught.value).splitlines()) <= 2


@pytest.mark.parametrize(
    ("start", "target", "expected"),
    [
        ("index.md", "log.md", "log/"),
        ("log.md", "index.md", "../"),
        ("log.md", "log.md", "./"),
        ("papers/vae/index.md", "papers/vae/figures/a.svg", "figures/a.svg"),
        ("papers/vae/index.md", "foundations/autodiff/index.md", "../../foundations/autodiff/"),
        ("guides/claims.md", "papers/index.md", "../../papers/"),
    ],
)
def test_addresses_between_pages(start: str, target: str, expected: str) -> None:
    assert url(start, target) == expected
    assert url(start, target, "x") == f"{expected}#x"


def test_paths_between_pages() -> None:
    assert link("guides/claims.md", "bibliography.md", "a") == "../bibliography.md#a"
