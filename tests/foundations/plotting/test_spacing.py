"""What is moved apart is moved as little as can be: isotonic regression, by another route."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from foundations.plotting.spacing import keep_apart


@st.composite
def problems(draw):
    """Sorted or unsorted positions, distances and weights; few values, so that many of them meet."""
    n = draw(st.integers(0, 8))
    lists = (
        st.lists(st.integers(-20, 20), min_size=n, max_size=n),
        st.lists(st.integers(0, 8), min_size=max(n - 1, 0), max_size=max(n - 1, 0)),
        st.one_of(st.none(), st.lists(st.integers(1, 5), min_size=n, max_size=n)),
    )
    return tuple(draw(one) for one in lists)


@given(problems())
def test_it_is_isotonic_regression_of_what_is_left_without_the_distances(problem):
    wanted, distances, weights = problem
    offsets = np.concatenate([[0], np.cumsum(distances)])[: len(wanted)]
    expected = wanted
    if wanted:
        fit = IsotonicRegression().fit_transform(
            np.arange(len(wanted)), np.array(wanted) - offsets, sample_weight=weights
        )
        expected = fit + offsets
    np.testing.assert_allclose(keep_apart(wanted, distances, weights), expected, atol=1e-9)


@given(problems())
def test_distances_and_the_weighted_mean_are_kept_and_a_second_time_changes_nothing(problem):
    wanted, distances, weights = problem
    places = keep_apart(wanted, distances, weights)
    assert np.all(np.diff(places) >= np.array(distances) - 1e-9)
    if wanted:
        assert np.average(places, weights=weights) == pytest.approx(
            np.average(wanted, weights=weights), abs=1e-9
        )
    np.testing.assert_allclose(keep_apart(places, distances, weights), places, atol=1e-9)
