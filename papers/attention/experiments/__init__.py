"""The claims of Attention Is All You Need, put to the test on tasks whose answers are known.

Nothing here can speak of translation: WMT 2014 and eight GPUs are out of reach. What can be asked is whether
the mechanism each claim names shows in a small model, with thresholds written down before the runs.
"""

from papers.attention.experiments import extrapolation, heads, positions, scaling, smoothing, warmup

CLAIMS = (
    scaling.CLAIM,
    positions.CLAIM,
    extrapolation.CLAIM,
    heads.CLAIM,
    smoothing.CLAIM,
    warmup.CLAIM,
)
