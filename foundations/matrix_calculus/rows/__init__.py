"""The results themselves, one module a group; `foundations.matrix_calculus.table` joins them."""
