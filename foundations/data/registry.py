"""The table of data sets."""

from difflib import get_close_matches

from foundations.data import readers
from foundations.data.source import File, Source
from foundations.errors import DataError

_MNIST = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
_CHAR_RNN = "https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/"
_GENSIM = "https://raw.githubusercontent.com/piskvorky/gensim/develop/gensim/test/test_data/"
_NLTK = "https://raw.githubusercontent.com/nltk/nltk_data/gh-pages/packages/corpora/sentence_polarity.zip"
_MINILM = "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/"
_MINILM_FILES = f"{_MINILM}resolve/1110a243fdf4706b3f48f1d95db1a4f5529b4d41/"

SOURCES: tuple[Source, ...] = (
    Source(
        name="digits",
        description="1,797 handwritten digits of 8 × 8 pixels, from scikit-learn",
        licence="CC BY 4.0",
        home="https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
        citation="Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits",
        read=readers.digits,
        shipped=True,
    ),
    Source(
        name="mnist-small",
        description="5,000 training and 1,000 test digits of MNIST, as many of each class",
        licence="CC BY-SA 3.0",
        home="https://yann.lecun.com/exdb/mnist/",
        citation="LeCun, Cortes and Burges 1998, The MNIST Database of Handwritten Digits",
        read=readers.image_archive,
        files=(
            File(
                path="mnist-small.npz",
                sha256="3146bcb69529a2312ce90a91c7007645930b2e224e8f158d4354e3a3d2c5ca28",
                size=993_155,
            ),
        ),
        shipped=True,
    ),
    Source(
        name="mnist",
        description="60,000 training and 10,000 test digits of 28 × 28 pixels",
        licence="CC BY-SA 3.0",
        home="https://yann.lecun.com/exdb/mnist/",
        citation="LeCun, Cortes and Burges 1998, The MNIST Database of Handwritten Digits",
        read=readers.mnist,
        files=tuple(
            File(f"mnist/{name}", sha256, size, tuple(f"{mirror}{name}.gz" for mirror in _MNIST))
            for name, sha256, size in (
                (
                    "train-images-idx3-ubyte",
                    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                    47_040_016,
                ),
                (
                    "train-labels-idx1-ubyte",
                    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                    60_008,
                ),
                (
                    "t10k-images-idx3-ubyte",
                    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                    7_840_016,
                ),
                (
                    "t10k-labels-idx1-ubyte",
                    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
                    10_008,
                ),
            )
        ),
    ),
    Source(
        name="pride-and-prejudice",
        description="Jane Austen's novel, whole: 122,000 words",
        licence="public domain",
        home="https://www.gutenberg.org/ebooks/1342",
        citation="Austen 1813, Pride and Prejudice",
        read=readers.text,
        files=(
            File(
                path="pride-and-prejudice.txt",
                sha256="dfc684d4f857fa938268f9ab9c5567b64bd0691251eca959644adeabe6287a4d",
                size=684_768,
            ),
        ),
        shipped=True,
    ),
    Source(
        name="palace",
        description="a colour photograph of 427 × 640 pixels, from scikit-learn",
        licence="CC BY 2.0",
        home="https://www.flickr.com/photos/danielbuechele/6061409035/",
        citation="danielbuechele, photograph on Flickr, retrieved 2011",
        read=readers.photograph,
        shipped=True,
    ),
    Source(
        name="diabetes",
        description="442 patients: ten measurements and their diabetes a year on, from scikit-learn",
        licence="as distributed with scikit-learn",
        home="https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
        citation="Efron, Hastie, Johnstone and Tibshirani 2004, Least Angle Regression",
        read=readers.diabetes,
        shipped=True,
    ),
    Source(
        name="austen",
        description="six novels by Jane Austen: 717,000 words",
        licence="public domain",
        home="https://www.gutenberg.org/ebooks/author/68",
        citation="Austen 1811 to 1818, six novels",
        read=readers.text,
        files=(
            File(
                path="text/austen.txt",
                sha256="facb596af7431577a33f4ad1edb9d0662aeb31256347a40e6127bec500506971",
                size=4_024_958,
            ),
        ),
        by_hand="nobody serves this collection; 'pride-and-prejudice', one of six, comes with the package",
    ),
    Source(
        name="tinyshakespeare",
        description="a megabyte of Shakespeare's plays, the usual corpus of small character models",
        licence="public domain",
        home="https://github.com/karpathy/char-rnn",
        citation="Karpathy 2015, The Unreasonable Effectiveness of Recurrent Neural Networks",
        read=readers.text,
        files=(
            File(
                path="text/tinyshakespeare.txt",
                sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
                size=1_115_394,
                urls=(f"{_CHAR_RNN}data/tinyshakespeare/input.txt",),
            ),
        ),
    ),
    Source(
        name="wordsim353",
        description="353 pairs of words and how related people find them, 0 to 10",
        licence="as distributed with gensim",
        home="https://github.com/piskvorky/gensim",
        citation="Finkelstein et al. 2002, Placing Search in Context: The Concept Revisited",
        read=readers.word_pairs,
        files=(
            File(
                path="wordsim/wordsim353.tsv",
                sha256="f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d",
                size=7_186,
                urls=(f"{_GENSIM}wordsim353.tsv",),
            ),
        ),
    ),
    Source(
        name="simlex999",
        description="999 pairs of words and how similar people find them, 0 to 10",
        licence="as distributed with gensim",
        home="https://github.com/piskvorky/gensim",
        citation="Hill, Reichart and Korhonen 2015, SimLex-999",
        read=readers.word_pairs,
        files=(
            File(
                path="wordsim/simlex999.txt",
                sha256="d5e0501971478a511430ee880bd0121e94ac701ba86d90544d83e6d2ba3db05d",
                size=18_126,
                urls=(f"{_GENSIM}simlex999.txt",),
            ),
        ),
    ),
    Source(
        name="analogies",
        description="19,544 questions of the form a is to b as c is to d, in 14 sections",
        licence="as distributed with gensim",
        home="https://github.com/piskvorky/gensim",
        citation="Mikolov et al. 2013, Efficient Estimation of Word Representations in Vector Space",
        read=readers.analogies,
        files=(
            File(
                path="wordsim/questions-words.txt",
                sha256="8c29b3332afc46f3fb8be04cb5297bf96f39aa7131272dff57869b4485b22a36",
                size=603_955,
                urls=(f"{_GENSIM}questions-words.txt",),
            ),
        ),
    ),
    Source(
        name="glove-50d",
        description="GloVe vectors of 50 dimensions for the 50,000 most frequent words",
        licence="PDDL 1.0",
        home="https://nlp.stanford.edu/projects/glove/",
        citation="Pennington, Socher and Manning 2014, GloVe: Global Vectors for Word Representation",
        read=readers.word_vectors,
        files=(
            File(
                path="glove/glove-6b-50d-top50k.npz",
                sha256="0e3155aee5325829cd9a6e7c1a1b6d082a9351a6bc90d36a91c369d2d92d5509",
                size=9_513_551,
            ),
        ),
        by_hand="get glove.6B.zip from https://nlp.stanford.edu/projects/glove/, unpack glove.6B.50d.txt, "
        "run `python -m foundations.data.cuts glove glove.6B.50d.txt FOLDER`",
    ),
    Source(
        name="sentence-polarity",
        description="10,662 sentences of film reviews, half of them positive",
        licence="CC BY 4.0",
        home="https://www.cs.cornell.edu/people/pabo/movie-review-data/",
        citation="Pang and Lee 2005, Seeing Stars",
        read=readers.polarity,
        files=(
            File(
                path="sentiment/rt-polarity.neg",
                sha256="614274f81185a850e5a88d533d4679f916d6f62e9af6f0b4ec71fb94bf466ea5",
                size=612_441,
                urls=(_NLTK,),
                member="sentence_polarity/rt-polarity.neg",
            ),
            File(
                path="sentiment/rt-polarity.pos",
                sha256="c2dc6b2f55bcf725725372916287cc3f8f9b19402edaa9167de5287cb3ade421",
                size=626_334,
                urls=(_NLTK,),
                member="sentence_polarity/rt-polarity.pos",
            ),
        ),
    ),
    Source(
        name="xquad-en-half",
        description="612 questions on Wikipedia paragraphs with the spans that answer them",
        licence="CC BY-SA 4.0",
        home="https://github.com/google-deepmind/xquad",
        citation="Artetxe, Ruder and Yogatama 2020, On the Cross-lingual Transferability of Representations",
        read=readers.questions,
        files=(
            File(
                path="qa/xquad-en-half.json",
                sha256="725264ec38cca13aa684644aef1d55f1ace0c8c2c9c0d5e87e5025642b309c35",
                size=208_495,
            ),
        ),
        by_hand="it is 24 of the 48 articles of xquad.en.json (https://github.com/google-deepmind/xquad), "
        "chosen for this project",
    ),
    Source(
        name="wiki-summaries",
        description="10,033 opening paragraphs of Wikipedia articles, with title and topic",
        licence="CC BY-SA 4.0",
        home="https://en.wikipedia.org/",
        citation="Wikipedia contributors, article summaries",
        read=readers.summaries,
        files=(
            File(
                path="text/wiki-summaries.jsonl",
                sha256="a5a89dd07c3ad8772907ff99a136ea32af2c0de21a7952b3bf25de518f926623",
                size=6_146_648,
            ),
        ),
        by_hand="it was collected for this project and nobody serves it",
    ),
    Source(
        name="minilm",
        description="weights and vocabulary of all-MiniLM-L6-v2, a sentence encoder of 6 layers",
        licence="Apache-2.0",
        home=_MINILM,
        citation="Reimers and Gurevych 2019, Sentence-BERT; Wang et al. 2020, MiniLM",
        read=readers.encoder,
        files=(
            File(
                path="minilm/model.safetensors",
                sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                size=90_868_376,
                urls=(f"{_MINILM_FILES}model.safetensors",),
            ),
            File(
                path="minilm/vocab.txt",
                sha256="07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
                size=231_508,
                urls=(f"{_MINILM_FILES}vocab.txt",),
            ),
            File(
                path="minilm/config.json",
                sha256="953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
                size=612,
                urls=(f"{_MINILM_FILES}config.json",),
            ),
        ),
    ),
)


def find(name: str) -> Source:
    """Look a data set up.

    Args:
        name: Its name in the table.

    Returns:
        Its record.

    Raises:
        DataError: If there is none; the message names the nearest.

    Examples:
        >>> find("mnist").licence
        'CC BY-SA 3.0'
    """
    for source in SOURCES:
        if source.name == name:
            return source
    names = [source.name for source in SOURCES]
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
    raise DataError(f"no data set is called {name!r}; {hint}")
