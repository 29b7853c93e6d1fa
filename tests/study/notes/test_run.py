from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from study.files.errors import CheckoutError
from study.notes import parse, parse_text, run


@pytest.fixture
def execute(base, page):
    def put(body: str):
        return run(parse(base.write("papers/coin/notes.md", page(body))))

    return put


def test_the_toy_runs(base):
    for name in ("foundations/algebra", "implementations/walk", "papers/coin"):
        done = run(parse(base.path(f"{name}/notes.md")))
        assert done.passed, done.failures
        assert done.executed == len(done.notes.runnable)
        assert done.seconds > 0


def test_fences_share_one_namespace_and_run_at_the_root(execute, base):
    done = execute(
        """
        ```python
        import os
        x = 1
        ```

        ```python
        x += 1
        print(x, os.getcwd(), __name__)
        ```
        """
    )
    assert done.passed
    assert done.printed == {6: "", 11: f"2 {base.root} notes_coin\n"}


def test_surroundings_are_as_before(execute):
    folder, modules, options = os.getcwd(), set(sys.modules), np.get_printoptions()
    done = execute(
        """
        ```python
        import os, numpy as np
        np.set_printoptions(precision=1)
        os.chdir("/")
        ```
        """
    )
    assert done.passed
    assert os.getcwd() == folder
    assert np.get_printoptions() == options
    assert "notes_coin" not in set(sys.modules) - modules


def test_definitions_find_their_module(execute):
    done = execute(
        """
        ```python
        import inspect
        from dataclasses import dataclass

        @dataclass
        class Point:
            x: "int" = 1

        def norm(point):
            return abs(point.x)

        print(Point(), inspect.getsource(norm).count("\\n"))
        ```

        ```text
        Point(x=1) 2
        ```
        """
    )
    assert done.passed, done.failures


def test_output_that_differs_says_where_and_how(execute):
    done = execute(
        """
        ```python
        print("one")
        print("two")
        ```

        ```text
        one
        too
        ```

        ```python
        print("the rest still runs")
        ```
        """
    )
    (failure,) = done.failures
    assert (failure.line, failure.expected, failure.got) == (11, "one\ntoo\n", "one\ntwo\n")
    assert str(failure) == (
        "papers/coin/notes.md:11: the fence of line 5 printed something else\n one\n-too\n+two"
    )
    assert done.executed == 2


def test_a_long_difference_is_cut_short(execute):
    done = execute("```python\nfor i in range(50):\n    print(i)\n```\n\n```text\n```\n")
    (failure,) = done.failures
    assert failure.diff.count("\n") == 12
    assert failure.diff.endswith("… and 38 lines more")


@pytest.mark.parametrize("shown", ["1 \n2\n\n", "1\n2", "1\n2\t"])
def test_white_space_at_line_ends_does_not_count(execute, shown):
    assert execute(f"```python\nprint('1   ')\nprint(2)\n```\n\n```text\n{shown}\n```\n").passed


@pytest.mark.parametrize("shown", ["1\n\n2", " 1\n2", "1\n 2"])
def test_other_white_space_counts(execute, shown):
    assert not execute(f"```python\nprint(1)\nprint(2)\n```\n\n```text\n{shown}\n```\n").passed


def test_output_that_is_not_shown_is_no_failure(execute):
    assert execute("```python\nprint(1)\n```\n").passed


def test_an_exception_names_the_line_of_the_page(execute):
    done = execute(
        """
        ```python
        def wrong():
            return 1 / 0

        ```

        ```python
        x = 1
        wrong()
        ```

        ```python
        print("not reached")
        ```
        """
    )
    (failure,) = done.failures
    assert failure.line == 7
    assert failure.what == "ZeroDivisionError: division by zero"
    assert 'notes.md", line 13, in <module>\n    wrong()' in failure.traceback
    assert 'notes.md", line 7, in wrong\n    return 1 / 0' in failure.traceback
    assert "notes/run.py" not in failure.traceback
    assert str(failure).startswith("papers/coin/notes.md:7: ZeroDivisionError: division by zero\nTraceback")
    assert done.executed == 1


def test_an_exception_from_a_module_names_both_places(execute, base):
    base.write("papers/coin/flip.py", "def flip(n, *, rng):\n    raise ValueError('n is odd\\nreally')\n")
    (failure,) = execute("```python\nfrom papers.coin import flip\nflip(1, rng=None)\n```\n").failures
    assert failure.line == 6
    assert failure.what == "ValueError: n is odd (at papers/coin/flip.py:2)"


def test_a_syntax_error_names_the_line_of_the_page(execute):
    (failure,) = execute("```python\nx = 1\ny = = 2\n```\n").failures
    assert (failure.line, failure.what) == (6, "not valid Python: invalid syntax")


def test_leaving_is_a_failure(execute):
    (failure,) = execute("```python\nimport sys\nsys.exit(3)\n```\n").failures
    assert failure.what == "SystemExit: 3"


def test_the_keyboard_still_interrupts(execute):
    with pytest.raises(KeyboardInterrupt):
        execute("```python\nraise KeyboardInterrupt\n```\n")


def test_a_fence_in_a_folded_answer_runs_with_its_indentation_taken_off(execute):
    code = "```python\nif True:\n    print(1)\n```\n\n```text\n1\n```\n"
    done = execute(f"<details>\n\n{textwrap.indent(code, '    ')}\n</details>\n")
    assert done.passed
    assert done.executed == 1


def test_fences_do_not_inherit_the_future_of_the_tool(execute):
    assert execute("```python\ndef f(x: 1 + 1): ...\nassert f.__annotations__ == {'x': 2}\n```\n").passed


def test_a_page_outside_a_checkout(tmp_path):
    with pytest.raises(CheckoutError):
        run(parse_text("", Path(tmp_path / "notes.md"), front=False))
