"""The same seed gives the same bits, and the number of threads only what rounding gives."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[3]

TRAIN = """
import json
import numpy as np
from foundations.autodiff import Tensor, no_grad, ops

rng = np.random.default_rng(7)
x = Tensor(rng.standard_normal((256, 300)))
sizes = (300, 400, 10)
weights = [Tensor(rng.standard_normal((n, m)) / n**0.5, requires_grad=True) for n, m in zip(sizes, sizes[1:])]
rows = rng.integers(0, 300, 500)
for _ in range(5):
    for w in weights:
        w.grad = None
    h = ops.tanh(x @ weights[0])
    y = ops.logsumexp(h @ weights[1], 1).mean() + ops.square(weights[0][rows]).mean()
    y.backward()
    with no_grad():
        for w in weights:
            w -= 0.1 * w.grad
print(json.dumps([y.item(), *(float(f(w.data).sum()) for w in weights for f in (np.positive, np.abs))]))
"""


def train(threads):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [sys.executable, "-c", TRAIN],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def on_two_threads():
    return train(2)


def test_the_same_seed_gives_the_same_bits(on_two_threads):
    assert train(2) == on_two_threads


def test_threads_change_nothing_but_rounding(on_two_threads):
    np.testing.assert_allclose(train(1), on_two_threads, rtol=1e-10)
