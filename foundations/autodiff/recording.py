"""Whether operations are recorded, and how fused functions are computed: switches of each thread."""

from __future__ import annotations

import threading
from contextlib import ContextDecorator


class _Mode(threading.local):
    """Whether operations are recorded, what was so before, and whether fused functions run their definitions.

    Every thread has its own switches.
    """

    recording = True
    definitions = False

    def __init__(self) -> None:
        self.before: list[bool] = []


mode = _Mode()


class _SetRecording(ContextDecorator):
    """Set the recording switch on entry and put it back on exit; usable as a decorator too."""

    _value: bool

    def __enter__(self) -> None:
        mode.before.append(mode.recording)
        mode.recording = self._value

    def __exit__(self, *_: object) -> None:
        mode.recording = mode.before.pop()


class no_grad(_SetRecording):  # noqa: N801  (PyTorch's name)
    """Compute without recording: nothing is retained for a backward pass.

    Example:
        >>> from foundations.autodiff import Tensor, no_grad
        >>> x = Tensor([1.0, 2.0], requires_grad=True)
        >>> with no_grad():
        ...     y = x * 2
        >>> y.requires_grad
        False
    """

    _value = False


class enable_grad(_SetRecording):  # noqa: N801  (PyTorch's name)
    """Record again inside a `no_grad` block."""

    _value = True


def is_recording() -> bool:
    """Return whether operations on tensors that require gradients are being recorded."""
    return mode.recording
