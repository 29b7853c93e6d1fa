"""What this page says of its language model, put to the test on small models.

Every seed has a stretch of tiny Shakespeare to itself: eight parts to learn from, one to see whether it
still learns, one that judges. Pilots have stretches of their own.
"""

from implementations.transformer.experiments import cache, five_steps, power_law, tying

CLAIMS = (five_steps.CLAIM, tying.CLAIM, power_law.CLAIM, cache.CLAIM)
