"""What somebody who mistyped a name probably meant."""

from __future__ import annotations

import pytest

from study.files.suggestion import closest, hint

ENTRIES = ("attention", "autodiff", "optimization", "matrix_decomposition", "matrix_calculus")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("atention", ["attention"]),
        ("ATTENTION", ["attention"]),
        ("matrix-calculus", ["matrix_calculus"]),
        ("matrix_c", ["matrix_calculus", "matrix_decomposition"]),
        ("matrix", ["matrix_calculus"]),
        ("zzz", []),
        ("", []),
    ],
)
def test_only_what_is_about_as_near_as_the_nearest_is_suggested(typed: str, meant: list[str]) -> None:
    assert closest(typed, ENTRIES, most=3) == meant


def test_without_names_there_is_nothing_to_suggest() -> None:
    assert closest("x", []) == []
    assert hint("x", [], "make one.") == "make one."


def test_a_long_name_takes_no_time() -> None:
    assert hint("a" * 10**6, ["a" * 10**6, "b"], "none.").startswith("did you mean aaa")
