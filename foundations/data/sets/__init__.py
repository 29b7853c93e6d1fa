"""The data sets, a module for each or for each family; `registry` finds every module here.

A module sets `SOURCES`, a tuple of `Source`, and holds what reads its files. Names and descriptions are
written out, so that completion can read them without running anything.
"""
