"""The claims of word2vec and GloVe, put to the test on planted corpora and on 776,000 words of Wikipedia.

The papers train on a thousand times as much text. The planted corpora have known answers; on the text only
differences of several hundredths in a rank correlation can be told from chance.
"""

from papers.word_vectors.experiments import (
    glove_weighting,
    negatives,
    shifted_pmi,
    skip_gram,
    subsampling,
)

CLAIMS = (
    shifted_pmi.CLAIM,
    subsampling.CLAIM,
    negatives.CLAIM,
    glove_weighting.CLAIM,
    skip_gram.CLAIM,
)
