"""The workloads, in the order of the table."""

from benchmarks.workload import Workload
from benchmarks.workloads import chain, images, in_place, mlp, tiny, transformer, vae

WORKLOADS: tuple[Workload, ...] = (
    mlp.WORKLOAD,
    vae.WORKLOAD,
    *images.WORKLOADS,
    *transformer.WORKLOADS,
    tiny.WORKLOAD,
    chain.WORKLOAD,
    in_place.WORKLOAD,
)


def find(name: str) -> Workload:
    """Return the workload of that name.

    Raises:
        KeyError: If there is none.
    """
    return {w.name: w for w in WORKLOADS}[name]
