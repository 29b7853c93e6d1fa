"""What the shell offers at Tab, asked for as the shell asks."""

from __future__ import annotations

import pytest


@pytest.fixture
def offered(study):
    """Return a function that gives the offers for a command line whose last word is being typed."""

    def ask(line: str, **changes) -> list[str]:
        env = {
            "_STUDY_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split(" ")) - 1),
        }
        done = study(env=env, **changes)
        assert (done.code, done.err) == (0, "")
        return done.out.split()

    return ask


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("study sh", ["show"]),
        ("study unch", ["uncheck"]),
        ("study show ", ["algebra", "walk", "coin"]),
        ("study show al", ["algebra"]),
        ("study doctor coin ", ["algebra", "walk"]),
        ("study demo ", ["coin"]),
        ("study reproduce ", ["coin"]),
        ("study reproduce coin --claim ", ["fair", "rare"]),
        ("study reproduce --claim r", ["rare"]),
        ("study reproduce --budget ", ["quick", "standard", "full"]),
        ("study demo coin --budget s", ["standard"]),
        ("study reproduce --backend ", ["loky", "dask", "ray"]),
        ("study check coin ", ["1", "3"]),
        ("study uncheck coin ", ["2"]),
        ("study search x --kind a", ["api"]),
        ("study search x --tag ", ["arithmetic", "random", "statistics", "warm-up"]),
        ("study list --tag st", ["statistics"]),
        ("study data f", ["fetch"]),
        ("study data fetch dig", ["digits"]),
        ("study data verify mnist", ["mnist", "mnist-small"]),
        ("study new p", ["papers"]),
        ("study new foundations x --requires c", ["coin"]),
        ("study export --format ", ["bibtex", "csl-json"]),
        ("study build --engine ", ["mkdocs", "zensical"]),
    ],
)
def test_offers(base, offered, line: str, offers: list[str]) -> None:
    base.edit("papers/coin/checklist.md", "- [ ] Second", "- [x] Second")
    assert offered(line) == offers


@pytest.mark.parametrize(
    "line", ["study show ", "study check coin ", "study list --tag ", "study reproduce --claim "]
)
def test_nothing_is_offered_and_nothing_said_where_something_is_wrong(
    base, offered, tmp_path, line: str
) -> None:
    assert offered(line, cwd=tmp_path) == []
    base.write("papers/coin/checklist.md", b"\xff\xfe")
    base.write("papers/coin/experiments.py", "CLAIMS = (")
    base.edit("papers/coin/notes.md", "year: 2017", "year: [")
    offered(line)


def test_titles_are_offered_beside_the_names(study) -> None:
    env = {"_STUDY_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "study show c"}
    assert '"coin":"Coins\\\\: are they fair?"' in study(env=env).out
