"""Execute the fences of a page of notes, in order, in one namespace, and hold their output to the page."""

from __future__ import annotations

import contextlib
import difflib
import io
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from study.entries import importing
from study.files import paths
from study.files.checkout import find_root
from study.notes.model import Fence, Notes

_DIFF_LINES = 12


@dataclass(frozen=True)
class Failure:
    """A fence that did not do what the page says.

    Attributes:
        path: The page.
        line: Line of the page: of the output that differs, or of the statement that raised.
        what: One line.
        expected: What the page shows; empty if the fence raised.
        got: What the fence printed; empty if it raised.
        traceback: The traceback, if it raised, with the lines of the page.
    """

    path: Path
    line: int
    what: str
    expected: str = ""
    got: str = ""
    traceback: str = ""

    @property
    def diff(self) -> str:
        """Expected against got, a dozen lines at most; empty if the fence raised."""
        lines = list(
            difflib.unified_diff(self.expected.splitlines(), self.got.splitlines(), lineterm="", n=1)
        )[3:]
        if len(lines) > _DIFF_LINES:
            lines = [*lines[:_DIFF_LINES], f"… and {len(lines) - _DIFF_LINES} lines more"]
        return "\n".join(lines)

    def __str__(self) -> str:
        details = self.diff or self.traceback
        return f"{paths.shown(self.path)}:{self.line}: {self.what}" + (f"\n{details}" if details else "")


@dataclass(frozen=True)
class Run:
    """What became of the fences of a page.

    Attributes:
        notes: The page as it was read.
        executed: Number of fences that ran to their end.
        printed: Line of a fence's first line to what it printed.
        failures: What differed from the page; after a fence that raised, the rest was not run.
        seconds: Wall time.
    """

    notes: Notes
    executed: int
    printed: Mapping[int, str]
    failures: tuple[Failure, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether every fence ran and printed what the page shows."""
        return not self.failures


def normal(output: str) -> str:
    """Return printed output as a page can hold it: no white space at line ends, one newline at the end."""
    text = "\n".join(line.rstrip() for line in output.split("\n")).rstrip("\n")
    return text + "\n" if text else ""


def run(notes: Notes, *, before: Callable[[int, Callable[[], Run]], object] | None = None) -> Run:
    """Execute the fences of a page from the root of its checkout.

    All fences share one namespace. Working directory, NumPy's print options and standard output are as before
    when it returns. Output is compared up to white space at the ends of lines.

    Args:
        notes: The page.
        before: Called before each fence with its number and a function that runs this fence and all after it;
            whoever calls that function, in a copy of the process, has run the page to its end.

    Raises:
        CheckoutError: The page is in no checkout.
    """
    root = find_root(notes.path.parent)
    importing.reach(root)
    with _surroundings(notes, root) as namespace:
        execution = _Execution(notes, namespace)
        while execution.goes_on:
            if before is not None:
                before(execution.number, execution.to_the_end)
            execution.step()
    return execution.result()


class _Execution:
    """The fences of a page while they run, one after the other."""

    def __init__(self, notes: Notes, namespace: dict[str, object]):
        self.notes = notes
        self.namespace = namespace
        self.number = 0  # of the fence that is next
        self._fences = list(notes.runnable)
        self._printed: dict[int, str] = {}
        self._failures: list[Failure] = []
        self._raised = False
        self._started = time.perf_counter()

    @property
    def goes_on(self) -> bool:
        return not self._raised and self.number < len(self._fences)

    def step(self) -> None:
        fence, path = self._fences[self.number], self.notes.path
        self.number += 1
        output, failure = _execute(fence, path.absolute(), self.namespace)
        if failure is not None:
            self._failures.append(failure)
            self._raised = True
            return
        self._printed[fence.line] = output
        expected = fence.output.code if fence.output else None
        if fence.output and expected is not None and normal(expected) != output:
            what = f"the fence of line {fence.start} printed something else"
            self._failures.append(Failure(path, fence.output.line, what, normal(expected), output))

    def to_the_end(self) -> Run:
        while self.goes_on:
            self.step()
        return self.result()

    def result(self) -> Run:
        seconds = time.perf_counter() - self._started
        return Run(self.notes, len(self._printed), self._printed, tuple(self._failures), seconds)


@contextlib.contextmanager
def _surroundings(notes: Notes, root: Path) -> Iterator[dict[str, object]]:
    import numpy as np

    name = f"notes_{notes.path.parent.name}"
    module = ModuleType(name)  # classes that fences define look their module up, dataclasses for one
    module.__file__ = str(notes.path.absolute())
    sys.modules[name] = module
    try:
        with contextlib.chdir(root), np.printoptions(**np.get_printoptions()):
            yield module.__dict__
    finally:
        del sys.modules[name]
        importing.remember()


def _execute(fence: Fence, path: Path, namespace: dict[str, object]) -> tuple[str, Failure | None]:
    padding = "\n" * (fence.line - 1)  # so that every line has the number it has on the page
    captured = io.StringIO()
    try:
        code = compile(padding + fence.code, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        return "", Failure(path, error.lineno or fence.line, f"not valid Python: {error.msg}")
    try:
        with contextlib.redirect_stdout(captured):
            exec(code, namespace)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a fence that calls sys.exit is no better than one that raises
        frames = traceback.extract_tb(error.__traceback__)
        line = next((frame.lineno for frame in reversed(frames) if frame.filename == str(path)), fence.line)
        message = str(error).strip().split("\n")[0]
        inner = frames[-1]
        where = (
            "" if inner.filename == str(path) else f" (at {paths.shown(Path(inner.filename))}:{inner.lineno})"
        )
        shown = traceback.TracebackException.from_exception(error)
        shown.stack = traceback.StackSummary.from_list(
            [frame for frame in shown.stack if frame.filename != __file__]
        )
        what = f"{type(error).__name__}: {message}{where}"
        return "", Failure(path, line or fence.line, what, traceback="".join(shown.format()).rstrip())
    return normal(captured.getvalue()), None
