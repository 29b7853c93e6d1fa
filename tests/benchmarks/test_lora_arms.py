"""What each way of fine-tuning costs: what is measured follows from what learns, and the table says it."""

from __future__ import annotations

import json

import pytest

from benchmarks import bench_lora_arms as bench
from foundations.data import DataError
from papers.lora import arms_table
from papers.lora.config import LoRAConfig, trainable_count


def kept() -> dict:
    one = {"learn": 74_498, "state_bytes": 595_984, "checkpoint_bytes": 300_528, "peak_bytes": 2.166e8}
    full = {
        "learn": 22_566_000,
        "state_bytes": 180_500_000,
        "checkpoint_bytes": 90_280_000,
        "peak_bytes": 4e8,
    }
    return {
        "date": "2026-01-01",
        "commit": "abc",
        "load": 1.25,
        "machine": {"processor": "a processor", "system": "Linux", "python": "3.11", "numpy": "2.4"},
        "sentences": 1000,
        "batch": 32,
        "arms": {"full": full | {"seconds": [9.0, 7.0, 8.0]}, "lora": one | {"seconds": [5.0, 6.0, 5.5]}},
    }


def test_every_arm_is_measured_and_what_it_keeps_follows_from_what_learns() -> None:
    found = bench.measure("quick", epochs=2)
    assert list(found["arms"]) == ["full", "lora", "bias", "last"]
    for one in found["arms"].values():
        assert len(one["seconds"]) == 2
        assert min(one["seconds"]) > 0
        assert one["state_bytes"] == 2 * 4 * one["learn"]  # Adam's two moments, float32
        assert 4 * one["learn"] < one["checkpoint_bytes"] < 4 * one["learn"] + 4096
        assert one["peak_bytes"] > one["state_bytes"]
    learn = {name: one["learn"] for name, one in found["arms"].items()}
    assert learn["lora"] == trainable_count(LoRAConfig(16, 2, 8, alpha=8)) + 2 * 16 + 2
    assert learn["bias"] < learn["last"] < learn["full"]
    assert json.loads(json.dumps(found)) == found


def test_the_arms_take_turns_batch_by_batch(monkeypatch) -> None:
    order = []
    monkeypatch.setattr(bench, "step", lambda model, batch, optimizer: order.append(model.name))
    monkeypatch.setattr(bench, "optimizer_of", lambda model, rate: None)

    class Named:
        def __init__(self, name: str) -> None:
            self.name = name

    seconds = bench.seconds_an_epoch({n: Named(n) for n in "ab"}, [None, None, None], 2)  # type: ignore[dict-item, list-item]
    assert "".join(order) == "aabb" + "ba" * 3 + "ab" * 3
    assert {name: len(values) for name, values in seconds.items()} == {"a": 2, "b": 2}


def test_the_table_has_sizes_times_and_the_accuracy_of_the_claim() -> None:
    metrics = {"accuracy_lora": {"mean": 79.84, "interval": [77.66, 81.6]}}
    text = arms_table.table(kept(), metrics)
    assert "| all weights | – | 22,566,000 | 180 | 90.3 | 400 | 8.0 (7.0 to 9.0) |" in text
    sizes = "74,498 | 0.60 | 0.30 | 217 | 5.5 (5.0 to 6.0) |"
    assert f"| LoRA, r = 8 on $W_q$, $W_v$ | 79.8 (77.7 to 81.6) | {sizes}" in text
    assert "an epoch is 1,000 sentences" in text
    assert "the median of 3 taken in turns" in text
    measured = "Measured on 2026-01-01 at commit abc: a processor, Linux, Python 3.11, numpy 2.4; "
    assert f"{measured}load before the run 1.2." in text


def test_an_arm_that_has_no_name_is_no_table() -> None:
    results = kept()
    results["arms"]["prefix"] = results["arms"]["lora"]
    with pytest.raises(KeyError, match="prefix"):
        arms_table.table(results, {})


def test_without_data_it_says_so_and_writes_nothing(monkeypatch, capsys, tmp_path) -> None:
    def missing(budget: str) -> None:
        raise DataError("MiniLM is not downloaded: `study data fetch minilm`")

    monkeypatch.setattr(bench, "measure", missing)
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "arms.json")
    monkeypatch.setattr("sys.argv", ["bench_lora_arms"])
    assert bench.main() == 1
    assert "not downloaded" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_quick_run_prints_and_writes_nothing(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.setattr(
        bench, "measure", lambda budget: {k: kept()[k] for k in ("sentences", "batch", "arms")}
    )
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "arms.json")
    monkeypatch.setattr("sys.argv", ["bench_lora_arms", "--quick"])
    assert bench.main() == 0
    assert "| all weights |" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_what_follows_from_the_count_agrees_with_what_the_claim_of_cost_measured() -> None:
    claims = json.loads(arms_table.CLAIMS.read_text(encoding="utf-8"))["claims"]
    text = arms_table.counted(claims["real-model"]["metrics"])
    rows = {line.split(" | ")[0].strip("| "): line.split(" | ") for line in text.splitlines()[2:6]}
    assert list(rows) == list(arms_table.NAMES.values())
    for name in ("full", "lora"):
        measured = claims["cost"]["metrics"][f"state_{name}"]["mean"]
        learn = int(rows[arms_table.NAMES[name]][2].replace(",", ""))
        assert 8 * learn == measured  # the claim counted the bytes that Adam kept
    assert rows["biases"][3] == "0.21"


def test_the_page_has_a_table_without_measurements_too(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(arms_table, "RESULTS", tmp_path / "arms.json")
    assert arms_table.markdown().count("\n| ") == 4
    (tmp_path / "arms.json").write_text(json.dumps(kept()), encoding="utf-8")
    assert "| all weights | 80.2 (78.1 to 82.2) | 22,566,000 |" in arms_table.markdown()
