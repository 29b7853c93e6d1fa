"""Where the work is done: processes of this machine, or the workers of a Dask or Ray cluster."""

import contextlib
import importlib
import logging
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, Literal, cast

from foundations.errors import ExperimentError
from foundations.experiment.parent import end_with_parent

Backend = Literal["loky", "dask", "ray"]
"""`loky`: processes here; `dask`, `ray`: the cluster that the environment names, or a local one."""

BACKENDS: tuple[Backend, ...] = ("loky", "dask", "ray")


def parse_backend(name: str) -> Backend:
    """Return `name` as a backend.

    Args:
        name: One of `BACKENDS`.

    Returns:
        The same string, known to be a backend.

    Raises:
        ExperimentError: If there is no such backend; the message names the nearest.
    """
    if name in BACKENDS:
        return cast(Backend, name)
    near = get_close_matches(name, BACKENDS, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ExperimentError(f"no backend is called {name!r}: expected one of {', '.join(BACKENDS)}{hint}")


def stream(
    job: Callable[..., Any], calls: Sequence[tuple[Any, ...]], *, backend: str, n_jobs: int | None
) -> Iterator[Any]:
    """Run `job` on every tuple of arguments and yield what it returns as it comes in, in no fixed order.

    Args:
        job: A function that the workers can import, and that returns its errors instead of raising them.
        calls: Its positional arguments, one tuple a call.
        backend: One of `BACKENDS`.
        n_jobs: Calls at a time; None for one a core here, and for as many as a cluster takes.

    Yields:
        One value a call.

    Raises:
        ExperimentError: If there is no such backend, its package is missing, or a worker is lost.
    """
    name = parse_backend(backend)
    if n_jobs is not None and n_jobs < 1:
        raise ExperimentError(f"n_jobs must be at least 1, got {n_jobs}")
    if not calls:
        return
    import joblib  # here, because reading results must not wait for it

    connect = {"loky": _processes, "dask": _dask, "ray": _ray}[name]
    work = [joblib.delayed(job)(*call) for call in calls]
    with connect(n_jobs, len(calls)) as jobs:
        try:
            yield from (_in_rounds if name == "ray" else _as_they_come)(work, name, jobs)
        except Exception as reason:
            first = str(reason).strip().split("\n")[0]
            raise ExperimentError(
                f"the {name} workers stopped ({type(reason).__name__}: {first}); "
                "run again with fewer jobs, or with one to see where"
            ) from reason


def _as_they_come(work: list[Any], backend: Backend, jobs: int) -> Iterator[Any]:
    import joblib

    own: dict[str, Any] = {"initializer": end_with_parent, "initargs": (os.getpid(),)}
    settings = own if backend == "loky" and jobs > 1 else {}
    with joblib.parallel_config(backend, n_jobs=jobs, **settings), ignoring_interrupts():
        results: Any = joblib.Parallel(return_as="generator_unordered", batch_size=cast(Any, 1))(work)
    try:
        for result in results:  # noqa: UP028 - `yield from` would close it outside of the `finally` below
            yield result
    finally:
        with warnings.catch_warnings():  # after an error the runs still under way are meant to be lost
            warnings.simplefilter("ignore", UserWarning)
            results.close()


@contextlib.contextmanager
def ignoring_interrupts() -> Iterator[None]:
    """Start workers that ignore Ctrl-C, which a terminal sends to all processes of a command.

    A process that is started while interrupts are ignored goes on to ignore them. Only this process is
    interrupted then, and stops its workers; a worker would print a traceback of its own.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may change what a signal does
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _in_rounds(work: list[Any], backend: Backend, jobs: int) -> Iterator[Any]:
    """Run as many as there are workers, then the next: Ray's pool gives back only whole lists."""
    import joblib

    with joblib.parallel_config(backend, n_jobs=jobs), joblib.Parallel(batch_size=cast(Any, 1)) as parallel:
        for start in range(0, len(work), jobs):
            results: Any = parallel(work[start : start + jobs])
            yield from results


@contextlib.contextmanager
def _processes(n_jobs: int | None, calls: int) -> Iterator[int]:
    yield min(n_jobs or _cores(), calls)


@contextlib.contextmanager
def _dask(n_jobs: int | None, calls: int) -> Iterator[int]:
    """Join the Dask cluster of the environment, or start one here for the time of the run."""
    distributed = _package("distributed", "dask")
    dask = _package("dask", "dask")
    with contextlib.ExitStack() as stack:
        try:
            distributed.get_client()
        except ValueError:  # no client in this process yet
            here: dict[str, Any] = {"n_workers": n_jobs or _cores(), "threads_per_worker": 1}
            elsewhere = dask.config.get("scheduler-address", None)
            stack.enter_context(
                distributed.Client() if elsewhere else distributed.Client(**here, dashboard_address=None)
            )
        yield n_jobs or -1


@contextlib.contextmanager
def _ray(n_jobs: int | None, calls: int) -> Iterator[int]:
    """Join the Ray cluster of the environment, or start one here for the time of the run."""
    ray = _package("ray", "ray")
    importlib.import_module("ray.util.joblib").register_ray()
    started = not ray.is_initialized()
    if started:
        here = {} if "RAY_ADDRESS" in os.environ else {"num_cpus": n_jobs or _cores()}
        ray.init(logging_level=logging.ERROR, **here)
    try:
        yield min(n_jobs or int(ray.cluster_resources()["CPU"]), calls)
    finally:
        if started:
            ray.shutdown()


def _cores() -> int:
    import joblib

    return joblib.cpu_count()


def _package(name: str, backend: Backend) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ExperimentError(
            f"backend {backend!r} needs the package {name!r}, which is not installed: "
            "pip install 'ml-foundations[cluster]', or use --backend loky"
        ) from None
