"""Ours against what a user would pick instead: the same work, the same numbers, one process after another."""
