"""`study doctor --mutate` as a process."""

from __future__ import annotations

import os
import signal

PAUSE = """\
from pathlib import Path

Path("begun").write_text("begun")
Path("never").read_text()
"""


def test_the_command_says_the_score_and_fails_below_the_goal(moments, study):
    done = study("doctor", "algebra", "--mutate")
    assert done.code == 1
    told = " ".join(done.out.split())
    assert "✗ algebra: of " in told
    assert "foundations/algebra/moments.py::widest: width < moments(x)[1] → width <= moments(x)[1]" in told
    assert "survive without a reason" in done.err
    found = study("doctor", "algebra", "--mutate", "--json").json["algebra"]
    assert found["killed"] + len(found["survivors"]) == found["mutants"]
    assert found["reaches_goal"] is False


def test_it_goes_alone(moments, study):
    assert study("doctor", "algebra", "--mutate", "--fix").complaint.startswith("--mutate goes alone")


def test_interrupted_it_ends_with_130_and_leaves_the_tree_as_it_was(moments, start):
    moments.edit("foundations/algebra/notes.md", "assert widest(", PAUSE + "assert widest(")
    os.mkfifo(moments.path("begun"))
    os.mkfifo(moments.path("never"))

    def content():
        kept = [p for p in moments.root.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
        return {p: p.read_bytes() for p in kept if ".study" not in p.parts}

    before = content()
    process = start("doctor", "algebra", "--mutate")
    moments.path("begun").read_text()  # until the page is under way
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip().endswith("nothing of algebra was written, and no file was changed.")
    assert content() == before
