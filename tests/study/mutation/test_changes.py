"""The changes to a definition: each kind, and what is left alone."""

from __future__ import annotations

import ast

import pytest

from study.mutation.changes import changes


def made(code: str) -> set[str]:
    (definition,) = ast.parse(code).body
    before = ast.dump(definition)
    found = list(changes(definition))
    assert ast.dump(definition) == before, "the definition itself stays as it is"
    texts = [ast.unparse(change.definition) for change in found]
    assert len(set(texts)) == len(texts)
    assert ast.unparse(definition) not in texts
    return {change.what for change in found}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a + b", {"a + b → a", "a + b → b", "a + b → a - b"}),
        ("a - b", {"a - b → a", "a - b → a + b"}),
        ("a * b", {"a * b → a", "a * b → b"}),
        ("a / b", {"a / b → a"}),
        ("a ** b", {"a ** b → a"}),
        ("a @ b", {"a @ b → b @ a"}),
        ("-a", {"-a → a"}),
        ("not a", {"not a → a"}),
        ("a < b", {"a < b → a <= b"}),
        ("a >= b", {"a >= b → a > b"}),
        ("a == b", {"a == b → a != b"}),
        ("a.T", {"a.T → a"}),
        ("a.mT", {"a.mT → a"}),
        ("a.swapaxes(i, j)", {"a.swapaxes(i, j) → a"}),
        ("np.transpose(a)", {"np.transpose(a) → a"}),
        ("f(a, axis=-1)", {"f(a, axis=-1) → f(a, axis=-2)", "-1 → 0"}),
        ("f(a, axis=0)", {"f(a, axis=0) → f(a, axis=1)"}),
        ("2", {"2 → 3"}),
        ("0.5", {"0.5 → 1.5"}),
        ("-1", {"-1 → 0"}),
        ("True", set()),
        ("'text'", set()),
        ("f'{a + b}'", set()),
    ],
)
def test_each_kind_of_change(body, expected):
    assert made(f"def f(a, b, i, j):\n    return {body}\n") == expected
    assert made(f"f = lambda a, b, i, j: {body}\n") == expected


def test_a_sum_that_grows_is_turned_or_dropped():
    code = "def f(a):\n    t = a\n    t += a\n    t *= a\n    return t\n"
    assert made(code) == {"t += a → t -= a", "t += a → pass", "t *= a → pass"}


def test_what_the_mathematics_cannot_see_is_left_alone():
    code = '''
@decorated(1 + 2)
def f(a: "1 + 2" = 3 + 4, *, b=-5) -> "6":
    """1 + 2."""
    if a < 0 or b > 7:
        raise ValueError("must be " + str(8))
    elif a == b:
        return None
    assert a, "not " + "9"
    c: "int | 1" = b
    return c
'''
    assert made(code) == {"a == b → a != b"}


def test_methods_of_a_class_are_changed_and_their_docstrings_are_not():
    code = 'class C:\n    """1 + 1."""\n\n    def m(self, a):\n        """2 + 2."""\n        return a.T\n'
    assert made(code) == {"a.T → a"}
