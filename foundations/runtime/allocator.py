"""Keep freed memory instead of returning it to the system.

A training step frees and asks again for the same large arrays. By default glibc returns every large block to
the system (`munmap`) and faults each of its pages in again the next time: a page fault costs more than the
arithmetic on the page. Three settings of its allocator end that; on other C libraries nothing is changed.

    ML_FOUNDATIONS_ALLOCATOR=system     leaves the allocator as it is
"""

from __future__ import annotations

import ctypes
import os
import platform

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3  # numbers of <malloc.h>
_SETTINGS = (
    (_M_MMAP_THRESHOLD, 32 << 20),  # arrays up to 32 MiB come from the heap: the most that glibc allows
    (_M_TRIM_THRESHOLD, 1 << 30),  # give the end of the heap back only when 1 GiB of it is free
    (_M_TOP_PAD, 64 << 20),  # grow the heap by 64 MiB at a time
)


def keep_freed_memory() -> bool:
    """Set the C allocator to keep freed memory for the next array.

    Returns:
        Whether it accepted: False under `ML_FOUNDATIONS_ALLOCATOR=system` and where the C library is not
        glibc.
    """
    if os.environ.get("ML_FOUNDATIONS_ALLOCATOR") == "system" or platform.libc_ver()[0] != "glibc":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    accepted = [mallopt(name, value) for name, value in _SETTINGS]
    return all(accepted)


keeps_freed_memory = keep_freed_memory()
