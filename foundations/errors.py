"""The exceptions of the foundations: each says what was expected, what came and what to do."""


class FoundationsError(Exception):
    """Base of every error that the foundations raise on purpose."""


class ShapeError(FoundationsError, ValueError):
    """Raise when an array has a shape that the operation cannot take."""


class DTypeError(FoundationsError, TypeError):
    """Raise when an array has a data type that the operation cannot take."""


class GraphError(FoundationsError, RuntimeError):
    """Raise when a gradient is asked of a graph that cannot give it."""


class ValueRangeError(FoundationsError, ValueError):
    """Raise when an argument lies outside the range in which it means something."""
