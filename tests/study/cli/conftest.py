"""The command line as a process: what it prints, where, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SLOW_CLAIM = '''\
"""A claim that never comes to an end, but for the first seed."""

import time
from pathlib import Path

from foundations.experiment import Claim, at_least


def measure(seed, budget):
    """Return the seed; every other seed says, once the first is kept, that it has begun, and never ends."""
    if seed:
        while not list(Path("papers/coin/seeds/slow").glob("0.json")):
            time.sleep(0.01)
        Path("begun").write_text("begun")
        Path("never").read_text()
    return {"seed": float(seed)}


CLAIMS = (
    Claim(
        id="slow",
        where="Section 1",
        says="It takes long.",
        estimand="A number.",
        predicts="Nothing.",
        refuted="It is below 0.",
        control="None.",
        thresholds={"least": 0.0},
        run=measure,
        holds=lambda metrics: at_least(metrics["seed"], 0.0),
    ),
)
'''


@dataclass(frozen=True)
class Done:
    """How a run of the command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON value and nothing else."""
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """What an error said: one or two lines on standard error, and nothing on standard output."""
        assert self.code in (1, 2, 130), self
        assert self.out == "", self
        lines = self.err.strip().splitlines()
        assert 1 <= len(lines) <= 2, self
        assert lines[0].startswith("error: "), self
        assert "Traceback" not in self.err, self
        assert "bug in study" not in self.err, self
        return self.err.strip().removeprefix("error: ")


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of a reader who set nothing up."""
    unset = (
        "COLUMNS",
        "LINES",
        "NO_COLOR",
        "FORCE_COLOR",
        "STUDY_DEBUG",
        "ML_FOUNDATIONS_DATA",
        "PYTHONIOENCODING",
    )
    return (
        {name: value for name, value in os.environ.items() if name not in unset} | {"TERM": "dumb"} | changes
    )


COMMAND = (sys.executable, "-P", "-m", "study")
"""`-P`: as the installed `study` does, without the current folder among the modules."""

Run = Callable[..., Done]


ZYGOTE = """
import contextlib, io, json, os, sys
import bibtexparser, joblib, numpy, rich.table, sqlite3, typer.rich_utils, yaml
import foundations.experiment, study.cli.terminal, study.doctor, study.notes.notebook, study.search
with contextlib.redirect_stdout(io.StringIO()):
    study.cli.main(["data", "list"])  # these two import what is put off until a command runs
    study.cli.main(["--help"])
study.cli.terminal.out.cache_clear()
for line in sys.stdin:
    request = json.loads(line)
    child = os.fork()
    if not child:
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        for number, name in ((0, os.devnull), (1, request["out"]), (2, request["err"])):
            os.dup2(os.open(name, os.O_RDWR | os.O_CREAT), number)
        sys.exit(study.cli.main(request["args"]))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""What imports everything once and forks for each command line: a process each, without the wait."""


@pytest.fixture(scope="session")
def zygote() -> Iterator[subprocess.Popen[str]]:
    """The process that forks; where there is no fork, these tests have nothing to run in."""
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    with subprocess.Popen(
        [sys.executable, "-P", "-c", ZYGOTE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(OPENBLAS_NUM_THREADS="1", PYTHONIOENCODING="utf-8"),
        cwd="/",
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def study(base: Any, zygote: subprocess.Popen[str], tmp_path: Path) -> Run:
    """Return a function that runs `study` in the root of the toy base; `cwd` and `env` may be given."""

    def run(*args: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> Done:
        assert zygote.stdin is not None
        assert zygote.stdout is not None
        out, err = tmp_path / "stdout", tmp_path / "stderr"
        for stream in (out, err):
            stream.write_bytes(b"")
        request = {"args": args, "cwd": str(cwd or base.root), "env": environment(**(env or {}))}
        zygote.stdin.write(json.dumps(request | {"out": str(out), "err": str(err)}) + "\n")
        zygote.stdin.flush()
        code = int(zygote.stdout.readline())
        return Done(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))

    return run


@pytest.fixture
def start(base: Any) -> Callable[..., subprocess.Popen[str]]:
    """Return a function that starts `study` in the toy base and does not wait for it."""

    def begin(*args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *args],
            cwd=base.root,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


@pytest.fixture
def slow(base: Any) -> Any:
    """The toy base with a claim whose second seed writes to the pipe `begun` and then never ends."""
    base.write("papers/coin/experiments.py", SLOW_CLAIM)
    os.mkfifo(base.path("begun"))
    os.mkfifo(base.path("never"))
    return base


@pytest.fixture(scope="session")
def command() -> tuple[str, ...]:
    """What starts `study`, for tests that start it themselves."""
    return COMMAND
