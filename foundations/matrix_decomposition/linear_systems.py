"""Square systems: LU on the scaled matrix, refinement by exact residuals, and a judgement of the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import SingularError
from foundations.matrix_decomposition.checks import EPS, as_matrix, as_right_hand_side, unscaled
from foundations.matrix_decomposition.lu import LU, equilibrating_exponents, growth_factor, lu
from foundations.matrix_decomposition.qr import qr_householder
from foundations.matrix_decomposition.triangular import back_substitution, forward_substitution

MAX_REFINEMENTS = 60  # each halves the error at least
Solver = Callable[[np.ndarray], np.ndarray]


class Solution(NamedTuple):
    r"""x with A x = b, and what is known of its quality; what LAPACK's expert driver reports.

    Attributes:
        x: of the shape of b.
        growth: $\rho = \max|u_{ij}|/\max|a_{ij}|$ of the scaled matrix, see `growth_factor`.
        refinements: how many corrections x has received.
        backward_error: the smallest δ such that x solves $(A + E)x = b + f$ exactly with
            $|e_{ij}| \le \delta|a_{ij}|$ and $|f_i| \le \delta|b_i|$; the worst column of x.
        error_bound: of $\max_i|x_i - \hat x_i| / \max_i|x_i|$ in the scaled unknowns: twice the correction
            that refinement would make next, and $n\varepsilon^2$ times the condition. It is about exactly
            the A and b that were given.
        condition: $\max|A^{-1}|(|A||x| + |b|) / \max|x|$ in the scaled unknowns: x moves by up to this times
            δ when every entry of A and b moves by a relative δ. Above 1/δ no digit is certain.
    """

    x: np.ndarray
    growth: float
    refinements: int
    backward_error: float
    error_bound: float
    condition: float


def solve(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    r"""Solve A x = b: $L y = P b$, then $U x = y$, then refine until the last digits stand.

    Rows and columns are first scaled by powers of two (exact) to a common size. A pivot is rounding error
    when it is below $n\varepsilon(|L||U|)_{jj}$, $n\varepsilon$ of the terms it is a sum of. Refinement,
    $x \leftarrow x + A^{-1}(b - Ax)$, has its residual in twice the digits and uses the factors at hand, or,
    where growth has spoiled these, those of QR, which knows none. It converges if $\kappa n\varepsilon$ is
    small; where it does not, no digit of x would be certain, and A counts as singular.

    Args:
        a: shape (n, n).
        b: shape (n,) or (n, k).

    Returns:
        x, of the shape of b.

    Raises:
        SingularError: if A is singular, exactly or to working precision.
        ValueRangeError: if x is too large for a float64.

    Example:
        >>> solve(np.array([[0.0, 2.0], [4.0, 6.0]]), np.array([2.0, 10.0]))
        array([1., 1.])

    Source: Golub & Van Loan 2013, §3.4 and §3.5; Wilkinson 1963, Moler 1967 (refinement).
    """
    return _System(a, b, "solve").solution().x


def solve_expert(a: ArrayLike, b: ArrayLike) -> Solution:
    r"""Solve A x = b as `solve` does, and report the quality of x with it.

    Args:
        a: shape (n, n).
        b: shape (n,) or (n, k).

    Returns:
        Solution(x, growth, refinements, backward_error, error_bound, condition).

    Raises:
        SingularError: if A is singular, exactly or to working precision.
        ValueRangeError: if x is too large for a float64.

    Example:
        >>> solution = solve_expert(np.array([[0.0, 2.0], [4.0, 6.0]]), np.array([2.0, 10.0]))
        >>> solution.growth, solution.backward_error, solution.error_bound < 1e-15
        (1.0, 0.0, True)

    Source: Anderson et al. 1999, LAPACK Users' Guide, xGESVX; Oettli & Prager 1964 (the backward error);
        Skeel 1979 (the condition).
    """
    system = _System(a, b, "solve_expert")
    solution = system.solution()
    condition = system.condition()
    residual = len(system.a) * EPS * EPS * condition  # what even the residual in twice the digits misses
    return solution._replace(condition=condition, error_bound=solution.error_bound + residual)


def exact_residual(a: np.ndarray, x: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return b - A x as if computed in twice the digits of float64 and rounded once.

    Every product and every sum is taken together with its rounding error, and the errors are summed too.

    Args:
        a: shape (n, n), of entries up to about 1.
        x: shape (n, k).
        b: shape (n, k).

    Example:
        >>> exact_residual(np.array([[1.0, 1e-20]]), np.array([[1.0], [1.0]]), np.array([[1.0]]))
        array([[-1.e-20]])

    Source: Ogita, Rump & Oishi 2005, Algorithm Dot2.
    """
    total, lost = b.copy(), np.zeros_like(b)
    for column, row in zip(a.T[:, :, None], x[:, None], strict=True):
        product = column * row
        a_high, x_high = _upper_half(column), _upper_half(row)
        a_low, x_low = column - a_high, row - x_high
        error = a_low * x_low - (((product - a_high * x_high) - a_low * x_high) - a_high * x_low)
        before, total = total, total - product
        shed = total - before
        lost += ((before - (total - shed)) - (product + shed)) - error
    return total + lost


class _System:
    """A scaled system R A C y = R b with x = C y, in which rows, columns and right-hand sides have size 1."""

    def __init__(self, a: ArrayLike, b: ArrayLike, caller: str) -> None:
        a = as_matrix(a, caller, square=True)
        b = as_right_hand_side(b, len(a), caller)
        self.shape, self.caller = b.shape, caller
        rows, self.columns = equilibrating_exponents(a)
        self.a = np.ldexp(a, -(rows[:, None] + self.columns))
        b = b[:, None] if b.ndim == 1 else b
        # every right-hand side to size 1 after the scaling of the rows: exponents are joined before ldexp
        none = -100_000
        self.sizes = np.where(b != 0, np.frexp(b)[1] - rows[:, None], none).max(axis=0, initial=none)
        self.sizes[self.sizes == none] = 0
        # one more right-hand side, of no structure: where A is singular but b fits it, this one does not
        probe = np.cos(1.0 + np.arange(len(a)))[:, None]
        self.b = np.hstack([np.ldexp(b, -(rows[:, None] + self.sizes)), probe])
        self.factors = lu(self.a)
        self.direct = _by_lu(self.factors)
        self.y = np.zeros_like(self.b)

    def solution(self) -> Solution:
        """Factor, solve, refine, judge; the condition is left out."""
        self._require_pivots()
        refinements, bound = self._refine()
        if bound == np.inf:  # growth, as a rule: the factors are those of another matrix
            q, r = qr_householder(self.a)
            if (np.diagonal(r) > len(r) * EPS * r.max(initial=0.0)).all():
                self.direct = lambda b: back_substitution(r, q.T @ b)
                refinements, bound = self._refine()
        if bound == np.inf:
            self._refuse("that rounding errors cannot tell from a singular one")
        self.b, self.y = self.b[:, :-1], self.y[:, :-1]
        x = unscaled(self.y, self.sizes - self.columns[:, None]).reshape(self.shape)
        return Solution(
            x, growth_factor(self.a, self.factors), refinements, self._backward_error(), bound, np.nan
        )

    def condition(self) -> float:
        r"""Return the largest of $|A^{-1}|(|A||y| + |b|) / \max|y|$."""
        if not self.y.size:
            return 0.0
        moved = np.abs(self.direct(np.eye(len(self.a)))) @ self._sizes()
        size = np.abs(self.y).max(axis=0)
        return float((moved.max(axis=0) / np.where(size > 0, size, 1.0)).max())

    def _sizes(self) -> np.ndarray:
        return np.abs(self.a) @ np.abs(self.y) + np.abs(self.b)

    def _refine(self) -> tuple[int, float]:
        """Solve, then correct y by its own residual; return how often, and a bound of the error left.

        The bound is infinite if the corrections do not shrink by half at least.
        """
        self.y, last = self.direct(self.b), 2.0
        for step in range(MAX_REFINEMENTS):
            correction = self.direct(exact_residual(self.a, self.y, self.b))
            size = np.abs(self.y).max(axis=0, initial=0.0)
            relative = np.abs(correction).max(axis=0, initial=0.0) / np.where(size > 0, size, 1.0)
            moved = float(relative.max(initial=0.0))
            if moved <= EPS:
                return step, 2 * moved
            if not moved <= last / 2:
                break
            self.y, last = self.y + correction, moved
        return MAX_REFINEMENTS, np.inf

    def _backward_error(self) -> float:
        """Return the largest |r_i| / (|A||y| + |b|)_i."""
        residual = np.abs(exact_residual(self.a, self.y, self.b))
        size = self._sizes()
        return float((residual / np.where(size > 0, size, 1.0)).max(initial=0.0))

    def _require_pivots(self) -> None:
        _, lower, upper = self.factors
        sizes = np.einsum("ij,ji->i", np.abs(lower), np.abs(upper))  # (|L||U|)_jj
        weak = np.flatnonzero(np.abs(np.diagonal(upper)) <= len(upper) * EPS * sizes)
        if weak.size:
            self._refuse(f"whose column {int(weak[0])} is a combination of the earlier ones")

    def _refuse(self, why: str) -> None:
        raise SingularError(
            f"{self.caller} expects independent columns, got a matrix {why} to working precision: "
            "use lstsq_svd for the smallest of the best solutions"
        )


def _by_lu(factors: LU) -> Solver:
    permutation, lower, upper = factors
    return lambda b: back_substitution(upper, forward_substitution(lower, b[permutation]))


def _upper_half(x: np.ndarray) -> np.ndarray:
    """Return the leading 26 bits of every number (Veltkamp's split): products of halves are exact."""
    spread = 134_217_729.0 * x  # 2²⁷ + 1
    return spread - (spread - x)
