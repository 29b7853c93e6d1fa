"""What the paper says of soft targets, tested on nets of its sizes and a ninth of its digits."""

from papers.distillation.experiments import dark_knowledge, soft_targets

CLAIMS = (soft_targets.CLAIM, dark_knowledge.CLAIM)
