"""The hash of one claim in a package of experiments: its own module and what that imports."""

import textwrap
from pathlib import Path

import pytest

from foundations.errors import ExperimentError
from foundations.experiment import code_hash

FILES = {
    "papers/__init__.py": "",
    "papers/vae/__init__.py": "from papers.vae.model import Model\n",
    "papers/vae/model.py": "class Model:\n    rate = 0.1\n",
    "papers/vae/fingerprints.py": "from papers.vae.experiments import CLAIMS\n",
    "papers/vae/experiments/__init__.py": '''
        """The claims."""

        from __future__ import annotations

        from papers.vae.experiments.elbo import ELBO
        from papers.vae.experiments.wide_heads import WIDE

        CLAIMS: tuple = (ELBO, WIDE)
        __all__ = ["CLAIMS"]
    ''',
    "papers/vae/experiments/elbo.py": "from papers.vae.experiments.common import setup\nELBO = setup(1)\n",
    "papers/vae/experiments/wide_heads.py": "from papers.vae.model import Model\nWIDE = Model\n",
    "papers/vae/experiments/common.py": "def setup(n):\n    return n\n",
    "papers/vae/experiments/demo_curves.py": "k = 3\n",
}


@pytest.fixture
def entry(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return tmp_path / "papers" / "vae"


def hashes(entry: Path) -> dict[str, str]:
    return {claim: code_hash(entry, claim) for claim in ("elbo", "wide-heads", "unknown", "")}


def changed(entry: Path, file: str, more: str) -> set[str]:
    """Return the claims whose hash changes when a line is added to a file."""
    before = hashes(entry)
    path = entry / file
    path.write_text((path.read_text() if path.exists() else "") + more)
    return {claim for claim, found in hashes(entry).items() if found != before[claim]}


@pytest.mark.parametrize(
    ("file", "claims"),
    [
        ("experiments/elbo.py", {"elbo"}),
        ("experiments/wide_heads.py", {"wide-heads"}),
        ("experiments/common.py", {"elbo"}),
        ("model.py", {"elbo", "wide-heads"}),  # through papers/vae/__init__.py
        ("experiments/demo_curves.py", set()),
        ("fingerprints.py", set()),
    ],
)
def test_a_change_is_of_the_claims_that_run_it(entry, file, claims):
    whole = {"", "unknown"} if claims else set()  # a claim without a module of its own has the whole package
    assert changed(entry, file, "\nrate = 0.7\n") == claims | whole


def test_another_claim_beside_it_makes_none_stale(entry):
    before = hashes(entry)
    (entry / "experiments" / "beta.py").write_text("BETA = 1\n")
    init = entry / "experiments" / "__init__.py"
    init.write_text(
        init.read_text().replace("CLAIMS: tuple = (", "from .beta import BETA\nCLAIMS: tuple = (BETA, ")
    )
    after = hashes(entry)
    assert {claim for claim in before if before[claim] != after[claim]} == {"", "unknown"}


def test_a_claim_that_imports_another_has_its_code_too(entry):
    assert changed(entry, "experiments/elbo.py", "from . import wide_heads\n") == {"elbo", "", "unknown"}
    assert changed(entry, "experiments/wide_heads.py", "k = 1\n") == {"elbo", "wide-heads", "", "unknown"}


@pytest.mark.parametrize("more", ["RATE = 3\n", "def run():\n    pass\n", "print(3)\n", "CLAIMS += (3,)\n"])
def test_a_package_that_does_more_than_list_is_refused_with_its_line(entry, more):
    init = entry / "experiments" / "__init__.py"
    line = len(init.read_text().splitlines()) + 1
    init.write_text(init.read_text() + more)
    if more.startswith("CLAIMS +="):
        more = "what is added to CLAIMS stands here"
    with pytest.raises(ExperimentError, match=rf"__init__\.py:{line}: holds more than imports, CLAIMS and"):
        code_hash(entry, "elbo")


def test_in_a_single_file_every_claim_has_its_code(tmp_path):
    folder = tmp_path / "papers" / "coin"
    folder.mkdir(parents=True)
    (folder / "experiments.py").write_text("rate = 0.5\n")
    assert code_hash(folder, "fair") == code_hash(folder, "rare") == code_hash(folder)
