from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.files.errors import FileError
from study.notes import Notes, parse, parse_text

PATH = Path("papers/x/notes.md")


def read(body: str):
    return parse_text(body, PATH, front=False)


def test_the_toy_page_has_all_its_parts(base):
    notes = parse(base.path("papers/coin/notes.md"))
    assert notes.front["slug"] == "coin"
    assert notes.body_line == 11
    assert [(s.level, s.anchor, s.line) for s in notes.sections] == [
        (1, "coins-are-they-fair", 11),
        (2, "in-one-sentence", 13),
        (2, "the-method", 17),
        (2, "the-claims-tested", 42),
        (2, "exercises", 50),
    ]
    assert notes.sections[1].text == "\nCoins are fair [@doe2017coins, Section 2].\n\n"
    assert [(f.kind, f.line) for f in notes.fences] == [
        ("source", 21), ("run", 26), ("output", 35), ("run", 57), ("output", 61),
    ]  # fmt: skip
    assert [fence.output.code for fence in notes.runnable if fence.output] == ["True\n", "(2,)\n"]
    assert [(m.kind, m.target, m.line, m.end) for m in notes.markers] == [
        ("source", "papers/coin/flip.py::flip", 19, 23),
        ("verdicts", "", 44, 45),
        ("results", "", 47, 48),
    ]
    assert (notes.verdicts, notes.results) == notes.markers[1:]
    (citation,) = notes.citations
    assert (citation.keys, citation.locators, citation.line) == (("doe2017coins",), ("Section 2",), 15)
    assert notes.text[slice(*citation.span)] == "[@doe2017coins, Section 2]"
    (figure,) = notes.figures
    assert (figure.target, figure.line) == ("figures/bars.svg", 38)
    assert figure.alt == "A bar for heads and a bar for tails, of equal height"
    assert figure.caption == "Both bars end at one half."
    assert "the-method" in notes.anchors


def test_line_numbers_are_those_of_the_file(base):
    notes = parse(base.path("papers/coin/notes.md"))
    lines = notes.text.split("\n")
    for fence in notes.fences:
        assert lines[fence.start - 1].strip().startswith("```")
        assert lines[fence.end - 1].strip() == "```"
        assert lines[fence.line - 1].strip() == fence.code.split("\n")[0]
    for section in notes.sections:
        assert lines[section.line - 1] == "#" * section.level + " " + section.title


def test_an_output_fence_follows_directly():
    notes = read("```python\na\n```\n\n\n```text\n1\n```\n\n```text\n2\n```\n")
    assert [fence.kind for fence in notes.fences] == ["run", "output", "other"]
    notes = read("```python\na\n```\nwords\n```text\n1\n```\n")
    assert [fence.kind for fence in notes.fences] == ["run", "other"]
    assert notes.runnable[0].output is None
    notes = read("<!-- source: a.py::b -->\n```python\na\n```\n\n```text\n1\n```\n")
    assert [fence.kind for fence in notes.fences] == ["source", "other"]


def test_only_python_is_run():
    notes = read("```pytb\n```\n```console\n```\n```\n```\n~~~python\nx\n~~~\n```Python\ny\n```\n")
    assert [fence.kind for fence in notes.fences] == ["other", "other", "other", "run", "run"]


def test_python_that_the_page_says_is_not_run_is_kept_apart():
    notes = read("<!-- not run: half of a class -->\n```python\ny = = 1\n```\n\n```text\n1\n```\n")
    assert [fence.kind for fence in notes.fences] == ["fragment", "other"]
    assert notes.runnable == ()
    assert len(notes.fragments) == 1


def test_markers_in_fences_and_comments_are_none():
    notes = read("```text\n<!-- results -->\n<!-- source: a.py::b -->\n```\n<!--\n<!-- results -->\n")
    assert notes.markers == ()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("a\n```python\nx\n", "notes.md:2: the fence ``` is never closed"),
        ("<!-- results -->\n", "notes.md:1: `<!-- results -->` is never closed"),
        ("\n<!-- /results -->\n", "notes.md:2: `<!-- /results -->` without"),
        (
            "<!-- results -->\n<!-- /results -->\n<!-- results -->\n",
            "notes.md:3: a second `<!-- results -->`",
        ),
        ("<!-- results -->\n<!-- results -->\n", "notes.md:2: a second `<!-- results -->`"),
        (
            "<!-- results -->\n```python\n```\n<!-- /results -->\n",
            "notes.md:2: code between the results markers",
        ),
        ("<!-- source: a.py::b -->\n\n```python\n```\n", "notes.md:1: a source marker must stand"),
        ("<!-- source: a.py::b -->\n```text\n```\n", "notes.md:1: a source marker must stand"),
        ("x\n<!-- source: a.py::b -->", "notes.md:2: a source marker must stand"),
        ("<!-- source: a.py -->\n```python\n```\n", "notes.md:1: malformed marker"),
        ("<!-- source a.py::b -->\n", "notes.md:1: malformed marker"),
        ("<!-- interactive: a.py -->\n![a](b.svg)\n", "notes.md:1: malformed marker"),
        ("<!-- interactive: ../a.js -->\n![a](b.svg)\n", "notes.md:1: malformed marker"),
        ("<!-- interactive: a.js -->\n\n![a](b.svg)\n", "notes.md:1: an interactive marker must stand"),
        ("<!-- interactive: a.js -->\n```python\n```\n", "notes.md:1: an interactive marker must stand"),
        ("x\n<!-- interactive: a.js -->", "notes.md:2: an interactive marker must stand"),
        ("<!-- not run: why -->\n\n```python\n```\n", "notes.md:1: a marker `not run` must stand"),
        ("<!-- not run: why -->\n```text\n```\n", "notes.md:1: a marker `not run` must stand"),
        ("<!-- not run: why -->", "notes.md:1: a marker `not run` must stand"),
        ("<!-- not run -->\n```python\n```\n", "notes.md:1: malformed marker"),
        ("<!-- not run: -->\n```python\n```\n", "notes.md:1: malformed marker"),
        ("<!-- not-run: why -->\n```python\n```\n", "notes.md:1: malformed marker"),
    ],
)
def test_what_is_malformed_is_named_with_its_line(body, message):
    with pytest.raises(FileError) as caught:
        read(body)
    assert message in str(caught.value)


def test_citations():
    told = "[@a], [@b2017c, Table 3 and §2; @d:e-f]\n"
    notes = read(f"{told}`[@code]` and [@not](link) [@] [@x y]\n```\n[@f]\n```\n$[@m]$\n")
    assert [(c.keys, c.locators) for c in notes.citations] == [
        (("a",), ("",)),
        (("b2017c", "d:e-f"), ("Table 3 and §2", "")),
    ]


def test_links():
    body = (
        '[a](b.md#c) [d](<e.md> "title") ![fig](f.svg)\n'
        "[![img](i.png)](j.md) [$x$ and `y`](k.md) `[no](no.md)`\n"
        "[ref]: l.md\n<a class='q' href=\"m.md\">n</a> [empty]() \\[no](no.md)\n"
    )
    notes = read(body)
    assert [link.target for link in notes.links] == ["b.md#c", "e.md", "j.md", "k.md", "l.md", "m.md", ""]
    assert [link.line for link in notes.links] == [1, 1, 2, 2, 3, 4, 4]
    assert notes.links[3].text == "$x$ and `y`"
    assert [figure.target for figure in notes.figures] == ["f.svg", "i.png"]


@pytest.mark.parametrize(
    ("after", "caption"),
    [
        ("\n\n*A caption\nof two lines.*\n", "A caption of two lines."),
        ("\n*Directly below.*\n", "Directly below."),
        ("\n\n*With `code` and $x*y$ inside.*", "With `code` and $x*y$ inside."),
        ("\r\n\r\n*Windows.*\r\n", "Windows."),
        ("\n\n**Bold** is none.\n", ""),
        ("\n\n*Some* words are none.\n", ""),
        ("\n\nText.\n\n*Later.*\n", ""),
        ("", ""),
    ],
)
def test_captions(after, caption):
    (figure,) = read(f"![alt](f.svg){after}").figures
    assert figure.caption == caption


def test_a_marker_directly_above_makes_a_figure_interactive():
    notes = read("![a](a.svg)\n\n<!-- interactive: play.js -->\n![b](b.svg) ![c](c.svg)\n")
    assert [figure.interactive for figure in notes.figures] == ["", "play.js", ""]


def test_words_are_those_of_the_prose():
    notes = read(
        "# Two words\n\nIt's state-of-the-art $x + y$ `code` here.\n\n```python\nnot = counted\n```\n"
    )
    assert notes.words == 5


def test_repeated_headings_have_anchors_of_their_own():
    notes = read("# A\n## Why\n## Why\n")
    assert [section.anchor for section in notes.sections] == ["a", "why", "why_1"]
    assert [section.github_anchor for section in notes.sections] == ["a", "why", "why-1"]


BLOCKS = st.sampled_from(
    [
        "# Title\n",
        "## Why\n",
        "words [@a] and [l](m.md)\n",
        "\n",
        "```python\nx = 1\n```\n",
        "```text\n1\n```\n",
        "~~~python\n```\n~~~\n",
        "<!-- results -->\n",
        "<!-- /results -->\n",
        "<!-- source: a.py::b -->\n",
        "```\n",
        "![a](b.svg)\n",
        "*caption*\n",
        "<details><summary>Answer</summary>\n",
        "    ```python\n    y\n    ```\n",
        "$$\n",
        "<!--\n",
        "-->\n",
        "`",
        "$",
    ]
)


def outcome(text: str) -> tuple[Notes | None, int]:
    """Return the page, or the line for which it is refused."""
    try:
        return parse_text(text, PATH), 4
    except FileError as error:
        return None, error.line or 0


@given(st.lists(BLOCKS, max_size=12), st.booleans())
def test_any_page_is_read_or_refused_with_its_line(blocks, windows):
    body = "".join(blocks)
    text = f"---\ntitle: x\n---\n{body}"
    text = text.replace("\n", "\r\n") if windows else text
    lines = text.count("\n") + 1
    notes, line = outcome(text)
    assert 4 <= line <= lines
    if notes is None:
        return
    assert notes.body_line == 4
    sections = "".join(
        "#" * s.level + f" {s.title}" + ("\r\n" if windows else "\n") + s.text for s in notes.sections
    )
    assert notes.text.endswith(sections)
    for fence in notes.fences:
        assert 4 <= fence.start < fence.end <= lines
        assert "\r" not in fence.code
    for part in (*notes.citations, *notes.figures, *notes.links):
        start, end = part.span
        assert notes.text.count("\n", 0, start) + 1 == part.line
        assert notes.text[start] in "[!<"
        assert start < end <= len(text)
