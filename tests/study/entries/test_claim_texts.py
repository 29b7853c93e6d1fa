"""The words of claims: kept beside the hash of their code, and read anew when it changes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from study.entries.claim_texts import ClaimText, claim_texts
from study.files.errors import StudyError

KEPT = ".study/claims/coin.json"


def test_the_words_are_those_of_the_claims(base):
    fair, rare = claim_texts(base.entry("coin"))
    assert (fair.id, rare.id) == ("fair", "rare")
    assert all(vars(fair).values())
    assert claim_texts(base.entry("coin")) == (fair, rare)
    assert claim_texts(base.entry("algebra")) == ()


def test_they_change_with_the_code(base):
    (before, _) = claim_texts(base.entry("coin"))
    base.edit("papers/coin/experiments.py", before.says, "Another sentence.")
    assert claim_texts(base.entry("coin"))[0].says == "Another sentence."


def test_kept_words_need_no_import(base):
    claim_texts(base.entry("coin"))
    script = (
        "import sys; from pathlib import Path; from study.entries import catalogue\n"
        "from study.entries.claim_texts import claim_texts\n"
        f"found = claim_texts(catalogue.load(Path({str(base.root)!r})).get('coin'))\n"
        "assert len(found) == 2\n"
        "assert 'papers' not in sys.modules, 'the method was imported'"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"code": 1}', "[" * 50_000])
def test_damaged_words_are_read_anew(base, damage):
    expected = claim_texts(base.entry("coin"))
    base.write(KEPT, damage)
    assert claim_texts(base.entry("coin")) == expected
    record = json.loads(base.read(KEPT))
    record["claims"][0]["says"] = ["no", "text"]
    base.write(KEPT, json.dumps(record))
    assert claim_texts(base.entry("coin")) == expected
    assert isinstance(expected[0], ClaimText)


def test_code_that_is_broken_is_an_error(base):
    base.write("papers/coin/flip.py", "def flip(:\n")
    with pytest.raises(StudyError, match=r"flip\.py:1"):
        claim_texts(base.entry("coin"))
