"""A file of results to read and to damage."""

import math

import pytest

from foundations.experiment import (
    Measurement,
    Result,
    Results,
    Verdict,
)


@pytest.fixture
def written(tmp_path):
    """A file of results with one claim, as text and as a nested dictionary to damage."""
    result = Result(
        claim="heads",
        budget="standard",
        seeds=(0, 1, 2),
        metrics={"gap": Measurement((0.125, 0.25, 1 / 3)), "loss": Measurement((math.nan, math.inf, 1.0))},
        verdict=Verdict.INCONCLUSIVE,
        core_seconds=1.23456,
        code="sha256:00",
        foundations="sha256:11",
        versions={"python": "3.11.7"},
        machine={"system": "Linux", "cores": 2},
        command="study reproduce attention",
        fingerprint={"one": (2.5, 2.25), "eight": (2.5, math.nan)},
    )
    path = tmp_path / "results.json"
    Results("attention", {"heads": result}).save(path)
    return path
