"""A table to look things up in, in a real browser: filtered, linked, without JavaScript, from a file."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PLACE = "foundations/algebra/table"
RESULTS = (
    ("Trace", "trace", "scalar-by-matrix", "A tr", r"\bar A=\bar f\,I"),
    (
        "Log-determinant",
        "log-determinant slogdet",
        "scalar-by-matrix",
        "A det ⁻¹",
        r"\bar A=\bar f\,A^{-\top}",
    ),
    (
        "Quadratic form",
        "quadratic form",
        "scalar-by-vector scalar-by-matrix",
        "A x",
        r"\bar A=\bar f\,xx^\top",
    ),
    ("Softmax", "softmax", "vector-by-vector", "x y", r"\bar x=y\odot(\bar y-\langle y,\bar y\rangle)"),
    (
        "Layer norm",
        "layer norm",
        "matrix-by-matrix matrix-by-vector",
        "h x",
        r"\mathrm{d}h=\frac{\mathrm{d}x-m(\mathrm{d}x)-h\,m(h\odot\mathrm{d}x)+u+v+w+x+y+z-a-b-c-d-e-f-g-i-j-k}{s}",
    ),
)


def row(name: str, words: str, shapes: str, symbols: str, formula: str) -> str:
    found_by = f'data-words="{words}" data-shape="{shapes}" data-symbols="{symbols}"'
    return (
        f'<section class="lookup-row" {found_by} markdown="1">\n\n### {name}\n\nAbout $A$.\n\n'
        f"| part | formula | NumPy |\n|---|---|---|\n| gradient | ${formula}$ | `g * A` |\n\n</section>"
    )


def group(heading: str, rows: tuple[tuple[str, ...], ...]) -> str:
    inside = "\n\n".join(row(*one) for one in rows)
    return f'<div class="lookup-group" markdown="1">\n\n## {heading}\n\n{inside}\n\n</div>'


PAGE = f"""---
title: Table
summary: To look things up in.
---

# Table

Some words.

<!-- filter -->

<div class="lookup" markdown="1">

{group("Numbers", RESULTS[:3])}

{group("Layers", RESULTS[3:])}

</div>
"""


@pytest.fixture(scope="module")
def tables(another, strictly, tmp_path_factory) -> dict[str, Path]:
    """The site of the toy with a table to look things up in, by each engine."""
    folder = tmp_path_factory.mktemp("lookup")
    base = another(folder / "base")
    base.write(f"{PLACE}.md", PAGE)
    made = {}
    for engine in ("mkdocs", "zensical"):
        built = strictly(base.root, engine)
        assert built.returncode == 0, built.stderr
        made[engine] = Path(shutil.move(base.path("site"), folder / engine))
    return made


@pytest.fixture(params=["mkdocs", "zensical"])
def site(request, tables: dict[str, Path]) -> Path:
    return tables[request.param]


@pytest.fixture
def look(site: Path, plainly, visitor):
    """Return the function that opens the table at an address's query or anchor."""
    with plainly(site) as address:

        def go(query: str = "", **options: Any) -> Any:
            reader = visitor(address, **options)
            reader.page.goto(f"{address}{PLACE}/{query}", wait_until="load")
            return reader

        yield go


def shown(page: Any) -> list[str]:
    return page.locator(".lookup h3:visible").evaluate_all(
        "all => all.map(one => one.firstChild.textContent)"
    )


def test_rows_are_filtered_and_counted_and_the_address_keeps_it(look) -> None:
    reader = look()
    page = reader.page
    status = page.get_by_role("status").filter(has_text="results")
    assert status.inner_text() == "5 of 5 results"
    assert len(shown(page)) == 5
    page.get_by_label("Function").fill("logdet")
    assert shown(page) == ["Log-determinant"]
    assert status.inner_text() == "1 of 5 results"
    assert page.url.endswith("/table/?f=logdet")
    assert not page.get_by_role("heading", name="Layers").is_visible()  # nothing of this group is left
    page.get_by_label("Function").fill("")
    page.get_by_label("Shape").select_option("vector")
    assert shown(page) == ["Quadratic form", "Softmax", "Layer norm"]
    page.get_by_label("Shape").select_option("scalar-by-vector")
    assert shown(page) == ["Quadratic form"]
    page.get_by_label("Shape").select_option("")
    page.get_by_label("Symbol").select_option("⁻¹")
    assert shown(page) == ["Log-determinant"]
    page.get_by_label("Function").fill("no such thing")
    assert shown(page) == []
    assert status.inner_text() == "0 of 5 results"
    page.get_by_role("button", name="Show all").click()
    assert len(shown(page)) == 5
    assert page.url.endswith("/table/")
    assert reader.wrong == []


def test_an_address_asks_for_rows(look) -> None:
    reader = look("?f=logdet&shape=matrix&h=kept")
    page = reader.page
    assert shown(page) == ["Log-determinant"]
    assert page.get_by_label("Shape").input_value() == "matrix"
    page.get_by_label("Function").fill("trace")
    assert shown(page) == ["Trace"]
    assert "h=kept" in page.url  # what is not ours stays
    assert "f=trace" in page.url
    page.goto(page.url.partition("?")[0] + "?shape=nonsense&symbol=%22%3E", wait_until="load")
    assert len(shown(page)) == 5  # what the form does not offer is left out
    assert reader.wrong == []


def test_a_link_to_a_row_shows_it_whatever_is_filtered(look) -> None:
    page = look("?f=trace#softmax").page
    expect(page.locator("#softmax")).to_be_in_viewport()
    page.get_by_label("Function").fill("trace")
    page.evaluate("location.hash = '#layer-norm'")
    expect(page.locator("#layer-norm")).to_be_in_viewport()
    assert page.get_by_role("status").filter(has_text="results").inner_text() == "5 of 5 results"


def test_without_javascript_every_row_is_there(look) -> None:
    reader = look("?f=logdet", java_script_enabled=False)
    assert len(shown(reader.page)) == 5
    assert not reader.page.locator(".lookup-filter").is_visible()
    assert reader.wrong == []


def test_from_a_file_it_filters_too(tables: dict[str, Path], visitor) -> None:
    reader = visitor("")
    page = reader.page
    page.goto((tables["mkdocs"] / PLACE / "index.html").as_uri() + "?f=softmax", wait_until="load")
    assert shown(page) == ["Softmax"]
    page.get_by_label("Function").fill("logdet")
    assert shown(page) == ["Log-determinant"]
    assert page.url.endswith("?f=logdet")


def test_on_a_telephone_rows_are_cards_and_wide_formulas_scroll_in_them(look) -> None:
    page = look(viewport={"width": 360, "height": 740}).page
    wide = page.locator("#layer-norm ~ * td", has=page.locator(".katex")).last
    wide.scroll_into_view_if_needed()
    expect(wide).to_have_attribute("tabindex", "0")  # and the keyboard reaches it
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    cells = page.locator("#layer-norm ~ * td")
    tops = [cells.nth(index).bounding_box()["y"] for index in range(3)]
    assert tops == sorted(tops)
    assert tops[0] < tops[1] < tops[2]


def test_the_table_leads_from_the_notes_in_the_navigation(look, site: Path) -> None:
    text = (site / "foundations/algebra/index.html").read_text(encoding="utf-8")
    assert re.search(r'href="(\./)?table/"', text)


def test_what_is_far_from_the_screen_is_not_drawn_and_is_found(look) -> None:
    page = look(viewport={"width": 360, "height": 500}).page
    last = page.locator(".lookup-row").last
    assert last.evaluate("one => getComputedStyle(one).contentVisibility") == "auto"
    assert not last.evaluate("one => one.querySelector('td').checkVisibility({contentVisibilityAuto: true})")
    page.evaluate("location.hash = '#layer-norm'")
    expect(page.locator("#layer-norm")).to_be_in_viewport()
    page.wait_for_function(
        "one => one.querySelector('td').checkVisibility({contentVisibilityAuto: true})",
        arg=last.element_handle(),
    )
