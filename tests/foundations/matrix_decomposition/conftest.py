"""The zoo: matrices that each break a careless implementation in their own way."""

from collections.abc import Callable

import numpy as np
import pytest

Make = Callable[[np.random.Generator], np.ndarray]


def orthogonal(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.linalg.qr(rng.standard_normal((n, n)))[0]


def with_singular_values(rng: np.random.Generator, m: int, n: int, s: list[float]) -> np.ndarray:
    return (orthogonal(rng, m)[:, : len(s)] * s) @ orthogonal(rng, n)[: len(s)]


def hilbert(n: int) -> np.ndarray:
    return 1.0 / (np.arange(n)[:, None] + np.arange(n) + 1.0)


SQUARE: dict[str, Make] = {
    "random": lambda rng: rng.standard_normal((7, 7)),
    "random, even": lambda rng: rng.standard_normal((12, 12)),
    "random, 50": lambda rng: rng.standard_normal((50, 50)),
    "1x1": lambda rng: np.array([[-3.0]]),
    "2x2": lambda rng: rng.standard_normal((2, 2)),
    "zero": lambda rng: np.zeros((4, 4)),
    "identity": lambda rng: np.eye(5),
    "Hilbert 10": lambda rng: hilbert(10),
    "rank 3 of 8": lambda rng: rng.standard_normal((8, 3)) @ rng.standard_normal((3, 8)),
    "repeated": lambda rng: with_singular_values(rng, 6, 6, [3.0, 3.0, 3.0, 1.0, 1.0, 1.0]),
    "repeated and zero": lambda rng: with_singular_values(rng, 6, 6, [2.0, 2.0, 0.0, 0.0]),
    "permutation": lambda rng: np.eye(5)[[1, 2, 3, 4, 0]],
    "skew": lambda rng: np.subtract.outer(np.arange(5.0) ** 2, np.arange(5.0) ** 2),
    "graded": lambda rng: rng.standard_normal((6, 6)) * 10.0 ** -np.arange(0, 18, 3),
    "huge": lambda rng: 1e307 * rng.uniform(-1, 1, (4, 4)),
    "tiny": lambda rng: 1e-300 * rng.standard_normal((4, 4)),
    "subnormal": lambda rng: 1e-310 * rng.standard_normal((3, 3)),
    "triangular": lambda rng: np.triu(rng.standard_normal((6, 6))),
    "not contiguous": lambda rng: rng.standard_normal((12, 18))[::2, ::3],
    "empty": lambda rng: np.zeros((0, 0)),
}
RECTANGULAR: dict[str, Make] = {
    "tall": lambda rng: rng.standard_normal((11, 5)),
    "wide": lambda rng: rng.standard_normal((5, 11)),
    "very tall": lambda rng: rng.standard_normal((101, 3)),
    "column": lambda rng: rng.standard_normal((6, 1)),
    "row": lambda rng: rng.standard_normal((1, 6)),
    "zero tall": lambda rng: np.zeros((5, 3)),
    "tall, rank 2": lambda rng: rng.standard_normal((9, 2)) @ rng.standard_normal((2, 4)),
    "wide, rank 2": lambda rng: rng.standard_normal((4, 2)) @ rng.standard_normal((2, 9)),
    "tall, repeated": lambda rng: with_singular_values(rng, 9, 4, [5.0, 5.0, 5.0, 2.0]),
    "Läuchli": lambda rng: np.vstack([np.ones(4), 1e-9 * np.eye(4)]),
    "no rows": lambda rng: np.zeros((0, 3)),
    "no columns": lambda rng: np.zeros((3, 0)),
}


def _made(make: Make) -> np.ndarray:
    return make(np.random.default_rng(7))


@pytest.fixture(params=[*SQUARE, *RECTANGULAR])
def matrix(request: pytest.FixtureRequest) -> np.ndarray:
    return _made((SQUARE | RECTANGULAR)[request.param])


@pytest.fixture(params=SQUARE)
def square(request: pytest.FixtureRequest) -> np.ndarray:
    return _made(SQUARE[request.param])


@pytest.fixture(params=SQUARE)
def symmetric(request: pytest.FixtureRequest) -> np.ndarray:
    a = _made(SQUARE[request.param]) / 2
    return a + a.T


@pytest.fixture(params=["Hilbert 10", "random", "random, 50", "1x1", "identity", "tiny", "empty"])
def positive_definite(request: pytest.FixtureRequest) -> np.ndarray:
    a = _made(SQUARE[request.param])
    if request.param in ("Hilbert 10", "identity", "empty"):
        return a
    if request.param == "tiny":
        return 1e-300 * np.array([[4.0, 2.0], [2.0, 10.0]])
    return a @ a.T + 0.1 * np.eye(len(a))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


class Close:
    """Compare with a tolerance relative to the size of a matrix, 1e-10 by default."""

    def __call__(self, got: np.ndarray, wanted: np.ndarray, *, to: np.ndarray, rtol: float = 1e-10) -> None:
        assert np.shape(got) == np.shape(wanted)
        size = float(np.abs(to).max(initial=0.0))
        difference = np.abs(np.asarray(got) - np.asarray(wanted)).max(initial=0.0)
        # two subnormal steps: below that nothing is representable
        assert difference <= rtol * size + 1e-323, f"differs by {difference:.2e}, size {size:.2e}"


@pytest.fixture
def close() -> Close:
    return Close()


@pytest.fixture
def orthonormal() -> Callable[[np.ndarray], None]:
    def check(q: np.ndarray) -> None:
        error = np.abs(q.conj().T @ q - np.eye(q.shape[1])).max(initial=0.0)
        assert error < 1e-13 * max(1, len(q)), f"columns orthonormal to {error:.2e} only"

    return check
