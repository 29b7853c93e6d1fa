"""What NumPy needs from the machine to be fast: kept memory, and threads for what BLAS does not do."""

from foundations.runtime.allocator import keeps_freed_memory
from foundations.runtime.blas import axpy
from foundations.runtime.blocks import map_elements, map_rows, spread
from foundations.runtime.threads import get_num_threads, parallel_map, set_num_threads

__all__ = [
    "axpy",
    "get_num_threads",
    "keeps_freed_memory",
    "map_elements",
    "map_rows",
    "parallel_map",
    "set_num_threads",
    "spread",
]
