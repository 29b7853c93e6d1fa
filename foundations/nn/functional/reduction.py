"""What the losses share: how many numbers become one, and targets beside predictions."""

from __future__ import annotations

from typing import Any, Literal

from foundations.autodiff import ops
from foundations.autodiff.operands import as_arrays
from foundations.errors import DTypeError, FoundationsError, ShapeError
from foundations.nn.arguments import array, choice, floats, shown

Reduction = Literal["mean", "sum", "none"]


def reduce(name: str, loss: Any, reduction: str) -> Any:
    """Return the mean or the sum of the losses, or for "none" all of them."""
    choice(name, "reduction", reduction, ("mean", "sum", "none"))
    return loss if reduction == "none" else ops.mean(loss) if reduction == "mean" else ops.sum(loss)


def same_shape(name: str, names: tuple[str, str], prediction: Any, target: Any) -> tuple[Any, Any]:
    """Return a prediction and its target as arrays or Tensors of one shape; lists take the other's type.

    Raises:
        ShapeError: If the shapes differ: nothing is broadcast.
        DTypeError: If they are not numbers, or the prediction is not floating-point.
    """
    try:
        prediction, target = as_arrays((prediction, target))
    except (FoundationsError, TypeError):
        raise DTypeError(
            f"{name} expects {names[0]} and {names[1]} as Tensors, arrays or rectangular lists of numbers, "
            f"got {shown(prediction)} and {shown(target)}: convert them"
        ) from None
    prediction, target = floats(name, names[0], prediction), array(name, names[1], target)
    if prediction.shape != target.shape:
        raise ShapeError(
            f"{name} compares element by element, got {prediction.shape} and {target.shape}: "
            "reshape or broadcast one of them first"
        )
    if target.dtype.kind != "f":  # integers or booleans beside float32 would make the loss float64
        target = ops.astype(target, prediction.dtype)
    return prediction, target
