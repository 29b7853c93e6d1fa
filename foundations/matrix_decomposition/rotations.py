"""Plane rotations and Householder reflections: the two orthogonal tools everything here is made of."""

from __future__ import annotations

import math

import numpy as np


def householder_vector(x: np.ndarray) -> np.ndarray:
    r"""Return the unit vector whose reflection sends x to a multiple of the first axis.

    $H = I - 2vv^\top$ with $v \propto x + \operatorname{sign}(x_1)\lVert x\rVert e_1$ gives
    $Hx = -\operatorname{sign}(x_1)\lVert x\rVert e_1$. The sign makes the first entry a sum of two
    numbers of the same sign, so nothing cancels.

    Args:
        x: shape (m,), m ≥ 1.

    Returns:
        v, shape (m,), of length 1; zero (so that H = I) when x is zero.

    Example:
        >>> v = householder_vector(np.array([3.0, 4.0]))
        >>> ((np.eye(2) - 2 * np.outer(v, v)) @ [3.0, 4.0]).round(12)
        array([-5.,  0.])

    Source: Householder 1958; Golub & Van Loan 2013, §5.1.
    """
    largest = np.abs(x).max()
    if largest == 0:
        return np.zeros_like(x)
    v = x / largest  # so that no square underflows
    v[0] += math.copysign(math.sqrt(v @ v), v[0])
    return v / math.sqrt(v @ v)


def givens(a: float, b: float) -> tuple[float, float]:
    r"""Return (c, s) with $c^2 + s^2 = 1$ such that the rotation sends (a, b) to (r, 0).

    $$\begin{pmatrix} c & -s \\ s & c \end{pmatrix}\begin{pmatrix} a \\ b \end{pmatrix}
    = \begin{pmatrix} r \\ 0 \end{pmatrix}$$

    Example:
        >>> givens(3.0, 4.0)
        (0.6, -0.8)

    Source: Golub & Van Loan 2013, §5.1.
    """
    largest = max(abs(a), abs(b))
    if largest == 0:
        return 1.0, 0.0
    a, b = a / largest, b / largest  # subnormal numbers have too few digits for their ratios
    r = math.hypot(a, b)
    return a / r, -b / r


def jacobi_rotations(alpha: np.ndarray, beta: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    r"""Return the rotations J that make $J\,[[\alpha, \gamma], [\gamma, \beta]]\,J^\top$ diagonal.

    With $\zeta = (\beta - \alpha)/2\gamma$ the tangent solves $t^2 + 2\zeta t - 1 = 0$; of its two
    roots the smaller, $t = \operatorname{sign}(\zeta)/(|\zeta| + \sqrt{1 + \zeta^2})$, turns by at
    most 45°, which is what makes sweeps of rotations converge.

    Args:
        alpha: first diagonal entries, shape (pairs,).
        beta: second diagonal entries, shape (pairs,).
        gamma: off-diagonal entries, nowhere zero, shape (pairs,).

    Returns:
        $J = [[c, -s], [s, c]]$ for each pair, shape (pairs, 2, 2).

    Example:
        >>> jacobi_rotations(np.array([2.0]), np.array([2.0]), np.array([1.0])).round(3)
        array([[[ 0.707, -0.707],
                [ 0.707,  0.707]]])

    Source: Golub & Van Loan 2013, §8.5.
    """
    zeta = (beta - alpha) / (2 * gamma)
    t = np.copysign(1.0, zeta) / (np.abs(zeta) + np.hypot(1.0, zeta))
    r = np.hypot(1.0, t)
    s = t / r
    c = 1 - t * s / (1 + r)  # = 1 / r; the small correction is rounded, not the cosine near 1
    return np.stack([c, -s, s, c], axis=-1).reshape(-1, 2, 2)


def rotate_rows(rows: np.ndarray, pairs: np.ndarray, rotations: np.ndarray, scratch: np.ndarray) -> None:
    """Do `rows[pairs] = rotations @ rows[pairs]`, two rows at a time, without allocating.

    Temporaries of this size would go back to the system after every round and be paged in again for
    the next, which costs more than the arithmetic.

    Args:
        rows: shape (n, width), changed in place.
        pairs: row numbers, none twice, shape (k, 2).
        rotations: shape (k, 2, 2).
        scratch: anything of shape (2, at least k, 2, width).
    """
    before = np.take(rows, pairs, axis=0, out=scratch[0, : len(pairs)], mode="clip")
    rows[pairs] = np.matmul(rotations, before, out=scratch[1, : len(pairs)])


def round_robin(n: int) -> list[np.ndarray]:
    """Return the rounds of a tournament in which each of n players meets each other exactly once.

    Pairs of one round share no player, so their rotations commute and run as one batched product.
    The circle method: player 0 sits still and the others move round one place each round.

    Args:
        n: number of rows to pair, n ≥ 0.

    Returns:
        n - 1 rounds (n when n is odd), each the pairs of row numbers, smaller first, shape (pairs, 2).

    Example:
        >>> [pairs.tolist() for pairs in round_robin(4)]
        [[[0, 3], [1, 2]], [[0, 2], [1, 3]], [[0, 1], [2, 3]]]

    Source: Brent & Luk 1985.
    """
    seats = n + n % 2  # an odd player out meets an empty chair
    circle = np.arange(seats)
    rounds = []
    for _ in range(seats - 1):
        pairs = np.sort(np.stack([circle[: seats // 2], circle[: seats // 2 - 1 : -1]], axis=1))
        rounds.append(pairs[pairs[:, 1] < n])
        circle[1:] = np.roll(circle[1:], 1)
    return rounds
