"""The Jacobian as a linear map: what a small neighbourhood becomes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from foundations.autodiff import jacobian
from foundations.errors import ShapeError
from foundations.gradients_jacobians.checks import Function, as_count, as_finite, as_point, as_step, value_at
from foundations.matrix_decomposition import SVD, determinant, svd


@dataclass(frozen=True)
class LinearMap:
    r"""The affine map $y \mapsto F(x) + J(x)(y - x)$, the best one near x.

    Attributes:
        point: $x$, shape (n,).
        value: $F(x)$, shape (m,).
        jacobian: $J_{ij} = \partial F_i/\partial x_j$, one row an output, shape (m, n).
    """

    point: np.ndarray
    value: np.ndarray
    jacobian: np.ndarray

    def __call__(self, y: ArrayLike) -> np.ndarray:
        """Return the image of points y, shape (..., n) -> (..., m)."""
        return self.value + (np.asarray(y, dtype=np.float64) - self.point) @ self.jacobian.T

    @cached_property
    def svd(self) -> SVD:
        r"""$J = U\Sigma V^\top$: the unit directions in the rows of `vt` become $\sigma_iu_i$."""
        return svd(self.jacobian)

    @property
    def half_axes(self) -> np.ndarray:
        r"""Half-axes $\sigma_iu_i$ of the ellipse that the unit circle becomes, in columns, shape (m, k)."""
        return self.svd.u * self.svd.s

    @property
    def determinant(self) -> float:
        """Signed change of area or volume; negative where orientation is reversed.

        Raises:
            ShapeError: if the map does not keep the dimension.
        """
        if self.jacobian.shape[0] != self.jacobian.shape[1]:
            raise ShapeError(
                f"a determinant needs a square Jacobian, got shape {self.jacobian.shape}: "
                "the product of svd.s says how volumes change"
            )
        return determinant(self.jacobian)


def linearise(f: Function, x: ArrayLike) -> LinearMap:
    r"""Return the best affine approximation of a map at x.

    Args:
        f: from a Tensor of shape (n,) to one of shape (m,).
        x: shape (n,).

    Raises:
        ShapeError: if f does not return a vector.
        DTypeError, ValueRangeError: if f does not return finite float64 numbers.

    Example:
        >>> from foundations.autodiff import ops
        >>> polar = lambda x: ops.stack([x[0] * ops.cos(x[1]), x[0] * ops.sin(x[1])])
        >>> linearise(polar, [2.0, 0.0]).jacobian
        array([[1., 0.],
               [0., 2.]])
    """
    x = as_point(x, "linearise")
    value = value_at(f, x, "linearise")
    if value.ndim != 1:
        raise ShapeError(
            f"linearise expects a map that returns a vector, shape (m,), got {value.shape}: "
            "flatten it, or use tangent_plane for a number"
        )
    slopes = jacobian(f, x).numpy() + 0.0  # no -0
    return LinearMap(x, value, as_finite(slopes, "linearise expects a Jacobian of", "move the point"))


def area_ratio(f: Function, x: ArrayLike, side: float, *, points_a_side: int = 64) -> float:
    r"""Measure by how much f changes the signed area of a small square, without any derivative.

    The square around x is mapped point by point along its edge; the area of the image is that of the polygon,
    $\tfrac12\sum_k (p_k q_{k+1} - p_{k+1} q_k)$. As the side shrinks the ratio tends to $\det J(x)$.

    Args:
        f: a map of the plane, on points of shape (..., 2).
        x: centre of the square, shape (2,).
        side: its length.
        points_a_side: corners of the polygon for each edge.

    Returns:
        Area of the image over that of the square; negative if orientation is reversed.

    Example:
        >>> round(area_ratio(lambda x: x @ np.array([[2.0, 1.0], [0.0, 3.0]]), [1.0, 1.0], 0.1), 12)
        6.0
    """
    x, side = as_point(x, "area_ratio", n=2), as_step(side, "area_ratio")
    points_a_side = as_count(points_a_side, "area_ratio", "points_a_side")
    t = np.arange(points_a_side) / points_a_side - 0.5
    edge = np.stack([t, np.full_like(t, -0.5)], axis=-1)  # the lower edge, then turned by right angles
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    corners = [edge]
    for _ in range(3):
        corners.append(corners[-1] @ turn)
    image = value_at(f, x + side * np.concatenate(corners), "area_ratio")
    p, q = (image - image.mean(axis=0)).T
    return float((p * np.roll(q, -1) - np.roll(p, -1) * q).sum() / (2 * side * side))
