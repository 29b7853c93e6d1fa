"""The hash sees what the code does and nothing else."""

import textwrap
from functools import partial
from pathlib import Path

import pytest

from foundations.errors import ExperimentError
from foundations.experiment import Claim, Verdict, code_hash, foundations_hash
from foundations.experiment.provenance import entry_of, imports_hash, machine, takes_no_part, versions

FILES = {
    "papers/__init__.py": '"""Papers."""\n',
    "papers/vae/__init__.py": "from papers.vae.model import Model\n",
    "papers/vae/model.py": """
        from implementations import cnn

        class Model:
            rate = 0.1

            def step(self):
                return f"{self.rate!r:>{10}}", cnn.size
    """,
    "papers/vae/experiments.py": """
        def run(seed, budget):
            from ..rag.index import build  # an import inside a function counts too
            return {"gap": build(seed)}
    """,
    "papers/vae/demo.py": "print('a show')\n",
    "papers/rag/__init__.py": "",
    "papers/rag/index.py": """
        from . import scores
        from foundations import nn

        def build(n):
            return scores.k * n
    """,
    "papers/rag/scores.py": "k = 3\n",
    "papers/lora/other.py": "k = 3\n",
    "implementations/cnn.py": "size = 3\n",
    "foundations/nn.py": "width = 4\n",
}


@pytest.fixture
def tree(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("papers/vae/model.py", "rate = 0.1", "rate = 0.2"),
        ("papers/vae/model.py", "rate = 0.1", "rate = 1"),
        ("papers/vae/model.py", "{10}", "{11}"),
        ("papers/vae/experiments.py", '"gap"', 'b"gap"'),
        ("implementations/cnn.py", "3", "5"),
        ("papers/rag/index.py", "* n", "+ n"),
        ("papers/rag/scores.py", "k = 3", "k = 3.0"),
        ("papers/rag/scores.py", "k = 3", "K = 3"),
        ("papers/rag/__init__.py", "", "import os\n"),
        ("papers/vae/__init__.py", "import Model", "import Model as M"),
    ],
)
def test_a_change_of_what_runs_changes_the_hash(tree, file, old, new):
    before = code_hash(tree / "papers/vae")
    edit(tree / file, old, new) if old else (tree / file).write_text(new)
    assert code_hash(tree / "papers/vae") != before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("papers/vae/model.py", "rate = 0.1", "rate = 0.10  # as in the paper"),
        ("papers/vae/model.py", "class Model:", 'class Model:\n    """A model."""\n'),
        ("papers/vae/model.py", "def step(self):", 'def step(self):\n        """Do\n        one step."""'),
        ("papers/vae/model.py", 'f"{self', "f'{self"),
        ("papers/vae/experiments.py", '"gap": build(seed)', '\n        "gap": (build(seed)),\n    '),
        ("papers/__init__.py", "Papers.", "All papers."),
        ("papers/vae/demo.py", "a show", "another"),
        ("papers/lora/other.py", "3", "4"),
        ("foundations/nn.py", "4", "5"),
    ],
)
def test_words_layout_and_what_does_not_run_leave_it(tree, file, old, new):
    before = code_hash(tree / "papers/vae")
    # The quotes of the f-string go in pairs.
    edit(tree / file, old, new)
    if new.startswith("f'"):
        edit(tree / file, '{10}}"', "{10}}'")
    assert code_hash(tree / "papers/vae") == before


def test_the_hash_does_not_depend_on_where_the_tree_lies(tree, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name, text in FILES.items():
        (elsewhere / name).parent.mkdir(parents=True, exist_ok=True)
        (elsewhere / name).write_text(textwrap.dedent(text))
    assert code_hash(elsewhere / "papers/vae") == code_hash(tree / "papers/vae")


def test_the_hash_is_the_same_under_every_python(tree):
    """Pinned: a Python that parses into another tree must not call every result stale."""
    expected = "sha256:1d8823f278ef090f2c7d2cdced4b35a95218da8f23cd9bfbf81735344056f9bd"
    assert code_hash(tree / "papers/vae") == expected


def test_a_show_that_a_claim_imports_counts(tree):
    edit(tree / "papers/vae/experiments.py", "def run", "from papers.vae import demo\n\ndef run")
    before = code_hash(tree / "papers/vae")
    edit(tree / "papers/vae/demo.py", "a show", "another")
    assert code_hash(tree / "papers/vae") != before


@pytest.mark.parametrize(
    "name", ["demo_curves", "drawing", "drawing_maps", "figures", "interactive", "fingerprints"]
)
def test_what_shows_and_draws_does_not_count(tree, name):
    before = code_hash(tree / "papers/vae")
    (tree / f"papers/vae/{name}.py").write_text("import papers.lora.other\ncolour = 'red'\n")
    edit(tree / "papers/vae/demo.py", "print", f"from papers.vae import {name}\nprint")
    assert code_hash(tree / "papers/vae") == before
    edit(tree / "papers/vae/model.py", "class Model", f"from papers.vae import {name}\n\nclass Model")
    counted = code_hash(tree / "papers/vae")
    edit(tree / f"papers/vae/{name}.py", "red", "blue")
    assert code_hash(tree / "papers/vae") != counted


def test_what_a_demo_alone_imports_does_not_count(tree):
    before = code_hash(tree / "papers/vae")
    (tree / "papers/vae/palette.py").write_text("colour = 'red'\n")
    edit(tree / "papers/vae/demo.py", "print", "from papers.vae import palette\nprint")
    assert code_hash(tree / "papers/vae") == before
    edit(tree / "papers/vae/model.py", "class Model", "from papers.vae import palette\n\nclass Model")
    assert code_hash(tree / "papers/vae") != before


def test_a_package_that_passes_on_a_drawing_does_not_make_it_count(tree):
    """In the entry and in what it imports: the names count, what they draw does not."""
    (tree / "papers/vae/drawing.py").write_text("colour = 'red'\n")
    (tree / "papers/rag/drawing.py").write_text("colour = 'red'\n")
    edit(tree / "papers/vae/__init__.py", "from", "from papers.vae.drawing import colour\nfrom")
    (tree / "papers/rag/__init__.py").write_text("from papers.rag.drawing import colour\n")
    before = code_hash(tree / "papers/vae")
    for entry in ("vae", "rag"):
        edit(tree / f"papers/{entry}/drawing.py", "red", "blue")
    assert code_hash(tree / "papers/vae") == before


def test_without_claims_the_files_of_the_entry_count(tree):
    (tree / "papers/vae/experiments.py").unlink()
    before = code_hash(tree / "papers/vae")
    edit(tree / "papers/vae/demo.py", "a show", "another")
    assert code_hash(tree / "papers/vae") == before
    (tree / "papers/vae/loose.py").write_text("k = 1\n")
    assert code_hash(tree / "papers/vae") != before


def test_names_that_take_no_part():
    taking_part = ("demonstration", "redrawing", "figure", "fingerprint", "model", "demos")
    assert not any(map(takes_no_part, taking_part))


PIECES = ("import numpy\nfrom foundations import nn\n", "from papers.rag import index\n", "def (:\n")


@pytest.mark.parametrize(
    ("file", "old", "new", "counts"),
    [
        ("foundations/nn.py", "4", "5", True),
        ("papers/rag/scores.py", "3", "4", True),
        ("papers/rag/index.py", "def build", "# words\ndef build", False),
        ("papers/vae/model.py", "0.1", "0.2", False),
        ("implementations/cnn.py", "3", "5", False),
    ],
)
def test_pieces_of_code_are_as_old_as_what_they_import(tree, file, old, new, counts):
    before = imports_hash(PIECES, tree)
    edit(tree / file, old, new)
    assert (imports_hash(PIECES, tree) != before) is counts


def test_imports_in_a_circle_end(tree):
    (tree / "papers/rag/scores.py").write_text("from papers.vae import model\nk = 3\n")
    assert code_hash(tree / "papers/vae").startswith("sha256:")


def test_broken_code_is_named(tree):
    (tree / "papers/rag/scores.py").write_text("k = 3\ndef (:\n")
    with pytest.raises(ExperimentError, match=r"scores\.py:2: not valid Python"):
        code_hash(tree / "papers/vae")


def test_a_missing_folder_is_named(tree):
    with pytest.raises(ExperimentError, match="no such folder"):
        code_hash(tree / "papers/vea")


def test_foundations_have_a_hash_of_their_own():
    assert foundations_hash() == foundations_hash()
    assert len(foundations_hash()) == len("sha256:") + 64


def claim_that(run) -> Claim:
    return Claim(
        id="a",
        where="§1",
        says="x",
        predicts="y",
        control="z",
        run=run,
        holds=lambda metrics: Verdict.SUPPORTED,
    )


def run_here(seed, budget):
    return {"x": 1.0}


class Runner:
    def __call__(self, seed, budget):
        return {"x": 1.0}


@pytest.mark.parametrize("run", [run_here, partial(run_here), lambda seed, budget: {"x": 1.0}, Runner()])
def test_the_entry_is_where_the_code_is(run):
    assert entry_of(claim_that(run)) == Path(__file__).parent


def test_code_in_no_file_has_no_entry():
    namespace: dict = {}
    exec("def run(seed, budget): return {'x': 1.0}", namespace)
    with pytest.raises(ExperimentError, match="pass entry="):
        entry_of(claim_that(namespace["run"]))


def test_a_result_says_where_it_comes_from():
    assert set(versions()) == {"python", "numpy", "ml-foundations"}
    assert set(machine()) == {"system", "machine", "cores"}
