"""Kernels on blocks: the blocks cover the arrays once, whatever their shape and layout."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.extra.numpy import array_shapes

from foundations.errors import ShapeError
from foundations.runtime import blocks as module
from foundations.runtime import blockwise, get_num_threads, map_elements, map_rows, set_num_threads


@pytest.fixture(params=["inline", "shared"])
def small_blocks(request, monkeypatch):
    """Cut arrays into blocks of 64 bytes; the value is `parallel_from`."""
    monkeypatch.setattr(module, "_BLOCK_BYTES", 64)
    return 0 if request.param == "shared" else 1 << 40


def layouts(x):
    yield x.copy()
    yield np.array(x, order="F")
    yield np.flip(x).copy()[(slice(None, None, -1),) * x.ndim]
    yield np.repeat(x, 2, axis=0)[::2]
    yield np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 0, -1)), -1, 0)


@given(shape=array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_element_is_met_once(small_blocks, shape):
    for x in layouts(np.arange(np.prod(shape), dtype=float).reshape(shape)):
        for mapped in (map_rows, map_elements):
            for y in layouts(np.zeros(shape)):

                def add(x, y):
                    y += x + 1

                mapped(add, x, y, parallel_from=small_blocks)
                np.testing.assert_array_equal(y, x + 1)


def test_results_come_in_order(small_blocks):
    x = np.arange(100.0)
    parts = map_rows(np.copy, x, parallel_from=small_blocks)
    assert len(parts) > 8
    np.testing.assert_array_equal(np.concatenate(parts), x)


def test_rows_stay_whole(small_blocks):
    x = np.random.default_rng(0).standard_normal((30, 7))
    y = np.empty(30)
    map_rows(lambda x, y: np.sum(x, axis=1, out=y), x, y, parallel_from=small_blocks)
    np.testing.assert_array_equal(y, x.sum(1))


def test_a_matrix_of_two_rows_is_shared_too(small_blocks):
    x, y = np.ones((2, 1000)), np.zeros((2, 1000))
    shapes = map_elements(lambda x, y: np.copyto(y, x) or x.shape, x, y, parallel_from=small_blocks)
    assert len(shapes) > 8
    assert y.all()


def test_the_bits_do_not_depend_on_the_number_of_threads():
    x = np.random.default_rng(0).standard_normal((1000, 700)).astype(np.float32)
    before = get_num_threads()
    try:
        sums = []
        for n in (1, 2, 3):
            set_num_threads(n)
            sums.append(np.sum(map_rows(lambda x: x.sum(0), x), 0))
    finally:
        set_num_threads(before)
    np.testing.assert_array_equal(sums[0], sums[1])
    np.testing.assert_array_equal(sums[0], sums[2])


def test_arrays_that_do_not_match():
    x = np.zeros((3, 2))
    with pytest.raises(ShapeError, match=r"one length, got shapes \[\(3, 2\), \(2, 3\)\]"):
        map_rows(np.copyto, x, x.T)
    with pytest.raises(ShapeError, match=r"one shape, got \[\(3, 2\), \(2,\)\]"):
        map_elements(np.copyto, x, x[0])


@pytest.mark.parametrize(
    "arrays",
    [
        (np.arange(7.0), np.ones(7)),
        (np.linspace(-1, 1, 1 << 19, dtype=np.float32).reshape(512, 1024), np.float32(2)),
        (np.linspace(-1, 1, 1 << 19).reshape(512, 1024), np.ones((512, 1024))),
        (np.linspace(-1, 1, 1 << 19).reshape(512, 1024).T, np.ones((512, 1024)).T),
        (np.linspace(-1, 1, 1 << 19).reshape(512, 1024), np.ones((1024, 512)).T),
        (np.linspace(-1, 1, 1 << 19), np.ones(1 << 19, np.float32)),
        (np.arange(1 << 19), np.arange(1 << 19)),
        (2.0, np.ones(1 << 19)),
        (np.ones((1 << 19, 1)), np.ones((1, 2))),
    ],
    ids=["small", "number", "large", "columns", "mixed", "types", "integers", "number first", "broadcast"],
)
def test_spread_changes_neither_value_nor_type_nor_layout(arrays):
    got, want = blockwise(np.multiply)(*arrays), np.multiply(*arrays)
    np.testing.assert_array_equal(got, want)
    assert got.dtype == want.dtype
    assert got.strides == want.strides


def test_spread_keeps_warnings_and_their_settings():
    x = np.full(1 << 19, 1e300)
    with pytest.warns(RuntimeWarning, match="overflow"):
        blockwise(np.multiply)(x, x)
    with np.errstate(over="ignore"):
        blockwise(np.multiply)(x, x)
