from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study import bibliography
from study.bibliography import Author, Work, parse
from study.files.errors import FileError

PATH = Path("refs.bib")

FULL = r"""
% a comment
@inproceedings{vaswani2017attention,
  title = {Attention Is {All} You Need: $\beta$-{VAE} 100\% --- foo~bar},
  author = {Vaswani, Ashish and {\L}ukasz Kaiser and G{\"o}del, Kurt and M\"uller, J\'er\^ome and
    {Barnes and Noble} and van der Maaten, Laurens},
  booktitle = {Advances in Neural \& Information Processing Systems},
  volume = 30,
  pages = {5998--6008},
  year = 2017,
  month = jun,
  eprint = {1706.03762},
  archivePrefix = {arXiv},
  doi = {https://doi.org/10.1000/a_b%20c},
  url = {https://example.org/a_b%20c},
}
"""


def one(text: str):
    (reference,) = parse(text, PATH)
    return reference


def entry(**fields: str) -> str:
    given = {"author": "Doe, Jane", "title": "Coins", "year": "2017"} | fields
    return "@article{key,\n" + "".join(f"  {name} = {{{value}}},\n" for name, value in given.items()) + "}\n"


def test_an_entry_is_read_whole():
    reference = one(FULL)
    assert (reference.key, reference.kind, reference.year, reference.line) == (
        "vaswani2017attention", "inproceedings", 2017, 3,
    )  # fmt: skip
    assert [str(author) for author in reference.authors] == [
        "Ashish Vaswani",
        "Łukasz Kaiser",
        "Kurt Gödel",
        "Jérôme Müller",
        "Barnes and Noble",
        "Laurens van der Maaten",
    ]
    assert reference.authors[4] == Author("Barnes and Noble")
    assert reference.authors[5] == Author("van der Maaten", "Laurens")
    assert reference.title == "Attention Is All You Need: $\\beta$-VAE 100% — foo bar"
    assert reference.venue == "Advances in Neural & Information Processing Systems"
    assert (reference.arxiv, reference.doi) == ("1706.03762", "10.1000/a_b%20c")
    assert reference.url == "https://example.org/a_b%20c"
    assert reference.bibtex == FULL[FULL.index("@") :].strip()
    assert not reference.more_authors


def test_one_line_of_a_list_of_references():
    assert one(FULL).formatted() == (
        "Vaswani, Kaiser, Gödel, Müller, Barnes and Noble & van der Maaten (2017). "
        "Attention Is All You Need: $\\beta$-VAE 100% — foo bar. "
        "Advances in Neural & Information Processing Systems 30, 5998–6008. arXiv:1706.03762."
    )
    assert one(entry(title="Coins?")).formatted() == "Doe (2017). Coins?"
    many = " and ".join(f"Name{index}, A." for index in range(9))
    assert (
        one(entry(author=many))
        .formatted()
        .startswith("Name0, Name1, Name2, Name3, Name4, Name5, Name6 et al. (")
    )
    assert one(entry(author="Doe, J. and others")).formatted().startswith("Doe et al. (2017)")
    preprint = one(entry(journal="arXiv preprint arXiv:1701.00001"))
    assert preprint.formatted() == "Doe (2017). Coins. arXiv preprint arXiv:1701.00001."


@pytest.mark.parametrize(
    ("authors", "short"),
    [
        ("Doe, Jane", "Doe 2017"),
        ("Kingma, D. P. and Welling, Max", "Kingma & Welling 2017"),
        ("A, B and C, D and E, F", "A et al. 2017"),
        ("A, B and others", "A et al. 2017"),
    ],
)
def test_what_stands_in_running_text(authors, short):
    assert one(entry(author=authors)).short == short


@pytest.mark.parametrize(
    ("fields", "arxiv", "url"),
    [
        ({"eprint": "1706.03762"}, "1706.03762", "https://arxiv.org/abs/1706.03762"),
        ({"eprint": "12", "archivePrefix": "JSTOR"}, None, None),
        ({"journal": "arXiv preprint arXiv:1412.6980v9"}, "1412.6980", "https://arxiv.org/abs/1412.6980"),
        ({"url": "https://arxiv.org/abs/cs/0112017"}, "cs/0112017", "https://arxiv.org/abs/cs/0112017"),
        ({"doi": "10.1/x"}, None, "https://doi.org/10.1/x"),
        ({}, None, None),
    ],
)
def test_where_to_read_it(fields, arxiv, url):
    reference = one(entry(**fields))
    assert (reference.arxiv, reference.url) == (arxiv, url)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "\n@article{a, title={x}, year=2000",
            r"refs\.bib:2: broken BibTeX in the entry that starts here, `@article{a",
        ),
        (
            "@article{a,\n title={x},\n year={200\n}\n\n@misc{b, title={y}}",
            r"refs\.bib:1: broken BibTeX .*block start",
        ),
        ("@article{a\n title={x}}", r"refs\.bib:1: broken BibTeX .*Expected comma after entry key"),
        ('@string{a = "b"', r"refs\.bib:1: broken BibTeX"),
        (
            "@article{a,\n title={x}\n author={y}}",
            r"refs\.bib:2: a: title: a comma is missing before `author =`",
        ),
        (
            "@article{a, title={x}}\n@article{a, title={y}}",
            r"refs\.bib:2: the key a stands twice, first on line 1",
        ),
        ("@article{a,title={x}, title={z}}", r"refs\.bib:1: the entry names a field twice: title"),
        ("@article{,title={x}}", r"refs\.bib:1: expected a key after `@article{`, got ''"),
        ("article{a, title={x}}", r"refs\.bib:1: text outside an entry"),
        ("@article a, title={x}}", r"refs\.bib:1: text outside an entry"),
        ('@article{a,\n title="x } y"\n}', r"refs\.bib:2: a: title: braces do not balance$"),
        (entry(year="soon"), r"refs\.bib:4: key: expected a year such as 2017, got 'soon'"),
        (entry(title=""), r"refs\.bib:3: key: the title is empty"),
        (entry(author=""), r"refs\.bib:2: expected at least one author"),
        (entry(author="A, B, C, D"), r"refs\.bib:2: cannot read the name 'A, B, C, D': Too many commas"),
        ("@article{a, author={A}, year=2000}", r"refs\.bib:1: a: the field title is missing"),
        ("@article{a, title={A}, year=2000}", r"refs\.bib:1: a: the field author is missing"),
        ("@article{a, title={A}, author={A}}", r"refs\.bib:1: a: the field year is missing"),
    ],
)
def test_what_is_broken_is_named_with_its_line(text, message, caplog):
    with caplog.at_level(logging.CRITICAL), pytest.raises(FileError, match=message) as caught:
        parse(text, PATH)
    assert str(caught.value).count("\n") == 0


def test_comments_editors_and_parentheses_are_fine():
    text = "Free text, and more of it.\n@comment{x}\n@book(b, editor={Doe, J.}, title={T}, year={1990})\n"
    assert one(text).authors == (Author("Doe", "J."),)
    assert parse("", PATH) == []


def test_all_files_of_a_checkout_are_one_bibliography(base):
    loaded = bibliography.load(base.root)
    assert list(loaded) == ["doe2017coins", "gauss1801"]
    assert loaded["doe2017coins"].path == base.path("papers/coin/paper.bib")
    assert loaded["doe2017coins"].formatted() == (
        "Doe & Müller (2017). Coins: Are They Fair? Proceedings of Coins, 1–9. arXiv:1701.00001."
    )
    base.path("docs/references.bib").unlink()
    assert list(bibliography.load(base.root)) == ["doe2017coins"]


def test_an_entry_brings_the_works_it_cites(base):
    base.write(
        "papers/coin/references.bib", base.read("docs/references.bib").replace("gauss1801", "gauss1809")
    )
    loaded = bibliography.load(base.root)
    assert list(loaded) == ["doe2017coins", "gauss1801", "gauss1809"]
    assert loaded["gauss1809"].path == base.path("papers/coin/references.bib")
    base.edit("papers/coin/references.bib", "gauss1809", "doe2017coins")
    with pytest.raises(
        FileError, match=r"papers/coin/references\.bib:1: doe2017coins: papers/coin/paper\.bib"
    ):
        bibliography.load(base.root)


def test_one_key_names_one_work(base):
    base.write("docs/references.bib", base.read("papers/coin/paper.bib").replace("\n", "\n  "))
    assert list(bibliography.load(base.root)) == ["doe2017coins"], "the same entry twice is no conflict"
    base.edit("docs/references.bib", "1--9", "1--10")
    with pytest.raises(
        FileError, match=r"papers/coin/paper\.bib:1: doe2017coins: docs/references\.bib:1 says otherwise"
    ):
        bibliography.load(base.root)


def test_a_broken_file_is_named(base):
    base.write("papers/coin/paper.bib", "@article{doe2017coins, ")
    with pytest.raises(FileError, match=r"^papers/coin/paper\.bib:1: broken BibTeX"):
        bibliography.load(base.root)


def test_bibtex_out_is_bibtex_in(base):
    loaded = bibliography.load(base.root)
    text = bibliography.to_bibtex(loaded.values())
    again = parse(text, PATH)
    assert [r.key for r in again] == list(loaded)
    assert [r.fields for r in again] == [r.fields for r in loaded.values()]
    assert text.endswith("}\n")


def test_csl_json():
    (record,) = json.loads(bibliography.to_csl_json([one(FULL)]))
    assert record["id"] == "vaswani2017attention"
    assert record["type"] == "paper-conference"
    assert record["issued"] == {"date-parts": [[2017]]}
    assert record["author"][:2] == [
        {"family": "Vaswani", "given": "Ashish"},
        {"family": "Kaiser", "given": "Łukasz"},
    ]
    assert record["author"][4] == {"literal": "Barnes and Noble"}
    assert record["container-title"] == "Advances in Neural & Information Processing Systems"
    assert (record["page"], record["volume"]) == ("5998–6008", "30")
    assert (record["DOI"], record["URL"]) == ("10.1000/a_b%20c", "https://example.org/a_b%20c")
    assert "publisher" not in record
    assert "Ł" in bibliography.to_csl_json([one(FULL)])


def outcome(text: str) -> tuple[list[Work], int]:
    """Return the works, or the line for which the text is refused."""
    try:
        return parse(text, PATH), 1
    except FileError as error:
        return [], error.line or 0


@given(st.text(st.sampled_from('@article{a,title=x}"\n year2017,author#%\\'), max_size=60))
def test_any_text_is_read_or_refused_with_its_line(text):
    references, line = outcome(text)
    assert 1 <= line <= text.count("\n") + 1
    assert all(reference.key and reference.authors for reference in references)
