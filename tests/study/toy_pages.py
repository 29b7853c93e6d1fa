"""What the pages of the toy knowledge base say: notes, checklists, bibliographies, a figure."""

from __future__ import annotations

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

FIGURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><rect width="2" height="1"/></svg>\n'
