"""Whether operations are recorded, and how fused functions are computed: switches of each thread."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import ContextDecorator
from typing import Any

from foundations.errors import DTypeError


class _Mode(threading.local):
    """Whether operations are recorded, what was so before, and whether definitions replace kernels.

    Every thread has its own switches.
    """

    recording = True
    definitions = False

    def __init__(self) -> None:
        self.before: list[bool] = []


mode = _Mode()


class _SetRecording(ContextDecorator):
    """Set the recording switch on entry and put it back on exit; usable as a decorator too.

    Decorated, a generator runs with the switch set and hands control back with it as it was. A coroutine is
    refused: the switch is the thread's, and an `await` would leave it set for others.
    """

    _value: bool

    def __call__(self, f: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(f) or inspect.isasyncgenfunction(f):
            raise DTypeError(
                f"{type(self).__name__} decorates functions and generators, got the coroutine {f.__name__}: "
                "put the block inside it, around what does not await"
            )
        if not inspect.isgeneratorfunction(f):
            return super().__call__(f)

        @functools.wraps(f)
        def steps(*args: Any, **options: Any) -> Iterator[Any]:
            body = f(*args, **options)
            resume: Callable[[], Any] = functools.partial(next, body)
            while True:
                try:
                    with self:
                        made = resume()
                except StopIteration as end:
                    return end.value
                try:
                    resume = functools.partial(body.send, (yield made))
                except GeneratorExit:
                    with self:
                        body.close()
                    raise
                except BaseException as error:  # whatever the caller throws is the generator's to handle
                    resume = functools.partial(body.throw, error)

        return steps

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
