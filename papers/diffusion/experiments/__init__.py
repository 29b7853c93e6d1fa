"""What the papers say of steps, guidance and schedules, put to the test on small digits.

The networks are dense; a seed trains each of them once and every claim takes them from the cache.
"""

from papers.diffusion.experiments import gradient_at, guidance, schedule, steps, trade_off

CLAIMS = (steps.CLAIM, guidance.CLAIM, trade_off.CLAIM, gradient_at.CLAIM, schedule.CLAIM)
