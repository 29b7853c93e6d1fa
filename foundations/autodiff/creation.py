"""One count of everything that happens to values: operations recorded, and memory changed in place.

Its numbers say what came first: a node depends only on nodes of lower numbers, and a change in place with a
higher number than a node's came after the node was recorded.
"""

from itertools import count

creation_numbers = count(1)
