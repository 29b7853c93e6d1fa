"""The benchmark on tables: what is measured, what is left out, and what the table says of it."""

import json

import numpy as np
import pytest

from benchmarks import tabular, tabular_sets
from implementations.gradient_boosting import benchmark_table


def tiny(kind):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((80, 3))
    y = X[:, 0] + X[:, 1] ** 2
    return tabular_sets.Table("tiny", kind, lambda: (X, y if kind == "regression" else (y > 1).astype(int)))


@pytest.mark.parametrize("kind", ["regression", "classification"])
def test_all_learn_from_the_same_rows(kind, monkeypatch):
    pytest.importorskip("xgboost", reason="xgboost-cpu is not installed")
    monkeypatch.setattr(tabular, "REST", 0)
    monkeypatch.setattr(tabular, "THREADS", 1)
    found = tabular.measure(tiny(kind), seeds=2)
    assert (found["rows"], found["features"]) == (80, 3)
    assert set(found["models"]) == {"ours", "xgboost", "scikit-learn"}
    score = "rmse" if kind == "regression" else "log loss"
    values = {name: model[score] for name, model in found["models"].items()}
    assert all(len(v) == 2 for v in values.values())
    np.testing.assert_allclose(values["ours"], values["xgboost"], rtol=0.4)
    assert "auc" in found["models"]["ours"] or kind == "regression"
    assert json.loads(json.dumps(found)) == found


def test_what_was_not_downloaded_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("ML_FOUNDATIONS_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("california-housing", "covertype"):
        found = tabular.measure(tabular_sets.SETS[name], seeds=1)
        assert found["missing"] == f"not measured here: not downloaded (`study data fetch {name}`)"


def test_every_set_that_needs_no_network_loads():
    for name, one in tabular_sets.SETS.items():
        if name in ("california-housing", "covertype"):
            continue
        X, y = one.load()
        assert X.ndim == 2
        assert len(X) == len(y), name
        assert one.kind in ("regression", "classification")
        assert np.isnan(X).any() == (name == "holes")


def kept(seeds=8):
    ours = {"rmse": [1.1] * seeds, "fit_s": [2.0] * seeds, "fit_cpu_s": [3.0] * seeds}
    theirs = {"rmse": [1.0] * seeds, "fit_s": [0.5] * seeds, "fit_cpu_s": [1.0] * seeds}
    ours["predict_s"], theirs["predict_s"] = [0.02] * seeds, [0.01] * seeds
    measured = {
        "title": "made",
        "kind": "regression",
        "rows": 1000,
        "features": 7,
        "seeds": seeds,
        "models": {"ours": ours, "xgboost": theirs, "scikit-learn": theirs},
    }
    absent = {"title": "covertype", "missing": "not measured here: not downloaded"}
    box = {"processor": "a processor", "cores": 2, "threads": 2, "versions": {"xgboost": "3.2.0"}}
    return {
        "date": "2026-01-01",
        "commit": "abc",
        "machine": box,
        "load": [0.5, 2.25],
        "parameters": {"depth": 6},
        "sets": {"made": measured, "covertype": absent},
    }


def test_the_table_says_differences_ratios_and_what_is_missing():
    text = benchmark_table.table(kept())
    assert "| made | 1,000 × 7 | RMSE | 1.1 | 1 | +10.0 % (+10.0 to +10.0) |" in text
    assert "| made | 2.00 s | 4.0× (500 ms) | 4.0× (500 ms) | 3.0× XGBoost's | 20 ms | 2.0× (10 ms) |" in text
    assert "covertype: not measured here: not downloaded." in text
    assert "load between 0.5 and 2.2" in text
    assert "depth 6" in text
    assert "Area" not in text
    results = kept()
    for name, auc in (("ours", 0.9), ("xgboost", 0.899), ("scikit-learn", 0.9)):
        model = results["sets"]["made"]["models"][name] = dict(results["sets"]["made"]["models"][name])
        model["auc"] = [auc] * 8
    assert "ours minus XGBoost's: made +0.00100 (+0.00100 to +0.00100)." in benchmark_table.table(results)
    few = benchmark_table.table(kept(seeds=3))
    assert "| +10.0 % |" in few  # three seeds give no interval


def test_the_committed_table_can_be_drawn():
    if not benchmark_table.RESULTS.is_file():
        pytest.skip("nothing was measured yet")
    text = benchmark_table.markdown()
    assert text.count("|---") > 10
    results = json.loads(benchmark_table.RESULTS.read_text("utf-8"))
    assert set(results["sets"]) == set(tabular_sets.SETS)
