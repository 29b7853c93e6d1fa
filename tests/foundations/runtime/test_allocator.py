"""The allocator: set where it can be, left alone where it should be."""

import ctypes
import os
import platform
import subprocess
import sys

import pytest

from foundations.runtime import allocator

GLIBC = platform.libc_ver()[0] == "glibc"


@pytest.fixture
def libc(monkeypatch):
    """A C library that remembers how mallopt was called, and answers as the test says."""

    class Library:
        def __init__(self, _name):
            pass

        def mallopt(self, name, value):
            Library.calls.append((name, value))
            return Library.answer

    Library.calls, Library.answer = [], 1
    monkeypatch.delenv("ML_FOUNDATIONS_ALLOCATOR", raising=False)
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.setattr(ctypes, "CDLL", Library)
    return Library


def test_three_settings_on_glibc(libc):
    assert allocator.keep_freed_memory()
    assert [name for name, _ in libc.calls] == [-3, -1, -2]


def test_a_setting_that_is_refused(libc):
    libc.answer = 0
    assert not allocator.keep_freed_memory()
    assert len(libc.calls) == 3


def test_it_can_be_switched_off(libc, monkeypatch):
    monkeypatch.setenv("ML_FOUNDATIONS_ALLOCATOR", "system")
    assert not allocator.keep_freed_memory()
    assert not libc.calls


@pytest.mark.parametrize("name", ["", "musl", "libc"])
def test_other_libraries_are_left_alone(libc, monkeypatch, name):
    monkeypatch.setattr(platform, "libc_ver", lambda: (name, ""))
    assert not allocator.keep_freed_memory()
    assert not libc.calls


@pytest.mark.parametrize("error", [OSError, AttributeError])
def test_a_library_that_cannot_be_asked(libc, monkeypatch, error):
    def fail(_name):
        raise error

    monkeypatch.setattr(ctypes, "CDLL", fail)
    assert not allocator.keep_freed_memory()


CODE = """
import resource
import numpy as np
import foundations.autodiff
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def step():
    [np.ones(1 << 20) for _ in range(5)]  # 8 MiB each, all freed at the end
for _ in range(3):
    step()
before = faults()
for _ in range(20):
    step()
print(faults() - before)
"""


@pytest.mark.skipif(not GLIBC, reason="the C library is not glibc")
def test_arrays_are_not_faulted_in_again():
    def faults(**environment):
        done = subprocess.run(
            [sys.executable, "-c", CODE],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **environment},
            timeout=120,
        )
        return int(done.stdout)

    assert faults() < 500
    assert faults(ML_FOUNDATIONS_ALLOCATOR="system") > 500
