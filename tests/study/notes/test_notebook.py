from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import sys

import pytest

from study.files.errors import StudyError
from study.notes import notebook

nbformat = pytest.importorskip("nbformat")
NOTES = "papers/coin/notes.md"


def cells(base, slug: str = "coin", **kwargs) -> list[dict]:
    read = nbformat.reads(notebook.convert(base.entry(slug), **kwargs), as_version=4)
    nbformat.validate(read)
    return read["cells"]


def words(base, **kwargs) -> str:
    return "\n\n".join(cell["source"] for cell in cells(base, **kwargs) if cell["cell_type"] == "markdown")


def test_fences_to_run_are_cells_that_show_their_output(base):
    found = cells(base)
    assert [cell["cell_type"] for cell in found] == [
        "markdown", "markdown", "markdown", "code", "code", "markdown", "markdown", "markdown", "code",
    ]  # fmt: skip
    assert found[4]["source"].endswith("print(heads.mean() > 0.4)")
    assert found[4]["outputs"] == [{"output_type": "stream", "name": "stdout", "text": "True\n"}]
    assert "True" not in words(base)


def test_method_fences_are_shown_and_not_run(base):
    assert "```python\ndef flip(n, *, rng):" in words(base)
    assert "source:" not in words(base)


def test_the_front_matter_is_metadata_of_the_first_cell(base):
    first = cells(base)[0]
    assert first["source"] == "# Coins: are they fair?"
    record = first["metadata"]["ml_foundations"]
    assert record["slug"] == "coin"
    assert record["room"] == "papers"
    assert record["requires"] == ["algebra", "walk"]


def test_the_same_notes_give_the_same_text(base):
    first = notebook.convert(base.entry("coin"))
    assert notebook.convert(base.entry("coin")) == first
    ids = [cell["id"] for cell in json.loads(first)["cells"]]
    assert len(set(ids)) == len(ids)
    assert ids[0] == "coin-000"
    assert first.endswith("}\n")


@pytest.mark.parametrize("folder", [".", "papers/coin", "papers/coin/figures"])
def test_it_runs_from_top_to_bottom(base, monkeypatch, folder):
    monkeypatch.chdir(base.path(folder))
    monkeypatch.setattr(sys, "path", list(sys.path))
    from study.entries.importing import reach

    reach(base.root)
    namespace: dict[str, object] = {}
    for cell in cells(base):
        if cell["cell_type"] == "code":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(cell["source"], namespace)
            shown = "".join(output["text"] for output in cell["outputs"])
            assert not shown or printed.getvalue() == shown
    assert os.getcwd() == str(base.root)
    assert sys.path[0] == str(base.root)


def test_outside_a_checkout_it_says_so(base, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    setup = next(cell for cell in cells(base) if cell["cell_type"] == "code")
    with pytest.raises(RuntimeError, match="inside a checkout of ML Foundations"):
        exec(setup["source"], {})


def test_figures_travel_inside_or_are_linked(base):
    data = base64.b64encode(base.path("papers/coin/figures/bars.svg").read_bytes()).decode()
    assert f"of equal height](data:image/svg+xml;base64,{data})" in words(base)
    assert "](figures/bars.svg)" in words(base, folder=base.path("papers/coin"))
    assert "](papers/coin/figures/bars.svg)" in words(base, folder=base.root)
    base.path("papers/coin/figures/bars.svg").unlink()
    assert "](figures/bars.svg)" in words(base), "a figure that is not there is left as it is written"


def test_citations_become_words_and_links(base):
    told = "Coins are fair ([Doe & Müller 2017](https://arxiv.org/abs/1701.00001), Section 2)."
    assert told in words(base)
    base.edit(NOTES, "[@doe2017coins, Section 2]", "[@gauss1801; @nobody]")
    assert "Coins are fair (Gauss 1801; nobody)." in words(base)


def test_links(base):
    base.edit(
        NOTES,
        "1. Flip it twice.",
        "See [why](#in-one-sentence), [there](../../foundations/algebra/notes.md#the-idea), [web](https://a.org/#x).",
    )
    told = words(base)
    assert "See [why](#In-one-sentence), there, [web](https://a.org/#x)." in told
    linked = words(base, folder=base.path("papers"))
    assert "[there](../foundations/algebra/notes.md#the-idea)" in linked


def test_a_folded_answer_that_runs_is_unfolded_and_its_cell_hidden(base):
    found = cells(base)
    assert found[-1]["metadata"]["jupyter"] == {"source_hidden": True, "outputs_hidden": True}
    assert found[-2]["source"].endswith("**Answer**")
    assert "details" not in words(base)


def test_a_folded_answer_of_words_stays_folded(base):
    text = base.read(NOTES) + "\n<details><summary>Why?</summary>\n\nBecause.\n\n</details>\n"
    base.write(NOTES, text)
    assert "<details><summary>Why?</summary>\n\nBecause.\n\n</details>" in words(base)


def test_without_nbformat_it_says_what_to_install(base, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbformat", None)
    with pytest.raises(StudyError, match=r"pip install 'ml-foundations\[docs\]'"):
        notebook.convert(base.entry("coin"))
