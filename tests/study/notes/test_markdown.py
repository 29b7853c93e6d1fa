from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.notes.markdown import (
    Anchors,
    RawFence,
    github_slug,
    headings,
    plain,
    prose,
    scan,
    slug,
    split_lines,
)


def fences(text: str) -> list[RawFence]:
    return [item for item in scan(text) if isinstance(item, RawFence)]


def test_a_fence_has_its_lines_info_and_code():
    (fence,) = fences("text\n\n```python title='a'\nx = 1\n\ny = 2\n```\nmore\n")
    assert (fence.start, fence.end, fence.info, fence.language) == (3, 7, "python title='a'", "python")
    assert fence.code == "x = 1\n\ny = 2\n"


def test_a_longer_fence_holds_a_shorter_one():
    (fence,) = fences("````markdown\n```python\nx\n```\n````\n")
    assert fence.code == "```python\nx\n```\n"


def test_tildes_and_backticks_do_not_close_each_other():
    first, second = fences("~~~text\n```\n~~~\n```text\n~~~\n```\n")
    assert (first.code, second.code) == ("```\n", "~~~\n")


def test_a_line_with_an_info_string_closes_nothing():
    (fence,) = fences("```\na\n``` b\n```\n")
    assert fence.code == "a\n``` b\n"


@pytest.mark.parametrize("indent", ["  ", "    ", "\t"])
def test_an_indented_fence_loses_its_indentation_and_no_more(indent):
    code = f"{indent}if x:\n{indent}    y\n\nz\n"
    (fence,) = fences(f"<details>\n\n{indent}```python\n{code}{indent}```\n\n</details>\n")
    assert fence.code == "if x:\n    y\n\nz\n"
    assert fence.indent == indent


def test_an_open_fence_has_no_end():
    (fence,) = fences("```python\nx\n")
    assert fence.end is None


def test_backticks_in_a_line_of_code_are_no_fence():
    assert fences("``` `a` ```\n```\n```\n")[0].start == 2


def test_carriage_returns_are_no_part_of_the_code():
    (fence,) = fences("```python\r\nx\r\n```\r\n")
    assert fence.code == "x\n"


def test_fences_in_comments_are_not_there():
    assert fences("<!--\n```python\nx\n```\n-->\n```text\n```\n")[0].language == "text"


def test_headings():
    text = "# One\n\ntext\n## Two ##\n```\n# code\n```\n<!--\n# hidden\n-->\n"
    text += "####### seven\n#tight\n ### indented\n### C#\n"
    assert list(headings(text, first=5)) == [(5, 1, "One"), (8, 2, "Two"), (18, 3, "C#")]


def test_prose_keeps_every_offset():
    text = "a `code $x$` b $y$ c\n```\nfence\n```\n<!-- d --> $$\nz\n$$ e \\$5 and \\$6\n"
    kept = prose(text)
    assert len(kept) == len(text)
    assert [i for i, c in enumerate(kept) if c == "\n"] == [i for i, c in enumerate(text) if c == "\n"]
    assert kept.split() == ["a", "b", "c", "e", "\\$5", "and", "\\$6"]
    assert "$y$" in prose(text, math=True)
    assert "code" not in prose(text, math=True)


def test_dollars_that_are_no_formula_stay():
    assert prose("it costs 5$ or 6$ now").split()[-1] == "now"
    assert "or" in prose("it costs $5 or $6 now")


@given(st.text(st.sampled_from("`~$<!->#\n a*[x]()\r"), max_size=60))
def test_any_text_is_scanned_and_keeps_its_length(text):
    items = list(scan(text))
    numbers = [item.start if isinstance(item, RawFence) else item[0] for item in items]
    assert numbers == sorted(set(numbers))
    lines = split_lines(text)
    assert "".join(lines) == text
    assert all(isinstance(item, RawFence) or item[1] == lines[item[0] - 1] for item in items)
    assert len(prose(text)) == len(text)
    assert prose(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("The *idea* of **it** all", "The idea of it all"),
        ("`__init__` and __bold__", "__init__ and bold"),
        ("snake_case _here_", "snake_case here"),
        ("See [the *paper*](https://example.org/a_b_c)", "See the paper"),
        ("A & B &amp; C", "A & B & C"),
        (r"\*not\* emphasis", "*not* emphasis"),
        ("![alt](a.png) Picture", " Picture"),
        ("H<sub>2</sub>O", "H2O"),
        ("`a * b`", "a * b"),
    ],
)
def test_plain(title, text):
    assert plain(title) == text


def test_where_the_site_and_github_differ():
    assert (slug("a - b"), github_slug("a - b")) == ("a-b", "a---b")
    assert (slug("Łódź & é"), github_slug("Łódź & é")) == ("odz-e", "łódź--é")


def test_repeated_headings_are_told_apart_as_each_does_it():
    anchors = Anchors()
    assert [anchors.add(title) for title in ("Why", "Why", "Why_1", "Why", "Why-1")] == [
        ("why", "why"),
        ("why_1", "why-1"),
        ("why_2", "why_1"),
        ("why_3", "why-2"),
        ("why-1", "why-1-1"),
    ]


PIECES = [
    "word",
    "Two",
    "$d_k$",
    " `a_b` ",
    " `x*y` ",
    " ``a`b`` ",
    " *em* ",
    " **bold** ",
    " _under_ ",
    " __dunder__ ",
    " _two words_ ",
    " ***x*** ",
    "snake_case",
    "[link](u.md)",
    "[a *b*](u.md)",
    "é",
    "–",
    "-",
    " - ",
    "?",
    "!",
    ":",
    "(1)",
    "1/√d",
    "&amp;",
    "&",
    "<",
    "\\*",
    "\\_",
    "2×3",
    "“q”",
    "…",
    "C++",
    "'s",
    "![i](f.png)",
    "<b>",
    "</b>",
    "Łódź",
    "λ",
    "#",
]
TITLES = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["", " "])), min_size=1, max_size=5)


@given(st.lists(TITLES, min_size=1, max_size=4))
def test_anchors_are_those_of_python_markdown(parts):
    markdown = pytest.importorskip("markdown")
    titles = ["".join(piece + space for piece, space in title).strip() for title in parts]
    text = "".join(f"## {title}\n\ntext\n\n" for title in titles if title)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        renderer = markdown.Markdown(extensions=["toc"])
        renderer.convert(text)

    def flat(tokens):
        for token in tokens:
            yield token["id"]
            yield from flat(token["children"])

    anchors = Anchors()
    assert [anchors.add(title)[0] for _, _, title in headings(text)] == list(flat(renderer.toc_tokens))
