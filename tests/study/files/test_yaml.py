"""YAML that was written to hurt: refused in a line or two, at once."""

from __future__ import annotations

import resource
from itertools import pairwise
from pathlib import Path

import pytest

from study.files import yaml
from study.files.errors import FileError

PATH = Path("papers/coin/notes.md")
LETTERS = "abcdefghi"
BOMB = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
    f"{one}: &{one} [{', '.join([f'*{before}'] * 9)}]\n" for before, one in pairwise(LETTERS)
)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (BOMB, "notes.md:2: YAML aliases are not read, got &a\nWrite the value out"),
        ("a: *b", "notes.md:2: YAML aliases are not read, got \\*b"),
        ("a: 1\nb: &" + "c" * 5000 + " 1", "notes.md:3: YAML aliases are not read, got &ccc"),
        ("a: " + "[" * 5000, "notes.md:2: lists and mappings inside each other, more than 12 deep"),
        ("a: " + "{b: " * 5000, "more than 12 deep"),
        ("a:\n" + "- " * 5000, "notes.md:3: .*more than 12 deep"),
        ("a: " + "x" * 70_000, "notes.md:2: 70,003 characters of YAML: at most 65,536 are read"),
        ("a: " + "9" * 5000, "notes.md:2: not YAML: a number of 5,000 characters"),
        ("a: 1" + ":59" * 9000, "not YAML: a number of 27,001 characters"),
        ("a: 0b" + "1" * 9000, "not YAML: a number of 9,002 characters"),
        ('a: "\\ud800"', "not YAML: an escape for a character that no text has"),
        ('a: "\\0"', "not YAML: an escape for a character that no text has"),
        (
            "a: !!python/object/apply:os.system [ls]",
            "not YAML: could not determine a constructor for the tag",
        ),
        ("a: !!" + "x" * 9000 + " 1", "not YAML: could not determine a constructor"),
        ("a: 2020-99-99", "notes.md:2: not YAML: month must be in 1..12"),
        ("? [a]\n: b", "notes.md:2: expected a name before the colon"),
        ("- a", "notes.md:2: expected `field: value` lines"),
        ("k" * 900 + ": 1\n" + "k" * 900 + ": 2", "stands twice, first on line 2"),
        ("a: [", "not YAML"),
    ],
)
def test_is_refused(source: str, told: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FileError, match=told) as caught:
        yaml.fields(source, PATH, first=2)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes
    assert max(map(len, str(caught.value).splitlines())) < 250


def test_what_people_write_is_read() -> None:
    source = "title: 'A: b'\nyear: 2017\ntags: [a, b-c]\ndeep: {a: [{b: [c]}]}\nx: 1e3\ny: 1.5\n"
    values, lines = yaml.fields(source, PATH, first=2)
    deep = {"a": [{"b": ["c"]}]}
    assert values == {"title": "A: b", "year": 2017, "tags": ["a", "b-c"], "deep": deep, "x": "1e3", "y": 1.5}
    assert lines["tags"] == 4
    assert yaml.fields("", PATH) == ({}, {})
    assert yaml.load("- q: why?\n", PATH) == [{"q": "why?"}]
