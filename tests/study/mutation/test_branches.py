"""Mutants that branch off a running page come out as those of a page that is run anew."""

from __future__ import annotations

import os
import threading
from multiprocessing.connection import wait

import pytest

from study.mutation import campaign as module
from study.mutation import patch
from study.mutation.branches import ANEW, NEVER, branch, stages
from study.mutation.campaign import mutants, run
from study.mutation.changes import changes
from study.mutation.targets import Target, definition
from study.mutation.trial import Mutant
from study.notes import parse

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be copied here")

SHAPES = '''\
"""Functions that are bound, wrapped and kept in more than one way."""

import functools
from dataclasses import dataclass

LIMIT = 3 + 4


def twice(function):
    """Return a function that adds the result to itself."""

    @functools.wraps(function)
    def wrapped(x):
        return function(x) + function(x)

    return wrapped


@twice
def raised(x):
    """Return x and one."""
    return x + 1


@dataclass
class Box:
    """A side, and what follows from it."""

    side: float = 2 + 1

    @property
    def area(self):
        """Return the area."""
        return self.side * self.side

    def grown(self, by):
        """Return a larger box, through a function of its own."""
        return (lambda side: Box(side + by))(self.side)

    def unused(self):
        """Is never called."""
        return self.side - 1


STARTED = Box(3).grown(1)
TABLE = {"raised": raised}
'''

PAGE = """
## Shapes

<!-- source: foundations/algebra/shapes.py::Box -->
```python
```

<!-- source: foundations/algebra/shapes.py::LIMIT -->
```python
```

```python
from foundations.algebra.shapes import LIMIT, TABLE, Box, raised

assert LIMIT == 7
```

```python
assert raised(2) == 6
print(TABLE["raised"](1))
```

```text
4
```

```python
assert Box().area == 9
assert Box(1).grown(4).side == 5
```

## Pitfalls
"""


@pytest.fixture
def shapes(base):
    base.write("foundations/algebra/shapes.py", SHAPES)
    base.edit("foundations/algebra/notes.md", "\n## Pitfalls\n", PAGE)
    return base


def stage_of(base):
    notes = parse(base.entry("algebra").notes)
    every = mutants(notes, base.root)
    receiver, process = module._process(stages, notes, base.root, every)
    found = receiver.recv()
    process.join()
    return {f"{m.target.name}: {m.change.what}": stage for m, stage in zip(every, found, strict=True)}


def test_what_is_changed_decides_where_a_mutant_branches_off(shapes):
    fences = parse(shapes.entry("algebra").notes).runnable
    first = next(i for i, fence in enumerate(fences) if "LIMIT == 7" in fence.code)
    found = stage_of(shapes)
    assert found["raised: x + 1 → x - 1"] == first + 1
    assert found["Box: self.side * self.side → self.side"] == first + 2
    assert found["Box: self.side - 1 → self.side"] == NEVER
    assert found["LIMIT: 3 + 4 → 3"] == ANEW, "a constant of the module"
    assert found["Box: 2 + 1 → 2"] == ANEW, "a field of a class"
    assert found["Box: side + by → side"] == ANEW, "the module calls it while it is loaded"


def test_a_function_that_only_threads_run_is_seen_to_run():
    def work():
        pass

    with patch.Watch() as watch:
        watch.stage = 4
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert [stage for (_, name, _), stage in watch.first.items() if name.endswith("work")] == [4]


def test_outcomes_are_those_of_a_page_run_anew(shapes, monkeypatch):
    notes = parse(shapes.entry("algebra").notes)
    branched = run(notes, jobs=2).outcomes
    monkeypatch.setattr(module, "_branched", lambda *_: iter(()))
    anew = run(notes, jobs=2).outcomes
    assert [(m.key, str(o)) for m, o in branched] == [(m.key, str(o)) for m, o in anew]
    assert {str(o) for _, o in branched} == {"killed", "noticed", "survived"}


def test_a_change_does_not_reach_the_page_it_branched_off(shapes):
    notes = parse(shapes.entry("algebra").notes)
    target = Target("foundations/algebra/shapes.py", "raised")
    _, node = definition(shapes.root, target)
    every = [Mutant(target, change) for change in changes(node)] * 2
    outcomes = dict(module._tried(notes, shapes.root, every, 1, 60.0))
    half = len(every) // 2
    assert [outcomes[i] for i in range(half)] == [outcomes[i + half] for i in range(half)]
    assert len(outcomes) == len(every)


def test_nothing_is_left_running_when_the_page_is_stopped(shapes):
    every = mutants(parse(shapes.entry("algebra").notes), shapes.root)
    reads, writes = os.pipe()  # what holds its end open is still running
    waits = f"import os, signal\nif raised(2) != 6:\n    os.write({writes}, b'x')\n    signal.pause()"
    shapes.edit("foundations/algebra/notes.md", "assert raised(2) == 6", waits)
    notes = parse(shapes.entry("algebra").notes)
    mutant = next(one for one in enumerate(every) if one[1].change.what == "x + 1 → x - 1")
    stage = next(i for i, fence in enumerate(notes.runnable) if "signal.pause" in fence.code)
    receiver, process = module._process(branch, notes, shapes.root, {stage: [mutant]}, 1, 600.0)
    os.close(writes)
    assert os.read(reads, 1) == b"x"
    process.terminate()
    process.join()
    assert wait([reads], timeout=60)
    assert os.read(reads, 1) == b""
    os.close(reads)
    receiver.close()
