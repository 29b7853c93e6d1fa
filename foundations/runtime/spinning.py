"""Let the threads of BLAS sleep between products, so that ours find a free core.

OpenBLAS's threads spin (they wait busily) for some 30 ms after a product, in case another one comes. Between
two products of a training step ours wake up, and each would share its core with a thread that only spins:
measured on two cores, a step of a convolutional network took 30 ms with spinning threads and 20 ms without.
Waking a sleeping thread for the next product costs some 20 microseconds.

    OPENBLAS_THREAD_TIMEOUT=26     is OpenBLAS's own default, 2^26 cycles; where it is set, it stays
"""

from __future__ import annotations

import ctypes
import os

_VARIABLE = "OPENBLAS_THREAD_TIMEOUT"
LOG2_CYCLES = 14
"""Binary logarithm of the cycles for which a thread spins before it sleeps."""


def let_threads_sleep(library: ctypes.CDLL) -> bool:
    """Make the threads of an OpenBLAS sleep soon after a product.

    Its threads are ended, as before every fork, and begin anew with the next product.

    Returns:
        Whether it was done: False for another library, and where the variable is set.
    """
    if _VARIABLE in os.environ:
        return False
    try:
        read, end_threads = library.openblas_read_env, library.blas_thread_shutdown_
    except AttributeError:
        return False
    os.environ[_VARIABLE] = str(LOG2_CYCLES)
    try:
        read()
    finally:
        del os.environ[_VARIABLE]
    end_threads()
    return True
