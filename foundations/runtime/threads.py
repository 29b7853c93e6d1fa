"""A small pool of threads, and BLAS held to one thread while they work.

NumPy lets go of the interpreter's lock inside its loops, so threads run them side by side. BLAS has threads
of its own; left alone, each of ours would start all of theirs. So the work is cut here, into pieces that stay
in a core's cache, and BLAS multiplies each piece on the thread that asked: copies and elementwise work then
use every core too, not only the matrix products.

Entering costs about 20 microseconds, and waking a thread up to 50: only work of a few hundred is worth it.
"""

from __future__ import annotations

import contextvars
import ctypes
import functools
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from typing import Any, TypeVar

import numpy as np  # noqa: F401  (loads the BLAS that is looked for below)
from threadpoolctl import ThreadpoolController

from foundations.errors import ValueRangeError
from foundations.runtime.spinning import let_threads_sleep

Item = TypeVar("Item")
Result = TypeVar("Result")


class _State(threading.local):
    inside = False  # whether this thread is already taking part in a round


class _Pool:
    """The idle threads; each waits for a call on the queue."""

    def __init__(self) -> None:
        self.busy = threading.Lock()  # one round at a time; a second caller computes alone
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.workers: list[threading.Thread] = []
        self.placed: object = None

    def ask(self, call: Callable[[], None], times: int) -> None:
        """Have up to `times` threads make the call."""
        while len(self.workers) < times:
            worker = threading.Thread(target=_serve, args=(self.calls,), daemon=True)
            worker.start()
            self.workers.append(worker)
            self.placed = None
        self._keep_off_the_callers_core()
        for _ in range(times):
            self.calls.put(call)

    def _keep_off_the_callers_core(self) -> None:
        """Keep the workers off the core that the caller runs on.

        Left to itself, a system may wake a thread on the processor that woke it, where it waits for the
        very work it was to share.
        """
        if _processor_number is None:
            return
        here, allowed = _processor_number(), os.sched_getaffinity(0)
        others = allowed - {here}
        if self.placed == (here, allowed) or not others:
            return
        self.placed = (here, allowed)
        for worker in self.workers:
            if worker.native_id is not None:
                os.sched_setaffinity(worker.native_id, others)


class _Round:
    """One call of `parallel_map`: items, of which each free thread takes the next."""

    def __init__(self, function: Callable[[Any], Any], items: list[Any], helpers: int) -> None:
        self.function = function
        self.items = items
        self.results: list[Any] = [None] * len(items)
        self.waiting = deque(range(len(items)))
        self.places = deque(range(helpers))  # a helper takes one; the caller takes back what is left
        self.done: SimpleQueue[None] = SimpleQueue()
        self.errors: dict[int, BaseException] = {}
        self.context = contextvars.copy_context()  # np.errstate and the like hold in the helpers too

    def work(self) -> None:
        """Compute items until none is left, or one fails anywhere."""
        while True:
            try:
                i = self.waiting.popleft()
            except IndexError:
                return
            try:
                self.results[i] = self.function(self.items[i])
            except BaseException as error:  # handed on to the caller, whatever it is
                self.errors[i] = error
                self.waiting.clear()

    def help(self) -> None:
        """Work as a helper, unless the caller has finished already."""
        try:
            self.places.pop()
        except IndexError:
            return
        try:
            self.context.copy().run(self.work)
        finally:
            self.done.put(None)

    def join(self, helpers: int) -> None:
        """Wait for the helpers that began; those that did not will find no place."""
        while self.places:
            try:
                self.places.pop()
            except IndexError:
                break
            helpers -= 1
        for _ in range(helpers):
            self.done.get()


def parallel_map(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Call a function on every item, on several threads at once, with BLAS on one thread each.

    It runs in the calling thread alone where there is nothing to gain: for fewer than two items, on one
    thread (see `set_num_threads`), inside another `parallel_map`, and while another thread is in one.

    Args:
        function: Called once an item, in any order, from any thread. It gains only where it spends its time
            in NumPy on large arrays.
        items: What to call it on: slices of the leading axis, numbers of blocks.

    Returns:
        The results, in the order of the items.

    Raises:
        BaseException: What the function raised, for the first item that failed; the items not yet begun
            are given up.

    Example:
        >>> parallel_map(lambda n: n * n, [1, 2, 3])
        [1, 4, 9]
    """
    items = list(items)
    n = 1 if len(items) < 2 or _state.inside else min(get_num_threads(), len(items))
    if n < 2 or not _pool.busy.acquire(blocking=False):
        return [function(item) for item in items]
    pool, libraries = _pool, _blas()  # after a fork, the child has a pool of its own
    held = [(library, library.get_num_threads()) for library in libraries]
    current = _Round(function, items, n - 1)
    _state.inside = True
    try:
        for library in libraries:
            library.set_num_threads(1)
        _held[:] = held
        asked = 0
        try:
            pool.ask(current.help, n - 1)
            asked = n - 1
            current.work()
        except RuntimeError:  # no thread can be started, as when the interpreter is shutting down
            current.work()
        finally:
            current.join(asked)
    finally:
        _restore_blas()
        _state.inside = False
        pool.busy.release()
    if current.errors:
        raise current.errors[min(current.errors)]
    return current.results


def get_num_threads() -> int:
    """Return how many threads share the work: those of BLAS, which follow `OMP_NUM_THREADS` and the like."""
    libraries = _blas()
    return max(library.get_num_threads() for library in libraries) if libraries else _without_blas[0]


def set_num_threads(n: int) -> None:
    """Set how many threads share the work, in the matrix products of BLAS and in everything else.

    Args:
        n: Number of threads, at least 1. At first it is what BLAS began with: `OPENBLAS_NUM_THREADS` or
            `OMP_NUM_THREADS` where set, else the number of processors.

    Raises:
        ValueRangeError: If n is not a whole number of at least 1.
    """
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ValueRangeError(
            f"set_num_threads expects a whole number of at least 1, got {n!r}: 1 is no threads"
        )
    _without_blas[0] = n
    for library in _blas():
        library.set_num_threads(n)


@functools.cache
def _blas() -> tuple[Any, ...]:
    """Return the handles of the BLAS libraries in this process; looking for them takes a millisecond."""
    libraries = tuple(lib for lib in ThreadpoolController().lib_controllers if lib.user_api == "blas")
    for library in libraries:
        if library.filepath not in _set_to_sleep:
            _set_to_sleep.add(library.filepath)
            let_threads_sleep(library.dynlib)
    return libraries


def blas_has_one_thread() -> bool:
    """Return whether BLAS would compute on the calling thread alone, as it does inside `parallel_map`."""
    return all(library.get_num_threads() == 1 for library in _blas())


def look_for_blas_again() -> None:
    """Take in a BLAS that was loaded since the first look: SciPy brings one of its own."""
    n = get_num_threads()
    _blas.cache_clear()
    for library in _blas():
        library.set_num_threads(n)


def _restore_blas() -> None:
    for library, n in _held:
        library.set_num_threads(n)
    _held.clear()


def _serve(calls: SimpleQueue[Callable[[], None]]) -> None:
    _state.inside = True
    while True:
        call = calls.get()
        call()
        del call  # it holds the arrays it worked on


def _renew_after_fork() -> None:
    """Give a forked child a pool of its own: the threads of its parent were not copied."""
    global _pool  # noqa: PLW0603  (replaced as a whole, once a fork)
    _pool = _Pool()
    _state.inside = False
    _restore_blas()


def _number_from_the_environment() -> int:
    asked = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    return int(asked) if asked.isdigit() and int(asked) else os.cpu_count() or 1


def _find_processor_number() -> Callable[[], int] | None:
    if not hasattr(os, "sched_setaffinity"):
        return None
    try:
        return ctypes.CDLL(None).sched_getcpu
    except (AttributeError, OSError):
        return None


_state = _State()
_pool = _Pool()
_held: list[tuple[Any, int]] = []  # the thread numbers of BLAS before the round that is on
_set_to_sleep: set[str] = set()  # libraries whose threads sleep between products
_without_blas = [_number_from_the_environment()]
_processor_number = _find_processor_number()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_after_fork)
