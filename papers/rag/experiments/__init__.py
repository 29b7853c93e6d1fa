"""Five claims: four in worlds of made-up facts, where everything can be counted, and one on real text."""

from papers.rag.experiments import closed_book, dense_bm25, hot_swap, learned_encoder, sequence_token

CLAIMS = (hot_swap.CLAIM, learned_encoder.CLAIM, closed_book.CLAIM, sequence_token.CLAIM, dense_bm25.CLAIM)
