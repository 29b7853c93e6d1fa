"""Workers that end when the process that started them is gone, also when it was killed."""

import contextlib
import os
import select
import threading
import time

_POLL_INTERVAL = 1.0  # seconds


def end_with_parent(parent: int) -> None:
    """Let this process end at once when its parent does; call it when a worker starts.

    A process that is killed cannot stop its workers, and idle ones would stay for minutes. A thread waits for
    the parent's end: on Linux the system wakes it, elsewhere it looks once a second whether this process has
    been handed to another parent; under Windows nothing is done.

    Args:
        parent: Number of the process that started this one. If it is not this process's parent, it is gone
            already.
    """
    if os.name != "posix":
        return  # elsewhere a process does not learn who its parent is now
    handle = None
    with contextlib.suppress(AttributeError, OSError):  # not Linux, or an old or restricted one
        handle = os.pidfd_open(parent)
    if os.getppid() != parent:
        os._exit(1)
    threading.Thread(target=_wait, args=(parent, handle), name="end-with-parent", daemon=True).start()


def _wait(parent: int, handle: int | None) -> None:
    if handle is not None:
        poll = select.poll()
        poll.register(handle, select.POLLIN)  # readable when the process has ended
        while not poll.poll():
            continue
    else:
        while os.getppid() == parent:
            time.sleep(_POLL_INTERVAL)
    os._exit(1)
