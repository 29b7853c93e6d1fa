"""How much time an experiment may take."""

from difflib import get_close_matches
from typing import Literal, TypeVar, cast

from foundations.errors import ExperimentError

Budget = Literal["quick", "standard", "full"]
"""`quick`: a demo in at most 15 s on one thread; `standard`: minutes; `full`: paper scale, hours."""

BUDGETS: tuple[Budget, ...] = ("quick", "standard", "full")

T = TypeVar("T")


def parse_budget(name: str) -> Budget:
    """Return `name` as a budget.

    Args:
        name: One of `BUDGETS`.

    Returns:
        The same string, known to be a budget.

    Raises:
        ExperimentError: If there is no such budget; the message names the nearest.

    Examples:
        >>> parse_budget("quick")
        'quick'
    """
    if name in BUDGETS:
        return cast(Budget, name)
    near = get_close_matches(name, BUDGETS, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ExperimentError(f"no budget is called {name!r}: expected one of {', '.join(BUDGETS)}{hint}")


def by_budget(budget: Budget, *, quick: T, standard: T, full: T) -> T:
    """Choose a value by the budget, so that the three stand side by side.

    Args:
        budget: The budget of this run.
        quick: Value under `quick`.
        standard: Value under `standard`.
        full: Value under `full`.

    Returns:
        The value of the budget asked for.

    Raises:
        ExperimentError: If there is no such budget.

    Examples:
        >>> by_budget("quick", quick=300, standard=5_000, full=100_000)
        300
    """
    return {"quick": quick, "standard": standard, "full": full}[parse_budget(budget)]
