"""The sentence encoder: MiniLM held to PyTorch's own Transformer on the same weights."""

import numpy as np
import pytest
import torch

from foundations.data import load
from foundations.errors import DataError, DTypeError, ShapeError, ValueRangeError
from foundations.nn.state import StateError
from implementations.transformer.bert import BertConfig, BertEncoder
from implementations.transformer.sentence_encoder import SentenceEncoder, mean_pooling
from implementations.transformer.wordpiece import SPECIAL, WordPiece

SENTENCES = [
    "A cat sat on the mat.",
    "Eine Katze saß auf der Matte.",
    "Un chat était assis sur le tapis, près de la fenêtre; dehors, il pleuvait depuis trois jours.",
    "我喜欢学习机器学习。",
    "Быстрая лиса перепрыгнула через ленивую собаку.",
    "العربية لغة جميلة",
    "हिन्दी भाषा",
    "",
    "token " * 400,
]
CONFIG = BertConfig(vocab_size=11, d_model=6, num_layers=2, num_heads=3, d_ff=10, max_positions=7)


@pytest.fixture(scope="module")
def minilm(need_data):
    need_data("minilm")
    return SentenceEncoder.from_pretrained("minilm")


def reference(weights, numbers, visible, config):
    """Return the vectors of the pieces by PyTorch's Transformer, whose layers are BERT's with other names."""
    given = {name: torch.from_numpy(np.asarray(value)) for name, value in weights.items()}
    layer = torch.nn.TransformerEncoderLayer(
        config.d_model, config.num_heads, config.d_ff, 0.0, "gelu", config.epsilon, batch_first=True
    )
    stack = torch.nn.TransformerEncoder(layer, config.num_layers, enable_nested_tensor=False).eval()
    state = {}
    for i in range(config.num_layers):
        theirs, ours = f"encoder.layer.{i}", f"layers.{i}"
        for kind in ("weight", "bias"):
            state[f"{ours}.self_attn.in_proj_{kind}"] = torch.cat(
                [given[f"{theirs}.attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            )
            for here, there in {
                "self_attn.out_proj": "attention.output.dense",
                "linear1": "intermediate.dense",
                "linear2": "output.dense",
                "norm1": "attention.output.LayerNorm",
                "norm2": "output.LayerNorm",
            }.items():
                state[f"{ours}.{here}.{kind}"] = given[f"{theirs}.{there}.{kind}"]
    stack.load_state_dict(state)
    n, d = torch.from_numpy(numbers), config.d_model
    x = given["embeddings.word_embeddings.weight"][n]
    x = x + given["embeddings.position_embeddings.weight"][: n.shape[1]]
    x = x + given["embeddings.token_type_embeddings.weight"][0]
    scale, shift = given["embeddings.LayerNorm.weight"], given["embeddings.LayerNorm.bias"]
    x = torch.nn.functional.layer_norm(x, (d,), scale, shift, config.epsilon)
    with torch.no_grad():
        return stack(x, src_key_padding_mask=~torch.from_numpy(visible)).numpy()


def test_minilm_is_pytorch_s_to_1e_5(minilm):
    encoded = minilm.tokenizer.encode_batch(SENTENCES)
    vectors = reference(load("minilm")["weights"], *encoded, minilm.encoder.config)
    pooled = np.stack([v[m].mean(axis=0) for v, m in zip(vectors, encoded[1], strict=True)])
    expected = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    ours = minilm.encode(SENTENCES)
    assert ours.shape == (9, 384)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    np.testing.assert_allclose(minilm.encode(SENTENCES, normalize=False), pooled, atol=1e-5)


def test_like_sentences_are_near(minilm):
    cat, kitten, stocks = minilm.encode(["A cat sat.", "A kitten was sitting.", "Shares fell on Monday."])
    assert cat @ kitten > 0.6 > 0.2 > cat @ stocks


def test_neither_order_nor_batch_changes_a_vector(minilm):
    together = minilm.encode(SENTENCES, batch_size=4)
    np.testing.assert_allclose(together, minilm.encode(SENTENCES[::-1], batch_size=1)[::-1], atol=2e-6)
    np.testing.assert_allclose(minilm.encode(SENTENCES[0]), together[0], atol=2e-6)
    assert minilm.encode([]).shape == (0, 384)


def test_a_text_of_a_megabyte_is_cut(minilm):
    long = "token " * 200_000
    assert len(minilm.tokenizer.encode(long)) == 256
    np.testing.assert_allclose(minilm.encode(long), minilm.encode("token " * 254), atol=2e-6)


def small(rng=None, **changes):
    """Return random weights of a small encoder under PyTorch's names."""
    rng = rng or np.random.default_rng(0)
    shapes = {
        "embeddings.word_embeddings.weight": (11, 6),
        "embeddings.position_embeddings.weight": (7, 6),
        "embeddings.token_type_embeddings.weight": (2, 6),
        "embeddings.LayerNorm.weight": (6,),
        "embeddings.LayerNorm.bias": (6,),
    }
    for i in range(2):
        for part, (out, into) in {
            "attention.self.query": (6, 6),
            "attention.self.key": (6, 6),
            "attention.self.value": (6, 6),
            "attention.output.dense": (6, 6),
            "intermediate.dense": (10, 6),
            "output.dense": (6, 10),
        }.items():
            shapes[f"encoder.layer.{i}.{part}.weight"] = (out, into)
            shapes[f"encoder.layer.{i}.{part}.bias"] = (out,)
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"encoder.layer.{i}.{part}.weight"] = shapes[f"encoder.layer.{i}.{part}.bias"] = (6,)
    drawn = {name: rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}
    return {**drawn, **changes}


def test_a_small_encoder_with_every_part_random():
    weights, rng = small(), np.random.default_rng(1)
    numbers = rng.integers(0, 11, (3, 5))
    visible = np.arange(5) < np.array([[5], [2], [4]])
    ours = BertEncoder.from_weights(CONFIG, weights)(numbers, visible).numpy()
    theirs = reference(weights, numbers, visible, CONFIG)
    np.testing.assert_allclose(ours[visible], theirs[visible], atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "without", "says"),
    [
        (
            {"encoder.layer.2.output.dense.bias": np.zeros(6)},
            None,
            "unexpected layers.2.feed_forward.outer.bias",
        ),
        ({}, "embeddings.LayerNorm.bias", "missing norm.bias"),
        ({"encoder.layer.0.output.dense.weight": np.zeros((10, 6))}, None, r"shape \(6, 10\), expected"),
        ({"classifier.weight": np.zeros((2, 6))}, None, "unexpected classifier.weight"),
    ],
)
def test_weights_that_do_not_fit_are_named(changes, without, says):
    weights = small(**changes)
    weights.pop(without, None)
    with pytest.raises(StateError, match=says):
        BertEncoder.from_weights(CONFIG, weights)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"hidden_act": "relu"}, "hidden_act 'relu'"),
        ({"model_type": "gpt2"}, "model_type 'gpt2'"),
        ({"hidden_size": "384"}, "hidden_size, a whole number from 1, got '384'"),
        ({"vocab_size": 0}, "vocab_size"),
    ],
)
def test_a_configuration_of_another_model_is_refused(change, says):
    config = {
        "vocab_size": 11,
        "hidden_size": 6,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
        "intermediate_size": 10,
        "max_position_embeddings": 7,
        "type_vocab_size": 2,
    }
    assert BertConfig.of(config) == CONFIG
    with pytest.raises(DataError, match=says):
        BertConfig.of({**config, **change})


def test_tokenizer_and_encoder_belong_together():
    encoder = BertEncoder.from_weights(CONFIG, small())
    pieces = [*SPECIAL, *"abcdef"]
    assert SentenceEncoder(encoder, WordPiece(pieces, max_tokens=7)).encode("a b").shape == (6,)
    with pytest.raises(ValueRangeError, match="12 pieces and the encoder 11"):
        SentenceEncoder(encoder, WordPiece([*pieces, "g"], max_tokens=7))
    with pytest.raises(ValueRangeError, match="7 positions, the tokenizer cuts at 256"):
        SentenceEncoder(encoder, WordPiece(pieces))


def test_what_is_no_text_or_no_batch_is_refused():
    encoder = SentenceEncoder(
        BertEncoder.from_weights(CONFIG, small()), WordPiece([*SPECIAL, *"abcdef"], max_tokens=7)
    )
    with pytest.raises(DTypeError, match="got float at 1"):
        encoder.encode(["a", 0.5])
    with pytest.raises(ValueRangeError, match="batch_size"):
        encoder.encode(["a"], batch_size=0)
    with pytest.raises(DataError, match="no sentence encoder 'bert'"):
        SentenceEncoder.from_pretrained("bert")
    with pytest.raises(ShapeError, match=r"T at most 7, got \(1, 8\)"):
        encoder.encoder(np.zeros((1, 8), dtype=np.int64))
    with pytest.raises(ShapeError, match="as the numbers"):
        encoder.encoder(np.zeros((1, 3), dtype=np.int64), np.ones((1, 4), dtype=bool))


def test_mean_pooling_leaves_the_padding_out():
    rng = np.random.default_rng(0)
    x, visible = rng.standard_normal((3, 5, 2)), np.arange(5) < np.array([[5], [1], [0]])
    pooled = mean_pooling(x, visible)
    np.testing.assert_allclose(pooled[0], x[0].mean(axis=0))
    np.testing.assert_allclose(pooled[1], x[1, 0])
    assert (pooled[2] == 0).all()  # nothing to see: zeros, not a division by zero
    with pytest.raises(ShapeError, match=r"got \(3, 5, 2\), \(3, 4\)"):
        mean_pooling(x, visible[:, :4])
