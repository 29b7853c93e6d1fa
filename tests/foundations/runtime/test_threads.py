"""The pool of threads: what it computes, where it refuses to, what survives it."""

import os
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundations import runtime
from foundations.errors import ValueRangeError
from foundations.runtime import get_num_threads, parallel_map, set_num_threads, threads


@pytest.fixture(params=[1, 2, 3, 5])
def n_threads(request):
    before = get_num_threads()
    set_num_threads(request.param)
    yield request.param
    set_num_threads(before)


@pytest.fixture
def two_threads():
    before = get_num_threads()
    set_num_threads(2)
    yield
    set_num_threads(before)


def meet(n):
    """Return a function that returns only when n threads are in it at once, with their names."""
    barrier = threading.Barrier(n, timeout=30)

    def wait(_item):
        barrier.wait()
        return threading.current_thread().name

    return wait


def test_results_come_in_the_order_of_the_items(n_threads):
    assert parallel_map(lambda n: n * n, range(50)) == [n * n for n in range(50)]
    assert parallel_map(str, [7]) == ["7"]
    assert parallel_map(str, []) == []


def test_several_threads_take_part(n_threads):
    names = parallel_map(meet(n_threads), range(n_threads))
    assert len(set(names)) == n_threads
    assert threading.current_thread().name in names


def test_the_first_failure_is_raised_and_the_pool_goes_on(n_threads):
    def fail(n):
        raise ValueError(f"item {n}")

    with pytest.raises(ValueError, match="item 0"):
        parallel_map(fail, range(20))
    with pytest.raises(KeyboardInterrupt):
        parallel_map(lambda _: (_ for _ in ()).throw(KeyboardInterrupt), range(3))
    assert parallel_map(abs, [-1, -2]) == [1, 2]
    assert get_num_threads() == n_threads


def test_after_a_failure_the_rest_is_given_up(two_threads):
    called = []

    def fail_early(i):
        called.append(i)
        if i == 0:
            raise ValueError(i)

    with pytest.raises(ValueError, match="0"):
        parallel_map(fail_early, range(1_000_000))
    assert len(called) < 1_000_000


def test_blas_has_one_thread_inside_and_its_own_again_after(two_threads):
    assert parallel_map(lambda _: get_num_threads(), range(4)) == [1] * 4
    assert get_num_threads() == 2


def test_nested_calls_run_where_they_are(two_threads):
    def inner(_):
        here = threading.current_thread().name
        return {here, *parallel_map(lambda _: threading.current_thread().name, range(8))}

    assert all(len(names) == 1 for names in parallel_map(inner, range(8)))


def test_a_second_caller_computes_alone(two_threads):
    inside, go_on = threading.Event(), threading.Event()

    def hold(_):
        inside.set()
        assert go_on.wait(30)

    first = threading.Thread(target=parallel_map, args=(hold, range(2)))
    first.start()
    assert inside.wait(30)
    names = parallel_map(lambda _: threading.current_thread().name, range(8))
    go_on.set()
    first.join()
    assert set(names) == {threading.current_thread().name}


def test_the_settings_of_numpys_errors_hold_in_the_helpers(two_threads):
    meeting = meet(2)

    def divide(_):
        meeting(None)
        return np.ones(1) / np.zeros(1)

    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        parallel_map(divide, range(2))
    with np.errstate(divide="ignore"):
        assert np.isinf(parallel_map(divide, range(2))).all()


def test_nothing_is_kept_alive(two_threads):
    class Large:
        pass

    large = Large()
    seen = weakref.ref(large)
    meeting = meet(2)
    parallel_map(lambda _, held=large: meeting(held), range(2))
    parallel_map(meet(2), range(2))  # the workers have turned to something else
    del large
    assert seen() is None


@given(st.lists(st.integers(0, 20), max_size=30))
@settings(deadline=None)
def test_it_is_the_map_of_the_standard_library(items):
    assert parallel_map(hex, items) == list(map(hex, items))


@pytest.mark.parametrize("n", [0, -1, 1.5, "2", True, None])
def test_a_number_of_threads_is_a_whole_number(n):
    with pytest.raises(ValueRangeError, match="at least 1, got"):
        set_num_threads(n)


def test_without_a_blas_that_can_be_told(monkeypatch):
    monkeypatch.setattr(threads, "_blas", tuple)
    monkeypatch.setattr(threads, "_without_blas", [1])
    set_num_threads(3)
    assert get_num_threads() == 3
    assert len(set(parallel_map(meet(3), range(3)))) == 3


@pytest.mark.parametrize(
    ("value", "n"), [("3", 3), ("2,4", 2), ("", os.cpu_count()), ("many", os.cpu_count())]
)
def test_the_number_the_environment_asks_for(monkeypatch, value, n):
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    assert threads._number_from_the_environment() == n


def test_where_no_thread_can_be_started_the_caller_does_it_all(two_threads, monkeypatch):
    def refuse(_thread):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threads, "_pool", threads._Pool())
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert parallel_map(abs, [-1, -2, -3]) == [1, 2, 3]
    assert get_num_threads() == 2


def test_where_processors_cannot_be_asked_for(two_threads, monkeypatch):
    monkeypatch.setattr(threads, "_processor_number", None)
    assert len(set(parallel_map(meet(2), range(2)))) == 2


def run(code, *options, **environment):
    return subprocess.run(
        [sys.executable, "-W", "error", *options, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
        timeout=120,
    ).stdout.split()


def test_the_number_of_threads_follows_blas_and_so_the_environment():
    code = "from foundations.runtime import get_num_threads as n; print(n())"
    assert run(code, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1") == ["1"]
    code = (
        "import numpy, threadpoolctl; from foundations.runtime import get_num_threads as n\n"
        "with threadpoolctl.threadpool_limits(1): print(n())"
    )
    assert run(code) == ["1"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_has_a_pool_of_its_own():
    code = """
import os, threading
from foundations.runtime import get_num_threads, parallel_map, set_num_threads
set_num_threads(2)
def meet(n):
    barrier = threading.Barrier(n, timeout=30)
    return lambda _: barrier.wait() >= 0
parallel_map(meet(2), range(2))
def fork(_):  # in the middle of a round, from either thread
    if threading.current_thread() is threading.main_thread():
        child = os.fork()
        if child == 0:
            ok = get_num_threads() == 2 and parallel_map(meet(2), range(2)) == [True, True]
            os._exit(0 if ok else 1)
        return os.waitpid(child, 0)[1]
print(fork(0), *[s for s in parallel_map(fork, range(2)) if s is not None])
"""
    # Python 3.12 and later warn of every fork in a process with threads
    assert set(run(code, "-W", "ignore::DeprecationWarning")) == {"0"}


def in_a_worker(seed):
    x = np.random.default_rng(seed).standard_normal((300, 300))
    return float(np.sum(parallel_map(lambda rows: x[rows] @ x, [slice(0, 150), slice(150, 300)])))


def test_workers_of_joblib():
    joblib = pytest.importorskip("joblib")
    got = joblib.Parallel(n_jobs=2)(joblib.delayed(in_a_worker)(seed) for seed in range(2))
    np.testing.assert_allclose(got, [in_a_worker(seed) for seed in range(2)])


def test_the_public_names():
    assert set(runtime.__all__) <= set(dir(runtime))
