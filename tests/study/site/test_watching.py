"""What asks for a new build while the site is served, and what does not."""

from __future__ import annotations

import threading

from study.site.watching import Watcher, signature

CHECKLIST = "papers/coin/checklist.md"


def test_a_tick_asks_for_no_new_build_and_a_changed_note_does(toy) -> None:
    before = signature(toy.root)
    toy.edit(CHECKLIST, "[ ] First pass: what is claimed", "[x] First pass: what is claimed ✅ 2026-11-22")
    assert signature(toy.root) == before
    toy.edit(CHECKLIST, "- [ ] Explained it to someone", "- [ ] Explained it to two people")
    changed = signature(toy.root)
    assert changed != before
    toy.edit("papers/coin/notes.md", "1. Flip it twice.", "1. Flip it three times.")
    assert signature(toy.root) != changed


def test_the_watcher_calls_once_for_a_change(toy) -> None:
    called = threading.Event()
    with Watcher(toy.root, called.set, seconds=0.01):
        assert not called.is_set()
        toy.write("docs/new.md", "# New\n")
        assert called.wait(10)
