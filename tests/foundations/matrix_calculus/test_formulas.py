"""Every typeset formula of the table says what the code beside it computes, and a wrong one is noticed."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace

import numpy as np
import pytest

from foundations.matrix_calculus import TABLE
from foundations.matrix_calculus.formulas import (
    FormulaMismatchError,
    FormulaSyntaxError,
    check_formulas,
    parse,
)
from foundations.matrix_calculus.formulas.check import ONLY_IN_WORDS
from foundations.matrix_calculus.formulas.tokens import tokens
from tests.foundations.matrix_calculus.formula_mutants import mutants

SEEDS = 6  # points at which a mutant may be found out; nearly all are at the first

UNREAD: dict[str, str] = {}
"""Rows whose formulas cannot be read, with the reason, by their slug: none."""

EQUIVALENT = {
    "trace-of-a-product": {r"f = \tr ( B A )": "factors go round in a trace"},
    "rayleigh-quotient": {
        r"\dd r = \frac { 2 ( A x - x r ) ^ \top \dd x + x ^ \top \dd A x } { x ^ \top x }": "r is a number",
        r"\bar x = \bar r \frac { 2 ( A x - x r ) } { x ^ \top x }": "r is a number",
    },
    "nuclear-norm": {
        r"\dd f = \langle U V ^ { - 1 } , \dd X \rangle": "V is orthogonal",
        r"\bar X = \bar f U V ^ { - 1 }": "V is orthogonal",
    },
    "kronecker-product": {
        r"\bar B = \sum _ { j i } A _ { i j } \bar Y _ { ( i j ) }": "the order of a sum",
    },
    "matrix-exponential": {
        r"\dd Y = L ( A , \dd A ) = \int _ 0 ^ 1 e ^ { ( 1 - s ) A } \dd A e ^ { A s } \mathrm d s": (
            "s is a number"
        ),
    },
    "eigenvalues-of-a-symmetric-matrix": {
        r"\bar A = V \operatorname{diag} ( \bar \lambda ) V ^ { - 1 }": "V is orthogonal",
    },
    "eigenvectors-of-a-symmetric-matrix": {
        r"A = V \operatorname{diag} ( \lambda ) V ^ { - 1 }": "V is orthogonal",
        r"\dd V = V ( F \odot ( V ^ { - 1 } \dd A V ) )": "V is orthogonal",
        r"\bar A = \operatorname{sym} ( V ( F \odot ( V ^ { - 1 } \bar V ) ) V ^ \top )": "V is orthogonal",
        r"\bar A = \operatorname{sym} ( V ( F \odot ( V ^ \top \bar V ) ) V ^ { - 1 } )": "V is orthogonal",
    },
    "singular-values": {
        r"\bar X = U \operatorname{diag} ( \bar \sigma ) V ^ { - 1 }": "V is orthogonal",
    },
    "log-softmax": {
        r"\dd y = \dd x - \langle p , \dd x \rangle 1": "a number less is less in every element",
    },
    "batch-norm": {r"y = h w + b , h = \frac { x - \mu } { s }": "w is a number"},
    "average-pooling": {
        r"Y _ { i j } = \tfrac 1 4 \sum _ { b a } X _ { 2 i + a , 2 j + b }": "the order of a sum",
        r"\dd Y _ { i j } = \tfrac 1 4 \sum _ { b a } \dd X _ { 2 i + a , 2 j + b }": "the order of a sum",
    },
    "max-pooling": {
        r"Y _ { i j } = \max _ { b a } X _ { 2 i + a , 2 j + b }": "the order of a maximum",
        r"\dd Y _ { i j } = \sum _ { b a } M _ { 2 i + a , 2 j + b } \odot \dd X _ { 2 i + a , 2 j + b }": (
            "the order of a sum"
        ),
    },
    "cross-entropy-of-logits": {
        r"f = - \tfrac 1 N \sum _ i \log P _ { i t _ i }": "a comma that is not needed",
    },
}
"""The mutants that say the same, with the reason, by the slug of their row."""


def found_out(slug, row):
    """Return whether the formulas of a row are refused at one of a few points."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for seed in range(SEEDS):
            try:
                check_formulas(slug, row, np.random.default_rng(seed))
            except FormulaMismatchError:
                return True
    return False


@pytest.mark.parametrize("slug", [slug for slug in TABLE if slug not in UNREAD])
def test_the_formulas_of_a_row_say_what_its_code_computes(slug):
    row = TABLE[slug]
    for seed in range(10):
        held = check_formulas(slug, row, np.random.default_rng(seed))
        assert held >= len(row.formulas) - 1  # one may define a letter that the next one needs


@pytest.mark.parametrize("slug", TABLE)
def test_every_mutant_of_a_formula_is_found_out(slug):
    row, survivors = TABLE[slug], set()
    for at, formula in enumerate(row.formulas):
        made = set(mutants(formula))
        assert made
        for mutant in made:
            changed = replace(row, formulas=(*row.formulas[:at], mutant, *row.formulas[at + 1 :]))
            if not found_out(slug, changed):
                survivors.add(mutant)
    assert survivors == set(EQUIVALENT.get(slug, {}))


@pytest.mark.parametrize("slug", TABLE)
def test_a_definition_in_the_text_of_a_row_is_read_too(slug):
    """A letter that the text defines wrongly makes an equation fail; without the sign it is no definition."""
    row = TABLE[slug]
    for formula in re.findall(r"\$([^$]+)\$", row.about):
        if "=" not in formula or formula in ONLY_IN_WORDS:
            continue
        for mutant in mutants(formula):
            changed = replace(row, about=row.about.replace(f"${formula}$", f"${mutant}$"))
            same = "=" not in mutant or "V ^ { - 1 }" in mutant  # V is orthogonal
            same |= mutant == r"s = \log \sigma 2"  # the logarithm, twice
            assert found_out(slug, changed) or same, mutant


@pytest.mark.parametrize(
    ("slug", "right", "wrong"),
    [
        ("matrix-product", r"\bar A=\bar Y\,B^\top", r"\bar A=\bar Y\,B"),
        ("quadratic-form", r"\bar x=\bar f\,(A+A^\top)x", r"\bar x=\bar f\,(A+A)x"),
        ("log-determinant", r"\bar A=\bar f\,A^{-\top}", r"\bar A=\bar f\,A^{-1}"),
        ("determinant", r"\bar A=\bar f\,\det A\;A^{-\top}", r"\bar A=\bar f\,\det A\;A^{-1}"),
        ("attention", r"\bar K=\tfrac1{\sqrt d}\bar S^\top Q", r"\bar K=\tfrac1{\sqrt d}\bar SQ"),
        ("cholesky-factor", r"L\,\Phi(L^{-1}\dd A\,L^{-\top})", r"L\,\Phi(L^{-1}\dd A\,L^{-1})"),
        ("softmax", r"y_i=\frac{e^{x_i}}{\sum_je^{x_j}}", r"y_i=\frac{e^{x_i}}{\sum_je^{x_i}}"),
    ],
)
def test_a_wrong_transpose_or_index_is_refused(slug, right, wrong):
    name = next(one for one in TABLE if one == slug or one.endswith(f"-{slug}"))
    row = TABLE[name]
    assert any(right in formula for formula in row.formulas)
    changed = replace(row, formulas=tuple(formula.replace(right, wrong) for formula in row.formulas))
    assert found_out(name, changed)


def test_a_formula_that_says_nothing_is_refused():
    row = TABLE["inverse"]
    for formulas, why in (
        ((r"Y=A^{-1}", r"\dd Y=-Y\,\dd A\,Y", r"\bar A=\bar A,\;\bar Y=\bar Y"), "says the same twice"),
        ((r"Y=A^{-1}", r"\dd Y=-Y\,\dd A\,Y", r"Y=A^{-1}"), "no formula has bar"),
        ((r"Y=A^{-1}", r"\dd Y=-Y\,\dd A\,Y", r"\bar A\,\bar Y"), "no equation"),
        ((r"Y=A^{-1}", r"\dd Y=-Y\,\dd A\,Y", r"\bar A=-Y^\top\bar Y\,Z^\top"), "no value"),
        ((r"Y=A^{-1}", r"\dd Y=-Y\,\dd A\,Y", r"\bar A=\bar Y\leq Y"), "no value"),
        ((r"Y=A^{-1}", r"\dd Y=-Y\,\dd A\,Y", r"\bar A=(\bar Y"), "expected"),
    ):
        with pytest.raises(FormulaMismatchError, match=f"Inverse: .*{why}"):
            check_formulas("inverse", replace(row, formulas=formulas), np.random.default_rng(0))


def test_not_a_number_is_not_equal():
    row = TABLE["softplus"]
    wrong = replace(row, formulas=(r"Y=\log(1-e^X)", *row.formulas[1:]))
    with np.errstate(invalid="ignore"), pytest.raises(FormulaMismatchError, match="differ by nan"):
        check_formulas("softplus", wrong, np.random.default_rng(0))


@pytest.mark.parametrize("formula", ["", "A=", "A^", r"\bar", "A)", "(A", r"\dd 2=3", r"A_{(ij}", "a=b<c"])
def test_what_is_not_in_the_grammar_is_refused(formula):
    with pytest.raises(FormulaSyntaxError, match="expected"):
        parse(formula)


def test_the_tokens_of_what_is_shown_are_those_that_are_checked():
    """The page writes shorthands out; nothing else changes."""
    from foundations.matrix_calculus.page import latex

    for row in TABLE.values():
        for formula in row.formulas:
            assert parse(latex(formula)) == parse(formula)
            assert tokens(latex(formula)) != []
