from __future__ import annotations

import json

import pytest

from study import doctor
from study.doctor import Problem
from study.entries import evidence

NOTES = "papers/coin/notes.md"
CHECKLIST = "papers/coin/checklist.md"
RESULTS = "papers/coin/results.json"
LACKS = (  # what the toy's small pages lack of the form; tests/study/doctor/test_form.py looks at these
    "words: notes have",
    "questions.yml: there is no such file",
    "index.yml: there is no such file",
    "no section says in which pass",
    "there is no demo yet",
    "nothing stands under",
)


def errors(base, *slugs: str, run: bool = False) -> list[str]:
    return [str(found) for found in doctor.check(base.root, slugs, run=run) if found.level == "error"]


def notices(base) -> list[str]:
    found = [str(one) for one in doctor.check(base.root) if one.level == "notice"]
    return [one for one in found if not any(lack in one for lack in LACKS)]


def test_a_healthy_base_has_no_error(measured):
    assert errors(measured, run=True) == []
    assert notices(measured) == []


def test_short_notes_are_a_notice(measured):
    told = [str(one) for one in doctor.check(measured.root, ["walk"])]
    assert told[0] == "implementations/walk/notes.md: 5 words: notes have 1,500 or more"
    assert all(any(lack in one for lack in LACKS) for one in told)


def test_a_problem_tells_where_what_and_what_to_do(measured):
    measured.edit("papers/coin/flip.py", "# (n,)", "# n flips")
    (found,) = [one for one in doctor.check(measured.root) if one.level == "error"]
    assert found == Problem(
        NOTES,
        21,
        "the code shown is no longer that of papers/coin/flip.py::flip",
        "`study doctor --fix` refreshes it.",
    )
    assert str(found).startswith(f"{NOTES}:21: the code shown")


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        (NOTES, "year: 2017", "year: soon", f"{NOTES}:4: year: expected a year such as 2017"),
        (
            NOTES,
            "requires: [algebra, walk]",
            "requires: [coin]",
            f"{NOTES}:8: requires: the prerequisites go in a circle",
        ),
        (
            NOTES,
            "[@doe2017coins, Section 2]",
            "[@doe2018coins]",
            f"{NOTES}:15: unknown citation [@doe2018coins]",
        ),
        (NOTES, "1. Flip", "1. [Flip](#nowhere)", "the link to #nowhere: the page has no such heading"),
        (NOTES, "1. Flip", "1. [Flip](#the-metod)", "did you mean #the-method?"),
        (NOTES, "1. Flip", "1. [Flip](gone.md)", "the link to gone.md is broken: there is no such file"),
        (NOTES, "1. Flip", "1. [Flip](/docs)", "the link to /docs is broken: links are relative to the page"),
        (NOTES, "1. Flip", "1. [Flip](../../../x)", "is broken: it leads out of the checkout"),
        (NOTES, "1. Flip", "1. [Flip]()", "the link 'Flip' leads nowhere"),
        (
            NOTES,
            "1. Flip",
            "1. [Flip](../../foundations/algebra/notes.md#no)",
            "notes.md#no: the page has no such",
        ),
        (NOTES, "1. Flip", "1. [Flip](../../docs/references.bib)", ""),
        (NOTES, "1. Flip", "1. [Flip](../../foundations/algebra/notes.md#pitfalls)", ""),
        (NOTES, "1. Flip", "1. [Flip](../../README.md#toy)", ""),
        ("README.md", "# Toy", "# Toy - base\n\n[here](#toy---base) ![a](papers/coin/figures/bars.svg)", ""),
        (
            "README.md",
            "# Toy",
            "# Toy - base\n\n[here](#toy-base)",
            "README.md:3: the link to #toy-base: the page has no",
        ),
        (NOTES, "1. Flip", '1. [Flip](https://example.org/x#y) <a id="here"></a> [up](#here)', ""),
        (
            NOTES,
            "1. Flip",
            "## One - two\n\n[Flip](#one-two)",
            "is #one-two on the site and #one---two on GitHub",
        ),
        (
            NOTES,
            "figures/bars.svg",
            "figures/gone.svg",
            "the figure figures/gone.svg is missing: there is no such file",
        ),
        (
            NOTES,
            "![A bar",
            "<!-- interactive: gone.js -->\n![A bar",
            "coin/notes.md:38: the script interactive/gone.js does not exist",
        ),
        (NOTES, "figures/bars.svg", "https://a.org/b.svg", "comes from the network"),
        (NOTES, "![A bar for heads and a bar for tails, of equal height]", "![]", "bars.svg has no alt text"),
        (NOTES, "*Both bars end at one half.*", "Words.", "bars.svg has no caption"),
        (NOTES, "1. Flip", "#tight\n\n1. Flip", "a line begins with # and no space after it"),
        (NOTES, "## Exercises", "# Exercises", "a second heading of level 1"),
        (NOTES, "# Coins: are they fair?\n", "", "expected a heading `# Coins: are they fair?`"),
        (
            NOTES,
            "<!-- source: papers/coin/flip.py::flip -->",
            "<!-- source: papers/coin/flip.py::flop -->",
            "defines no flop",
        ),
        (NOTES, "<!-- /results -->\n", "", "`<!-- results -->` is never closed"),
        (
            NOTES,
            "- **Control:** None.",
            "- **Control:** Some.",
            "the results shown are not those of results.json",
        ),
        (
            CHECKLIST,
            "# Checklist\n\n- [ ] First",
            "# Checklist\n\n- [] Nearly\n- [ ] First",
            f"{CHECKLIST}:3: nearly an item",
        ),
        (CHECKLIST, "- [ ] First", "- [ ]Nearly\n- [ ] First", f"{CHECKLIST}:3: nearly an item"),
        (CHECKLIST, "- [ ] First", "-[x] Nearly\n- [ ] First", f"{CHECKLIST}:3: nearly an item"),
        (CHECKLIST, "- [ ] First", "- [ x] Nearly\n- [ ] First", f"{CHECKLIST}:3: nearly an item"),
        (CHECKLIST, "- [ ] First", "- [x](link) Fine\n- [ ] First", ""),
        (CHECKLIST, "- [ ] First", "- [ ] explained it  to someone\n- [ ] First", "stands more than once"),
        (
            "papers/coin/paper.bib",
            "year = {2017}",
            "year = {soon}",
            "papers/coin/paper.bib:6: doe2017coins: expected a year",
        ),
        (
            "docs/references.bib",
            "@book{gauss1801,",
            "@book{gauss1801",
            "docs/references.bib:1: broken BibTeX",
        ),
        ("papers/coin/experiments.py", "CLAIMS = (", "CLAIM = (", "experiments.py: expected `CLAIMS`"),
        ("papers/coin/experiments.py", 'id="rare"', 'id="seldom"', "a result for 'rare', which is no claim"),
        ("papers/coin/flip.py", "size=n)", "size=n + 0)", "the result of 'fair' is that of earlier code"),
        (
            "README.md",
            "papers/coin/notes.md",
            "papers/gone/notes.md",
            "README.md:3: the link to papers/gone/notes.md is",
        ),
        (
            "implementations/walk/steps.py",
            "import numpy as np",
            "import numpy as np\nimport papers.coin",
            "steps.py:4: implementations imports papers",
        ),
        (
            "foundations/algebra/arithmetic.py",
            "class Halver",
            "import study\nclass Halver",
            "arithmetic.py:14: imports study",
        ),
        ("papers/coin/flip.py", "def flip", "from torch import nn\ndef flip", "flip.py:4: imports torch"),
        ("papers/coin/demo.py", "def demo", "from ...study import x\ndef demo", "demo.py:4: imports study"),
        ("papers/coin/demo.py", "def demo", "from ..coin import flip\nimport foundations\ndef demo", ""),
        ("papers/coin/demo.py", "def demo(", "def demo((", "papers/coin/demo.py:4: not valid Python"),
    ],
)
def test_what_is_broken_is_found(measured, name, old, new, told):
    text = measured.read(name)
    measured.write(name, text.replace(old, new, 1))
    assert measured.read(name) != text
    found = errors(measured)
    if told:
        assert any(told in one for one in found), found
    else:
        assert found == []
    assert all("\n" not in one for one in found)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (CHECKLIST, f"{CHECKLIST}: there is no such file: an entry has a checklist"),
        ("papers/coin/paper.bib", "papers/coin/paper.bib: there is no such file"),
        (RESULTS, "the results shown are not those of results.json"),
        ("papers/coin/experiments.py", "a place for results, and no experiments.py"),
        ("papers/coin/figures/bars.svg", "the figure figures/bars.svg is missing"),
    ],
)
def test_what_is_missing_is_found(measured, name, told):
    measured.path(name).unlink()
    assert any(told in one for one in errors(measured))


def test_a_claim_that_is_not_yet_run_is_a_notice(measured):
    measured.edit("papers/coin/experiments.py", 'id="rare"', 'id="seldom"')
    assert f"{RESULTS}: the claim 'seldom' is not yet run" in notices(measured)


def test_results_by_hand_are_found(measured):
    record = json.loads(measured.read(RESULTS))
    record["claims"]["rare"]["verdict"] = "supported"
    measured.write(RESULTS, json.dumps(record))
    doctor.fix(measured.root)
    assert errors(measured) == [
        f"{RESULTS}: 'rare': the verdict does not follow from the values: supported, not not supported"
    ]
    record["schema"] = 99
    measured.write(RESULTS, json.dumps(record))
    assert any("version 99" in one for one in errors(measured))


def test_a_place_for_results_must_be_there(measured):
    text = measured.read(NOTES)
    start, end = text.index("<!-- results -->"), text.index("<!-- /results -->")
    measured.write(NOTES, text[:start] + text[end + len("<!-- /results -->") :])
    assert any("between which the results can stand" in one for one in errors(measured))


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("interactive/play.js", f"{NOTES}:38: the script interactive/play.js does not exist"),
        (
            "interactive/own.js",
            "play.js:1: needs own.js, and there is no interactive/own.js",
        ),
        ("interactive/weights.js", "coin/interactive/own.js:1: needs weights.js, and there is no"),
        ("weights/w.safetensors", "coin/interactive/weights.js: weights/ has no .safetensors file"),
        ("figures/bars.svg", f"{NOTES}:39: the figure figures/bars.svg is missing"),
        (
            "docs/assets/js/figure/kit.js",
            "play.js:1: needs figure/kit.js, and there is no",
        ),
    ],
)
def test_what_a_figure_that_moves_lacks_is_named(measured, missing, told):
    measured.edit(NOTES, "![A bar", "<!-- interactive: play.js -->\n![A bar")
    for name, text in (
        ("papers/coin/interactive/play.js", "// needs: figure/kit.js own.js\n"),
        ("papers/coin/interactive/own.js", "// needs: weights.js\n"),
        ("papers/coin/interactive/weights.js", ""),
        ("papers/coin/weights/w.safetensors", ""),
        ("docs/assets/js/figure/kit.js", ""),
    ):
        measured.write(name, text)
    assert errors(measured) == []
    assert notices(measured) == []
    measured.path(missing if missing.startswith("docs") else f"papers/coin/{missing}").unlink()
    (found,) = errors(measured)
    assert told in found


def test_notices(measured):
    measured.measure("quick")
    doctor.fix(measured.root)
    measured.write("papers/coin/figures/unused.svg", "<svg/>")
    measured.write("papers/coin/interactive/idle.js", "")
    measured.edit(CHECKLIST, "- [ ] First pass", "- [ ] Odd ✅ 2026-01-01\n- [ ] First pass")
    measured.edit(NOTES, "## Exercises", "## The $x$\n\n## Exercises")
    assert errors(measured) == []
    found = notices(measured)
    for told in (
        "interactive/idle.js: no figure of the notes loads this script",
        "'Odd' is open and yet has a done date",
        "a formula in a heading",
        "figures/unused.svg: the notes do not show this figure",
        "'rare' was measured under the quick budget",
    ):
        assert any(told in one for one in found), told


def test_results_measured_with_other_foundations_are_not_stale_by_that(measured):
    record = json.loads(measured.read(RESULTS))
    record["claims"]["fair"]["foundations"] = "sha256:other"
    measured.write(RESULTS, json.dumps(record))
    assert [one.what for one in doctor.check(measured.root, run=True) if one.file == RESULTS] == []


def test_fences_are_run_when_asked(measured):
    measured.edit(NOTES, "heads.mean() > 0.4", "heads.mean() > 4")
    assert errors(measured) == []
    assert errors(measured, run=True) == [f"{NOTES}:35: the fence of line 25 printed something else"]


def test_only_the_entries_asked_for_are_looked_at(measured):
    measured.edit(NOTES, "1. Flip", "1. [Flip](gone.md)")
    measured.write("implementations/walk/checklist.md", "none\n")
    assert len(errors(measured)) == 2
    assert len(errors(measured, "coin")) == 1
    assert errors(measured, "algebra") == []
    seen = []
    doctor.check(measured.root, ["walk", "coin"], progress=lambda entry: seen.append(entry.slug))
    assert seen == ["walk", "coin"]


def test_citations_of_the_written_pages_are_looked_up(measured):
    measured.write(
        "docs/guide/how.md", "---\ntitle: How\n---\n# How\n\nAs in [@gauss1801] and [@gaus1801].\n"
    )
    (found,) = [one for one in doctor.check(measured.root) if one.level == "error"]
    assert str(found) == "docs/guide/how.md:6: unknown citation [@gaus1801]"
    assert found.fix == "Did you mean gauss1801?"


def test_one_broken_entry_does_not_hide_another(measured):
    measured.edit(NOTES, "year: 2017", "year: soon")
    measured.write("implementations/walk/checklist.md", "none\n")
    assert len(errors(measured)) == 2


def test_everything_generated_is_refreshed_and_told(base):
    base.measure()
    base.edit(NOTES, "# (n,)\n```", "# of old\n```")
    base.edit("foundations/algebra/notes.md", "```text\n42\n```", "```text\n```")
    told = [(repair.file, repair.what) for repair in doctor.fix(base.root)]
    assert told == [
        ("foundations/algebra/notes.md", "the printed output"),
        (NOTES, "the code shown"),
        (NOTES, "the results"),
        ("papers/coin/figures/claims/fair.svg", "the picture of a result"),
    ]
    shown = {one.name: one.state for one in evidence.of(base.entry("algebra"))}
    assert shown["notes executed"] == "yes", "what was refreshed was run once more"
    assert errors(base, run=True) == []
    assert doctor.fix(base.root) == [], "a second time there is nothing to do"


def test_only_what_is_asked_for_is_refreshed(base):
    base.edit("foundations/algebra/notes.md", "42\n", "43\n")
    base.edit("implementations/walk/notes.md", "5\n```", "6\n```")
    told = [repair.file for repair in doctor.fix(base.root, ["walk"])]
    assert told == ["implementations/walk/notes.md"]


def test_what_cannot_be_refreshed_is_left_alone(base):
    text = base.edit(NOTES, "heads = flip(1000", "heads = flop(1000").read_text(encoding="utf-8")
    assert [repair.what for repair in doctor.fix(base.root, ["coin"])] == ["the results"]
    assert base.read(NOTES).startswith(text[: text.index("<!-- verdicts -->")])
    assert any("NameError: name 'flop' is not defined" in one for one in errors(base, run=True))
    base.write("papers/coin/flip.py", "def other(): return 1\n")
    before = base.read(NOTES)
    assert doctor.fix(base.root, ["coin"]) == []
    assert base.read(NOTES) == before


def test_results_at_fault_do_not_keep_the_output_from_being_refreshed(base):
    base.write(RESULTS, "{")
    base.edit(NOTES, "True\n", "False\n")
    assert [repair.what for repair in doctor.fix(base.root, ["coin"])] == ["the printed output"]
