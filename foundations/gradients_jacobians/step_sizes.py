"""How far a difference is off: truncation, which grows with the step, and rounding, which shrinks with it."""

from __future__ import annotations

from dataclasses import dataclass

from foundations.errors import ValueRangeError


@dataclass(frozen=True)
class DifferenceRule:
    r"""The error model of a difference quotient, $E(h) \le c\,M h^p + w\,\eta/h^q$.

    $M$ bounds the derivative of f that the first neglected Taylor term holds, $\eta$ the error of a computed
    value of f; about $\varepsilon|f|$ when f is computed well.

    Attributes:
        name: what it is called.
        c: constant of the truncation error.
        p: power of h in it.
        w: constant of the rounding error.
        q: power of h in it, the order of the derivative.
        order: of the derivative that M bounds.
    """

    name: str
    c: float
    p: int
    w: float
    q: int
    order: int

    def error_bound(self, step: float, *, noise: float, derivative: float) -> float:
        r"""Return $c\,M h^p + w\,\eta/h^q$.

        Args:
            step: $h > 0$.
            noise: $\eta$, the largest error of a value of f.
            derivative: $M$, the largest size near x of the derivative of order `order`.

        Raises:
            ValueRangeError: if the step is not positive, or noise or derivative negative.

        Example:
            >>> FORWARD.error_bound(0.5, noise=0.0, derivative=4.0)
            1.0
        """
        self._check(step=step)
        self._check_sizes(noise, derivative)
        return self.c * derivative * step**self.p + self.w * noise / step**self.q

    def best_step(self, *, noise: float, derivative: float) -> float:
        r"""Return the step where the bound is least: $h^\ast = (w q\eta/c p M)^{1/(p + q)}$.

        Args:
            noise: $\eta > 0$.
            derivative: $M > 0$.

        Raises:
            ValueRangeError: if one of them is not positive: without either error there is no best step.

        Example:
            >>> FORWARD.best_step(noise=1.0, derivative=4.0)
            1.0
        """
        self._check(noise=noise, derivative=derivative)
        ratio = self.w * self.q * noise / (self.c * self.p * derivative)
        return ratio ** (1 / (self.p + self.q))

    def _check(self, **sizes: float) -> None:
        for name, size in sizes.items():
            if not 0 < size < float("inf"):
                raise ValueRangeError(
                    f"the {self.name} difference expects a finite {name} above 0, got {size!r}: "
                    "estimate it from values of f"
                )

    def _check_sizes(self, *sizes: float) -> None:
        if not all(0 <= size < float("inf") for size in sizes):
            raise ValueRangeError(
                f"the {self.name} difference expects noise and derivative of size 0 or more, got "
                f"{' and '.join(f'{size!r}' for size in sizes)}: take absolute values"
            )


FORWARD = DifferenceRule("forward", c=1 / 2, p=1, w=2, q=1, order=2)
CENTRAL = DifferenceRule("central", c=1 / 6, p=2, w=1, q=1, order=3)
SECOND = DifferenceRule("second", c=1 / 12, p=2, w=4, q=2, order=4)
