"""Points at which the rows are checked: random, of sizes that differ, far from where derivatives break."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Sampler = Callable[[np.random.Generator], tuple[np.ndarray, ...]]


def draw(*arrays: str) -> Sampler:
    """Return what draws random arrays, each described by a kind and a letter for every axis.

    Args:
        arrays: Such as `"m n"` (normal), `"away n"`, `"mixed m n"`, `"regular m n"`, `"tall m n"` (regular,
            with m > n), `"definite n n"`, `"symmetric n n"` or `"lower n n"`; equal letters are equal sizes,
            different ones differ. `"invertible n n"`, `"full m n"` and `"positive n n"` are regular, tall and
            definite, and some of their singular values may be equal.

    Returns:
        A function of a generator.

    Example:
        >>> x, A = draw("n", "symmetric n n")(np.random.default_rng(0))
        >>> A.shape == (len(x), len(x))
        True
    """
    words = [array.split() for array in arrays]
    letters = list(dict.fromkeys(word for line in words for word in line if len(word) == 1))

    def sample(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        size = dict(zip(letters, sizes(rng, len(letters)), strict=True))
        for line in words:
            if line[0] in ("tall", "full") and size[line[1]] < size[line[2]]:
                size[line[1]], size[line[2]] = size[line[2]], size[line[1]]
        return tuple(_one(rng, line, size) for line in words)

    return sample


def _one(rng: np.random.Generator, words: list[str], size: dict[str, int]) -> np.ndarray:
    shape = [size[word] for word in words if len(word) == 1]
    match words[0]:
        case "away":
            return away_from_zero(rng, *shape)
        case "mixed":
            return mixed(rng, *shape)
        case "regular" | "tall":
            return regular(rng, shape[0], shape[1])
        case "invertible" | "full":
            return regular(rng, shape[0], shape[1], repeated=rng.random() < 1 / 3)
        case "definite":
            return definite(rng, shape[0])
        case "positive":
            return definite(rng, shape[0], repeated=rng.random() < 1 / 3)
        case "symmetric":
            return symmetric(rng, shape[0])
        case "lower":
            return lower(rng, shape[0])
        case _:
            return normal(rng, *shape)


def sizes(rng: np.random.Generator, n: int) -> list[int]:
    """Return n different sizes between 2 and 6, so that a swapped axis cannot pass."""
    return [int(size) for size in rng.permutation([2, 3, 4, 5, 6])[:n]]


def normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Return standard normal numbers."""
    return rng.standard_normal(shape)


def away_from_zero(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Return numbers of either sign with sizes between 0.2 and 2: clear of a kink at 0."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.2, 2.0, shape)


def mixed(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Return a matrix whose rows each hold numbers well apart, in random order: of a variance far from 0."""
    steps = np.arange(shape[1]) + rng.uniform(-0.3, 0.3, shape)
    return rng.permuted(steps, axis=1) + normal(rng, shape[0], 1)


def orthogonal(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return an orthogonal matrix: dense as a rule, in a third of the cases a permutation, or two blocks.

    A permutation makes diagonal matrices of what is built on it, blocks make block matrices: their
    eigenvectors have elements that are 0, and a formula that takes the sign of one must not pass.
    """
    kind = rng.integers(6)
    if kind == 0:
        return np.eye(n)[rng.permutation(n)]
    if kind == 1 and n > 2:
        cut = int(rng.integers(1, n))
        blocks = np.zeros((n, n))
        blocks[:cut, :cut], blocks[cut:, cut:] = _reflection(rng, cut), _reflection(rng, n - cut)
        return blocks
    return _reflection(rng, n)


def _reflection(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return I - 2 v v^T, a reflection whose first row has no element near 0."""
    v = rng.uniform(0.8, 1.2, n) * rng.choice([-1.0, 1.0], n)
    v[0] *= 0.5
    v /= np.linalg.norm(v)
    return np.eye(n) - 2 * np.outer(v, v)


def separated(rng: np.random.Generator, n: int, *, repeated: bool = False) -> np.ndarray:
    """Return n numbers from 0.5 to at most 2.65, at least 0.25 apart, in increasing order.

    With `repeated` the first two are equal.
    """
    values = 0.5 + 0.4 * np.arange(n) + rng.uniform(0.0, 0.15, n)
    if repeated:
        values[:2] = values[:1]
    return values


def regular(rng: np.random.Generator, m: int, n: int, *, repeated: bool = False) -> np.ndarray:
    """Return a matrix of full rank whose singular values are away from 0, and apart unless `repeated`."""
    k = min(m, n)
    u, v = orthogonal(rng, m)[:, :k], orthogonal(rng, n)[:, :k]
    return (u * separated(rng, k, repeated=repeated)) @ v.T


def definite(rng: np.random.Generator, n: int, *, repeated: bool = False) -> np.ndarray:
    """Return a symmetric positive definite matrix with eigenvalues that are apart unless `repeated`."""
    v = orthogonal(rng, n)
    return (v * separated(rng, n, repeated=repeated)) @ v.T


def symmetric(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return a symmetric matrix with eigenvalues of both signs, well apart."""
    v = orthogonal(rng, n)
    return (v * (separated(rng, n) - 1.0)) @ v.T


def lower(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return a lower triangular matrix with a diagonal between 1 and 2."""
    return np.tril(0.5 * normal(rng, n, n), -1) + np.diag(rng.uniform(1.0, 2.0, n))


def contraction(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a matrix of norm below 1 and a vector: x -> tanh(W x + b) has one fixed point."""
    (n,) = sizes(rng, 1)
    return 0.35 * regular(rng, n, n), normal(rng, n)


def sylvester(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return A, B and C of an equation A X + X B = C that has one solution."""
    m, n = sizes(rng, 2)
    A, B = (2 * np.eye(k) + 0.5 * regular(rng, k, k) for k in (m, n))  # neither is symmetric, as a rule
    return A, B, normal(rng, m, n)
