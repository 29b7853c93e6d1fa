"""Fingerprints: what they keep, and what they notice."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from foundations.errors import ClaimError
from foundations.experiment import compare_fingerprints, take_fingerprint
from foundations.experiment.fingerprint import TOLERANCE

arms = st.dictionaries(
    st.from_regex(r"[a-z]{1,4}", fullmatch=True),
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=4),
    min_size=1,
    max_size=3,
)


@given(arms)
def test_the_same_losses_are_the_same_fingerprint(losses):
    found = take_fingerprint("a", lambda: losses)
    assert found.keys() == losses.keys()
    assert compare_fingerprints(found, take_fingerprint("a", lambda: losses)) == ""


@pytest.mark.parametrize("loss", [0.3, 1.0, 2.5, 40.0, -7.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_tolerance_is_absolute_below_one_and_relative_above(loss, sign):
    margin = sign * TOLERANCE * max(1.0, abs(loss))
    assert compare_fingerprints({"a": (loss,)}, {"a": (loss + 0.99 * margin,)}) == ""
    assert compare_fingerprints({"a": (loss,)}, {"a": (loss + 1.01 * margin,)})


@pytest.mark.parametrize(
    ("recorded", "now", "message"),
    [
        ({"a": (2.0, 1.5)}, {"a": (2.0, 1.6)}, "arm a, step 2: 1.5 recorded, 1.6 now"),
        ({"a": (2.0, 1.5)}, {"a": (2.0, math.nan)}, "arm a, step 2: 1.5 recorded, nan now"),
        ({"a": (math.inf,)}, {"a": (-math.inf,)}, "arm a, step 1: inf recorded, -inf now"),
        ({"a": (math.inf,)}, {"a": (3.0,)}, "arm a, step 1: inf recorded, 3 now"),
        ({"a": (2.0,)}, {"a": (2.0, 1.5)}, "arm a: 1 steps recorded, 2 now"),
        ({"a": (2.0,), "b": (1.0,)}, {"a": (2.0,)}, "arms a, b recorded, a now"),
        ({}, {"a": (2.0,)}, "arms none recorded, a now"),
    ],
)
def test_the_first_difference_is_named(recorded, now, message):
    assert compare_fingerprints(recorded, now) == message


def test_losses_are_kept_to_four_decimals():
    kept = take_fingerprint("a", lambda: {"x": np.array([2 / 3, 1], dtype=np.float32)})
    assert kept == {"x": (0.6667, 1.0)}
    assert all(type(loss) is float for loss in kept["x"])


def test_it_is_taken_on_one_thread():
    found = take_fingerprint("a", lambda: {"x": [pool["num_threads"] for pool in threadpool_info()]})
    assert set(found["x"]) == {1.0}


def fail():
    raise ValueError("shapes (2, 3)\nand more")


@pytest.mark.parametrize(
    ("losses", "message"),
    [
        (fail, "the fingerprint of claim 'a' cannot be taken: ValueError: shapes \\(2, 3\\)$"),
        (dict, "must be a mapping of arms to losses, got {}"),
        (lambda: [2.5], "must be a mapping of arms to losses, got \\[2.5\\]"),
        (lambda: {"x": 2.5}, "arm 'x', must be a list of numbers, got shape \\(\\) of float64"),
        (lambda: {"x": []}, r"arm 'x', must be a list of numbers, got shape \(0,\)"),
        (lambda: {"x": ["2"]}, "arm 'x', must be a list of numbers"),
        (lambda: {3: [2.5]}, "arm 3, must be a list of numbers"),
    ],
)
def test_what_is_no_fingerprint_is_refused(losses, message):
    with pytest.raises(ClaimError, match=message):
        take_fingerprint("a", losses)
