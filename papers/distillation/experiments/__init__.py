"""What the paper says of soft targets, tested on nets of its sizes and a ninth of its digits."""

from papers.distillation.experiments import (
    dark_knowledge,
    missing_3,
    soft_targets,
    temperature,
    three_percent,
)

CLAIMS = (
    soft_targets.CLAIM,
    dark_knowledge.CLAIM,
    missing_3.CLAIM,
    temperature.CLAIM,
    three_percent.CLAIM,
)
