"""Claims in a package `experiments/`: found, imported, hashed and completed as those of a single file are."""

from __future__ import annotations

import pytest

from foundations.experiment import code_hash
from study import doctor
from study.entries import importing
from study.entries.claim_texts import claim_texts
from study.entries.code_state import claim_hashes
from study.entries.evidence import State, of
from study.files.errors import FileError, StudyError

INIT = '''\
"""The claims about coins."""

from papers.coin.experiments.fair import FAIR
from papers.coin.experiments.rare import RARE

CLAIMS = (FAIR, RARE)
'''


@pytest.fixture
def package(base):
    """The toy base with the claims of the coin in a module each."""
    text = base.read("papers/coin/experiments.py")
    head, claims = text.split("CLAIMS = (\n")
    fair, rare = claims.removesuffix(")\n").split("    Claim(\n")[1:]
    base.path("papers/coin/experiments.py").unlink()
    base.write("papers/coin/experiments/__init__.py", INIT)
    base.write("papers/coin/experiments/common.py", head)
    for name, claim in (("fair", fair), ("rare", rare)):
        own = head.replace("def measure", "def unused").split("def unused")[0]
        own += f"from papers.coin.experiments.common import measure\n\n{name.upper()} = Claim(\n"
        base.write(f"papers/coin/experiments/{name}.py", own + claim.rstrip().removesuffix("),") + ")\n")
    return base


def test_it_is_found_and_imported(package):
    entry = package.entry("coin")
    assert entry.has_claims
    assert entry.experiments == package.path("papers/coin/experiments/__init__.py")
    assert [claim.id for claim in importing.claims(entry)] == ["fair", "rare"]
    assert all(claim.fingerprint for claim in importing.claims(entry))
    assert [text.id for text in claim_texts(entry)] == ["fair", "rare"]


def test_one_claim_changed_leaves_the_other_current(package):
    package.measure()
    entry = package.entry("coin")
    (reproduced,) = (one for one in of(entry) if one.name == "claims tested")
    assert reproduced.state is State.YES
    package.edit("papers/coin/experiments/rare.py", "at_most(", "at_most(0.0 + ")
    (reproduced,) = (one for one in of(entry) if one.name == "claims tested")
    assert reproduced.state is State.STALE
    assert reproduced.detail.startswith(
        "1 of 2 claims (1 supported; standard budget), 1 measured with earlier"
    )
    stale = [str(one) for one in doctor.check(package.root, ["coin"]) if "earlier code" in str(one)]
    assert len(stale) == 1
    assert "'rare'" in stale[0]


def test_hashes_are_those_of_the_modules_and_kept(package, monkeypatch):
    entry = package.entry("coin")
    expected = {name: code_hash(entry.path, name) for name in ("fair", "rare")}
    assert expected["fair"] != expected["rare"]
    assert claim_hashes(entry, ["fair", "rare"]) == expected
    monkeypatch.setattr("foundations.experiment.provenance.code_hash", None)  # calling it would fail
    assert claim_hashes(entry, ["fair", "rare"]) == expected
    package.write(".study/kept/codes-coin.json", "{")
    with pytest.raises(TypeError):
        claim_hashes(entry, ["fair", "rare"])


def test_words_are_read_anew_when_a_module_changes(package):
    entry = package.entry("coin")
    assert claim_texts(entry)[0].says == "A coin shows heads half of the time."
    package.edit("papers/coin/experiments/fair.py", "A coin shows", "Every coin shows")
    assert claim_texts(entry)[0].says == "Every coin shows heads half of the time."


def test_a_file_and_a_package_of_that_name_are_one_too_many(package):
    package.write("papers/coin/experiments.py", "CLAIMS = ()\n")
    with pytest.raises(FileError, match=r"papers/coin/experiments\.py: there is a package experiments/ too"):
        importing.claims(package.entry("coin"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CLAIMS = []\n", r"experiments/__init__\.py: expected `CLAIMS`, a tuple of Claim objects"),
        (
            "CLAIMS = (1/0,)\n",
            r"experiments/__init__\.py:1: importing papers\.coin\.experiments failed",
        ),
        ("def f(:\n", r"experiments/__init__\.py:1: not valid Python"),
    ],
)
def test_a_package_that_cannot_be_used_is_named(package, text, said):
    package.write("papers/coin/experiments/__init__.py", text)
    with pytest.raises(StudyError, match=said):
        importing.claims(package.entry("coin"))


def test_a_package_that_defines_things_itself_is_a_problem_with_its_line(package):
    package.measure()
    package.edit("papers/coin/experiments/__init__.py", "CLAIMS =", "RATE = 3\nCLAIMS =")
    found = [str(one) for one in doctor.check(package.root, ["coin"])]
    assert any("__init__.py:6: holds more than imports, CLAIMS and __all__" in one for one in found), found
