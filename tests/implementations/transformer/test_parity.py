"""The language model and its training held to PyTorch: logits, loss, every gradient, five steps."""

import math

import numpy as np
import pytest
import torch

from implementations.transformer import Corpus, LanguageModel, LanguageModelConfig, Trainer, TrainingConfig
from implementations.transformer.corpus import sample_batch

SIZES = {"vocab_size": 11, "context": 7, "d_model": 12, "num_layers": 2, "num_heads": 3, "d_ff": 20}
CHOICES = [
    {"positions": positions, "tied": tied, "gelu": gelu}
    for positions in ("learned", "rotary")
    for tied, gelu in ((True, "none"), (False, "tanh"))
]


def noisy(sizes):
    """Return a model none of whose parameters is where it starts: biases and norms count too."""
    rng = np.random.default_rng(0)
    model = LanguageModel(sizes, rng=rng).astype(np.float64)
    for p in model.parameters():
        p.data = p.data + 0.2 * rng.standard_normal(p.shape)
    return model.eval()


@pytest.fixture
def tokens():
    return np.random.default_rng(1).integers(0, 11, (3, 7))


def torch_rotate(x):
    """Turn the pairs (i, i + d/2) as complex numbers, which is another route than ours."""
    *_, length, d = x.shape
    angle = torch.outer(
        torch.arange(length, dtype=x.dtype), 10000 ** (-torch.arange(0, d, 2, dtype=x.dtype) / d)
    )
    pairs = torch.complex(x[..., : d // 2], x[..., d // 2 :]) * torch.polar(torch.ones_like(angle), angle)
    return torch.cat([pairs.real, pairs.imag], dim=-1)


def torch_model(w, tokens, sizes):
    """Return the logits by PyTorch's functions; w maps our names of parameters to their tensors."""
    linear = lambda x, name: x @ w[f"{name}.weight"] + w[f"{name}.bias"]
    norm = lambda x, name: torch.nn.functional.layer_norm(
        x, (sizes.d_model,), w[f"{name}.weight"], w[f"{name}.bias"]
    )
    batch, length = tokens.shape
    split = lambda x: x.reshape(batch, length, sizes.num_heads, -1).transpose(1, 2)
    x = w["embedding.weight"][tokens]
    if sizes.positions == "learned":
        x = x + w["positions.weight"][:length]
    for i in range(sizes.num_layers):
        at = f"blocks.{i}"
        h = norm(x, f"{at}.attention_norm")
        q, k, v = (split(linear(h, f"{at}.attention.{part}")) for part in ("query", "key", "value"))
        if sizes.positions == "rotary":
            q, k = torch_rotate(q), torch_rotate(k)
        heads = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + linear(heads.transpose(1, 2).reshape(batch, length, -1), f"{at}.attention.output")
        h = linear(norm(x, f"{at}.feed_forward_norm"), f"{at}.inner")
        x = x + linear(torch.nn.functional.gelu(h, approximate=sizes.gelu), f"{at}.outer")
    x = norm(x, "norm")
    return x @ (w["embedding.weight"].T if sizes.tied else w["output.weight"])


@pytest.mark.parametrize("choices", CHOICES, ids=str)
def test_logits_loss_and_every_gradient_equal_pytorch(tokens, choices):
    sizes = LanguageModelConfig(**SIZES, **choices)
    model = noisy(sizes)
    targets = np.roll(tokens, 1, axis=0)
    loss = model.loss(tokens, targets)
    loss.backward()

    w = {name: torch.tensor(p.data, requires_grad=True) for name, p in model.named_parameters()}
    logits = torch_model(w, torch.tensor(tokens), sizes)
    theirs = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.tensor(targets).flatten())
    theirs.backward()

    np.testing.assert_allclose(model(tokens).numpy(), logits.detach().numpy(), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(loss.item(), theirs.item(), rtol=1e-8)
    for name, p in model.named_parameters():
        expected = w[name].grad.numpy()
        np.testing.assert_allclose(p.grad.numpy(), expected, rtol=1e-8, atol=1e-8, err_msg=name)


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_a_stack_of_blocks_is_pytorch_s_own_encoder_with_a_causal_mask(tokens):
    sizes = LanguageModelConfig(**SIZES)
    model = noisy(sizes)
    layer = torch.nn.TransformerEncoderLayer(
        12, 3, 20, 0.0, "gelu", batch_first=True, norm_first=True, dtype=torch.float64
    )
    stack = torch.nn.TransformerEncoder(layer, 2, torch.nn.LayerNorm(12, dtype=torch.float64)).eval()
    state = {f"norm.{kind}": getattr(model.norm, kind).data for kind in ("weight", "bias")}
    for i, block in enumerate(model.blocks):
        packed = [getattr(block.attention, part) for part in ("query", "key", "value")]
        state[f"layers.{i}.self_attn.in_proj_weight"] = np.concatenate([p.weight.data.T for p in packed])
        state[f"layers.{i}.self_attn.in_proj_bias"] = np.concatenate([p.bias.data for p in packed])
        maps = {"self_attn.out_proj": block.attention.output, "linear1": block.inner, "linear2": block.outer}
        for name, linear in maps.items():
            state[f"layers.{i}.{name}.weight"] = linear.weight.data.T
            state[f"layers.{i}.{name}.bias"] = linear.bias.data
        for name, norm in {"norm1": block.attention_norm, "norm2": block.feed_forward_norm}.items():
            state[f"layers.{i}.{name}.weight"] = norm.weight.data
            state[f"layers.{i}.{name}.bias"] = norm.bias.data
    stack.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    x = torch.tensor(model.stream(tokens)[0].numpy())
    hidden = torch.triu(torch.ones(7, 7, dtype=torch.bool), 1)
    expected = stack(x, mask=hidden).detach().numpy() @ model.embedding.weight.data.T
    np.testing.assert_allclose(model(tokens).numpy(), expected, atol=1e-10)


def test_five_steps_of_training_are_pytorch_s():
    """The same batches, PyTorch's gradients, and clipping, schedule and AdamW (algorithm 2) by hand."""
    corpus = Corpus.of("to be, or not to be: that is the question. " * 6, "to be or not to be, that is. ")
    sizes = LanguageModelConfig(corpus.tokenizer.vocab_size, 8, 12, num_layers=1, num_heads=2)
    how = TrainingConfig(steps=12, batch_size=4, context=8, learning_rate=1e-2, warmup=3, clip=0.5)
    model = LanguageModel(sizes, rng=np.random.default_rng(0)).astype(np.float64)
    run = Trainer(model, corpus, how, rng=np.random.default_rng(1))
    table = {name: p.data.copy() for name, p in run.model.named_parameters()}
    batches_rng = np.random.default_rng(1)
    for _ in range(5):
        run.step()

    w = {name: torch.tensor(data, requires_grad=True) for name, data in table.items()}
    means = {name: (torch.zeros_like(t), torch.zeros_like(t)) for name, t in w.items()}
    for step in range(5):
        tokens, targets = sample_batch(corpus.train, 4, 8, rng=batches_rng)
        logits = torch_model(w, torch.tensor(tokens), sizes)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.tensor(targets).flatten())
        gradients = dict(zip(w, torch.autograd.grad(loss, list(w.values())), strict=True))
        norm = math.sqrt(sum(float((g * g).sum()) for g in gradients.values()))
        assert norm > 0.5  # or clipping would not be tested
        fall = (1 + math.cos(math.pi * (step - 3) / 9)) / 2
        rate = 1e-2 * (step + 1) / 3 if step < 3 else 1e-3 + 9e-3 * fall
        with torch.no_grad():
            for name, g in gradients.items():
                g = g * 0.5 / (norm + 1e-6)
                m, v = means[name] = 0.9 * means[name][0] + 0.1 * g, 0.99 * means[name][1] + 0.01 * g * g
                m_hat, v_hat = m / (1 - 0.9 ** (step + 1)), v / (1 - 0.99 ** (step + 1))
                decay = 0.1 if g.ndim == 2 else 0.0
                w[name].mul_(1 - rate * decay).sub_(rate * m_hat / (v_hat.sqrt() + 1e-8))
    for name, p in run.model.named_parameters():
        np.testing.assert_allclose(p.data, w[name].detach().numpy(), rtol=1e-7, atol=1e-9, err_msg=name)
