"""The threads of BLAS sleep soon after a product, where OpenBLAS lets that be set."""

import os
import subprocess
import sys

import pytest

from foundations.runtime.spinning import LOG2_CYCLES, let_threads_sleep

VARIABLE = "OPENBLAS_THREAD_TIMEOUT"

CODE = """
import numpy as np
import threadpoolctl
from foundations.runtime import set_num_threads
set_num_threads(2)
np.ones((600, 600)) @ np.ones((600, 600))
for library in threadpoolctl.ThreadpoolController().lib_controllers:
    if library.internal_api == "openblas" and hasattr(library.dynlib, "openblas_thread_timeout"):
        print(library.dynlib.openblas_thread_timeout())
"""


class OpenBLAS:
    """A library that remembers what it was asked, and what the variable was then."""

    def __init__(self):
        self.calls = []

    def openblas_read_env(self):
        self.calls.append(("read", os.environ.get(VARIABLE)))

    def blas_thread_shutdown_(self):
        self.calls.append(("end threads", os.environ.get(VARIABLE)))


def timeouts(**variables: str) -> list[int]:
    """Return how long the threads of each OpenBLAS of a new process spin, as a power of two of cycles."""
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, env=environment | variables, check=True
    )
    return [int(line) for line in done.stdout.split()]


def test_openblas_itself_has_read_the_shorter_time():
    found = timeouts()
    if not found:
        pytest.skip("this NumPy has no OpenBLAS that says how long its threads spin")
    assert LOG2_CYCLES in found
    assert timeouts(**{VARIABLE: "20"}) == [20] * len(found)


def test_the_variable_is_set_for_reading_only_and_the_threads_begin_anew(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    library = OpenBLAS()
    assert let_threads_sleep(library) is True  # type: ignore[arg-type]
    assert library.calls == [("read", str(LOG2_CYCLES)), ("end threads", None)]
    assert VARIABLE not in os.environ


def test_the_variable_goes_even_where_reading_fails(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    library = OpenBLAS()
    library.openblas_read_env = lambda: 1 / 0  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        let_threads_sleep(library)  # type: ignore[arg-type]
    assert VARIABLE not in os.environ


def test_what_the_reader_set_is_left(monkeypatch):
    monkeypatch.setenv(VARIABLE, "20")
    library = OpenBLAS()
    assert let_threads_sleep(library) is False  # type: ignore[arg-type]
    assert library.calls == []


def test_another_library_is_left(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert let_threads_sleep(object()) is False  # type: ignore[arg-type]
    assert VARIABLE not in os.environ
