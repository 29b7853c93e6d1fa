"""axpy: in place, whatever it is given."""

import os
import subprocess
import sys

import numpy as np
import pytest

from foundations.runtime import axpy, get_num_threads, set_num_threads

RNG = np.random.default_rng(0)


@pytest.fixture
def number_of_threads():
    before = get_num_threads()
    yield set_num_threads
    set_num_threads(before)


def test_a_library_that_comes_while_threads_share_work_costs_ours_none_of_its_threads():
    code = (
        "import numpy as np; from threadpoolctl import threadpool_info\n"
        "from foundations.runtime import axpy, parallel_map, set_num_threads\n"
        "set_num_threads(2); ones = [np.ones(1 << 20) for _ in range(4)]\n"
        "parallel_map(lambda y: axpy(1.0, ones[0], y), ones[1:])\n"
        "print(max(lib['num_threads'] for lib in threadpool_info() if 'numpy' in lib['filepath']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "2\n"


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("n", [0, 1, 7, 100_003])
@pytest.mark.parametrize("threads", [1, 2])
def test_it_adds_in_place(dtype, n, threads, number_of_threads):
    number_of_threads(threads)
    x, y = RNG.standard_normal(n).astype(dtype), RNG.standard_normal(n).astype(dtype)
    want, before = y + dtype(-0.5) * x, x.copy()
    kept = y
    axpy(-0.5, x, y)
    np.testing.assert_allclose(kept, want, rtol=0, atol=4 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("cut", [slice(None, None, 2), slice(None, None, -1), slice(3, 40)])
def test_parts_of_an_array(cut):
    x, y = RNG.standard_normal(50), RNG.standard_normal(50)
    want = y.copy()
    want[cut] += 2.0 * x[cut]
    axpy(2.0, x[cut], y[cut])
    np.testing.assert_allclose(y, want, rtol=1e-15)


def test_the_library_it_loads_is_held_to_our_number_of_threads():
    code = (
        "import numpy as np; from threadpoolctl import threadpool_info\n"
        "from foundations.runtime import axpy, set_num_threads\n"
        "set_num_threads(1); axpy(1.0, np.ones(1 << 20), np.ones(1 << 20))\n"
        "print({lib['num_threads'] for lib in threadpool_info() if lib['user_api'] == 'blas'})"
    )
    environment = {name: v for name, v in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout == "{1}\n"


def test_mixed_types():
    x, y = RNG.standard_normal(5), RNG.standard_normal(5).astype(np.float32)
    want = (y + 0.25 * x).astype(np.float32)
    axpy(0.25, x, y)
    np.testing.assert_allclose(y, want, rtol=1e-6)
