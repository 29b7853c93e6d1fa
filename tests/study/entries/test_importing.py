from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from study.entries import catalogue, importing
from study.files.errors import FileError, StudyError


def test_the_code_of_a_checkout_is_the_one_that_is_imported(base):
    from foundations.experiment import Claim

    claims = importing.claims(base.entry("coin"))
    assert [claim.id for claim in claims] == ["fair", "rare"]
    assert all(isinstance(claim, Claim) for claim in claims), "the classes of the tool, not copies"
    assert importing.module(base.entry("coin"), "demo").__file__ == str(base.path("papers/coin/demo.py"))


def test_each_checkout_has_its_own_code(base, tmp_path):
    shutil.copytree(base.root, tmp_path / "other")
    other = type(base)(tmp_path / "other")
    other.edit("papers/coin/experiments.py", 'id="rare"', 'id="seldom"')
    for _ in range(2):
        assert [claim.id for claim in importing.claims(base.entry("coin"))] == ["fair", "rare"]
        assert [claim.id for claim in importing.claims(other.entry("coin"))] == ["fair", "seldom"]


def test_code_that_changed_is_read_anew(base):
    entry = base.entry("coin")
    assert [claim.id for claim in importing.claims(entry)] == ["fair", "rare"]
    same = importing.module(entry, "experiments")
    assert importing.module(entry, "experiments") is same
    base.edit("papers/coin/experiments.py", 'id="rare"', 'id="odd"')
    assert [claim.id for claim in importing.claims(entry)] == ["fair", "odd"]
    base.edit("papers/coin/flip.py", "def flip", "SIDES = 2\n\n\ndef flip")
    assert importing.module(entry, "flip").SIDES == 2
    assert importing.module(entry, "experiments") is not same


def test_the_foundations_of_a_checkout_are_reached_too(base):
    entry = base.entry("algebra")
    assert importing.module(entry, "arithmetic").double(2) == 4


def test_worker_processes_find_the_same_code(base):
    base.edit("papers/coin/experiments.py", '"tosses": float(heads.size)', '"process": float(os.getpid())')
    base.edit("papers/coin/experiments.py", "import numpy", "import os\n\nimport numpy")
    script = (
        "import os; from pathlib import Path; import joblib; from study.entries import catalogue, importing\n"
        f"entry = catalogue.load(Path({str(base.root)!r})).get('coin')\n"
        "run = importing.claims(entry)[0].run\n"
        "(found,) = joblib.Parallel(2, backend='loky')([joblib.delayed(run)(0, 'quick')])\n"
        "assert run.__module__ == 'papers.coin.experiments'\n"
        "assert found['process'] != os.getpid()\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", script], env=env, check=True)


def test_an_entry_without_claims(base):
    assert importing.claims(base.entry("walk")) == ()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def f(:\n", r"^papers/coin/experiments\.py:1: not valid Python"),
        (
            "x = 1\ny = x / 0\n",
            r"^papers/coin/experiments\.py:2: importing papers\.coin\.experiments failed: ZeroDiv",
        ),
        (
            "import nothing_of_the_kind\n",
            r"experiments\.py:1: importing .* failed: ModuleNotFoundError: No module",
        ),
        ("CLAIMS = []\n", r"^papers/coin/experiments\.py: expected `CLAIMS`, a tuple of Claim objects$"),
        ("CLAIMS = (1,)\n", "expected `CLAIMS`, a tuple of Claim objects"),
        ("", "expected `CLAIMS`, a tuple of Claim objects"),
    ],
)
def test_experiments_that_cannot_be_used(base, code, message):
    base.write("papers/coin/experiments.py", code)
    with pytest.raises(StudyError, match=message) as caught:
        importing.claims(base.entry("coin"))
    assert "\n" not in str(caught.value)


def test_the_line_named_is_that_of_the_module_at_fault(base):
    base.write("papers/coin/flip.py", "\n\nraise ValueError('broken\\nbadly')\n")
    with pytest.raises(FileError, match=r"^papers/coin/flip\.py:3: .* failed: ValueError: broken$"):
        importing.claims(base.entry("coin"))


def test_claims_have_different_names(base):
    base.edit("papers/coin/experiments.py", 'id="rare"', 'id="fair"')
    with pytest.raises(StudyError, match=r"papers/coin/experiments\.py: two claims are called 'fair'"):
        importing.claims(base.entry("coin"))


def test_a_file_that_is_not_there(base):
    with pytest.raises(FileError, match=r"implementations/walk/demo\.py: there is no such file"):
        importing.module(catalogue.load(base.root).get("walk"), "demo")
