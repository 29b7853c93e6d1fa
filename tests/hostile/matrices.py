"""Square matrices that each break a careless implementation in their own way, of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

Make = Callable[[np.random.Generator, int], np.ndarray]


class Case(NamedTuple):
    """One matrix, and the words that find it again."""

    name: str
    matrix: np.ndarray
    rng: np.random.Generator


def orthogonal(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.linalg.qr(rng.standard_normal((n, n)))[0]


def with_eigenvalues(rng: np.random.Generator, values: np.ndarray) -> np.ndarray:
    q = orthogonal(rng, len(values))
    return (q * values) @ q.T


def decades(rng: np.random.Generator, n: int, most: float) -> np.ndarray:
    return 10.0 ** -rng.uniform(0, most, n)


def jordan(rng: np.random.Generator, n: int) -> np.ndarray:
    return (
        rng.choice([0.0, 1.0, -2.0]) * np.eye(n)
        + np.diag(rng.choice([0.0, 1.0, 1.0], max(n - 1, 0)), 1)[:n, :n]
    )


def near_defective(rng: np.random.Generator, n: int) -> np.ndarray:
    q = orthogonal(rng, n)
    return q @ (jordan(rng, n) + 10 ** rng.uniform(-16, -2) * rng.standard_normal((n, n))) @ q.T


def clustered(rng: np.random.Generator, n: int) -> np.ndarray:
    values = rng.choice([1.0, 2.0, -1.0], n) + 10 ** rng.uniform(-17, -6) * rng.standard_normal(n)
    return with_eigenvalues(rng, values)


def blocks(rng: np.random.Generator, n: int) -> np.ndarray:
    a = np.zeros((n, n))
    start = 0
    while start < n:
        stop = min(n, start + int(rng.integers(1, 4)))
        a[start:stop, start:stop] = rng.standard_normal((stop - start, stop - start))
        start = stop
    order = rng.permutation(n)
    return a[np.ix_(order, order)]


def companion(rng: np.random.Generator, n: int) -> np.ndarray:
    a = np.eye(n, k=-1)
    roots = [rng.standard_normal(n), np.arange(1.0, n + 1), np.ones(n), np.zeros(n)][int(rng.integers(4))]
    if n:
        a[:, -1] = -np.poly(roots)[:0:-1] if rng.random() < 0.7 else np.eye(n)[0]
    return a


def balanced(rng: np.random.Generator, n: int) -> np.ndarray:
    """Swap neighbours, with weak couplings: pairs of eigenvalues that hold each other in balance."""
    a, h = np.zeros((n, n)), 10 ** rng.uniform(-14, -1)
    for i in range(n - 1):
        a[i, i + 1] = a[i + 1, i] = 1.0 if i % 2 == 0 else h
        a[i, i + 1] *= rng.choice([1.0, -1.0]) if i % 2 else 1.0
    return a


def wilkinson(_: np.random.Generator, n: int) -> np.ndarray:
    a = np.eye(n) - np.tril(np.ones((n, n)), -1)
    a[:, n - 1 :] = 1.0
    return a


def rank_deficient(rng: np.random.Generator, n: int) -> np.ndarray:
    k = int(rng.integers(0, n + 1))
    return rng.standard_normal((n, k)) @ rng.standard_normal((k, n))


def of_singular_values(rng: np.random.Generator, n: int) -> np.ndarray:
    return (orthogonal(rng, n) * decades(rng, n, rng.choice([2.0, 8.0, 20.0]))) @ orthogonal(rng, n)


def hilbert(_: np.random.Generator, n: int) -> np.ndarray:
    return 1.0 / (np.arange(n)[:, None] + np.arange(n) + 1.0)


def vandermonde(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.uniform(-1, 1, (n, 1)) ** np.arange(n)


def kahan(rng: np.random.Generator, n: int) -> np.ndarray:
    angle = rng.uniform(0.3, 1.5)
    return np.sin(angle) ** np.arange(n)[:, None] * (np.eye(n) - np.cos(angle) * np.triu(np.ones((n, n)), 1))


KINDS: dict[str, Make] = {
    "random": lambda rng, n: rng.standard_normal((n, n)),
    "rows graded": lambda rng, n: decades(rng, n, 30)[:, None] * rng.standard_normal((n, n)),
    "columns graded": lambda rng, n: rng.standard_normal((n, n)) * decades(rng, n, 30),
    "graded": lambda rng, n: 10.0 ** -(np.arange(n)[:, None] + np.arange(n)) * rng.standard_normal((n, n)),
    "any exponents": lambda rng, n: 10.0 ** rng.uniform(-150, 150, (n, n)) * rng.choice([-1, 1], (n, n)),
    "large": lambda rng, n: 1e150 * rng.standard_normal((n, n)),
    "small": lambda rng, n: 1e-150 * rng.standard_normal((n, n)),
    "defective": jordan,
    "near defective": near_defective,
    "clustered": clustered,
    "diagonal": lambda rng, n: np.diag(rng.choice([0.0, 1.0, -1.0, 2.0, 1e-20, 1e20], n)),
    "blocks": blocks,
    "companion": companion,
    "balanced pairs": balanced,
    "singular": rank_deficient,
    "singular values": of_singular_values,
    "repeated values": lambda rng, n: with_eigenvalues(rng, rng.choice([0.0, 1.0, -1.0], n)),
    "small integers": lambda rng, n: rng.integers(-1, 2, (n, n)).astype(float),
    "permutation": lambda rng, n: np.eye(n)[rng.permutation(n)],
    "orthogonal": orthogonal,
    "skew": lambda rng, n: np.subtract(*(lambda a: (a, a.T))(rng.standard_normal((n, n)))),
    "triangular": lambda rng, n: np.triu(rng.standard_normal((n, n))),
    "zero": lambda _, n: np.zeros((n, n)),
    "identity": lambda rng, n: np.eye(n) * 10.0 ** rng.integers(-150, 151),
    "one and tiny": lambda rng, n: np.ones((n, n)) + 10 ** rng.uniform(-17, -8) * rng.standard_normal((n, n)),
    "Wilkinson": wilkinson,
    "Hilbert": hilbert,
    "Vandermonde": vandermonde,
    "Kahan": kahan,
}


def cases(count: int, largest: int, seed: int) -> Iterator[Case]:
    """Yield `count` matrices of 0 to `largest` rows, every kind in turn, the same ones every time."""
    names = list(KINDS)
    for i in range(count):
        rng = np.random.default_rng([seed, i])
        kind = names[i % len(names)]
        n = int(rng.integers(0, largest + 1))
        matrix = KINDS[kind](rng, n)
        if rng.random() < 0.1:
            matrix = (
                matrix * 10.0 ** rng.choice([-140.0, 140.0])
                if np.abs(matrix).max(initial=0) < 1e10
                else matrix
            )
        yield Case(f"{kind}, {n} rows, seed [{seed}, {i}]", matrix, rng)
