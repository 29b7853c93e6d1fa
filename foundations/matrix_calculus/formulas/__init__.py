"""The typeset formulas of the table, read as a reader reads them, and held to the code beside them.

`grammar` turns the LaTeX of a formula into a tree, `evaluate` computes a tree with numbers, `letters` says
what the letters of a row stand for, and `check` holds every formula of a row to the row's functions.
"""

from foundations.matrix_calculus.formulas.check import FormulaMismatchError, check_formulas
from foundations.matrix_calculus.formulas.grammar import FormulaSyntaxError, parse

__all__ = ["FormulaMismatchError", "FormulaSyntaxError", "check_formulas", "parse"]
