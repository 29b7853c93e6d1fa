"""What NumPy needs from the machine to be fast: kept memory, and threads for what BLAS does not do."""

from foundations.runtime.allocator import keeps_freed_memory
from foundations.runtime.blas import axpy
from foundations.runtime.blocks import blockwise, map_elements, map_rows
from foundations.runtime.threads import get_num_threads, parallel_map, set_num_threads

__all__ = [
    "axpy",
    "blockwise",
    "get_num_threads",
    "keeps_freed_memory",
    "map_elements",
    "map_rows",
    "parallel_map",
    "set_num_threads",
]
