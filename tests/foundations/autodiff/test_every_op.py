"""One table with every operation: its value and its derivatives of first and second order.

Each case is held to PyTorch in value, gradient and gradient of the gradient, and to finite differences in
random directions. An operation that is not in the table fails the suite.
"""

import inspect

import numpy as np
import pytest
import torch

from foundations.autodiff import Tensor, gradcheck, gradients, ops

MASK = np.array([[True, False, True], [False, True, True]])
ROWS = np.array([2, 0, 2, -1])
COLUMNS = np.array([[0, 2, 2], [1, 1, 1]])


def normal(*shape):
    return lambda rng: rng.standard_normal(shape)


def between(low, high, *shape):
    return lambda rng: rng.uniform(low, high, shape)


def away(*shape):
    """Values at least 0.3 from zero, of both signs."""
    return lambda rng: rng.uniform(0.3, 2.0, shape) * rng.choice([-1.0, 1.0], shape)


def distinct(*shape):
    """Values at least 0.5 apart."""
    return lambda rng: (rng.permutation(int(np.prod(shape))) * 0.5 - 1.2).reshape(shape)


def fixed(values):
    return lambda _rng: np.array(values, dtype=np.float64)


def invertible(*shape):
    return lambda rng: rng.standard_normal(shape) + 3 * np.eye(shape[-1])


def positive_definite(x):
    """x x^T + 2 I: symmetric in every direction in which x is moved."""
    return x @ x.mT + 2 * np.eye(x.shape[-1], dtype=x.dtype)


def positive_definite_torch(x):
    return x @ x.mT + 2 * torch.eye(x.shape[-1], dtype=x.dtype)


def index_put(values, index, shape):
    return torch.zeros(shape, dtype=values.dtype).index_put(index, values, accumulate=True)


def joint(first, second):
    """A number that both results of a factorisation meet in, whatever the signs of the vectors."""
    return ((first * first).sum() * (second**2 * (first * first + 0.3)).sum()).reshape(1)


def thin_svd(i):
    return lambda x: torch.linalg.svd(x, full_matrices=False)[i]


def rebuilt(u, s, vt):
    """(U s^3 V^T): U and V meet, so their signs cancel."""
    return (u * (s * s * s)) @ vt


SEVERAL_OPERANDS = [
    ("ij,jk,kl->il", [(2, 3), (3, 5), (5, 7)]),
    ("i,j,k->ijk", [(2,), (3,), (5,)]),  # nothing is summed
    ("bi,bj,bk->", [(2, 3), (2, 5), (2, 7)]),  # one name in all, nothing kept
    ("bhtd,bhsd,bhsv->bhtv", [(2, 1, 3, 5), (2, 1, 4, 5), (2, 1, 4, 2)]),
    ("ab,bc,cd,de->ae", [(2, 3), (3, 1), (1, 5), (5, 2)]),
    ("...i,i,ij->...j", [(2, 3, 5), (5,), (5, 2)]),
    ("ii,i,ij->j", [(3, 3), (3,), (3, 2)]),  # a diagonal
]


# name: (ours, theirs, what to draw for each argument)
CASES = {
    "bincount": [
        (
            lambda x: ops.bincount(ROWS % 3, x, 5),
            lambda x: index_put(x, (torch.tensor(ROWS % 3),), (5,)),
            normal(4),
        )
    ],
    "cumprod": [
        (lambda x: ops.cumprod(x, 1), lambda x: x.cumprod(1), away(2, 5)),
        (lambda x: ops.cumprod(x, 0), lambda x: x.cumprod(0), fixed([[0, 2], [3, 0], [0, 0.5], [7, 2]])),
        (ops.cumprod, lambda x: x.cumprod(-1), normal(7)),
        (ops.cumprod, lambda x: x.cumprod(-1), normal(2, 1)),
    ],
    "eigh": [
        (lambda x: ops.eigh(x + x.mT)[0], lambda x: torch.linalg.eigh(x + x.mT)[0], normal(2, 3, 3)),
        (
            lambda x: ops.eigh(x + x.mT)[1] ** 2,
            lambda x: torch.linalg.eigh(x + x.mT)[1] ** 2,
            normal(2, 3, 3),
        ),
        (lambda x: joint(*ops.eigh(x + x.mT)), lambda x: joint(*torch.linalg.eigh(x + x.mT)), normal(5, 5)),
    ],
    "erf": [(ops.erf, torch.erf, normal(2, 3))],
    "index_add": [
        (
            lambda x, v: ops.index_add(x, ROWS, v, 1),
            lambda x, v: x.index_add(1, torch.tensor(ROWS % 3), v),
            normal(2, 3),
            normal(2, 4),
        )
    ],
    "log2": [(ops.log2, torch.log2, between(0.3, 3, 2, 3))],
    "masked_fill": [
        (
            lambda x: ops.masked_fill(x, MASK, -7.0),
            lambda x: x.masked_fill(torch.tensor(MASK), -7.0),
            normal(2, 3),
        ),
        (
            lambda x, v: ops.masked_fill(x, MASK, v),
            lambda x, v: x.masked_fill(torch.tensor(MASK), v),
            normal(2, 3),
            normal(),
        ),
    ],
    "norm": [
        (ops.norm, torch.linalg.vector_norm, normal(2, 3)),
        (lambda x: ops.norm(x, 1), lambda x: torch.linalg.vector_norm(x, dim=1), normal(2, 3, 5)),
        (
            lambda x: ops.norm(x, (0, 2), True, ord=1),
            lambda x: torch.linalg.vector_norm(x, 1, (0, 2), True),
            away(2, 3, 5),
        ),
        (
            lambda x: ops.norm(x, -1, ord=np.inf),
            lambda x: torch.linalg.vector_norm(x, np.inf, -1),
            away(2, 3),
        ),
    ],
    "qr": [
        (lambda x: ops.qr(x)[0], lambda x: torch.linalg.qr(x)[0], normal(2, 5, 3)),
        (lambda x: ops.qr(x)[1], lambda x: torch.linalg.qr(x)[1], normal(2, 5, 3)),
        (lambda x: ops.qr(x)[0], lambda x: torch.linalg.qr(x)[0], normal(3, 5)),
        (lambda x: ops.qr(x)[1], lambda x: torch.linalg.qr(x)[1], normal(3, 5)),
        (lambda x: joint(*ops.qr(x)), lambda x: joint(*torch.linalg.qr(x)), normal(3, 3)),
    ],
    "remainder": [(ops.remainder, torch.remainder, between(1, 7, 2, 3), fixed([2.3, -1.7, 0.6]))],
    "scatter_add": [
        (
            lambda x, v: ops.scatter_add(x, COLUMNS, v, 1),
            lambda x, v: x.scatter_add(1, torch.tensor(COLUMNS), v),
            normal(2, 5),
            normal(2, 3),
        )
    ],
    "svd": [
        (lambda x: ops.svd(x)[1], thin_svd(1), normal(2, 5, 3)),
        (lambda x: ops.svd(x)[0] ** 2, lambda x: thin_svd(0)(x) ** 2, normal(2, 5, 3)),
        (lambda x: ops.svd(x)[2] ** 2, lambda x: thin_svd(2)(x) ** 2, normal(2, 5, 3)),
        (lambda x: ops.svd(x)[0] ** 2, lambda x: thin_svd(0)(x) ** 2, normal(3, 5)),
        (lambda x: ops.svd(x)[2] ** 2, lambda x: thin_svd(2)(x) ** 2, normal(3, 5)),
        (
            lambda x: rebuilt(*ops.svd(x)),
            lambda x: rebuilt(*torch.linalg.svd(x, full_matrices=False)),
            normal(3, 3),
        ),
    ],
    "tril": [(lambda x: ops.tril(x, -1), lambda x: x.tril(-1), normal(2, 3, 5))],
    "triu": [(lambda x: ops.triu(x, 1), lambda x: x.triu(1), normal(2, 3, 5))],
    "abs": [(ops.abs, torch.abs, away(2, 3))],
    "add": [(ops.add, torch.add, normal(2, 3), normal(3))],
    "arccos": [(ops.arccos, torch.arccos, between(-0.8, 0.8, 2, 3))],
    "arccosh": [(ops.arccosh, torch.arccosh, between(1.3, 3, 2, 3))],
    "arcsin": [(ops.arcsin, torch.arcsin, between(-0.8, 0.8, 2, 3))],
    "arcsinh": [(ops.arcsinh, torch.arcsinh, normal(2, 3))],
    "arctan": [(ops.arctan, torch.arctan, normal(2, 3))],
    "arctanh": [(ops.arctanh, torch.arctanh, between(-0.8, 0.8, 2, 3))],
    "astype": [(lambda x: ops.astype(x, np.float64) * x, lambda x: x.double() * x, normal(2, 3))],
    "broadcast_to": [(lambda x: ops.broadcast_to(x, (5, 2, 3)), lambda x: x.expand(5, 2, 3), normal(2, 1))],
    "cholesky": [
        (
            lambda x: ops.cholesky(positive_definite(x)),
            lambda x: torch.linalg.cholesky(positive_definite_torch(x)),
            normal(2, 3, 3),
        )
    ],
    "cholesky_logdet": [
        (
            lambda x: ops.cholesky_logdet(positive_definite(x)),
            lambda x: torch.logdet(positive_definite_torch(x)),
            normal(2, 3, 3),
        )
    ],
    "clip": [
        (lambda x: ops.clip(x, -0.4, 0.9), lambda x: x.clip(-0.4, 0.9), distinct(2, 3)),
        (ops.clip, torch.clamp, distinct(2, 3), fixed([-0.4, 0.1, 0.4]), fixed([[0.9], [0.6]])),
    ],
    "concatenate": [
        (
            lambda a, b: ops.concatenate([a, b, a], 1),
            lambda a, b: torch.cat([a, b, a], 1),
            normal(2, 3),
            normal(2, 5),
        )
    ],
    "cos": [(ops.cos, torch.cos, normal(2, 3))],
    "cosh": [(ops.cosh, torch.cosh, normal(2, 3))],
    "cumsum": [(lambda x: ops.cumsum(x, 1), lambda x: x.cumsum(1), normal(2, 3, 5))],
    "det": [
        (ops.det, torch.linalg.det, invertible(2, 3, 3)),
        (ops.det, torch.linalg.det, normal(1, 1)),
    ],
    "diag": [
        (ops.diag, torch.diag, normal(3)),
        (ops.diag, torch.diag, normal(3, 5)),
    ],
    "diagonal": [(ops.diagonal, lambda x: x.diagonal(dim1=-2, dim2=-1), normal(2, 5, 3))],
    "divide": [(ops.divide, torch.divide, normal(2, 3), away(2, 1))],
    "einsum": [
        (
            lambda a, b: ops.einsum("bij,bkj->bik", a, b),
            lambda a, b: torch.einsum("bij,bkj->bik", a, b),
            normal(2, 3, 5),
            normal(2, 4, 5),
        )
    ],
    "einsum of several": [
        (
            lambda *xs, subscripts=subscripts: ops.einsum(subscripts, *xs),
            lambda *xs, subscripts=subscripts: torch.einsum(subscripts, *xs),
            *[normal(*shape) for shape in shapes],
        )
        for subscripts, shapes in SEVERAL_OPERANDS
    ],
    "embed_diagonal": [(ops.embed_diagonal, torch.diag_embed, normal(2, 3))],
    "exp": [(ops.exp, torch.exp, normal(2, 3))],
    "expand_dims": [(lambda x: ops.expand_dims(x, (0, -1)), lambda x: x[None, ..., None], normal(2, 3))],
    "expm1": [(ops.expm1, torch.expm1, normal(2, 3))],
    "flip": [(lambda x: ops.flip(x, 1), lambda x: x.flip(1), normal(2, 3))],
    "gather": [
        (
            lambda x: ops.gather(x, COLUMNS, 1),
            lambda x: x.gather(1, torch.tensor(COLUMNS)),
            normal(2, 3),
        )
    ],
    "getitem": [
        (lambda x: ops.getitem(x, ROWS), lambda x: x[torch.tensor(ROWS)], normal(3, 2)),
        (lambda x: x[1:, ::2, None], lambda x: x[1:, ::2, None], normal(3, 5)),
        (lambda x: x[MASK], lambda x: x[torch.tensor(MASK)], normal(2, 3)),
        (lambda x: x[ROWS, 1:], lambda x: x[torch.tensor(ROWS), 1:], normal(3, 5)),
    ],
    "inv": [(ops.inv, torch.linalg.inv, invertible(2, 3, 3))],
    "log": [(ops.log, torch.log, between(0.3, 3, 2, 3))],
    "log1p": [(ops.log1p, torch.log1p, between(-0.6, 3, 2, 3))],
    "logsumexp": [
        (lambda x: ops.logsumexp(x, 1), lambda x: x.logsumexp(1), normal(2, 3)),
        (ops.logsumexp, lambda x: x.logsumexp((0, 1)), normal(2, 3)),
    ],
    "matmul": [
        (ops.matmul, torch.matmul, normal(2, 3), normal(3, 5)),
        (ops.matmul, torch.matmul, normal(2, 3, 5), normal(5, 7)),
        (ops.matmul, torch.matmul, normal(2, 3), normal(5, 3, 2)),
        (ops.matmul, torch.matmul, normal(2, 1, 3, 5), normal(4, 5, 2)),
        (ops.matmul, torch.matmul, normal(3), normal(3)),
        (ops.matmul, torch.matmul, normal(3), normal(2, 3, 5)),
        (ops.matmul, torch.matmul, normal(2, 5, 3), normal(3)),
    ],
    "max": [(lambda x: ops.max(x, 1), lambda x: x.amax(1), distinct(2, 3))],
    "maximum": [(ops.maximum, torch.maximum, distinct(2, 3), fixed([0.1, 0.4, -0.3]))],
    "mean": [(lambda x: ops.mean(x, (0, 2)), lambda x: x.mean((0, 2)), normal(2, 3, 5))],
    "min": [(lambda x: ops.min(x, (0, 1)), lambda x: x.amin((0, 1)), distinct(2, 3))],
    "minimum": [(ops.minimum, torch.minimum, distinct(2, 3), fixed([0.1, 0.4, -0.3]))],
    "moveaxis": [
        (lambda x: ops.moveaxis(x, (0, 2), (1, 0)), lambda x: x.moveaxis((0, 2), (1, 0)), normal(2, 3, 5))
    ],
    "multiply": [(ops.multiply, torch.multiply, normal(2, 3), normal(2, 1))],
    "negative": [(ops.negative, torch.negative, normal(2, 3))],
    "outer": [(ops.outer, torch.outer, normal(3), normal(5))],
    "pad": [
        (
            lambda x: ops.pad(x, ((1, 0), (2, 3)), 7.0),
            lambda x: torch.nn.functional.pad(x, (2, 3, 1, 0), value=7.0),
            normal(2, 3),
        )
    ],
    "power": [
        (ops.power, torch.pow, between(0.3, 2, 2, 3), normal(3)),
        (lambda x: ops.power(x, 2), lambda x: x**2, normal(2, 3)),
        (lambda x: ops.power(x, 3), lambda x: x**3, normal(2, 3)),
        (lambda x: ops.power(x, 0.5), lambda x: x**0.5, between(0.3, 2, 2, 3)),
        (lambda x: ops.power(x, -1.7), lambda x: x**-1.7, between(0.3, 2, 2, 3)),
        (lambda x: ops.power(2.5, x), lambda x: 2.5**x, normal(2, 3)),
    ],
    "prod": [
        (lambda x: ops.prod(x, 1), lambda x: x.prod(1), away(2, 3)),
        (lambda x: ops.prod(x, 1), lambda x: x.prod(1), fixed([[0, 2, 3], [0, 0, 5], [7, 2, 3]])),
        (ops.prod, torch.prod, fixed([[0.5, 2], [3, 0]])),
    ],
    "put": [
        (
            lambda x: ops.put(x, ROWS, (3, 2)),
            lambda x: index_put(x, (torch.tensor(ROWS),), (3, 2)),
            normal(4, 2),
        )
    ],
    "reciprocal": [(ops.reciprocal, torch.reciprocal, away(2, 3))],
    "relu": [(ops.relu, torch.relu, away(2, 3))],
    "repeat": [(lambda x: ops.repeat(x, 3, 1), lambda x: x.repeat_interleave(3, 1), normal(2, 3))],
    "reshape": [(lambda x: ops.reshape(x, (3, -1)), lambda x: x.reshape(3, -1), normal(2, 3, 5))],
    "roll": [(lambda x: ops.roll(x, (1, -2), (0, 1)), lambda x: x.roll((1, -2), (0, 1)), normal(2, 5))],
    "scatter": [
        (
            lambda x: ops.scatter(x, COLUMNS, 1, 5),
            lambda x: torch.zeros(2, 5, dtype=x.dtype).scatter_add(1, torch.tensor(COLUMNS), x),
            normal(2, 3),
        )
    ],
    "sigmoid": [(ops.sigmoid, torch.sigmoid, normal(2, 3))],
    "sin": [(ops.sin, torch.sin, normal(2, 3))],
    "sinh": [(ops.sinh, torch.sinh, normal(2, 3))],
    "slogdet": [(lambda x: ops.slogdet(x)[1], lambda x: torch.linalg.slogdet(x)[1], invertible(2, 3, 3))],
    "softplus": [(ops.softplus, torch.nn.functional.softplus, normal(2, 3))],
    "solve": [
        (ops.solve, torch.linalg.solve, invertible(3, 3), normal(3, 2)),
        (ops.solve, torch.linalg.solve, invertible(3, 3), normal(3)),
        (ops.solve, torch.linalg.solve, invertible(2, 1, 3, 3), normal(4, 3, 5)),
    ],
    "sort": [(lambda x: ops.sort(x, 0), lambda x: x.sort(0)[0], distinct(5, 3))],
    "split": [(lambda x: ops.split(x, (2, 3), 1)[2], lambda x: x.split((2, 1, 4), 1)[2], normal(2, 7))],
    "sqrt": [(ops.sqrt, torch.sqrt, between(0.3, 3, 2, 3))],
    "square": [(ops.square, torch.square, normal(2, 3))],
    "squeeze": [(lambda x: ops.squeeze(x, 1), lambda x: x.squeeze(1), normal(2, 1, 3, 1))],
    "stack": [
        (
            lambda a, b: ops.stack([a, b], 1),
            lambda a, b: torch.stack([a, b], 1),
            normal(2, 3),
            normal(2, 3),
        )
    ],
    "std": [
        (lambda x: ops.std(x, 1), lambda x: x.std(1, correction=0), normal(2, 5)),
        (lambda x: ops.std(x, None, True, ddof=1), lambda x: x.std((0, 1), keepdim=True), normal(2, 5)),
    ],
    "subtract": [(ops.subtract, torch.subtract, normal(2, 3), normal(2, 1))],
    "sum": [(lambda x: ops.sum(x, (0, 2)), lambda x: x.sum((0, 2)), normal(2, 3, 5))],
    "swapaxes": [(lambda x: ops.swapaxes(x, 0, 2), lambda x: x.swapaxes(0, 2), normal(2, 3, 5))],
    "take": [
        (
            lambda x: ops.take(x, ROWS, 1),
            lambda x: x.index_select(1, torch.tensor(ROWS % 3)),
            normal(2, 3),
        )
    ],
    "tan": [(ops.tan, torch.tan, between(-1, 1, 2, 3))],
    "tanh": [(ops.tanh, torch.tanh, normal(2, 3))],
    "tile": [(lambda x: ops.tile(x, (2, 1, 3)), lambda x: x.tile((2, 1, 3)), normal(2, 3))],
    "topk": [(lambda x: ops.topk(x, 2, 0)[0], lambda x: x.topk(2, 0)[0], distinct(5, 3))],
    "trace": [(ops.trace, torch.trace, normal(3, 5))],
    "transpose": [
        (lambda x: ops.transpose(x, (2, 0, 1)), lambda x: x.permute(2, 0, 1), normal(2, 3, 5)),
        (ops.transpose, lambda x: x.permute(2, 1, 0), normal(2, 3, 5)),
    ],
    "var": [
        (lambda x: ops.var(x, 1), lambda x: x.var(1, correction=0), normal(2, 5)),
        (lambda x: ops.var(x, (0, 1), True, ddof=1), lambda x: x.var((0, 1), keepdim=True), normal(2, 5)),
    ],
    "where": [
        (
            lambda a, b: ops.where(MASK, a, b),
            lambda a, b: torch.where(torch.tensor(MASK), a, b),
            normal(2, 3),
            normal(3),
        )
    ],
}

# without a derivative: name: (ours, theirs, what to draw)
CONSTANTS = {
    "all": (lambda x: ops.all(x > 0, axis=1), lambda x: (x > 0).all(1), normal(2, 3)),
    "any": (lambda x: ops.any(x > 0, axis=1), lambda x: (x > 0).any(1), normal(2, 3)),
    "argmax": (lambda x: ops.argmax(x, 1), lambda x: x.argmax(1), normal(2, 3)),
    "argmin": (lambda x: ops.argmin(x, 1), lambda x: x.argmin(1), normal(2, 3)),
    "equal": (ops.equal, torch.eq, fixed([1, 2, 3]), fixed([1, 0, 3])),
    "floor": (ops.floor, torch.floor, normal(2, 3)),
    "greater": (ops.greater, torch.gt, fixed([1, 2, 3]), fixed([1, 0, 4])),
    "greater_equal": (ops.greater_equal, torch.ge, fixed([1, 2, 3]), fixed([1, 0, 4])),
    "isfinite": (ops.isfinite, torch.isfinite, fixed([1, np.inf, np.nan, -np.inf])),
    "less": (ops.less, torch.lt, fixed([1, 2, 3]), fixed([1, 0, 4])),
    "less_equal": (ops.less_equal, torch.le, fixed([1, 2, 3]), fixed([1, 0, 4])),
    "logical_and": (ops.logical_and, torch.logical_and, fixed([0, 0, 1, 1]), fixed([0, 1, 0, 1])),
    "logical_not": (ops.logical_not, torch.logical_not, fixed([0, 1])),
    "logical_or": (ops.logical_or, torch.logical_or, fixed([0, 0, 1, 1]), fixed([0, 1, 0, 1])),
    "not_equal": (ops.not_equal, torch.ne, fixed([1, 2, 3]), fixed([1, 0, 3])),
    "round": (ops.round, torch.round, fixed([0.5, 1.5, -0.5, 2.3])),
    "argsort": (lambda x: ops.argsort(x, 0), lambda x: x.argsort(0), normal(5, 3)),
    "bitwise_and": (
        lambda a, b: ops.bitwise_and(a > 0, b > 0),
        lambda a, b: (a > 0) & (b > 0),
        normal(2, 3),
        normal(2, 3),
    ),
    "bitwise_not": (lambda a: ops.bitwise_not(a > 0), lambda a: ~(a > 0), normal(2, 3)),
    "bitwise_or": (
        lambda a, b: ops.bitwise_or(a > 0, b > 0),
        lambda a, b: (a > 0) | (b > 0),
        normal(2, 3),
        normal(2, 3),
    ),
    "bitwise_xor": (
        lambda a, b: ops.bitwise_xor(a > 0, b > 0),
        lambda a, b: (a > 0) ^ (b > 0),
        normal(2, 3),
        normal(2, 3),
    ),
    "ceil": (ops.ceil, torch.ceil, normal(2, 3)),
    "floor_divide": (ops.floor_divide, torch.floor_divide, normal(2, 3), away(3)),
    "full_like": (lambda x: ops.full_like(x, 7), lambda x: torch.full_like(x, 7), normal(2, 3)),
    "isinf": (ops.isinf, torch.isinf, fixed([1, np.inf, -np.inf, np.nan])),
    "isnan": (ops.isnan, torch.isnan, fixed([1, np.inf, -np.inf, np.nan])),
    "logical_xor": (ops.logical_xor, torch.logical_xor, fixed([1, 0, 2]), fixed([0, 0, 1])),
    "ones_like": (ops.ones_like, torch.ones_like, normal(2, 3)),
    "trunc": (ops.trunc, torch.trunc, normal(2, 3)),
    "zeros_like": (ops.zeros_like, torch.zeros_like, normal(2, 3)),
    "sign": (ops.sign, torch.sign, fixed([-2, 0, 3])),
}
NOT_OPERATIONS = {"plain_index"}  # a helper that indexing shares with the Tensor

ALL_CASES = [
    pytest.param(*case[:2], case[2:], id=f"{name}-{i}")
    for name, cases in CASES.items()
    for i, case in enumerate(cases)
]


def test_every_operation_is_in_the_table():
    assert set(ops.__all__) == (set(CASES) - {"einsum of several"}) | set(CONSTANTS) | NOT_OPERATIONS


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("ours", "theirs", "draws"), ALL_CASES)
def test_value_and_gradients_are_those_of_pytorch(ours, theirs, draws, dtype, rng, agrees):
    arrays = [d(rng).astype(dtype) for d in draws]
    agrees(ours, theirs, *arrays, tolerance=1e-5 if dtype == np.float32 else None)


@pytest.mark.parametrize(("ours", "theirs", "draws"), ALL_CASES)
def test_derivatives_are_those_of_finite_differences_twice(ours, theirs, draws, rng):
    gradcheck(ours, *[d(rng) for d in draws], rng=rng, order=2)


@pytest.mark.parametrize(("ours", "theirs", "draws"), ALL_CASES)
def test_second_derivatives_are_those_of_pytorch(ours, theirs, draws, rng, to_torch):
    """Compare d/dx of sum_i w_i . d(u . f)/dx_i, which the finite difference knows to five digits only."""
    points = [d(rng) for d in draws]
    ws = [rng.standard_normal(p.shape) for p in points]

    xs = [Tensor(p, requires_grad=True) for p in points]
    y = ours(*xs)
    u = rng.standard_normal(y.shape)
    slopes = gradients((y * u).sum(), xs, create_graph=True)
    total = sum((s * w).sum() for s, w in zip(slopes, ws, strict=True))
    seconds = gradients(total, xs, allow_unused=True)

    ts = [to_torch(p, requires_grad=True) for p in points]
    loss = (theirs(*ts) * torch.tensor(u)).sum()
    their_slopes = torch.autograd.grad(loss, ts, create_graph=True)
    their_total = sum((s * torch.tensor(w)).sum() for s, w in zip(their_slopes, ws, strict=True))
    if their_total.requires_grad:
        their_seconds = torch.autograd.grad(their_total, ts, allow_unused=True, materialize_grads=True)
    else:
        their_seconds = [torch.zeros_like(t) for t in ts]

    for ours_, theirs_ in zip(seconds, their_seconds, strict=True):
        np.testing.assert_allclose(ours_.data, theirs_.detach().numpy(force=True), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(("ours", "theirs", "draws"), ALL_CASES)
def test_third_derivatives_exist(ours, theirs, draws, rng):
    """Gradients of gradients of gradients: no derivative leaves the differentiable world."""
    xs = [Tensor(d(rng), requires_grad=True) for d in draws]
    total = ops.sum(ours(*xs))
    for _ in range(3):
        slopes = gradients(total, xs, create_graph=True, allow_unused=True)
        assert all(np.isfinite(s.data).all() for s in slopes)
        total = sum((s * s).sum() for s in slopes)
        if not total.requires_grad:
            break


@pytest.mark.parametrize("name", CONSTANTS)
def test_constant_operations_have_pytorchs_values_and_no_gradient(name, rng, to_torch):
    ours, theirs, *draws = CONSTANTS[name]
    points = [d(rng) for d in draws]
    y = ours(*[Tensor(p, requires_grad=True) for p in points])
    z = theirs(*[to_torch(p) for p in points]).numpy()
    assert not y.requires_grad
    assert y.dtype == z.dtype
    np.testing.assert_array_equal(y.data, z)


def behind(value):
    """The pulls of every node that a value was computed through."""
    found, seen, queue = set(), set(), [value._node] if value._node is not None else []
    while queue:
        node = queue.pop()
        if node.number not in seen:
            seen.add(node.number)
            found.add(node.pull)
            queue += [p for p in node.parents if p is not None and not isinstance(p, Tensor)]
    return found


def test_every_primitive_is_differentiated_twice_above(rng):
    """The private ones too: a derivative that no second-order test goes through fails here."""
    declared = {
        f.pull: (name, f)
        for module in filter(inspect.ismodule, vars(ops).values())
        for name, f in vars(module).items()
        if hasattr(f, "differentiable")
    }
    reached = set()
    for ours, _theirs, *draws in (case for cases in CASES.values() for case in cases):
        xs = [Tensor(d(rng), requires_grad=True) for d in draws]
        y = ours(*xs)
        reached |= behind(y)
        for slope in gradients((y * y).sum(), xs, create_graph=True):
            reached |= behind(slope)
    missed = {name for pull, (name, f) in declared.items() if f.differentiable and pull not in reached}
    assert missed == set()
