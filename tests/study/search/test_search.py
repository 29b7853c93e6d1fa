"""Search over a small corpus with the traps of a real one: rivals that use the same words."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from study.files.errors import UsageError
from study.files.read import read_text
from study.search import KINDS, Hit, Index
from study.search.store import refresh
from study.site import addresses

ROOT = Path(__file__).resolve().parents[3]

ATTENTION = r"""
    # Attention Is All You Need

    ## In one sentence

    A model made of attention alone, without recurrence, translates better and trains faster.

    ## Why it was needed

    Recurrent networks read one word after another: the path between two words grows with their distance,
    and we divide the work among machines only badly. Attention pays with the square of the length.

    ## The idea, with small numbers

    Three tokens in two dimensions. We divide every row of exponentials by its sum, the root of all softmax.

    ## The method

    ### Scaled dot-product attention

    $$\mathrm{Attention}(Q, K, V) = \operatorname{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right)V \tag{1}$$

    Each output is a mixture of the rows of $V$.

    ### Why the scores are scaled

    Let the components of $q$ and $k$ be independent with mean 0 and variance 1. The variance of $q \cdot k$
    is then $d_k$, so the scores grow with the dimension and the softmax saturates: its gradient vanishes.
    Divided by $\sqrt{d_k}$ they have variance 1 whatever the width of a head [@vaswani2017attention].

    ```python
    scores = q @ k.mT / math.sqrt(d_k)
    ```

    ### Multi-head attention

    Several heads attend to different things; `MultiHeadAttention` splits `d_model` among them.

    ## Symbols

    | paper | ours | shape |
    |---|---|---|
    | $\sqrt{d_k}$ | `math.sqrt(d_head)` | scalar |
    | $d_k$ | `d_head` | scalar |

    ## Exercises

    1. Divide by $d_k$ instead of the square root of $d_k$. What happens, and why?

    <details><summary>Answer</summary>

    The scores get too small as $d_k$ grows, and attention becomes an average.

    </details>

    ## Questions to recall

    - Why divide by the square root of $d_k$?

    <details><summary>Answer</summary>

    So that the scores keep variance 1.

    </details>
    """
VAE = r"""
    # Auto-Encoding Variational Bayes

    ## The bound

    $$\mathcal{L} = \mathbb{E}_{q}[\log p(x \mid z)] - \mathrm{KL}(q(z \mid x) \,\|\, p(z))$$

    ## The trick

    Reparameterise: $z = \mu + \sigma \odot \epsilon$. We divide by the square root of the number of samples.
    """
OPTIMIZATION = r"""
    # Optimization

    ## Adam

    Divide by the square root of the second moment, $\hat m / (\sqrt{\hat v} + \epsilon)$. Why? Units.

    ## Gradient descent

    Follow $-\nabla f$ downhill with a learning rate $\alpha$; normalisation of the inputs helps.
    """
TRANSFORMER = '''
    r"""The Transformer in NumPy."""


    class MultiHeadAttention:
        """Attend with several heads at once."""

        def forward(self, x):
            r"""Return the mixture; the scores are divided by $\\sqrt{d_k}$."""

        def _private(self):
            """Not to be found: zyzzyva."""


    def sinusoidal_positions(length, d_model):
        """Return the sines and cosines of the positions."""
    '''
BIB = """
    @inproceedings{vaswani2017attention,
      title = {Attention Is All You Need},
      author = {Vaswani, Ashish and Shazeer, Noam},
      booktitle = {NIPS},
      year = {2017},
    }
    """
ASKED = "why divide by the square root of d_k"


class Corpus:
    """A checkout to search in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("pyproject.toml", "")
        self.notes("papers/attention", "[attention, sequence]", ATTENTION)
        self.notes("papers/vae", "[generative]", VAE)
        self.notes("foundations/optimization", "[gradients]", OPTIMIZATION)
        self.write(
            "papers/attention/checklist.md", "# Checklist\n\n- [ ] Derived the scaling\n- [x] Read it\n"
        )
        self.write("papers/attention/transformer.py", TRANSFORMER)
        self.write("reader/notes/attention.md", "Read twice.\n\n## Heads\n\nHere is a doubt of mine.\n")
        self.write("reader/notes/nobody.md", "A doubt of mine about no entry.\n")
        self.write("papers/attention/paper.bib", BIB)
        self.write("docs/notation.md", "# Notation\n\n## Shapes\n\nB is the batch, T the time.\n")

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).strip() + "\n", encoding="utf-8")
        return path

    def notes(self, folder: str, tags: str, body: str) -> Path:
        body = textwrap.dedent(body).strip()
        title, slug = body.splitlines()[0].removeprefix("# "), Path(folder).name
        return self.write(
            f"{folder}/notes.md",
            f"---\ntitle: {title}\nslug: {slug}\nsummary: A summary.\ntags: {tags}\n---\n{body}",
        )


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The index of a corpus that nobody changes."""
    with Index(Corpus(tmp_path_factory.mktemp("corpus")).root) as opened:
        yield opened


@pytest.fixture
def own(corpus: Corpus) -> Iterator[Index]:
    """The index of this test's own corpus."""
    with Index(corpus.root) as opened:
        yield opened


def sections(index: Index, query: str, **filters) -> list[str]:
    return [hit.section or hit.title for hit in index.query(query, **filters).hits]


def first(index: Index, query: str, **filters) -> Hit:
    return index.query(query, **filters).hits[0]


def test_the_question_finds_the_section_that_answers_it_first(index: Index) -> None:
    found = index.query(ASKED)
    assert found.hits[0].section == "The method › Why the scores are scaled"
    assert not found.relaxed
    assert not found.missing
    assert [hit.entry for hit in found.hits[:3]] == ["attention"] * 3


@pytest.mark.parametrize(
    "query",
    [
        "why do we divide by the square root of d_k?",
        "why divide by sqrt(d_k)",
        "why divide by √d_k",
        r"why divide by $\sqrt{d_k}$",
        "variance of q·k",
        "why are the scores scaled",
        "softmax saturates",
    ],
)
def test_the_same_question_in_other_words_finds_it_too(index: Index, query: str) -> None:
    assert first(index, query).section == "The method › Why the scores are scaled"


@pytest.mark.parametrize(
    ("query", "section"),
    [
        ("kl divergence", "The bound"),
        ("kullback", "The bound"),
        (r"\mathrm{KL}(q\|p)", "The bound"),
        ("expected value log p", "The bound"),
        ("nabla f", "Gradient descent"),
        ("∇f", "Gradient descent"),
        ("learning rate alpha", "Gradient descent"),
        ("normalization", "Gradient descent"),
        ("reparameterization", "The trick"),
        ("softmax(QK^T / sqrt(d_k))", "The method › Scaled dot-product attention"),
        ("scaled-dot-product", "The method › Scaled dot-product attention"),
        ("multihead", "The method › Multi-head attention"),
        ("dmodel", "The method › Multi-head attention"),
    ],
)
def test_formulas_signs_names_and_spellings_are_found(index: Index, query: str, section: str) -> None:
    assert first(index, query, kinds=["notes"]).section == section


def test_quotes_are_a_phrase_and_a_star_is_a_prefix(index: Index) -> None:
    assert sections(index, '"learning rate"') == ["Gradient descent"]
    assert index.query('"rate learning"').total == 0
    assert "The trick" in sections(index, "reparam*")
    assert index.query("reparam").missing == ("reparam",)


def test_a_word_that_is_nowhere_does_not_spoil_the_others(index: Index) -> None:
    found = index.query("adam xylophone")
    assert found.relaxed
    assert found.missing == ("xylophone",)
    assert found.hits[0].section == "Adam"


def test_words_that_no_section_has_together_are_found_apart(index: Index) -> None:
    found = index.query("reparameterise downhill")
    assert found.relaxed
    assert not found.missing
    assert {hit.section for hit in found.hits} == {"The trick", "Gradient descent"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("atention", "attention"),
        ("Gradeint descent", "gradient descent"),
        ("zzzzzz", None),
        ("softmx*", None),
    ],
)
def test_a_slip_of_the_finger_gets_a_suggestion(index: Index, typed: str, meant: str | None) -> None:
    assert index.query(typed).suggestion == meant


def test_stop_words_alone_are_still_words(index: Index) -> None:
    assert index.query("the of").total > 0


@pytest.mark.parametrize("typed", ["", "  ", "?!", "***", '""', "$$"])
def test_a_query_without_a_word_is_refused(index: Index, typed: str) -> None:
    with pytest.raises(UsageError, match="no word"):
        index.query(typed)


def test_every_kind_is_found_where_it_stands_and_on_the_site(index: Index) -> None:
    hits = {
        kind: first(index, query, kinds=[kind])
        for kind, query in {
            "notes": "scores are scaled",
            "docs": "batch",
            "api": "sinusoidal_positions",
            "reader": "a doubt of mine",
            "checklist": "derived the scaling",
            "bibliography": "Shazeer",
        }.items()
    }
    assert tuple(hits) == KINDS
    lines = {
        "notes": "### Why the scores are scaled",
        "docs": "## Shapes",
        "api": "def sinusoidal_positions(length, d_model):",
        "reader": "## Heads",
        "checklist": "- [ ] Derived the scaling",
        "bibliography": "@inproceedings{vaswani2017attention,",
    }
    root = index._store.root
    for kind, hit in hits.items():
        assert (root / hit.path).read_text(encoding="utf-8").splitlines()[hit.line - 1] == lines[kind]
    module = "papers.attention.transformer"
    page = addresses.code_page(module, package=False)
    assert {kind: hit.url for kind, hit in hits.items()} == {
        "notes": "papers/attention/#why-the-scores-are-scaled",
        "docs": "notation/#shapes",
        "api": f"{addresses.address(page)}#{module}.sinusoidal_positions",
        "reader": "papers/attention/#checklist",
        "checklist": "papers/attention/#checklist",
        "bibliography": f"{addresses.address(addresses.BIBLIOGRAPHY)}#vaswani2017attention",
    }


def test_code_is_found_by_its_name_and_what_is_private_is_not(index: Index) -> None:
    hit = first(index, "MultiHeadAttention")
    assert (hit.kind, hit.section) == ("api", "papers.attention.transformer › MultiHeadAttention")
    assert index.query("zyzzyva").total == 0


def test_snippets_mark_what_matched(index: Index) -> None:
    hit = first(index, "softmax saturates")
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["softmax saturates"]
    assert "$" not in hit.snippet
    assert "√d_k" in first(index, "width of a head").snippet


def test_filters_narrow(index: Index) -> None:
    assert {hit.entry for hit in index.query("square root", tags=["generative"]).hits} == {"vae"}
    assert {hit.entry for hit in index.query("square root", entries=["optimization"]).hits} == {
        "optimization"
    }
    assert {hit.kind for hit in index.query("attention", kinds=["bibliography", "api"]).hits} == {
        "bibliography",
        "api",
    }
    assert index.query("square root", tags=["generative", "attention"]).total == 0
    assert len(index.query("attention", limit=2).hits) == 2
    assert index.query("attention", limit=2).total > 2


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"kinds": ["note"]}, "no kind 'note': did you mean notes"),
        ({"tags": ["generativ"]}, "no tag 'generativ': did you mean generative"),
        ({"entries": ["atention"]}, "no entry 'atention': did you mean attention"),
    ],
)
def test_a_filter_that_names_nothing_is_refused(
    index: Index, filters: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        index.query("attention", **filters)


def test_only_what_changed_is_read_again(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = read_text
    monkeypatch.setattr("study.search.store.read_text", lambda path: read.append(path.name) or original(path))
    db = sqlite3.connect(":memory:")
    for name in corpus.root.rglob("*"):
        os.utime(name, (1_700_000_000, 1_700_000_000))
    try:
        assert refresh(db, corpus.root) == len(read) == 9
        read.clear()
        assert refresh(db, corpus.root) == 0
        page = corpus.write("docs/notation.md", "# Notation\n\n## Sizes\n\nSmall.\n")
        os.utime(page, (1_700_000_001, 1_700_000_001))
        assert refresh(db, corpus.root) == 1
        assert read == ["notation.md"]
        os.utime(page, (1_700_000_002, 1_700_000_002))  # touched: looked at, not indexed again
        before = db.execute("SELECT max(id) FROM sections").fetchone()
        assert refresh(db, corpus.root) == 1
        assert db.execute("SELECT max(id) FROM sections").fetchone() == before
    finally:
        db.close()


def test_edits_deletions_and_new_files_are_seen_by_the_next_query(corpus: Corpus, own: Index) -> None:
    assert own.query("zeppelin").total == 0
    page = corpus.write("docs/airships.md", "# Airships\n\nA zeppelin.\n")
    assert own.query("zeppelin").total == 1
    corpus.write(
        "docs/airships.md", "# Airships\n\nA balloon!\n"
    )  # the same length, within one tick of the clock
    assert own.query("zeppelin").total == 0
    assert own.query("balloon").total == 1
    page.unlink()
    assert own.query("balloon").total == 0
    corpus.notes("papers/attention", "[heads]", ATTENTION)
    assert own.query("attention", tags=["heads"]).total > 0
    with pytest.raises(UsageError):
        own.query("attention", tags=["sequence"])


def test_a_section_with_every_word_goes_before_one_that_repeats_some(corpus: Corpus, own: Index) -> None:
    corpus.write("docs/airships.md", f"# Zeppelin\n\n{'A zeppelin is a zeppelin. ' * 8}")
    corpus.write("docs/masts.md", f"# Masts\n\n{'Many other things stand. ' * 40} Mooring a zeppelin.")
    corpus.write("docs/boats.md", "# Boats\n\nA mooring for a boat.")
    found = [hit.path for hit in own.query("zeppelin mooring").hits]
    assert found[0] == "docs/masts.md"
    assert set(found) == {"docs/masts.md", "docs/airships.md", "docs/boats.md"}


def test_an_index_that_another_version_wrote_is_filled_anew(corpus: Corpus) -> None:
    file = corpus.root / ".study" / "search.sqlite"
    file.parent.mkdir()
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT)")
        db.execute("INSERT INTO meta VALUES ('code', 'older')")
        db.execute("CREATE TABLE sections (nonsense TEXT)")
    db.close()
    with Index(corpus.root) as index:
        assert index.query(ASKED).total > 0


@pytest.mark.parametrize("damage", ["garbage", "truncated", "gutted", "emptied"])
def test_a_damaged_index_is_built_anew_in_silence(corpus: Corpus, damage: str) -> None:
    file = corpus.root / ".study" / "search.sqlite"
    with Index(corpus.root) as index:
        expected = [asdict(hit) for hit in index.query(ASKED).hits]
    whole = file.read_bytes()
    if damage == "garbage":
        file.write_bytes(b"this is no database " * 500)
    elif damage == "truncated":
        file.write_bytes(whole[: len(whole) // 2])
    elif damage == "gutted":
        file.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    else:
        with sqlite3.connect(file) as db:
            db.execute("DROP TABLE words")
        db.close()
    with Index(corpus.root) as index:
        assert [asdict(hit) for hit in index.query(ASKED).hits] == expected
    with Index(corpus.root) as index:
        assert not index.is_new()
        assert [asdict(hit) for hit in index.query(ASKED).hits] == expected


def test_where_nothing_can_be_written_the_index_lives_in_memory(corpus: Corpus) -> None:
    (corpus.root / ".study").write_text("a file where the folder should be")
    with Index(corpus.root) as index:
        assert index.query(ASKED).total > 0
        assert index.is_new()


def test_a_locked_index_gives_way_to_memory(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("study.search.store.LOCK_SECONDS", 0.0)
    with Index(corpus.root) as index:
        index.refresh()
    other = sqlite3.connect(corpus.root / ".study" / "search.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with Index(corpus.root) as index:
            assert index.query(ASKED).total > 0
    finally:
        other.close()


def test_a_file_that_cannot_be_read_hides_only_itself(corpus: Corpus, own: Index) -> None:
    (corpus.root / "docs" / "notation.md").write_bytes(b"\xff\xfe\x00")
    corpus.write("papers/attention/transformer.py", "def broken(:")
    corpus.write("papers/attention/paper.bib", "@article{x, title = {")
    corpus.write("papers/attention/checklist.md", "no list")
    corpus.write("papers/vae/notes.md", "# No front matter\n\n## Zeppelins\n\nStill found.\n")
    assert first(own, ASKED).section == "The method › Why the scores are scaled"
    assert first(own, "zeppelins").entry == "vae"


def test_two_processes_may_build_and_search_at_once(corpus: Corpus) -> None:
    code = (
        "import sys; from pathlib import Path; from study.search import Index\n"
        f"with Index(Path({str(corpus.root)!r})) as index:\n"
        f"    print(index.query({ASKED!r}).hits[0].section)"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in running:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert out.strip() == "The method › Why the scores are scaled"


@pytest.mark.skipif(
    not (ROOT / "papers/attention/notes.md").is_file(), reason="papers/attention has no notes yet"
)
def test_the_real_notes_answer_the_question_first() -> None:
    with Index(ROOT, in_memory=True) as index:
        hit = index.query(ASKED).hits[0]
    assert (hit.kind, hit.entry) == ("notes", "attention")
    text = (ROOT / hit.path).read_text(encoding="utf-8").splitlines()[hit.line - 1 :]
    section = "\n".join(
        text[: next((at for at, line in enumerate(text[1:], 1) if line.startswith("#")), None)]
    )
    assert "variance" in section
    assert r"\sqrt{d_k}" in section
