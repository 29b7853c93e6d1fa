"""What all tests share."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", derandomize=True, deadline=None, database=None, max_examples=25)
settings.load_profile("house")

_ROOMS = ("papers", "implementations")


@pytest.fixture(scope="module", autouse=True)
def own_entries() -> Iterator[None]:
    """Let `papers` and `implementations` mean our own again after tests on toy knowledge bases."""
    ours = {name: module for name, module in sys.modules.items() if name.split(".")[0] in _ROOMS}
    yield
    if importing := sys.modules.get("study.entries.importing"):
        importing.reach(Path(__file__).parents[1])
        sys.modules.update(ours)  # the very same: what was imported from them before is still theirs


@pytest.fixture(scope="session")
def need_data() -> Callable[..., None]:
    """Give the function that skips a test whose large data sets are not here: `need_data("minilm")`.

    Every test of a data set that neither ships nor is made up asks it, and no other way to skip one is taken:
    where ML_FOUNDATIONS_REQUIRE_DATA is set, as in CI, what is not here is a failure.
    """
    return _need_data


def _need_data(*names: str) -> None:
    from foundations.data import Status, status

    absent = [name for name in names if status(name) not in (Status.SHIPPED, Status.PRESENT)]
    if not absent:
        return
    what = f"{', '.join(absent)} not here: point ML_FOUNDATIONS_DATA at a folder that has it"
    if os.environ.get("ML_FOUNDATIONS_REQUIRE_DATA"):
        pytest.fail(f"ML_FOUNDATIONS_REQUIRE_DATA is set and {what}")
    pytest.skip(what)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their number: what they hold, a time for instance, may differ between two workers."""
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) else None
