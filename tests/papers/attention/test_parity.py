"""The same weights in torch.nn.Transformer give the same outputs and every gradient."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from papers.attention import (
    PAD,
    Transformer,
    TransformerConfig,
    label_smoothing_loss,
    shift_right,
    sinusoidal_positions,
)

CONFIG = TransformerConfig(
    vocabulary=13, d_model=12, num_heads=3, d_ff=20, num_layers=2, dropout=0.0, max_length=11
)
SMOOTHING = 0.1


def _packed(attention, kind):
    parts = [getattr(getattr(attention, name), kind).data for name in ("query", "key", "value")]
    return np.concatenate([p.T for p in parts] if kind == "weight" else parts)


def _torch_layer_arrays(layer):
    """Map our encoder or decoder layer to the names and layouts of PyTorch's."""
    arrays = {}
    blocks = [("self_attn", layer.attention)]
    norms = [layer.attention_norm, layer.feed_forward_norm]
    if hasattr(layer, "cross_attention"):
        blocks.append(("multihead_attn", layer.cross_attention))
        norms.insert(1, layer.cross_attention_norm)
    for name, block in blocks:
        arrays[f"{name}.in_proj_weight"] = _packed(block, "weight")
        arrays[f"{name}.in_proj_bias"] = _packed(block, "bias")
        arrays[f"{name}.out_proj.weight"] = block.output.weight.data.T
        arrays[f"{name}.out_proj.bias"] = block.output.bias.data
    for i, linear in enumerate((layer.feed_forward.inner, layer.feed_forward.outer), 1):
        arrays[f"linear{i}.weight"] = linear.weight.data.T
        arrays[f"linear{i}.bias"] = linear.bias.data
    for i, norm in enumerate(norms, 1):
        arrays[f"norm{i}.weight"], arrays[f"norm{i}.bias"] = norm.weight.data, norm.bias.data
    return arrays


def _torch_arrays(model):
    return {
        f"{side}.layers.{i}.{name}": array
        for side in ("encoder", "decoder")
        for i, layer in enumerate(getattr(model, side))
        for name, array in _torch_layer_arrays(layer).items()
    }


class _Gradients:
    """A model's gradients in the place of its values, so that one mapping serves both."""

    def __init__(self, model):
        self.encoder, self.decoder = (self._layers(getattr(model, side)) for side in ("encoder", "decoder"))

    def _layers(self, layers):
        return [self._swap(layer) for layer in layers]

    def _swap(self, module):
        swapped = type("Swapped", (), {})()
        for name, value in vars(module).items():
            if hasattr(value, "grad"):
                setattr(swapped, name, value.grad)
            elif hasattr(value, "parameters"):
                setattr(swapped, name, self._swap(value))
        return swapped


def _reference(model, norm_first):
    config = model.config
    theirs = torch.nn.Transformer(
        config.d_model,
        config.num_heads,
        config.num_layers,
        config.num_layers,
        config.d_ff,
        dropout=0.0,
        batch_first=True,
        norm_first=norm_first,
        dtype=torch.float64,
    )
    state = {name: torch.tensor(array) for name, array in _torch_arrays(model).items()}
    if norm_first:
        for side in ("encoder", "decoder"):
            norm = getattr(model, f"{side}_norm")
            state[f"{side}.norm.weight"] = torch.tensor(norm.weight.data)
            state[f"{side}.norm.bias"] = torch.tensor(norm.bias.data)
    else:  # PyTorch appends a norm that section 3 does not have
        theirs.encoder.norm = theirs.decoder.norm = None
    theirs.load_state_dict(state)
    return theirs


@pytest.fixture
def batch():
    rng = np.random.default_rng(3)
    source, target = rng.integers(3, 13, (4, 7)), rng.integers(3, 13, (4, 5))
    source[1, 5:] = source[2, 3:] = PAD
    target[0, 4:] = target[3, 2:] = PAD
    return source, target


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("norm_first", [False, True], ids=["post-LN", "pre-LN"])
def test_outputs_and_every_gradient_equal_pytorch(batch, norm_first):
    source, target = batch
    config = TransformerConfig(**{**vars(CONFIG), "norm_first": norm_first})
    rng = np.random.default_rng(0)
    model = Transformer(config, rng=rng).astype(np.float64)
    for p in model.parameters():  # no parameter may hide behind its special start
        p.data = p.data + 0.1 * rng.standard_normal(p.shape)
    logits = model(source, shift_right(target, 1))
    loss = label_smoothing_loss(logits, target, SMOOTHING)
    loss.backward()

    theirs = _reference(model, norm_first)
    embedding = torch.tensor(model.embedding.weight.data, requires_grad=True)
    table = torch.tensor(model.positions.data)

    def embed(tokens):
        return embedding[torch.tensor(tokens)] * config.d_model**0.5 + table[: tokens.shape[1]]

    hidden = theirs(
        embed(source),
        embed(shift_right(target, 1)),
        tgt_mask=torch.triu(torch.ones(5, 5, dtype=torch.bool), 1),
        src_key_padding_mask=torch.tensor(source == PAD),
        memory_key_padding_mask=torch.tensor(source == PAD),
    )
    their_logits = hidden @ embedding.T
    their_loss = cross_entropy(
        their_logits.flatten(0, 1),
        torch.tensor(target).flatten(),
        ignore_index=PAD,
        label_smoothing=SMOOTHING,
    )
    their_loss.backward()

    np.testing.assert_allclose(logits.numpy(), their_logits.detach().numpy(), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(loss.item(), their_loss.item(), rtol=1e-8)
    np.testing.assert_allclose(model.embedding.weight.grad.numpy(), embedding.grad.numpy(), atol=1e-8)
    ours = _torch_arrays(_Gradients(model))
    gradients = {name: p.grad.numpy() for name, p in theirs.named_parameters() if ".norm." not in name}
    assert ours.keys() == gradients.keys()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(ours[name], gradient, rtol=1e-8, atol=1e-8, err_msg=name)


def test_positions_follow_the_formula_element_by_element():
    d_model = 10
    table = sinusoidal_positions(7, d_model)
    for position in range(7):
        for i in range(d_model // 2):
            angle = position / 10000 ** (2 * i / d_model)
            assert table[position, 2 * i] == pytest.approx(np.sin(angle), abs=1e-6)
            assert table[position, 2 * i + 1] == pytest.approx(np.cos(angle), abs=1e-6)
