"""The game in which Adam learns the wrong answer: linear losses on [-1, 1], rarely steep, mostly gentle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from foundations.autodiff import Tensor
from foundations.errors import ShapeError, ValueRangeError
from foundations.optimization import checks
from foundations.optimization.optimizer import Optimizer


def periodic_slopes(rounds: int, *, steep: float, gentle: float, period: int) -> np.ndarray:
    """Return the slopes of f_t(x) = steep x for t mod period = 1, and -gentle x otherwise.

    Args:
        rounds: How many, t = 1, 2, ...
        steep: Slope of the first of every period.
        gentle: Minus the slope of the others.
        period: Length, at least 2.

    Returns:
        Shape (rounds,).

    Raises:
        ValueRangeError: If the slopes of a period do not sum to more than 0: then -1 is not the answer.

    Source: Reddi, Kale & Kumar 2018, arXiv:1904.09237, section 3, with steep = C, gentle = 1, period = 3.
    """
    rounds, period = checks.whole("rounds", rounds, least=1), checks.whole("period", period)
    steep, gentle = checks.finite("steep", steep), checks.finite("gentle", gentle)
    if period < 2 or steep <= (period - 1) * gentle:
        raise ValueRangeError(
            f"expected period >= 2 and steep > (period - 1) gentle, got {period}, {steep} and {gentle}"
        )
    t = np.arange(1, rounds + 1)
    return np.where(t % period == 1, steep, -gentle)


def random_slopes(
    rounds: int, games: int, *, steep: float, gentle: float, probability: float, rng: np.random.Generator
) -> np.ndarray:
    """Return slopes that are steep with a probability, and -gentle otherwise, independently.

    Args:
        rounds: How many in a game.
        games: How many games.
        steep: The rare slope.
        gentle: Minus the common one.
        probability: Of the steep one, in (0, 1).
        rng: Draws them.

    Returns:
        Shape (rounds, games).

    Raises:
        ValueRangeError: If the mean slope is not positive.

    Source: Reddi, Kale & Kumar 2018, section 3, theorem 3, with gentle = 1.
    """
    rounds, games = checks.whole("rounds", rounds, least=1), checks.whole("games", games, least=1)
    steep, gentle = checks.finite("steep", steep), checks.finite("gentle", gentle)
    probability = checks.number("probability", probability)
    checks.generator("rng", rng)
    if not (0 < probability < 1 and probability * steep > (1 - probability) * gentle):
        raise ValueRangeError(f"the mean slope is positive, got {steep}, {-gentle} and {probability}")
    return np.where(rng.random((rounds, games)) < probability, steep, -gentle)


def play(
    build: Callable[[list[Tensor]], Optimizer],
    slopes: np.ndarray,
    *,
    step_size: Callable[[int], float] | None = None,
    start: float = 0.0,
) -> np.ndarray:
    """Let an optimiser choose x_t before it sees the slope of round t, projected onto [-1, 1].

    Args:
        build: Makes the optimiser for a list of one parameter, of shape (games,) or ().
        slopes: One a round, shape (T,), or for many games at once (T, games).
        step_size: Learning rate of round t = 1, 2, ...; that of the optimiser by default.
        start: x_1, in [-1, 1].

    Returns:
        x_1, ..., x_{T+1}, shape (T + 1,) or (T + 1, games).

    Raises:
        DTypeError: If an argument is of another kind.
        ValueRangeError: If a slope is not finite or the start lies outside [-1, 1].
    """
    checks.function("build", build)
    if step_size is not None:
        checks.function("step_size", step_size)
    slopes = checks.real_array("slopes", slopes)
    if not slopes.ndim or not np.isfinite(slopes).all():
        raise ValueRangeError(f"slopes are finite, one a round, got shape {slopes.shape}")
    if not -1 <= checks.number("start", start) <= 1:
        raise ValueRangeError(f"start lies in [-1, 1], got {start}")
    x = Tensor(np.full(slopes.shape[1:], start), dtype=np.float64, requires_grad=True)
    optimizer = build([x])
    positions = np.empty((len(slopes) + 1, *slopes.shape[1:]))
    positions[0] = start
    for t, slope in enumerate(slopes, 1):
        x.grad = Tensor(np.array(slope, dtype=np.float64))
        if step_size is not None:
            optimizer.learning_rate = step_size(t)
        optimizer.step()
        np.clip(x.data, -1, 1, out=x.data)
        positions[t] = x.data
    return positions


def average_regret(positions: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Return how much more was paid a round, on average, than by staying at -1 throughout.

    Args:
        positions: x_1, ..., x_T or one more, shape (T or T + 1, ...).
        slopes: Shape (T, ...).

    Returns:
        (1/t) sum_{i<=t} slope_i (x_i + 1), shape (T, ...).

    Raises:
        ShapeError: If the two do not fit together.
    """
    positions, slopes = checks.real_array("positions", positions), checks.real_array("slopes", slopes)
    if (
        not (slopes.ndim and positions.ndim)
        or len(positions) - len(slopes) not in (0, 1)
        or positions.shape[1:] != slopes.shape[1:]
    ):
        raise ShapeError(
            f"expected T or T + 1 positions for T slopes, got {positions.shape} and {slopes.shape}"
        )
    paid = slopes * (positions[: len(slopes)] + 1)
    rounds = np.arange(1, len(slopes) + 1).reshape(-1, *[1] * (slopes.ndim - 1))
    return np.cumsum(paid, axis=0) / rounds
