"""What the figures share: grids, arrows, and surfaces in space painted from flat polygons, back to front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from foundations import plotting
from foundations.gradients_jacobians.surfaces import Window


@dataclass(frozen=True)
class View:
    """A parallel projection.

    Attributes:
        turn: radians by which the scene is turned about the vertical axis.
        tilt: radians by which one looks down, between 0 (from the side) and π/2 (from above).
        lift: factor on heights.
    """

    turn: float = 0.6
    tilt: float = 0.6
    lift: float = 1.0

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where points of space come to lie on the paper, and how near they are to the eye.

        Args:
            points: shape (..., 3).

        Returns:
            Places, shape (..., 2), and depths, shape (...): the larger, the nearer.

        Example:
            >>> places, depths = View(turn=0.0, tilt=np.pi / 2).project(np.array([1.0, 2.0, 5.0]))
            >>> places.round(9), float(depths.round(9))
            (array([1., 2.]), 5.0)
        """
        x, y, z = np.moveaxis(np.asarray(points, dtype=np.float64), -1, 0)
        c, s = np.cos(self.turn), np.sin(self.turn)
        across, away, height = c * x - s * y, s * x + c * y, self.lift * z
        up = np.sin(self.tilt) * away + np.cos(self.tilt) * height
        near = np.sin(self.tilt) * height - np.cos(self.tilt) * away
        return np.stack([across, up], axis=-1), near


def patches(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Cut a grid of heights into quadrilaterals.

    Args:
        x: shape (m,).
        y: shape (n,).
        z: heights at (x, y), shape (m, n).

    Returns:
        Corners in space, shape ((m - 1)(n - 1), 4, 3).

    Example:
        >>> patches(np.arange(3.0), np.arange(4.0), np.zeros((3, 4))).shape
        (6, 4, 3)
    """
    grid = np.stack([*np.meshgrid(x, y, indexing="ij"), z], axis=-1)  # (m, n, 3)
    corners = [grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]]
    return np.stack(corners, axis=-2).reshape(-1, 4, 3)


def paint(ax: Axes, view: View, corners: np.ndarray, colors: Sequence[str], edges: str) -> None:
    """Paint the quadrilaterals of a surface, the farthest first, so that what is in front hides the rest.

    Args:
        ax: Where to draw.
        view: From where.
        corners: shape (k, 4, 3).
        colors: one for each face.
        edges: colour of all edges.
    """
    places, depths = view.project(corners)
    order = np.argsort(depths.mean(axis=1), kind="stable")
    faces = [colors[i] for i in order]
    ax.add_collection(PolyCollection(list(places[order]), facecolors=faces, edgecolors=edges, linewidths=0.4))


def grid(window: Window, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both axes, shape (n,), and the points between them, shape (n, n, 2), x along the first axis."""
    x, y = (np.linspace(*side, n) for side in window)
    return x, y, np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)


def draw_grid(
    ax: Axes,
    window: Window,
    n: int,
    move: Callable[[np.ndarray], np.ndarray],
    *,
    color: str,
    width: float,
    dashed: bool = False,
) -> None:
    """Draw the image of n lines each way under a map (..., 2) -> (..., 2)."""
    points = move(grid(window, 1 + 6 * (n - 1))[2])
    style = "dashed" if dashed else "solid"
    lines = [*points[::6], *points.swapaxes(0, 1)[::6]]
    ax.add_collection(LineCollection(lines, colors=color, linewidths=width, linestyles=style))


def ramp(n: int, *, most: int = 7) -> list[str]:
    """Return n colours from faint to full, the fullest being number `most` of seven."""
    shades = plotting.shades(7)
    return [shades[i * most // n] for i in range(n)]


def arrow(ax: Axes, start: np.ndarray, end: np.ndarray, color: str) -> None:
    """Draw an arrow between two points."""
    style = {"arrowstyle": "-|>", "color": color, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=tuple(end), xytext=tuple(start), arrowprops=style)
