"""Foreign text in every place that shows it: read back, it is what was written, and it is nothing more."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown import Markdown

from study.files import foreign, yaml

SIGNS = st.text(
    st.sampled_from("ab1 \\`*_{}[]()<>#+-=.!|~^$&;:@'\"/%\n\t\x1b\x9b\x02\x03\u202e\u2028é漢"), max_size=40
)
EXTENSIONS = [
    "abbr", "admonition", "attr_list", "def_list", "footnotes", "md_in_html", "sane_lists", "tables", "toc",
    "pymdownx.details", "pymdownx.inlinehilite", "pymdownx.keys", "pymdownx.superfences",
]  # fmt: skip
CONVERTER = Markdown(extensions=EXTENSIONS)


def words(rendered: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", rendered))


@given(SIGNS)
@example("--- *a* _b_ __c__ d_e [f](g){: .h } ++i++ <b onclick=x> &lt; &#60; https://x.org a@b.org \\* $x$")
@example("1. One")
@example("::: papers.coin")
@example('!!! note "x"')
@example("    four blanks")
@example("*[HTML]: text")
@example("[^1]: note")
def test_as_markdown_it_is_a_paragraph_of_its_words(text: str) -> None:
    shown = foreign.markdown(text)
    assert words(CONVERTER.reset().convert(shown)).strip() == foreign.line(text)
    rendered = CONVERTER.reset().convert(f"# {shown}")
    assert set(re.findall(r"<(\w+)", rendered)) <= {"h1"}
    assert words(rendered).strip() == foreign.line(text) or not foreign.line(text)


@given(SIGNS)
@example("a ``` b ```` c")
def test_a_fence_and_a_code_span_hold_whatever_stands_in_them(text: str) -> None:
    rendered = CONVERTER.reset().convert(foreign.fence(text, "text"))
    assert words(rendered).strip() == foreign.visible(text).strip().expandtabs(4) or "\t" in text
    if told := foreign.line(text):
        span = CONVERTER.reset().convert(f"x {foreign.code(text)} y")
        assert set(re.findall(r"<(\w+)", span)) <= {"p", "code"}
        assert words(span).replace("\\|", "|") == f"x {told} y".replace("\\|", "|")


@given(st.text())
def test_as_yaml_and_json_it_reads_back(text: str) -> None:
    kept = re.sub("[\ud800-\udfff\x00]", "", text)
    assert yaml.load(foreign.yaml(kept), Path("x.yml")) == kept
    script = foreign.json_in_script({"a": text})
    assert json.loads(script) == {"a": text}
    assert not re.search("[<>&\u2028\u2029]", script)
    script.encode()
    told = foreign.json_for_terminal(json.dumps(text, ensure_ascii=False))
    assert json.loads(told) == text
    assert foreign.visible(told) == told


@given(SIGNS)
def test_what_a_terminal_obeys_is_gone(text: str) -> None:
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", foreign.visible(text)
    )
    assert "\n" not in foreign.flat(text)
    assert foreign.visible(foreign.visible(text)) == foreign.visible(text)


@given(st.text(st.sampled_from("htps:/javcrid@.\\ \t\n\x00\x1b\u2028\"'<>?#%[]1-é"), max_size=30))
@example("https://a\\@b.org")
@example("https://doi.org@evil.example/x")
def test_an_address_is_one_of_the_web_or_none(text: str) -> None:
    told = foreign.address(text)
    if told is not None:
        assert re.fullmatch(r"https?://[^\s\"<>\\\x00-\x1f]+", told, re.IGNORECASE)
        assert urlsplit(told).username is None
        assert foreign.address(told) == told


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:x",
        "java\nscript:x",
        "\x01javascript:x",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "\\\\evil.example",
        "https:evil",
        "https:///x",
        "ftp://a.b",
        "file:///x",
        "",
        "www.a.b",
        "https://a:b@c.d/",
        "https://[::1",
        "http://a.b:99999/",
        "&#106;avascript:x",
        "https://a\u202e.b/",
    ],
)
def test_no_page_links_to(text: str) -> None:
    assert foreign.address(text) is None


def test_an_address_keeps_what_it_means() -> None:
    for kept in (
        "https://arxiv.org/abs/1706.03762",
        "http://[2001:db8::1]:8080/a?b=c%20d&e=(f)#g",
        "https://proceedings.neurips.cc/paper/2017/hash/3f5e-Abstract.html",
    ):
        assert foreign.address(kept) == kept


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (r"10.1007/978-3-000-00001-1\_7", "10.1007/978-3-000-00001-1_7"),
        ("DOI: 10.1145/1 ", "10.1145/1"),
        ("http://dx.doi.org/10.1145/1", "10.1145/1"),
        ("10.1/a b", None),
        ("https://evil.example/10.1/x", None),
        ("10.1145", None),
    ],
)
def test_dois(text: str, told: str | None) -> None:
    assert foreign.doi(text) == told


def test_a_message_repeats_little_of_what_it_refuses() -> None:
    assert len(foreign.short("x" * 10**6)) < 70
    assert len(foreign.short(["x" * 10**6] * 10**3)) < 70
    assert foreign.short(10**5000) == "a number of more than 60 digits"
    assert "\x1b" not in foreign.short("\x1b[2J")
