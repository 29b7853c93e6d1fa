"""Let the threads of BLAS sleep between products, so that ours find a free core.

OpenBLAS's threads go on turning for some 30 milliseconds after a product, in case another one comes. Between
two products of a training step ours wake up, and each would share its core with one that only turns: measured
on two cores, a step of a convolutional network took 30 ms with them and 20 ms without. Waking a sleeping
thread for the next product costs some 20 microseconds.

    OPENBLAS_THREAD_TIMEOUT=26     is what OpenBLAS does by itself: 2^26 cycles; set, it is left as it is
"""

from __future__ import annotations

import ctypes
import os

_VARIABLE = "OPENBLAS_THREAD_TIMEOUT"
_LOG2_CYCLES = 14


def let_threads_sleep(library: ctypes.CDLL) -> bool:
    """Tell an OpenBLAS to let its threads sleep soon after a product.

    Its threads are ended, as before every fork, and begin anew with the next product.

    Returns:
        Whether it was told: False for another library, and where the variable is set.
    """
    if _VARIABLE in os.environ:
        return False
    try:
        read, end_threads = library.openblas_read_env, library.blas_thread_shutdown_
    except AttributeError:
        return False
    os.environ[_VARIABLE] = str(_LOG2_CYCLES)
    try:
        read()
    finally:
        del os.environ[_VARIABLE]
    end_threads()
    return True
