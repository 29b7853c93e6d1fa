"""The threads of BLAS sleep between products, where that can be told."""

import os
import subprocess
import sys

from foundations.runtime.spinning import let_threads_sleep

CODE = """
import time
import numpy as np
from foundations.runtime import get_num_threads, set_num_threads
set_num_threads(2)
a = np.ones((600, 600))
a @ a
start, cpu = time.perf_counter(), time.process_time()
while time.perf_counter() - start < 0.02:
    time.sleep(0.001)
print(time.process_time() - cpu)
"""


def seconds_of_turning(**variables: str) -> float:
    environment = {name: v for name, v in os.environ.items() if name != "OPENBLAS_THREAD_TIMEOUT"}
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, env=environment | variables, check=True
    )
    return float(done.stdout)


def test_no_thread_turns_after_a_product():
    assert seconds_of_turning() < 0.015  # of 20 ms; a turning thread would take them all


def test_what_the_reader_set_is_left(monkeypatch):
    monkeypatch.setenv("OPENBLAS_THREAD_TIMEOUT", "20")
    assert let_threads_sleep(object()) is False  # type: ignore[arg-type]


def test_another_library_is_left(monkeypatch):
    monkeypatch.delenv("OPENBLAS_THREAD_TIMEOUT", raising=False)
    assert let_threads_sleep(object()) is False  # type: ignore[arg-type]
    assert "OPENBLAS_THREAD_TIMEOUT" not in os.environ
