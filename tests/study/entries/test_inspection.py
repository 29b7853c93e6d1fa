from __future__ import annotations

import ast

import pytest

from study.entries.inspection import imports, mirrored_tests, parse, public_names
from study.files.errors import FileError


def test_names_of_the_toy(base):
    assert public_names(base.path("papers/coin")) == {"flip": "defined"}
    assert public_names(base.path("foundations/algebra")) == {"Halver": "defined", "double": "defined"}


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("def flip(): pass", "stub"),
        ('def flip():\n    """Doc."""', "stub"),
        ("def flip(): ...", "stub"),
        ("def flip(): raise NotImplementedError('later')", "stub"),
        ("def flip(): raise NotImplementedError", "stub"),
        ("def flip(): raise ValueError", "defined"),
        ("def flip(): return 1", "defined"),
        ("async def flip(): return 1", "defined"),
        ("flip = 3", "defined"),
        ("flip: int = 3", "defined"),
        ("a, flip = 1, 2", "defined"),
        ("if True:\n    def flip(): return 1", "defined"),
        ("class flip: pass", "stub"),
        ("class flip:\n    def run(self): ...", "stub"),
        ("class flip:\n    def run(self): return 1", "defined"),
        ("class flip(Exception): pass", "defined"),
        ("class flip(Base):\n    def run(self): ...", "stub"),
        ("class flip(Protocol):\n    def run(self): ...", "defined"),
        ("class flip(typing.Protocol):\n    def run(self): ...", "defined"),
        ("@dataclass\nclass flip:\n    x: int", "defined"),
        ("def flop(): return 1", "missing"),
        ("", "missing"),
    ],
)
def test_what_counts_as_written(base, code, state):
    base.write("papers/coin/flip.py", code)
    assert public_names(base.path("papers/coin")) == {"flip": state}


def test_names_come_from_all_or_the_imports_or_the_modules(base):
    folder = base.path("papers/coin")
    base.write(
        "papers/coin/__init__.py",
        "from papers.coin.flip import flip as toss\nfrom . import flip\nimport numpy\n",
    )
    assert public_names(folder) == {"toss": "defined", "flip": "defined"}
    base.write(
        "papers/coin/__init__.py", "from .flip import flip\nHERE = 1\n__all__ = ['flip', 'HERE', 'gone']\n"
    )
    assert public_names(folder) == {"flip": "defined", "HERE": "defined", "gone": "missing"}
    base.write("papers/coin/__init__.py", "")
    assert public_names(folder) == {"flip": "defined"}
    base.path("papers/coin/__init__.py").unlink()
    assert public_names(folder) == {"flip": "defined"}


def test_re_exports_are_followed_to_their_definition(base):
    base.write("foundations/algebra/arithmetic.py", "def double(x): ...\n\n\nclass Halver: pass\n")
    base.write("papers/coin/__init__.py", "from foundations.algebra import double\n__all__ = ('double',)\n")
    assert public_names(base.path("papers/coin")) == {"double": "stub"}
    base.write("papers/coin/__init__.py", "from papers.coin import flop\n__all__ = ('flop',)\n")
    assert public_names(base.path("papers/coin")) == {"flop": "missing"}, "even in a circle"


def test_tests_mirror_the_entry_and_import_it(base):
    base.write(
        "tests/papers/test_coin_more.py",
        "from papers.coin import flip\ndef test_a(): ...\ndef test_b(): ...\n",
    )
    base.write("tests/papers/test_coin.py", "def test_nothing_of_it(): ...\n")
    base.write("tests/papers/test_coins.py", "import papers.coin\n")
    base.write("tests/papers/other/test_coin.py", "import papers.coin\n")
    found = mirrored_tests(base.entry("coin"))
    assert [(test.path.relative_to(base.root).as_posix(), test.cases) for test in found] == [
        ("tests/papers/coin/test_coin.py", 1),
        ("tests/papers/test_coin_more.py", 2),
    ]
    assert "torch" in found[0].imports
    assert "torch" not in found[1].imports
    assert mirrored_tests(base.entry("walk")) == []


def test_imports():
    tree = ast.parse(
        "import a.b, c\nfrom d.e import f\ndef g():\n    from . import h\n    from ..i import j\n"
    )
    assert sorted(imports(tree)) == [
        ("", 1, 4),
        ("a.b", 0, 1),
        ("c", 0, 1),
        ("d.e", 0, 2),
        ("d.e.f", 0, 2),
        ("h", 1, 4),
        ("i", 2, 5),
    ]


def test_a_file_that_is_no_python(base):
    with pytest.raises(FileError, match=r"papers/coin/bad\.py:2: not valid Python"):
        parse(base.write("papers/coin/bad.py", "x = 1\ny = =\n"))
