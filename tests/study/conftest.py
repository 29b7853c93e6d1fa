"""A small but real knowledge base in a temporary folder: one entry a room, with code, claims and results."""

from __future__ import annotations

import importlib.util
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

PYPROJECT = '[project]\nname = "ml-foundations"\nversion = "0.0"\n'

# The rooms of the toy are found first, and what only the real foundations hold behind them.
FOUNDATIONS = "from pkgutil import extend_path\n\n__path__ = extend_path(__path__, __name__)\n"

ALGEBRA_NOTES = """\
---
title: Doubling and halving
slug: algebra
summary: Twice a number, and half of it.
tags: [arithmetic, warm-up]
requires: []
# the rest is computed
---
# Doubling and halving

## The idea

Doubling adds a number to itself, $2x = x + x$, as in [@gauss1801].

```python
from foundations.algebra import double

print(double(21))
```

```text
42
```

The code:

<!-- source: foundations/algebra/arithmetic.py::double -->
```python
def double(x):
    return x + x  # two of them
```

## Pitfalls

See [the idea](#the-idea), and [the coin](../../papers/coin/notes.md#the-claims-tested).
"""

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

MOMENTS_PAGE = """\

## The code

<!-- source: foundations/algebra/moments.py::moments -->
```python
def moments(x):
    centre = sum(x) / len(x)
    spread = max(x) - min(x)
    return centre, spread
```

```python
from foundations.algebra import moments as m

centre, spread = m.moments([1, 2, 6])
assert spread == 5
print(round(centre, 2))
```

```text
3.0
```

```python
from foundations.algebra.moments import widest

assert widest([1, 2, 6]) == 8
```

## Pitfalls
"""


WALK_NOTES = """\
---
title: The random walk
slug: walk
summary: Where a coin leads.
tags: [random]
requires: [algebra]
# the rest is computed
---
# The random walk

## One step

```python
import numpy as np

from implementations.walk import walk

path = walk(5, rng=np.random.default_rng(0))
print(len(path))
```

```text
5
```
"""

WALK = '''\
"""A walk on the line."""

import numpy as np


def walk(steps, *, rng):
    """Return the positions of a walk, shape (steps,)."""
    return np.cumsum(rng.choice([-1, 1], size=steps))
'''

COIN_NOTES = """\
---
title: "Coins: are they fair?"
slug: coin
year: 2017
bibkey: doe2017coins
summary: A fair coin shows heads half of the time.
tags: [random, statistics]
requires: [algebra, walk]
# the rest is computed
---
# Coins: are they fair?

## In one sentence

Coins are fair [@doe2017coins, Section 2].

## The method

<!-- source: papers/coin/flip.py::flip -->
```python
def flip(n, *, rng):
    return rng.integers(2, size=n)  # (n,)
```

```python
import numpy as np

from papers.coin import flip

heads = flip(1000, rng=np.random.default_rng(0))
print(heads.mean() > 0.4)
```

```text
True
```

![A bar for heads and a bar for tails, of equal height](figures/bars.svg)

*Both bars end at one half.*

## The claims, tested

<!-- verdicts -->
<!-- /verdicts -->

<!-- results -->
<!-- /results -->

## Exercises

1. Flip it twice.

<details><summary>Answer</summary>

```python
print(flip(2, rng=np.random.default_rng(1)).shape)
```

```text
(2,)
```

</details>
"""

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

BIB = """\
@inproceedings{doe2017coins,
  title = {Coins: Are They {Fair}?},
  author = {Doe, Jane and M{\\"u}ller, J{\\'e}r{\\^o}me},
  booktitle = {Proceedings of Coins},
  pages = {1--9},
  year = {2017},
  eprint = {1701.00001},
  archivePrefix = {arXiv},
}
"""

SHARED_BIB = """\
@book{gauss1801,
  title = {Disquisitiones Arithmeticae},
  author = {Gauss, Carl Friedrich},
  publisher = {Fleischer},
  year = {1801},
}
"""

CHECKLIST = """\
# Checklist

- [ ] First pass: what is claimed
- [ ] Second pass: the method, pen in hand
- [ ] Explained it to someone
"""

COIN_TEST = '''\
"""Coins against torch."""

import pytest

from papers.coin import flip

torch = pytest.importorskip("torch")


def test_shape():
    assert flip
'''

FIGURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><rect width="2" height="1"/></svg>\n'


class Base:
    """A knowledge base to read, break and mend.

    Attributes:
        root: Its folder.
    """

    def __init__(self, root: Path):
        self.root = root

    def path(self, name: str) -> Path:
        return self.root / name

    def read(self, name: str) -> str:
        return self.path(name).read_bytes().decode()

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def edit(self, name: str, old: str, new: str) -> Path:
        """Replace text that stands exactly once in a file."""
        text = self.read(name)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        return self.write(name, text.replace(old, new))

    def entry(self, slug: str):
        from study.entries import catalogue

        return catalogue.load(self.root).get(slug)

    def add(self, room: str, slug: str, *, requires: str = "", body: str = "", **fields: object) -> Path:
        """Add a further entry, with a checklist, to a room other than papers."""
        record = {"title": slug.title(), "slug": slug, "summary": "One more.", "tags": "[]"}
        record |= {"requires": f"[{requires}]"} | fields
        front = "".join(f"{name}: {value}\n" for name, value in record.items())
        self.write(f"{room}/{slug}/checklist.md", CHECKLIST)
        return self.write(f"{room}/{slug}/notes.md", f"---\n{front}---\n# {slug.title()}\n\n{body}")

    def measure(self, budget: str = "standard", claims: tuple[str, ...] = ("fair", "rare")) -> None:
        """Write `results.json` of the coin as `study reproduce` would, in this process."""
        from foundations.experiment import Measurement, Result, Results, take_fingerprint
        from foundations.experiment.judging import judge
        from foundations.experiment.provenance import code_hash, foundations_hash
        from study.entries import importing

        found = {}
        for claim in importing.claims(self.entry("coin")):
            if claim.id not in claims:
                continue
            runs = [claim.run(seed, budget) for seed in range(8)]
            metrics = {name: Measurement(tuple(float(run[name]) for run in runs)) for name in runs[0]}
            judged = judge(claim, metrics, budget)
            found[claim.id] = Result(
                claim=claim.id,
                budget=budget,
                seeds=tuple(range(8)),
                metrics=metrics,
                verdict=judged.verdict,
                plots=judged.plots,
                core_seconds=83.2,
                code=code_hash(self.path("papers/coin"), claim.id),
                design=claim.design,
                foundations=foundations_hash(),
                versions={"python": "3.11.7", "numpy": "2.1.0", "ml-foundations": "0.1.0"},
                machine={"system": "Linux", "machine": "x86_64", "cores": 2},
                command=f"study reproduce coin --claim {claim.id} --seeds 8 --budget {budget}",
                fingerprint=take_fingerprint(claim.id, claim.fingerprint) if claim.fingerprint else {},
            )
        Results("coin", found).save(self.path("papers/coin/results.json"))


def build(root: Path) -> Base:
    """Write the toy knowledge base into a folder; results are not measured yet."""
    base = Base(root)
    base.write("pyproject.toml", PYPROJECT)
    base.write("README.md", "# Toy\n\nRead [the coin](papers/coin/notes.md).\n")
    base.write("docs/references.bib", SHARED_BIB)
    base.write("foundations/__init__.py", FOUNDATIONS)
    base.write("implementations/__init__.py", "")
    base.write("papers/__init__.py", "")
    base.write(
        "foundations/algebra/__init__.py", "from foundations.algebra.arithmetic import Halver, double\n"
    )
    base.write("foundations/algebra/arithmetic.py", ARITHMETIC)
    base.write("foundations/algebra/notes.md", ALGEBRA_NOTES)
    base.write(
        "implementations/walk/__init__.py",
        'from implementations.walk.steps import walk\n\n__all__ = ["walk"]\n',
    )
    base.write("implementations/walk/steps.py", WALK)
    base.write("implementations/walk/notes.md", WALK_NOTES)
    base.write("papers/coin/__init__.py", 'from papers.coin.flip import flip\n\n__all__ = ["flip"]\n')
    base.write("papers/coin/flip.py", FLIP)
    base.write("papers/coin/experiments.py", EXPERIMENTS)
    base.write("papers/coin/fingerprints.py", FINGERPRINTS)
    base.write("papers/coin/demo.py", DEMO)
    base.write("papers/coin/notes.md", COIN_NOTES)
    base.write("papers/coin/paper.bib", BIB)
    base.write("papers/coin/figures/bars.svg", FIGURE)
    base.write("tests/papers/coin/test_coin.py", COIN_TEST)
    base.write("reader/started.json", '{"started": "2026-01-01", "ticks": "kept"}\n')
    for folder in ("foundations/algebra", "implementations/walk", "papers/coin"):
        base.write(f"{folder}/checklist.md", CHECKLIST)
    return base


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Base:
    """A fresh knowledge base: the entries `algebra`, `walk`, `coin`, each requiring those before it."""
    monkeypatch.setattr("sys.dont_write_bytecode", True)  # two edits of one file within a second are two
    return build(tmp_path / "base")


@pytest.fixture(scope="session")
def measured_once(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """The knowledge base with its claims measured and its notes refreshed, made once and only read."""
    from study import doctor

    base = build(tmp_path_factory.mktemp("measured") / "base")
    base.measure()
    doctor.fix(base.root)
    return base


@pytest.fixture
def measured(base: Base, measured_once: Base) -> Base:
    """The knowledge base with its claims measured and its notes refreshed: nothing is wrong with it."""
    shutil.copytree(measured_once.root, base.root, dirs_exist_ok=True)
    return base


@pytest.fixture
def page() -> Callable[..., str]:
    """Return a function that puts front matter above a dedented body."""

    def put(body: str, title: str = "A page") -> str:
        return f"---\ntitle: {title}\n---\n" + textwrap.dedent(body)

    return put


@pytest.fixture
def moments(base):
    """The toy whose algebra shows and calls functions with something to get wrong in them."""
    base.write("foundations/algebra/moments.py", MOMENTS)
    base.edit("foundations/algebra/notes.md", "\n## Pitfalls\n", MOMENTS_PAGE)
    return base


@pytest.fixture(scope="session")
def hostile() -> ModuleType:
    """The module with the bibliography that somebody hostile wrote."""
    spec = importlib.util.spec_from_file_location("hostile", Path(__file__).with_name("hostile.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
