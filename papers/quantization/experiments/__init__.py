"""Five claims, on networks of ten thousand weights and on a sentence encoder of 22 million."""

from papers.quantization.experiments import aware, eight_bits, integer_only, minilm, per_channel

CLAIMS = (eight_bits.CLAIM, per_channel.CLAIM, aware.CLAIM, integer_only.CLAIM, minilm.CLAIM)
