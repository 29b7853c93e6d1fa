"""Pages that were not written to be searched: nothing of theirs keeps the others from being found."""

from __future__ import annotations

import pytest

from study import doctor
from study.files.errors import UsageError
from study.search import Index
from study.search.latex import say

PAGES = {
    "private use": "A \ue0005\ue001 b \ue000 \U000f0000 `x` [y](z) $q$",
    "null": "a \x00 b \x02c\x03 d \x1b[2J",
    "roots": "$" + r"\sqrt{" * 400 + "x" + "}" * 400 + "$",
    "fractions": "$" + r"\frac{a}{" * 2000 + "x" + "}" * 2000 + "$",
    "powers": "$x" + "^" * 3000 + "2$",
    "braces": "$" + "{" * 5000 + "$",
    "a word": "a" * 100_000,
    "a code name": "aB" * 50_000,
    "a code name with underscores": "a_" * 50_000,
    "hyphens": "ab-" * 40_000,
    "comments": "<!-- " * 30_000,
    "summaries": "<summary>" * 20_000,
    "tags": "<a " * 50_000,
    "brackets": "[" * 50_000,
    "dollars": "$a " * 30_000,
    "emphasis": "*a " * 30_000,
    "fences": "```\n````\n" * 8000,
    "list": "- " * 50_000,
}


def find(base, query: str) -> list[str]:
    with Index(base.root, in_memory=True) as index:
        return [hit.path for hit in index.query(query).hits]


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_like_that_breaks_no_search(base, kind: str) -> None:
    base.write("docs/strange.md", f"# Zebra\n\nA zebra\n\n{PAGES[kind]}\n")
    assert "papers/coin/notes.md" in find(base, "coins")
    assert find(base, "zebra") == ["docs/strange.md"]


def test_a_file_that_cannot_be_read_at_all_is_passed_over_and_reported(base, monkeypatch) -> None:
    def fail(text: str) -> None:
        raise ArithmeticError(text)

    monkeypatch.setattr("study.search.sources.plain", fail)
    base.write("docs/a.md", "# A\n")
    with Index(base.root, in_memory=True) as index:
        assert ("docs/a.md", 1, "nothing of it is searched: ArithmeticError") in index.faults()
        assert index.query("doubling").hits == () or index.query("doubling").hits


def test_doctor_says_what_is_not_searched(measured) -> None:
    measured.write("docs/strange.md", "# Zebra\n\nA \ue000 b\n\n" + "x" * 5000 + "\n")
    found = [str(one) for one in doctor.check(measured.root) if one.file == "docs/strange.md"]
    assert found == [
        "docs/strange.md:3: U+E000 and its like mean nothing to a reader and are not searched",
        "docs/strange.md:5: a word of 5,000 letters: the first 200 are searched",
    ]


@pytest.mark.parametrize(
    "query", ["\udcff zebra", "zebra \ue000", "zebra\x00", "zebra " * 5000, "a" * 100_000, "$" + "{" * 9000]
)
def test_a_query_may_be_anything(base, query: str) -> None:
    base.write("docs/a.md", "# Zebra\n\nA zebra\n")
    if query.startswith("$"):
        with pytest.raises(UsageError, match="There is no word to search for"):
            find(base, query)
        return
    found = find(base, query)
    assert found == (["docs/a.md"] if "zebra" in query else [])


JAPANESE = "# 深層学習の本\n\n畳み込みニューラルネットワーク。ＡＢＣ ｆｕｌｌ ﾓﾃﾞﾙ 2つのCNNモデル\n"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("深層学習", True),
        ("学習", True),
        ("深層学習の本", True),
        ("畳み込み", True),
        ("ネットワーク", True),
        ('"深層学習"', True),
        ("深層*", True),
        ("ABC", True),
        ("ＡＢＣ", True),
        ("full", True),
        ("ｆｕｌｌ", True),
        ("モデル", True),
        ("CNN", True),
        ("CNNモデル", True),
        ("習学", False),
        ("猫", False),
        ('"学習深層"', False),
    ],
)
def test_writing_without_spaces_is_found_by_any_part(base, query: str, found: bool) -> None:
    base.write("docs/a.md", JAPANESE)
    with Index(base.root, in_memory=True) as index:
        results = index.query(query)
    assert (not results.missing and [hit.path for hit in results.hits] == ["docs/a.md"]) is found


def test_a_title_of_a_bibliography_is_found_by_a_part_of_it(base) -> None:
    bib = base.read("docs/references.bib")
    base.write(
        "docs/references.bib", bib + "\n@book{k2020, title={深層学習入門}, author={山, 田}, year={2020}}\n"
    )
    assert find(base, "学習") == ["docs/references.bib"]


def test_the_words_of_a_deep_formula_are_those_of_its_first_groups() -> None:
    told = say(r"\sqrt{" * 400 + "x" + "}" * 400, "spoken")
    assert set(told.split()) == {"square", "root", "of"}
    assert say(r"\sqrt{\sqrt{\sqrt{x}}}", "spoken") == "square root of square root of square root of x"
