"""Sparse dispatch and combine: one matrix product per expert, and none for an expert that got no token."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from foundations.autodiff import Array, fused, ops
from foundations.errors import ShapeError


class Dispatch(NamedTuple):
    """Where each copy of a token goes, sorted by expert, and where it comes back to.

    Attributes:
        tokens: Token of every row that is sent, shape (B k,), in order of the experts.
        back: Row of every visit, shape (B, k): undoes the sorting.
        ends: Where each expert's rows begin and end, shape (n + 1,); rows ends[i] to ends[i + 1] are i's.
    """

    tokens: np.ndarray
    back: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, experts: np.ndarray, n_experts: int) -> Dispatch:
        """Sort the visits by expert; those of one expert stay in the order of the tokens.

        Args:
            experts: Experts that each token visits, shape (B, k), from 0 to n_experts − 1.
            n_experts: n.

        Example:
            >>> sent = Dispatch.of(np.array([[2, 0], [2, 1]]), 4)
            >>> sent.tokens.tolist(), sent.ends.tolist()
            ([0, 1, 0, 1], [0, 1, 2, 4, 4])
        """
        batch, k = experts.shape
        order = np.argsort(experts.ravel(), kind="stable")  # (B k,)
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        counts = np.bincount(experts.ravel(), minlength=n_experts)
        ends = np.concatenate([[0], np.cumsum(counts)])
        return cls(order // k, back.reshape(batch, k), ends)


def _send_back(g: np.ndarray, _: None, _needs: Any, _x: np.ndarray, *, sent: Dispatch) -> tuple[np.ndarray]:
    return (g[sent.back].sum(axis=1),)  # a token's gradient is the sum over its k copies


_send = fused(
    lambda x, sent: (x[sent.tokens], None),
    _send_back,
    lambda x, sent: x[sent.tokens],
    name="dispatch",
)


def dispatch(x: Array, sent: Dispatch) -> Any:
    """Copy every token to the experts it visits.

    Args:
        x: Tokens, shape (B, d).
        sent: Where they go.

    Returns:
        Rows in order of the experts, shape (B k, d).
    """
    return _send(x, sent=sent)


def _weigh(
    rows: np.ndarray,
    gates: np.ndarray,
    *,
    sent: Dispatch,
) -> tuple[np.ndarray, np.ndarray]:
    came = rows[sent.back]  # (B, k, d)
    return np.matmul(gates[:, None, :], came)[:, 0], came


def _weigh_back(
    g: np.ndarray,
    came: np.ndarray,
    _needs: tuple[bool, ...],
    rows: np.ndarray,
    gates: np.ndarray,
    *,
    sent: Dispatch,
) -> tuple[np.ndarray, np.ndarray]:
    d_rows = np.empty_like(rows)
    d_rows[sent.back] = gates[:, :, None] * g[:, None, :]  # its weight times g
    d_gates = np.matmul(came, g[:, :, None])[:, :, 0]  # how far E_i(x) points along g
    return d_rows, d_gates


_combine = fused(
    _weigh,
    _weigh_back,
    lambda rows, gates, sent: ops.einsum("bk,bkd->bd", gates, rows[sent.back]),
    name="combine",
)


def combine(rows: Array, gates: Array, sent: Dispatch) -> Any:
    """Return Σ_i G(x)_i E_i(x) for every token, from the rows of the experts it visited. Equation (1).

    Args:
        rows: Outputs in order of the experts, shape (B k, d).
        gates: Weights, shape (B, k).
        sent: Where the rows belong.

    Returns:
        Shape (B, d).
    """
    return _combine(rows, gates, sent=sent)


def _forward(
    x: np.ndarray,
    w: np.ndarray,
    *,
    ends: np.ndarray,
) -> tuple[np.ndarray, None]:
    y = np.empty((len(x), w.shape[2]), x.dtype)
    for i in np.flatnonzero(np.diff(ends)):  # experts without rows are not looked at
        a, b = ends[i], ends[i + 1]
        np.matmul(x[a:b], w[i], out=y[a:b])
    return y, None


def _backward(
    g: np.ndarray,
    _: None,
    needs: tuple[bool, ...],
    x: np.ndarray,
    w: np.ndarray,
    *,
    ends: np.ndarray,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    dx = np.empty_like(x) if needs[0] else None
    dw = np.zeros_like(w) if needs[1] else None
    for i in np.flatnonzero(np.diff(ends)):
        a, b = ends[i], ends[i + 1]
        if dx is not None:
            np.matmul(g[a:b], w[i].T, out=dx[a:b])
        if dw is not None:
            np.matmul(x[a:b].T, g[a:b], out=dw[i])
    return dx, dw


def _definition(x: Any, w: Any, *, ends: np.ndarray) -> Any:
    """Every row times the matrix of its expert, looked up for each row: slow, and plain to see."""
    expert = np.repeat(np.arange(len(ends) - 1), np.diff(ends))  # (rows,)
    return ops.einsum("rd,rdh->rh", x, w[expert])


_segment_matmul = fused(_forward, _backward, _definition, name="segment_matmul")


def segment_matmul(x: Array, w: Array, ends: np.ndarray) -> Any:
    """Multiply each segment of rows by a matrix of its own: rows ends[i] to ends[i + 1] by w[i].

    Args:
        x: Shape (rows, d).
        w: A matrix for each segment, shape (n, d, h). Those of empty segments are not read, and get
            gradient 0.
        ends: Shape (n + 1,), ascending from 0 to the number of rows.

    Returns:
        Shape (rows, h).

    Raises:
        ShapeError: If the three do not fit.
    """
    fits = np.ndim(x) == 2 and np.ndim(w) == 3 and x.shape[1] == w.shape[1] and len(ends) == len(w) + 1
    if not fits or ends[0] != 0 or ends[-1] != x.shape[0]:
        raise ShapeError(
            "segment_matmul expects rows (r, d), matrices (n, d, h) and n + 1 ends from 0 to r, got "
            f"{np.shape(x)}, {np.shape(w)} and {np.shape(ends)} ending at {ends[-1] if len(ends) else None}"
        )
    return _segment_matmul(x, w, ends=ends)
