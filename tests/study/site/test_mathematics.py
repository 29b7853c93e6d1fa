"""Formulas in Markdown: what is one, what is not, and what is said about one that does not parse."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown import Markdown

from study.files.errors import FileError, StudyError
from study.site import tex
from study.site.letters import in_letters

EXTENSIONS = [
    "study.site.mathematics",
    "md_in_html",
    "admonition",
    "attr_list",
    "tables",
    "toc",
    "sane_lists",
    "pymdownx.details",
    "pymdownx.superfences",
]


def convert(text: str) -> str:
    return Markdown(extensions=EXTENSIONS).convert(text)


def formulas(text: str) -> list[str]:
    """Return the formulas of a page, as their MathML repeats them."""
    return [
        found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        for found in re.findall(r"<annotation[^>]*>(.*?)</annotation>", convert(text), re.DOTALL)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a $x$ b", ["x"]),
        ("$x_1$ and $y_2$", ["x_1", "y_2"]),
        ("($x$), $y$-axis, “$z$”.", ["x", "y", "z"]),
        ("$`x_1`$", ["x_1"]),
        ("$a*b*c$ is not *set*", ["a*b*c"]),
        (r"$\{x\} \\ y$", [r"\{x\} \\ y"]),
        ("$a < b$ and $c>d$ and $e&f$".replace("&", r"\&"), ["a < b", "c>d", r"e\&f"]),
        ("$a\nb$", ["a\nb"]),
        ("where $$x$$ holds", ["x"]),
        ("$$x$$", ["x"]),
        ("text\n$$\nx\n$$\ntext", ["x"]),
        ("$$\na\n> 0\n- b\n= c\n# d\n$$".replace("# d", r"\# d"), ["a\n> 0\n- b\n= c\n\\# d"]),
        ("> quoted\n>\n> $$\n> a\n> + b\n> $$", ["a\n + b"]),
        ("- item\n\n    $$\n    x\n    $$\n\n    tail", ["x"]),
        ("1. item\n   $$x$$\n2. item $y$", ["x", "y"]),
        ("!!! note\n    $$\n    x\n    $$", ["x"]),
        (
            '<details markdown="1">\n<summary markdown="span">$x$</summary>\n\n$$\ny\n$$\n\n</details>',
            ["y", "x"],
        ),
        ("| a |\n|---|\n| $x$ |", ["x"]),
        ("| a |\n|---|\n| $\\|x\\|$ |", ["|x|"]),
        ("## On $x$\n\n[^1]: no", ["x"]),
    ],
)
def test_is_a_formula(text: str, expected: list[str]) -> None:
    assert sorted(formulas(text)) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It costs $5, not $10.", "It costs $5, not $10."),
        (r"\$x\$", "$x$"),
        ("US$5 and CA$7", "US$5 and CA$7"),
        ("a $ b $ c", "a $ b $ c"),
        ("$unclosed", "$unclosed"),
        ("$x$y", "$x$y"),
        ("`$x$`", "<code>$x$</code>"),
        ("`` $`x`$ ``", "<code>$`x`$</code>"),
        ("`$` and `$`", "<code>$</code> and <code>$</code>"),
        ("```text\n$$\nx\n$$\n```", "$$\nx\n$$"),
        ("    $$\n    x\n    $$", "<pre><code>$$\nx\n$$\n</code></pre>"),
        ("$$\n\nx\n\n$$", "$$"),
        ("<!--\n$$\nx\n$$\n-->", "<!--\n$$\nx\n$$\n-->"),
    ],
)
def test_is_not_a_formula(text: str, shown: str) -> None:
    assert formulas(text) == []
    assert shown in convert(text)


@settings(deadline=None)  # the first formula starts the engine
@given(st.text(alphabet="$`\\ab1 \n|*_<>-", max_size=40))
def test_any_text_converts_and_leaves_no_token(text: str) -> None:
    try:
        shown = convert(text)
    except StudyError:
        return  # a formula that KaTeX refuses
    assert "\x02" not in shown
    assert "formula:" not in shown


def test_display_stands_between_the_paragraphs_around_it() -> None:
    shown = convert("before\n$$\nx\n$$\nafter")
    assert re.sub(r"<span.*</span>", "F", shown) == (
        '<p>before</p>\n<div class="math display">F</div>\n<p>after</p>'
    )


def test_what_follows_a_short_formula_stays_with_it() -> None:
    for text, kept in (("$x$, y", ","), ("($x$).", ")."), ("the $i$-th", "-th")):
        assert f"</span>{kept}</span>" in convert(text)
    assert "unbroken" not in convert("$x$ y")
    assert "unbroken" not in convert(f"${'x + ' * 10}y$, z")
    assert '<em>so <span class="unbroken">' in convert("*so $x$.*")
    assert "<a href" in convert("[see $x$](there.md).")


def test_equation_number() -> None:
    assert '<span class="katex-tag">' in convert("$$\nx \\tag{17}\n$$")


def test_is_there_for_the_eye_and_for_everything_else() -> None:
    shown = convert("$x^2$")
    assert "<math " in shown
    assert re.search(
        r'<math-html class="katex-html" data-search-exclude aria-hidden="true">.*</math-html>', shown
    )


def test_markup_is_balanced() -> None:
    for display in (False, True):
        shown = tex.render(
            r"\sqrt{\frac{a}{b}} \tag{1}" if display else r"\sqrt{\frac{a}{b}}", display=display
        )
        names = re.findall(r"<(/?)([\w-]+)[^>]*?(/?)>", shown)
        stack: list[str] = []
        for closing, name, empty in names:
            if closing:
                assert stack.pop() == name
            elif not empty:
                stack.append(name)
        assert stack == []


def test_heading_has_the_anchor_of_its_source_and_a_readable_label() -> None:
    converter = Markdown(extensions=EXTENSIONS)
    shown = converter.convert(r"## The $\sqrt{d_k}$ factor, and `code`")
    assert 'id="the-sqrtd_k-factor-and-code"' in shown
    assert converter.toc_tokens[0]["name"] == "The √d_k factor, and code"  # type: ignore[attr-defined]


def test_site_anchor_is_the_one_the_notes_know() -> None:
    from study.notes.markdown import plain, slug

    for title in (r"The $\sqrt{d_k}$ factor", "On $x_1$ and $`y`$", "Plain, with `code`"):
        assert f'id="{slug(plain(title))}"' in convert(f"## {title}")


@pytest.mark.parametrize(
    ("source", "shown"),
    [(r"\sqrt{d_k}", "√d_k"), (r"\Lambda \to \infty", "Λ → ∞"), (r"\mathbf{x}^\top y", "x^ᵀ y")],
)
def test_in_letters(source: str, shown: str) -> None:
    assert in_letters(source) == shown


def test_refused_formula_names_katex_message_and_the_formula() -> None:
    with pytest.raises(StudyError) as caught:
        convert("Some text.\n\n$$\n\\frac{a}{b\n$$")
    assert "expected '}' at end of input" in str(caught.value)
    assert r"The formula: \frac{a}{b" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2


def test_refused_formula_names_the_file_that_a_person_edits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("foundations", "papers/a", "pages/papers/a"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "papers/a/notes.md").write_text("---\ntitle: A\n---\n\n# A\n\n$\\wrong$\n")
    page = tmp_path / "pages/papers/a/index.md"
    page.write_text("---\ntitle: A\nsource: papers/a/notes.md\n---\n# A\n$\\wrong$\n")
    monkeypatch.chdir(tmp_path)

    class Treeprocessor:
        class file:  # noqa: N801 (as MkDocs has it)
            abs_src_path = str(page)

        def run(self, root: object) -> None:
            pass

    converter = Markdown(extensions=EXTENSIONS)
    converter.treeprocessors.register(Treeprocessor(), "relpath", 0)  # type: ignore[arg-type]
    with pytest.raises(FileError, match=r"^papers/a/notes\.md:7: KaTeX cannot read a formula: .*\\wrong"):
        converter.convert("# A\n$\\wrong$\n")


def test_formulas_are_kept_by_their_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "state" / "formulas.sqlite"
    monkeypatch.setattr(tex, "_kept", {})
    first = tex.render("x+1", cache=cache)
    monkeypatch.setattr(tex, "_kept", {})
    monkeypatch.setattr(tex, "_run", lambda *_: pytest.fail("rendered again"))
    assert tex.render("x+1", cache=cache) == first
    tex.close()
    monkeypatch.setattr(tex, "_kept", {})
    assert tex.render("x+1", cache=cache) == first
    tex.close()


def test_a_cache_that_is_damaged_or_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "formulas.sqlite"
    damaged.write_bytes(b"this is no database" * 100)
    for cache in (damaged, tmp_path / "formulas.sqlite" / "below-a-file"):
        monkeypatch.setattr(tex, "_kept", {})
        assert "<math" in tex.render("x+2", cache=cache)
    tex.close()


def test_the_engine_starts_once_and_a_formula_goes_to_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = tex._engine()
    asked: list[str] = []
    run = tex._run
    monkeypatch.setattr(tex, "_run", lambda formula, display: asked.append(formula) or run(formula, display))
    monkeypatch.setattr(tex, "_kept", {})
    for number in (1, 2, 1, 2):
        tex.render(rf"\frac{{QK^\top}}{{\sqrt{{d_{{{number}}}}}}} V", display=True)
    assert len(asked) == 2
    assert tex._engine() is engine
