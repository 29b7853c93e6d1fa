"""Find the checkout that a command works in."""

from __future__ import annotations

from pathlib import Path

from study.files.errors import CheckoutError
from study.files.paths import is_root


def find_root(start: Path | None = None) -> Path:
    """Return the root of the checkout that encloses `start` (the current folder by default).

    Raises:
        CheckoutError: No enclosing folder is a checkout.
    """
    try:
        here = (start or Path.cwd()).absolute()
    except FileNotFoundError:
        raise CheckoutError("The current folder no longer exists: change into a checkout.") from None
    for folder in (here, *here.parents):
        if is_root(folder):
            return folder
    raise CheckoutError(
        f"study works inside a checkout of ML Foundations, and {here} is not in one.\n"
        "Get the sources with `git clone`, change into their folder and run study there."
    )
