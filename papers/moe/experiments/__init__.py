"""Four claims: balance, which of the two losses evens what, capacity at equal cost, and cost itself."""

from papers.moe.experiments import balance, capacity, cost, load_not_importance

CLAIMS = (balance.CLAIM, load_not_importance.CLAIM, capacity.CLAIM, cost.CLAIM)
