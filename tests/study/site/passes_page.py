"""A small page with all three passes, sections within sections, and steps that lead to them."""

from __future__ import annotations

BODY = """\
What stands under the title.

## In short
<!-- pass: 1 -->

The claim, with [a link](#why-it-is-so) to the proof, and [one](#the-lemma) to its lemma.

### What came after
<!-- pass: 1 -->

Much.

## The method

How it is done, with the word quixotic in it.

```py
x = 1
print(x + 1)
```

```text
2
```

### A step of it

$$
a = b \\tag{1}
$$

### A long derivation
<!-- pass: 3 -->

Line by line.

### The step after it

Then the rest.

## Why it is so
<!-- pass: 3 -->

Because of the lemma.

### The lemma

The lemma, with the word zymurgy in it.

### What to remember
<!-- pass: 1 -->

That it is so.

### Its proof

By the lemma.

<details><summary>More</summary>

All of it.

</details>
"""

CHECKLIST = """\
# Checklist

- [ ] [First pass](notes.md#what-came-after): what is claimed
- [x] [Second pass: the method](notes.md#the-method) ✅ 2026-01-05
- [ ] [Third pass](notes.md#why-it-is-so), see [the paper](https://example.org/a)
- [ ] Explained it to someone
"""

MARKED = "foundations/marked"


def add(base) -> None:
    """Add the page to a knowledge base, as the entry `marked`."""
    base.add("foundations", "marked", body=BODY, requires="algebra")
    base.write(f"{MARKED}/checklist.md", CHECKLIST)
