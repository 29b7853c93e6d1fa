"""Four claims: a real model, the rank, the subspaces, and what it costs."""

from papers.lora.experiments import cost, rank, real_model, subspace

CLAIMS = (real_model.CLAIM, rank.CLAIM, subspace.CLAIM, cost.CLAIM)
