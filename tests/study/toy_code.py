"""The code of the toy knowledge base: modules, claims, a demo, a test."""

from __future__ import annotations

PYPROJECT = '[project]\nname = "ml-foundations"\nversion = "0.0"\n'

# The rooms of the toy are found first, and what only the real foundations hold behind them.
FOUNDATIONS = "from pkgutil import extend_path\n\n__path__ = extend_path(__path__, __name__)\n"

ARITHMETIC = '''\
"""Arithmetic of one number."""


def double(x):
    """Return twice a number.

    Args:
        x: Any number.
    """

    return x + x  # two of them


class Halver:
    """Halves what it is given."""

    factor = 0.5

    @staticmethod
    def halve(x):
        """Return half of a number."""
        return Halver.factor * x
'''

MOMENTS = '''\
"""Moments."""


def moments(x):
    """Return mean and spread."""
    centre = sum(x) / len(x)
    spread = max(x) - min(x)
    return centre, spread


def widest(x, most=10):
    """Return the first power of two that is at least as wide."""
    width = 1
    while width < moments(x)[1]:
        width = width * 2
    return width


def untouched(x):
    """Is neither shown nor called."""
    return x + 1
'''

WALK = '''\
"""A walk on the line."""

import numpy as np


def walk(steps, *, rng):
    """Return the positions of a walk, shape (steps,)."""
    return np.cumsum(rng.choice([-1, 1], size=steps))
'''

FLIP = '''\
"""Flipping coins."""


def flip(n, *, rng):
    """Return n flips, 1 for heads, shape (n,)."""
    return rng.integers(2, size=n)  # (n,)
'''

EXPERIMENTS = '''\
"""The claims about coins."""

import numpy as np

from foundations.experiment import Claim, Contrast, at_least, at_most
from papers.coin.flip import flip


def measure(seed, budget):
    """Return the share of heads and the longest run."""
    heads = flip(400, rng=np.random.default_rng(seed))
    return {"share": heads.mean(), "tosses": float(heads.size)}


CLAIMS = (
    Claim(
        id="fair",
        where="Section 2, Table 1",
        says="A coin shows heads half of the time.",
        estimand="The share of heads in 400 tosses.",
        predicts="The share of heads is at least 0.4.",
        refuted="The whole interval lies below 0.4.",
        control="A coin with two tails shows none.",
        thresholds={"least": 0.4},
        plots={
            "share": Contrast(
                values="share", axis="share of heads", left="rarer", right="more often",
                thresholds=("least",), supports="above",
            )
        },
        run=measure,
        holds=lambda metrics: at_least(metrics["share"], 0.4),
    ),
    Claim(
        id="rare",
        where="Section 3 | footnote 1",
        says="Heads are rare.",
        estimand="The share of heads in 400 tosses.",
        predicts="The share of heads is at most 0.1.",
        refuted="The whole interval lies above 0.1.",
        control="None.",
        thresholds={"most": 0.1},
        run=measure,
        holds=lambda metrics: at_most(metrics["share"], 0.1),
    ),
)
'''

FINGERPRINTS = '''\
"""What the first tosses give."""

import numpy as np

from papers.coin.experiments import CLAIMS
from papers.coin.flip import flip


def tosses():
    """Return the first tosses of the coin."""
    return {"coin": [float(toss) for toss in flip(20, rng=np.random.default_rng(0))]}


FINGERPRINTS = {claim.id: tosses for claim in CLAIMS}
'''

DEMO = '''\
"""The show."""


def demo(budget, *, seed, out):
    """Say what to expect and what came."""
    print("expected: half heads")
    (out / "bars.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
'''

COIN_TEST = '''\
"""Coins against torch."""

import pytest

from papers.coin import flip

torch = pytest.importorskip("torch")


def test_shape():
    assert flip
'''
