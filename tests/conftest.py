"""What all tests share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", derandomize=True, deadline=None, database=None, max_examples=25)
settings.load_profile("house")


@pytest.fixture(scope="module", autouse=True)
def own_entries() -> Iterator[None]:
    """Let `papers` and `implementations` mean our own again after tests on toy knowledge bases."""
    yield
    if importing := sys.modules.get("study.entries.importing"):
        importing.reach(Path(__file__).parents[1])
