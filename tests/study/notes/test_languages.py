"""Python in a note runs however its language is spelled, or is reported with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from study.files.errors import FileError
from study.notes import parse_text
from study.notes.languages import hidden_python, is_python, language, runs
from study.notes.run import run

PATH = Path("papers/x/notes.md")

RUN = (
    "```python", "```py", "```python3", "```py3", "```python3.12", "```Python", "```PY", "``` python",
    '```python title="a.py"', '```python title="a.py" hl_lines="1"', "```python{1,3}", "```python,ignore",
    "```{.python}", "``` { .python }", "```{ .py linenums=1 }", '```{.python .annotate title="a"}',
    "```{ #one .py }", "```{python}", "~~~python", "~~~ py", "~~~~python3", "````python", "  ```py",
    "    ```python", "\t```python",
)  # fmt: skip
REPORTED = (
    "```pycon", "```python-console", "```python-repl", "```doctest", "```ipython", "```ipython3",
    "```python2", "```py2", "```pyi", "```{ .pycon }", '```pycon title="x"', "~~~pycon", "```Pycon",
    "```micropython",
)  # fmt: skip
OTHER = (
    "```",
    "```text",
    "```console",
    "```sh",
    "```pytb",
    "```json",
    "```pytorch",
    "```{ .text .output }",
    "```{=html}",
)


def page(opening: str, code: str) -> str:
    indent = opening[: len(opening) - len(opening.lstrip())]
    marker = opening.strip()[: len(opening.strip()) - len(opening.strip().lstrip("`~"))]
    return f"# A\n\n{opening}\n{indent}{code}\n{indent}{marker}\n"


def hidden(body: str) -> list[str]:
    return [str(fault).split("\n")[0] for fault in hidden_python(body, 1, PATH)]


@pytest.mark.parametrize("opening", RUN)
def test_any_spelling_of_python_runs(base, opening: str) -> None:
    text = page(opening, "raise AssertionError('it ran')")
    assert hidden(text) == []
    (failure,) = run(parse_text(text, base.path("papers/coin/notes.md"), front=False)).failures
    assert failure.what == "AssertionError: it ran"
    assert failure.line == 4


@pytest.mark.parametrize("opening", REPORTED)
def test_python_that_cannot_run_is_reported(opening: str) -> None:
    (told,) = hidden(page(opening, ">>> 1"))
    assert told.startswith("papers/x/notes.md:3: a fence of '")
    assert told.endswith("is Python that is not run")
    assert parse_text(page(opening, ">>> 1"), PATH, front=False).runnable == ()


@pytest.mark.parametrize("opening", OTHER)
def test_what_is_no_python_is_left_alone(opening: str) -> None:
    text = page(opening, "x")
    assert hidden(text) == []
    assert parse_text(text, PATH, front=False).runnable == ()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("\n> ```python\n> x = 1\n> ```\n", "2: a Python fence in a quotation is not run"),
        ("> a\n>\n>   ~~~ { .py }\n>   x\n>   ~~~\n", "3: a Python fence in a quotation is not run"),
        ("> > ```py\n> > x\n> > ```\n", "1: a Python fence in a quotation is not run"),
        ("- ```python\n  x = 1\n  ```\n", "1: a Python fence on the line of a bullet is not run"),
        ("1. ```py\n   x = 1\n   ```\n", "1: a Python fence on the line of a bullet is not run"),
        ("> - ```py\n>   x\n>   ```\n", "1: a Python fence on the line of a bullet is not run"),
        (":   ~~~pycon\n    x\n    ~~~\n", "1: a Python fence on the line of a bullet is not run"),
        (
            '\n\n<pre><code class="language-python">x</code></pre>\n',
            "3: Python in an HTML element is not run",
        ),
        ("<pre lang='py'>\nx\n</pre>\n", "1: Python in an HTML element is not run"),
    ],
)
def test_python_where_no_fence_is_run_is_reported(body: str, told: str) -> None:
    assert f"papers/x/notes.md:{told}" in hidden(body)


@pytest.mark.parametrize(
    "body",
    [
        "> ```text\n> x\n> ```\n",
        "- ```sh\n  x\n  ```\n",
        "Write ` ```python ` and `<code class='language-python'>`.\n",
        "````markdown\n> ```python\n````\n",
        "<!--\n> ```python\n-->\n",
        "<code>python</code>\n",
    ],
)
def test_what_only_speaks_of_python_is_not_reported(body: str) -> None:
    assert hidden(body) == []


def test_a_list_and_a_tab_hold_fences_that_run() -> None:
    body = '1. One\n\n    ```py\n    a = 1\n    ```\n\n=== "Tab"\n\n    ```{ .python }\n    b = 2\n    ```\n'
    assert [fence.code for fence in parse_text(body, PATH, front=False).runnable] == ["a = 1\n", "b = 2\n"]


def test_a_source_marker_stands_above_any_spelling() -> None:
    notes = parse_text("<!-- source: a.py::b -->\n```{ .py }\nx\n```\n", PATH, front=False)
    assert [fence.kind for fence in notes.fences] == ["source"]
    with pytest.raises(FileError, match="a source marker must stand"):
        parse_text("<!-- source: a.py::b -->\n```pycon\nx\n```\n", PATH, front=False)


def test_the_language_of_an_info_string() -> None:
    assert [language(info) for info in ("C++ x", "{.a-b c}", "{ }", "!")] == ["c++", "a-b", "", ""]
    assert [is_python(name) for name in ("pyx", "pytb", "pycon", "")] == [False, False, True, False]
    assert not runs("")
