"""Names for what functions of arrays and Tensors take and return."""

from typing import TypeVar

import numpy as np

from foundations.autodiff.tensor import Tensor

Array = np.ndarray | Tensor
"""What the operations take and return: arrays in, array out; a Tensor among them, a Tensor out."""

ArrayT = TypeVar("ArrayT", bound=Array)
"""An array for an array, a Tensor for a Tensor: functions of one argument."""
