"""Data sets by name, small made-up ones, and minibatches.

`load("mnist-small")`, `load("austen")`, `load("wiki-summaries")`, `load("glove-small")` and whatever else
ships need no network. Larger sets are fetched once from their homes, checked by SHA-256 and kept in a cache;
`ML_FOUNDATIONS_DATA` points at a folder that already has them. To add a data set, add a module to
`foundations/data/sets`.
"""

from foundations.data.batching import batches
from foundations.data.dataset import Dataset, Split
from foundations.data.idx import parse_idx
from foundations.data.loading import list_datasets, load
from foundations.data.readers import pixels, stratified
from foundations.data.source import File, Source
from foundations.data.store import Status, cache_folder, fetch, status, verify
from foundations.data.synthetic import circles, moons, spirals
from foundations.errors import DataError

__all__ = [
    "DataError",
    "Dataset",
    "File",
    "Source",
    "Split",
    "Status",
    "batches",
    "cache_folder",
    "circles",
    "fetch",
    "list_datasets",
    "load",
    "moons",
    "parse_idx",
    "pixels",
    "spirals",
    "status",
    "stratified",
    "verify",
]
