"""The words by which formulas, signs, code and questions are found."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.search.latex import formulas, say, show_formulas
from study.search.prose import formula_aliases, plain
from study.search.query import parse
from study.search.spelling import distance, nearest
from study.search.vocabulary import identifiers, signs, split_identifier

ANYTHING = st.text(max_size=60)
LATEX = st.text(alphabet=r"\{}^_$&~[]()abkqd12 +-=/|sqrtfrac", max_size=40)


@pytest.mark.parametrize(
    ("latex", "spoken", "brief", "shown"),
    [
        (r"\sqrt{d_k}", "square root of d k", "sqrt d k", "√d_k"),
        (r"1/\sqrt{d_k}", "1 divided by square root of d k", "1 divided by sqrt d k", "1/√d_k"),
        (r"\sqrt{a + b}", "square root of a b", "sqrt a b", "√(a + b)"),
        (r"\mathrm{KL}(q \| p)", "kl divergence kullback leibler q p", "kl divergence q p", "KL(q ‖ p)"),
        (r"D_\text{KL}", "d kl divergence kullback leibler", "d kl divergence", "D_KL"),
        (r"\operatorname{softmax}(x)_i", "softmax x i", "softmax x i", "softmax(x)_i"),
        (r"\operatorname{LayerNorm}(x)", "layer norm x", "layer norm x", "LayerNorm(x)"),
        (r"\nabla_\theta L", "gradient of theta l", "nabla theta l", "∇_θL"),
        (r"x^2 A^{-1}", "x squared a inverse", "x squared a inverse", "x² A⁻¹"),
        (r"\hat{m}_t", "m hat t", "m hat t", "m̂_t"),
        (r"\frac12", "1 divided by 2", "1 divided by 2", "1 / 2"),
        (r"\langle A, B\rangle", "inner product a b", "a b", "⟨A, B⟩"),
        (r"\mathbb{E}_q[\log p]", "expectation q log p", "expected value q log p", "E_q[log p]"),
        (r"x \sim \mathcal{N}", "x distributed as normal gaussian", "x sim normal", "x ~ 𝒩"),
        (r"\left(\frac{QK^\top}{\sqrt{d_k}}\right)", "q k transpose divided by square root of d k",
         "q k transpose divided by sqrt d k", "(QKᵀ / √d_k)"),
    ],
)  # fmt: skip
def test_a_formula_is_said_in_three_ways(latex: str, spoken: str, brief: str, shown: str) -> None:
    assert say(latex, "spoken") == spoken
    assert say(latex, "brief") == brief
    assert say(latex, "shown") == shown


@given(ANYTHING | LATEX)
def test_reading_a_formula_never_fails_and_gives_plain_words(latex: str) -> None:
    for style in ("spoken", "brief"):
        said = say(latex, style)
        assert said == " ".join(said.split()).lower()
        assert not set(said) & set(r"\{}^_$")
    assert "\n" not in say(latex, "shown")


def test_formulas_are_found_where_markdown_has_them_and_prices_are_none() -> None:
    assert formulas(r"it costs $5 or $7; but $x$ and $$y = \$3$$") == ["x", r"y = \$3"]
    assert show_formulas(r"divide by $\sqrt{d_k}$.") == "divide by √d_k."


def test_a_symbol_with_an_index_is_also_found_written_as_one_word() -> None:
    assert "dk" in " ".join(formula_aliases(r"\sqrt{d_k}")).split()
    assert "dmodel" not in " ".join(formula_aliases(r"d_{\text{model}}")).split()


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("scaled_dot_product_attention", "scaled dot product attention"),
        ("MultiHeadAttention", "multi head attention"),
        ("GELU", "gelu"),
        ("HTMLParser2", "html parser2"),
        ("__init__", "init"),
        ("d_k", "d k"),
    ],
)
def test_code_names_split_at_underscores_and_humps(name: str, parts: str) -> None:
    assert split_identifier(name) == parts.split()


def test_code_names_and_signs_are_found_inside_prose() -> None:
    assert identifiers("the `d_model` of TransformerConfig, not of Adam") == [
        "d model dmodel",
        "transformer config transformerconfig",
    ]
    assert signs("√d ≤ ∇f, √2") == ["square root of sqrt", "at most le", "gradient nabla"]


def test_plain_text_keeps_what_is_read_and_drops_the_markup() -> None:
    said = plain(
        "> **Divide** by $\\sqrt{d_k}$[^1], see [*this* section](#a_(b)) and `d_k`.\n\n"
        "<!-- source: a.py::b -->\n```python\nscores = q @ k.mT\n```\n```text\n42\n```\n"
        "- [x] ticked\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\n"
        "<details><summary>Answer</summary>\n\nBecause $x_1 < x_2$ [@vaswani2017attention, §3].\n\n</details>"
    )
    assert said.text == "Divide by √d_k[^1], see this section and d_k. ticked a · b 1 · 2 Because x_1 < x_2."
    assert said.code == "scores = q @ k.mT\n\nd_k"
    assert "square root of d k" in said.aliases
    assert "vaswani2017attention" in said.aliases
    assert "42" not in said.text + said.code


@pytest.mark.parametrize(
    ("typed", "every"),
    [
        ("softmax", '("softmax")'),
        (
            "why divide by the square root of d_k",
            '("divide") AND ("square") AND ("root") AND ("d k" OR "dk")',
        ),
        ("“label smoothing”", '("label smoothing")'),
        ("regular*", '("regular" *)'),
        ("MultiHead", '("multi head" OR "multihead")'),
        ("normalize", '("normalize" OR "normalise")'),
        ("neighbour", '("neighbour" OR "neighbor")'),
        ("√d", '("square root of d" OR "sqrt d")'),
        (r"by $\sqrt{d_k}$", '("square root of d k" OR "sqrt d k")'),
        ("sqrt(d_k)?", '("square root of d k" OR "sqrt d k")'),
        ("Adam's", '("adam")'),
        ("softmax Softmax", '("softmax")'),
        ("how to be", '("how") AND ("to") AND ("be")'),
        ("?!", ""),
    ],
)
def test_a_query_becomes_an_expression(typed: str, every: str) -> None:
    assert parse(typed).every == every


def test_neighbours_make_phrases_across_one_stop_word_only() -> None:
    assert parse("divide by the square root of d_k").nearby == ('"square root"', '"root of d k"')


@given(ANYTHING | st.text(alphabet="\"'*()^:-+{}AND ORNOTEAR\\\0a9µ²", max_size=30))
def test_nothing_the_reader_types_breaks_the_full_text_search(typed: str) -> None:
    query = parse(typed)
    if not query.terms:
        return
    db = sqlite3.connect(":memory:")
    try:
        db.execute("CREATE VIRTUAL TABLE t USING fts5 (x, tokenize = 'porter unicode61')")
        for expression in (query.every, query.any, *(term.match for term in query.terms)):
            db.execute("SELECT * FROM t WHERE t MATCH ?", (expression,)).fetchall()
    finally:
        db.close()


@given(st.text(alphabet="abc", max_size=6), st.text(alphabet="abc", max_size=6))
def test_edit_distance_is_symmetric_and_zero_for_the_same_word_only(first: str, second: str) -> None:
    assert distance(first, second, 9) == distance(second, first, 9)
    assert (distance(first, second, 9) == 0) == (first == second)
    assert distance(first, second, 9) <= max(len(first), len(second))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("atention", "attention"),
        ("gradeint", "gradient"),
        ("sofmax", "softmax"),
        ("dk", None),
        ("zebra", None),
        ("attention", "retention"),  # itself is no suggestion
    ],
)
def test_the_nearest_word_is_suggested(typed: str, meant: str | None) -> None:
    known = [("attention", 40), ("retention", 3), ("gradient", 9), ("softmax", 5), ("tension", 1)]
    assert nearest(typed, known) == meant


def test_of_equally_near_words_the_commoner_is_suggested() -> None:
    assert nearest("gan", [("ban", 9), ("gin", 2), ("gap", 1)]) == "gin"
