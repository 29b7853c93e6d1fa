"""An adapter loads onto its own base and only there; every other file is an error of one line."""

import numpy as np
import pytest

from foundations import nn
from foundations.autodiff import no_grad
from foundations.nn.serialization import SavedStateError, load_arrays, load_metadata, save_arrays
from papers.lora import adapter_state, adapters, base_hash, inject, load_adapter, merge, remove, save_adapter


def rng(seed=0):
    return np.random.default_rng(seed)


class Classifier(nn.Module):
    def __init__(self, seed=0):
        self.body = nn.ModuleDict(
            {"query": nn.Linear(6, 5, rng=rng(seed)), "key": nn.Linear(5, 4, rng=rng(1))}
        )
        self.head = nn.Linear(4, 2, rng=rng(2))

    def forward(self, x):
        return self.head(nn.functional.relu(self.body["key"](self.body["query"](x))))


def adapted(seed, base=0, r=2, alpha=3.0):
    model = Classifier(base)
    inject(model, "body.*", r, alpha, rng=rng(seed))
    for one in adapters(model).values():
        one.b.data = rng(seed + 50).standard_normal(one.b.shape).astype(np.float32)
    model.head.requires_grad_(True)
    model.head.bias.data += seed
    return model


def output(model):
    with no_grad():
        return model.eval()(rng(9).standard_normal((3, 6)).astype(np.float32)).numpy()


def test_only_what_learns_is_saved(tmp_path):
    model = adapted(3)
    size = save_adapter(tmp_path / "a.safetensors", model)
    state = adapter_state(model)
    assert list(state) == [f"body.{m}.{f}" for m in ("query", "key") for f in "ab"] + [
        "head.weight",
        "head.bias",
    ]
    numbers = 2 * (6 + 5) + 2 * (5 + 4) + 4 * 2 + 2
    assert sum(v.size for v in state.values()) == numbers
    assert 4 * numbers < size < 4 * numbers + 1500
    assert load_metadata(tmp_path / "a.safetensors")["alpha"] == "3.0"


def test_several_adapters_share_one_base(tmp_path):
    for seed in (3, 4):
        save_adapter(tmp_path / f"{seed}.safetensors", adapted(seed))
    model = Classifier()
    for seed in (3, 4, 3):
        load_adapter(model, tmp_path / f"{seed}.safetensors")
        np.testing.assert_array_equal(output(model), output(adapted(seed)))
    remove(model)
    load_adapter(model, tmp_path / "4.safetensors")
    np.testing.assert_array_equal(output(model), output(adapted(4)))
    assert [n for n, p in model.named_parameters() if p.requires_grad] == list(adapter_state(adapted(4)))


def test_the_hash_is_of_the_frozen_weights():
    plain, with_adapters = Classifier(), adapted(3)
    head = ["head.weight", "head.bias"]
    assert base_hash(plain, head) == base_hash(with_adapters, adapter_state(with_adapters))
    assert base_hash(plain) != base_hash(Classifier(1))
    plain.body["key"].weight.data[0, 0] += 1e-3
    assert base_hash(plain, head) != base_hash(with_adapters, adapter_state(with_adapters))


def refused(model, path, match):
    before = {name: value.copy() for name, value in model.state_dict().items()}
    with pytest.raises(SavedStateError, match=match) as told:
        load_adapter(model, path)
    assert "\n" not in str(told.value)
    after = model.state_dict()
    assert list(after) == list(before)
    assert all(np.array_equal(after[name], before[name]) for name in before)


def test_another_base_is_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    save_adapter(path, adapted(3))
    refused(Classifier(1), path, "trained on another base")
    refused(nn.Sequential(nn.Linear(6, 5, rng=rng())), path, "does not fit")
    changed = Classifier()
    changed.body["query"].weight.data *= 1.001
    refused(changed, path, "trained on another base")


def test_another_form_is_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    save_adapter(path, adapted(3))
    refused(adapted(4, r=3), path, "call remove first")
    refused(adapted(4, alpha=1.0), path, "call remove first")
    merged = adapted(4)
    merge(merged)
    refused(merged, path, "call unmerge first")
    with pytest.raises(SavedStateError, match="call unmerge"):
        save_adapter(path, merged)
    with pytest.raises(SavedStateError, match="no adapter"):
        save_adapter(path, Classifier())


def test_damaged_files_are_refused(tmp_path):
    path, bad = tmp_path / "a.safetensors", tmp_path / "bad.safetensors"
    save_adapter(path, adapted(3))
    content = path.read_bytes()
    for cut in (0, 5, 60, len(content) - 1):
        bad.write_bytes(content[:cut])
        refused(Classifier(), bad, "bad.safetensors")
    refused(Classifier(), tmp_path / "none.safetensors", "cannot read")
    bad.write_bytes(b"not an adapter at all, but long enough to be one")
    refused(Classifier(), bad, "bad.safetensors")


def test_wrong_contents_are_refused(tmp_path):
    path, bad = tmp_path / "a.safetensors", tmp_path / "bad.safetensors"
    save_adapter(path, adapted(3))
    said, arrays = load_metadata(path), load_arrays(path)
    nan = arrays | {"body.key.b": np.full((4, 2), np.nan, np.float32)}
    cases = [
        (said | {"alpha": "nan"}, arrays, "alpha is a finite number"),
        (said | {"alpha": "much"}, arrays, "does not fit"),
        (said | {"r": "0"}, arrays, "rank is a whole number"),
        (said | {"r": "3"}, arrays, "expected"),
        (said | {"r": "99"}, arrays, "rank is a whole number"),
        ({k: v for k, v in said.items() if k != "r"}, arrays, "does not fit"),
        (said | {"kind": "something else"}, arrays, "holds no adapter"),
        (said, nan, "not finite"),
        (said, arrays | {"body.query.a": np.ones((2, 7), np.float32)}, r"\(2, 7\)"),
        (said, arrays | {"tail.weight": np.ones(3, np.float32)}, "no such name"),
        (said, {n: v for n, v in arrays.items() if "head" in n}, "no pair"),
        (said, {n: v for n, v in arrays.items() if n != "body.key.b"}, "no such name"),
        (said, arrays | {"head.a": np.ones(1, np.float32), "head.b": np.ones(1, np.float32)}, "head.a"),
    ]
    for metadata, contents, match in cases:
        save_arrays(bad, contents, metadata=metadata)
        refused(Classifier(), bad, match)
