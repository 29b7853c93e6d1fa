from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.files.errors import FileError
from study.notes import Source
from study.notes.source import shown_source

MODULE = '''\
"""A module."""

import functools

CONFIG: dict[str, int] = {
    "a": 1,  # first
}
LOW, HIGH = 0, 1


@functools.cache
@functools.wraps(
    print
)
def decorated(x):
    """Return it.

    Args:
        x: Anything.
    """

    # why
    text = """
  less indented
    """
    return x, text  # (n,)


def short(): "no docstring to take"; return 1


class Error(Exception):
    """All there is."""


class Outer:
    """Holds others."""

    size = 3

    class Inner:
        def method(self):
            """Do it."""
            return 1

    async def run(self):
        return 2

    def again(self):
        return "first"

    def again(self):
        return "second"


if True:
    def conditional():
        return 1
else:
    fallback = None
'''


@pytest.fixture
def shown(base):
    base.write("papers/coin/all.py", MODULE)

    def show(name: str, file: str = "papers/coin/all.py") -> str:
        return shown_source(Source(file, name, 7), base.path("papers/coin/notes.md"), base.root)

    return show


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CONFIG", 'CONFIG: dict[str, int] = {\n    "a": 1,  # first\n}\n'),
        ("HIGH", "LOW, HIGH = 0, 1\n"),
        ("short", 'def short(): "no docstring to take"; return 1\n'),
        ("Error", 'class Error(Exception):\n    """All there is."""\n'),
        ("Outer.size", "size = 3\n"),
        ("Outer.Inner.method", "def method(self):\n    return 1\n"),
        ("Outer.run", "async def run(self):\n    return 2\n"),
        ("Outer.again", 'def again(self):\n    return "second"\n'),
        ("conditional", "def conditional():\n    return 1\n"),
        ("fallback", "fallback = None\n"),
    ],
)
def test_definitions(shown, name, expected):
    assert shown(name) == expected


def test_decorators_stay_and_the_docstring_goes_with_the_blank_line_after_it(shown):
    assert shown("decorated") == textwrap.dedent(
        '''\
        @functools.cache
        @functools.wraps(
            print
        )
        def decorated(x):
            # why
            text = """
          less indented
            """
            return x, text  # (n,)
        '''
    )


def test_a_class_keeps_the_docstrings_of_its_methods(shown):
    text = shown("Outer")
    assert "Holds others" not in text
    assert '"""Do it."""' in text
    assert text.startswith("class Outer:\n    size = 3\n")


def test_windows_line_ends_do_not_show(shown, base):
    base.write("papers/coin/all.py", MODULE.replace("\n", "\r\n"))
    assert shown("LOW") == "LOW, HIGH = 0, 1\n"


@pytest.mark.parametrize(
    ("name", "file", "message"),
    [
        (
            "Outer.runs",
            "papers/coin/all.py",
            r"notes\.md:7: source: .* defines no Outer\.runs; did you mean Outer\.run\?",
        ),
        ("decorated.x", "papers/coin/all.py", "defines no decorated.x"),
        ("zzz", "papers/coin/all.py", "defines no zzz$"),
        ("f", "papers/coin/none.py", "papers/coin/none.py is not a Python file of the checkout"),
        ("f", "../base/papers/coin/all.py", "is not a Python file of the checkout"),
        ("f", "/etc/passwd", "is not a Python file of the checkout"),
        ("f", "papers/coin/notes.md", "is not a Python file of the checkout"),
    ],
)
def test_what_is_not_there(shown, name, file, message):
    with pytest.raises(FileError, match=message):
        shown(name, file)


def test_a_module_that_does_not_parse(shown, base):
    base.write("papers/coin/all.py", "x = 1\ndef f(:\n")
    with pytest.raises(FileError, match=r"papers/coin/all\.py:2: not valid Python"):
        shown("f")


STATEMENTS = st.lists(
    st.sampled_from(["x = 1", "return x", "# why\nx = 2", "", "if x:\n    pass", "'text'"]), max_size=5
)


@given(STATEMENTS, st.booleans(), st.integers(0, 2), st.booleans())
def test_what_is_shown_is_the_definition_without_its_docstring(statements, documented, depth, decorated):
    lines = [*(['"""Doc.', "", "more", '"""', ""] if documented else []), *statements, "return 0"]
    body = textwrap.indent("\n".join(lines), "    ")
    definition = ("@staticmethod\n" if decorated else "") + f"def f(x):\n{body}\n"
    source = definition
    for level in range(depth):
        source = f"class C{level}:\n" + textwrap.indent(source, "    ")
    tree = ast.parse(source)
    node = tree.body[0]
    while isinstance(node, ast.ClassDef):
        node = node.body[0]
    from study.notes.source import extract

    text = extract(source.split("\n"), node)
    expected = ast.parse(definition).body[0]
    assert isinstance(expected, ast.FunctionDef)
    has_doc = ast.get_docstring(expected) is not None
    shown = ast.parse(text).body[0]
    assert isinstance(shown, ast.FunctionDef)
    kept = expected.body[1:] if has_doc else expected.body
    assert [ast.dump(one) for one in shown.body] == [ast.dump(one) for one in kept]
    assert text.startswith("@staticmethod\ndef f" if decorated else "def f")
