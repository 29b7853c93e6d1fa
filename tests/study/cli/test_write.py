"""`new`, `import`, `export`, `doctor`, `build`, `serve`: what the author runs."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from study import bibliography
from study.bibliography import bibtex
from study.cli import main, scaffold, skeleton
from study.cli.scaffold import Plan
from study.entries import catalogue, front_matter, importing
from study.entries.catalogue import Catalogue
from study.files.errors import UsageError
from study.log import checklist
from study.log.steps import section_of
from study.notes import parse, scripts_of
from study.site.building import Built

ADAM = (
    "new", "papers", "adam", "--title", "Adam: a method for stochastic optimisation", "--year", "2015",
    "--author", "Diederik P. Kingma", "--author", "Jimmy Ba", "--arxiv", "1412.6980", "--venue", "ICLR",
    "--tag", "optimisation", "--requires", "algebra",
    "--summary", "Steps scaled by the noise of their gradient.",
)  # fmt: skip
KIT = "docs/assets/js/figure/controls.js"
LINE = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" "), min_size=1
).filter(str.strip)


def test_new_makes_a_paper_that_is_sound_but_unwritten(base, study) -> None:
    base.write(KIT, '"use strict";\n')
    done = study(*ADAM)
    assert (done.code, done.out) == (0, "")
    assert "✓ papers/adam" in done.err
    entry = base.entry("adam")
    assert (entry.title, entry.year, entry.bibkey) == (
        "Adam: a method for stochastic optimisation", 2015, "kingma2015adam",
    )  # fmt: skip
    assert (entry.tags, entry.requires) == (("optimisation",), ("algebra",))
    assert bibliography.load(base.root)["kingma2015adam"].short == "Kingma & Ba 2015"
    problems = study("doctor", "adam", "--json").json["problems"]
    assert {problem["level"] for problem in problems} == {"notice"}
    assert "words" in problems[0]["what"]
    told = "\n".join(problem["what"] for problem in problems)
    for missing in (
        "nothing stands under 'In one sentence' yet",
        "no claim is put to the test yet: `CLAIMS` is empty",
        "left to do: TODO: what there is to do, and what it is computed from",
        "left to do: CLAIMS: tuple[Claim, ...] = ()  # TODO: list the claims",
        "0 questions asked: an entry brings at least 5",
        "no terms for in-one-sentence",
        "there is no demo yet",
    ):
        assert missing in told
    assert study("show", "adam").code == 0
    assert study("check", "adam", "1").code == 0


def test_the_skeletons_of_a_new_paper_are_sound(base, study) -> None:
    """Every section has its pass, the figure its kit, the experiment runs nowhere before it is designed."""
    base.write(KIT, '"use strict";\n')
    assert study(*ADAM).code == 0
    notes = parse(base.path("papers/adam/notes.md"))
    written = [section for section in notes.sections if section.level == 2]
    assert [section.pass_number for section in written[:-1]] == [part.reading for part in skeleton.PARTS]
    (figure,) = notes.figures
    *_, last = scripts_of(base.path("papers/adam"), figure.interactive)
    assert last.name == "interactive/figure.js"
    items = [section_of(item, notes) for item in checklist.load(base.path("papers/adam/checklist.md")).items]
    assert [one.title for one in items if one] == [
        "What came after", "Pitfalls", "Derivations", "Exercises", "Questions to recall",
    ]  # fmt: skip
    assert importing.claims(base.entry("adam")) == ()
    assert "adam makes no claims yet" in study("reproduce", "adam", "--budget", "quick").complaint
    base.edit(
        "papers/adam/experiments/__init__.py",
        "from foundations.experiment import Claim\n\nCLAIMS: tuple[Claim, ...] = ()",
        "from papers.adam.experiments.first_claim import CLAIM\n\nCLAIMS = (CLAIM,)",
    )
    refused = study("reproduce", "adam", "--budget", "quick")
    assert refused.code != 0
    assert "'first-claim' is not designed yet, so nothing was run: it has no estimand" in refused.complaint


def test_the_other_rooms_get_a_figure_and_no_experiment(base, study) -> None:
    assert study("new", "implementations", "calculus", "--title", "Calculus").code == 0
    assert base.path("implementations/calculus/interactive/figure.js").is_file()
    assert not base.path("implementations/calculus/experiments").exists()


def test_new_from_a_bibtex_entry_keeps_it_as_it_is(base, study) -> None:
    base.write("new.bib", IMPORTED.split("@article{doe")[0])
    assert study("new", "papers", "adam", "--bib", "new.bib").code == 0
    assert base.entry("adam").title == "Adam: A Method for Stochastic Optimization"
    assert base.read("papers/adam/paper.bib").strip() == base.read("new.bib").strip()


def test_a_paper_that_is_cited_already_keeps_its_one_wording(base, study) -> None:
    base.write("new.bib", "@misc{gauss1801, title = {Another}, author = {Gauss}, year = {1801}}")
    assert study("new", "papers", "gauss", "--bib", "new.bib").code == 0
    assert base.read("papers/gauss/paper.bib").strip() == base.read("docs/references.bib").strip()
    assert study("export").code == 0


@pytest.mark.parametrize("room", ["foundations", "implementations", "foundation", "implementation"])
def test_new_in_the_other_rooms_needs_no_paper(base, study, room: str) -> None:
    base.write(KIT, '"use strict";\n')
    assert study("new", room, "calculus", "--title", "Calculus").code == 0
    assert {problem["level"] for problem in study("doctor", "calculus", "--json").json["problems"]} == {
        "notice"
    }
    assert not base.entry("calculus").bib.exists()


def test_new_keeps_code_that_is_there_already(base, study) -> None:
    base.write("papers/adam/adam.py", "beta = 0.9\n")
    base.write("papers/adam/__init__.py", "from papers.adam.adam import beta\n")
    assert study(*ADAM).code == 0
    assert base.read("papers/adam/adam.py") == "beta = 0.9\n"
    assert base.read("papers/adam/__init__.py") == "from papers.adam.adam import beta\n"
    assert sorted(path.name for path in base.path("papers").iterdir() if path.name != "__pycache__") == [
        "__init__.py", "adam", "coin",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("new shelf x --title T", "no room 'shelf': foundations, implementations or papers"),
        ("new papers coin --title T --author A --year 2000", "an entry 'coin' already: papers/coin/notes.md"),
        ("new papers My-Paper --title T --author A --year 2000", "'my_paper' would do"),
        ("new papers lambda --title T --author A --year 2000", "cannot be a slug"),
        ("new papers x --title T", "A paper needs --bib, or --title, --author and --year"),
        ("new foundations x", "An entry needs a --title"),
        ("new papers x --bib nowhere.bib", "nowhere.bib: there is no such file"),
        ("new papers x --bib README.md", "README.md holds 0 BibTeX entries"),
        ("new papers x --bib papers/coin/paper.bib", "doe2017coins is papers/coin already"),
        ("new foundations x --title T --requires algebar", "did you mean algebra?"),
        ("new papers x --title T --author A --year 20000", "--year"),
        ("import nowhere.bib", "nowhere.bib: there is no such file"),
        ("import README.md", "README.md holds no BibTeX entry"),
        (
            "import papers/coin/paper.bib --key nokey",
            "no entry 'nokey': choose one of these.\nIt has: doe2017coins",
        ),
        ("export algebra", "algebra is no paper"),
        ("export coyn", "did you mean coin?"),
        ("export --out /proc/x.bib", "cannot write /proc/x.bib"),
        ("doctor algebar", "did you mean algebra?"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_written(
    base, study, typed: str, complaint: str
) -> None:
    before = {
        path
        for path in base.root.rglob("*")
        if "__pycache__" not in path.parts and ".study" not in path.parts
    }
    done = study(*typed.split())
    assert complaint in done.complaint
    after = {
        path
        for path in base.root.rglob("*")
        if "__pycache__" not in path.parts and ".study" not in path.parts
    }
    assert after == before


@settings(max_examples=40)
@example(title="1", summary="yes", tag="null")
@example(title="a: b", summary="# c", tag="2020-01-01")
@given(title=LINE, summary=LINE, tag=LINE)
def test_any_title_makes_a_record_that_reads_back(title: str, summary: str, tag: str) -> None:
    plan = Plan("foundations", "x", title.strip(), summary=summary.strip(), tags=(tag.strip(),))
    files = plan.files(Path("/nowhere"))
    values = front_matter.parse(files["notes.md"], Path("notes.md")).values
    assert (values["title"], values["summary"], values["tags"]) == (
        title.strip(),
        summary.strip(),
        [tag.strip()],
    )
    compile(files["__init__.py"], "__init__.py", "exec")
    assert yaml.safe_load(files["notes.md"].split("---\n")[1])["slug"] == "x"


@settings(max_examples=40)
@given(title=st.text("abc XYZ&%#_äß:", min_size=1).filter(lambda text: text.strip(" :_&%#")))
def test_the_bibtex_of_a_title_can_be_read(title: str) -> None:
    text = scaffold.bibtex(title, ["Ada Lovelace", "Alan M. Turing"], 1950, "Mind & Machine", "")
    (reference,) = bibtex.parse(text, Path("paper.bib"))
    assert reference.short == "Lovelace & Turing 1950"
    assert reference.title.replace(" ", "") == title.replace(" ", "")


@pytest.mark.parametrize(
    "title", ["Attention Is All You Need", "Ünïcode: a study", "3D", "The", "漢字", "None: x", "if"]
)
def test_a_slug_made_of_a_title_is_a_slug(title: str, tmp_path: Path) -> None:
    slug = scaffold.slug_of(title, [])
    scaffold.check_slug(slug, "papers", Catalogue(tmp_path, ()))
    second = scaffold.slug_of(title, [slug])
    assert second != slug
    scaffold.check_slug(second, "papers", Catalogue(tmp_path, ()))


@pytest.mark.parametrize("slug", ["", "Coin", "a-b", "1a", "_x", "class", "ä", "a b", "../a"])
def test_a_name_that_cannot_be_imported_is_no_slug(slug: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be a slug"):
        scaffold.check_slug(slug, "papers", Catalogue(tmp_path, ()))


IMPORTED = r"""
@article{kingma2015adam,
  title = {{Adam}: A Method for Stochastic Optimization}, author = {Kingma, Diederik P. and Ba, Jimmy},
  year = {2015}, journal = {ICLR},
}
@article{doe2017coins, title = {Coins}, author = {Doe, Jane}, year = {2017}}
@book{godel1931,
  title = {{\"U}ber formal unentscheidbare S{\"a}tze}, author = {G{\"o}del, Kurt}, year = {1931},
}
"""


def test_import_makes_an_entry_for_every_paper_that_has_none(base, study) -> None:
    base.write("new.bib", IMPORTED)
    trial = study("import", "new.bib", "--dry-run")
    assert "would make papers/adam" in trial.out
    assert not base.path("papers/adam").exists()
    done = study("import", "new.bib")
    assert done.code == 0
    assert [line.split()[1] for line in done.out.splitlines()] == [
        "papers/adam",
        "papers/uber_formal_unentscheidbare",
    ]
    assert "doe2017coins: is papers/coin already" in done.err
    assert base.entry("adam").title == "Adam: A Method for Stochastic Optimization"
    assert base.entry("uber_formal_unentscheidbare").title == "Über formal unentscheidbare Sätze"
    again = study("import", "new.bib")
    assert (again.code, again.out) == (0, "")


def test_import_of_one_key_leaves_the_others(base, study) -> None:
    base.write("new.bib", IMPORTED)
    study("import", "new.bib", "--key", "kingma2015adam")
    assert {entry.slug for entry in catalogue.load(base.root)} == {"algebra", "walk", "coin", "adam"}


def test_import_of_broken_bibtex_names_the_line_and_makes_nothing(base, study) -> None:
    base.write("new.bib", IMPORTED + "@article{broken, title = {No end\n")
    done = study("import", "new.bib")
    assert done.code == 1
    assert done.complaint.startswith("new.bib:")
    assert not base.path("papers/adam").exists()


def test_export_for_reference_managers(base, study, tmp_path: Path) -> None:
    assert study("export").out == bibliography.to_bibtex(bibliography.load(base.root).values())
    records = json.loads(study("export", "--format", "csl-json").out)
    assert {record["id"] for record in records} == {"doe2017coins", "gauss1801"}
    assert [record["id"] for record in json.loads(study("export", "coin", "-f", "csl-json").out)] == [
        "doe2017coins"
    ]
    done = study("export", "--out", str(tmp_path / "all.bib"))
    assert (done.code, done.out) == (0, "")
    assert (tmp_path / "all.bib").read_text(encoding="utf-8") == study("export").out


def test_export_of_a_broken_bibliography_names_the_line(base, study) -> None:
    base.edit("papers/coin/paper.bib", "year = {2017},", "year = {soon},")
    done = study("export")
    assert done.code == 1
    assert done.complaint.startswith("papers/coin/paper.bib:6: doe2017coins: expected a year")


def test_doctor_finds_nothing_on_a_sound_base(measured, study) -> None:
    done = study("doctor")
    assert done.code == 0
    assert "problem" not in done.out
    assert study("doctor", "--json").code == 0


def test_doctor_names_what_is_wrong_and_mends_what_is_generated(measured, study) -> None:
    measured.edit("papers/coin/flip.py", "# (n,)", "# (n,) coins")
    done = study("doctor")
    assert done.code == 1
    assert "✗ papers/coin/notes.md:" in done.out
    found = study("doctor", "--json").json
    assert found["repairs"] == []
    wrong = [problem for problem in found["problems"] if problem["level"] == "error"]
    assert list(wrong[0]) == ["file", "line", "what", "fix", "level"]
    mended = study("doctor", "coin", "--fix")
    assert (mended.code, "✓ papers/coin/notes.md: refreshed the code shown" in mended.out) == (0, True)
    assert "(n,) coins" in measured.read("papers/coin/notes.md")


def test_doctor_runs_the_notes_when_asked(measured, study) -> None:
    measured.edit("foundations/algebra/notes.md", "```text\n42\n```", "```text\n43\n```")
    assert study("doctor", "algebra").code == 0
    done = study("doctor", "algebra", "--run")
    assert done.code == 1
    assert "foundations/algebra/notes.md:22: the fence of line 15 printed something else" in done.out


def test_doctor_goes_on_where_a_record_is_broken(base, study) -> None:
    base.edit("papers/coin/notes.md", "year: 2017", "year: soon")
    base.write("implementations/walk/checklist.md", "nothing")
    done = study("doctor")
    assert done.code == 1
    assert "papers/coin/notes.md:4: year: expected" in done.out
    assert "implementations/walk/checklist.md: not a checklist" in done.out
    assert study("doctor", "coin").code == 1


def test_build_says_what_was_built_with_what(base, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    asked = []

    def build(root: Path, *, engine: str, waiting: object) -> Built:
        asked.append((root, engine))
        return Built(root / "site", "zensical", 1.234)

    monkeypatch.chdir(base.root)
    monkeypatch.setattr("study.site.build", build)
    assert main(["build", "--engine", "zensical"]) == 0
    assert asked == [(base.root, "zensical")]
    assert "✓ site/index.html  zensical, 1.2 s" in capsys.readouterr().err


@pytest.mark.parametrize("typed", ["build", "build --engine zensical", "serve --port 0"])
def test_build_and_serve_without_a_configuration_say_so(study, typed: str) -> None:
    done = study(*typed.split())
    assert done.code == 1
    assert "mkdocs.yml is missing" in done.err
    assert len([line for line in done.err.splitlines() if line]) == 1


def test_a_taken_port_is_a_clear_error(base, study) -> None:
    base.write("mkdocs.yml", "site_name: Toy\ndocs_dir: pages\nsite_dir: site\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = study("serve", "--port", port)
    assert done.code == 1
    assert port in done.complaint
