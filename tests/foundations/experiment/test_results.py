"""`results.json`: what is written is what is read, and what is damaged is refused."""

import dataclasses
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import ResultsError
from foundations.experiment import BUDGETS, SCHEMA, Measurement, Result, Results, Verdict, mean_interval

names = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
numbers = st.one_of(st.floats(), st.floats(0, 1))


@st.composite
def results(draw, claim=names):
    seeds = draw(st.lists(st.integers(0, 99), min_size=1, max_size=5, unique=True))
    values = st.lists(numbers, min_size=len(seeds), max_size=len(seeds))
    return Result(
        claim=draw(claim),
        budget=draw(st.sampled_from(BUDGETS)),
        seeds=tuple(seeds),
        metrics={
            name: Measurement(tuple(draw(values))) for name in draw(st.sets(names, min_size=1, max_size=3))
        },
        verdict=draw(st.sampled_from(list(Verdict))),
        seconds=draw(st.floats(0, 1e5)),
        code="sha256:" + 64 * "0",
        foundations="sha256:" + 64 * "1",
        versions={"python": "3.11.7", "numpy": "2.3.1", "ml-foundations": "0.1.0"},
        machine={"system": "Linux", "machine": "x86_64", "cores": 2},
        command=draw(st.text(max_size=20)),
    )


@st.composite
def sets(draw):
    found = draw(st.lists(results(), max_size=3))
    return Results("attention", {result.claim: result for result in found})


@pytest.fixture
def written(tmp_path):
    """A file of results with one claim, as text and as a nested dictionary to damage."""
    result = Result(
        claim="heads",
        budget="quick",
        seeds=(0, 1, 2),
        metrics={"gap": Measurement((0.125, 0.25, 1 / 3)), "loss": Measurement((math.nan, math.inf, 1.0))},
        verdict=Verdict.INCONCLUSIVE,
        seconds=1.23456,
        code="sha256:00",
        foundations="sha256:11",
        versions={"python": "3.11.7"},
        machine={"system": "Linux", "cores": 2},
        command="study reproduce attention",
    )
    path = tmp_path / "results.json"
    Results("attention", {"heads": result}).save(path)
    return path


def same(x: Results, y: Results) -> bool:
    """Compare as texts: nan differs from itself."""
    return x.dumps() == y.dumps()


@given(sets())
def test_what_is_written_is_what_is_read(found):
    text = found.dumps()
    read = Results.loads(text)
    assert read.dumps() == text
    for name, result in found.claims.items():
        assert repr(read.claims[name]) == repr(result)


@given(sets())
def test_the_file_is_json_to_the_letter(found):
    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    json.loads(found.dumps(), parse_constant=refuse)


@given(sets(), sets(), sets())
def test_merging_is_associative_with_the_newer_on_top(a, b, c):
    assert same(a.merge(b).merge(c), a.merge(b.merge(c)))
    assert same(a.merge(a), a)
    assert same(a.merge(Results("attention")), a)
    assert same(Results("attention").merge(a), a)
    assert all(a.merge(b).claims[name] is b.claims[name] for name in b.claims)


def test_results_of_two_entries_do_not_merge():
    with pytest.raises(ResultsError, match=r"'vae' and 'rag'"):
        Results("vae").merge(Results("rag"))


def test_the_layout_is_for_diffs(written):
    text = written.read_text()
    assert '"values": [0.125, 0.25, 0.3333333333]' in text
    assert '"values": ["NaN", "Infinity", 1.0]' in text
    assert '"seconds": 1.235' in text
    assert text.endswith("}\n")
    assert list(json.loads(text)["claims"]["heads"]) == sorted(json.loads(text)["claims"]["heads"])


def test_what_is_judged_is_what_is_written():
    measured = Measurement((1 / 3, 2 / 3))
    assert measured.values == (0.3333333333, 0.6666666667)
    assert measured.interval == pytest.approx(mean_interval([1 / 3, 2 / 3]), rel=1e-9)


def test_a_result_cannot_be_changed(written):
    result = Results.load(written).claims["heads"]
    with pytest.raises(TypeError):
        result.metrics["gap"] = Measurement((1.0,))  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.verdict = Verdict.SUPPORTED  # type: ignore[misc]


@pytest.mark.parametrize(
    ("schema", "remedy"), [(SCHEMA + 1, "update ml-foundations"), (0, "run `study reproduce`")]
)
def test_another_schema_says_which_and_what_to_do(written, schema, remedy):
    record = json.loads(written.read_text())
    record["schema"] = schema
    written.write_text(json.dumps(record))
    with pytest.raises(ResultsError, match=f"schema version {schema}, this version reads {SCHEMA}; {remedy}"):
        Results.load(written)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["claims", "heads", "budget"], "slow", "no budget is called 'slow'"),
        (["claims", "heads", "verdict"], "proved", "'proved' is not a valid Verdict"),
        (["claims", "heads", "seeds"], [0, "1", 2], "seeds holds something else than numbers"),
        (["claims", "heads", "seeds"], [0, 1], "3 values for 2 seeds"),
        (["claims", "heads", "seconds"], "long", "seconds must be int or float, got 'long'"),
        (["claims", "heads", "code"], None, "code must be str, got None"),
        (["claims", "heads", "metrics", "gap", "mean"], 0.9, "do not follow from the values"),
        (["claims", "heads", "metrics", "gap", "interval"], [0.1, 0.2], "do not follow from the values"),
        (["claims", "heads", "metrics", "gap", "interval"], [0.1], "do not follow from the values"),
        (["claims", "heads", "metrics", "gap", "values"], [0.1, True, 0.2], "values holds something else"),
        (["claims", "heads"], [], "heads must be dict"),
        (["claims"], [], "claims must be dict"),
        (["entry"], 3, "entry must be str"),
        (["schema"], True, "schema must be int"),
    ],
)
def test_a_file_edited_by_hand_is_refused_in_one_line(written, path, value, message):
    record = json.loads(written.read_text())
    inner = record
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    written.write_text(json.dumps(record))
    with pytest.raises(ResultsError) as caught:
        Results.load(written)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(written))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not valid JSON"),
        (b"[]", "expected an object"),
        (b"\xff\xfe", "cannot be read"),
        (b"{}", "it is missing"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, message):
    path = tmp_path / "results.json"
    path.write_bytes(content)
    with pytest.raises(ResultsError, match=message):
        Results.load(path)


def test_a_missing_file_says_how_to_get_one(tmp_path):
    with pytest.raises(ResultsError, match="run `study reproduce`"):
        Results.load(tmp_path / "results.json")


def test_a_folder_that_is_a_file_is_one_line(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(ResultsError, match="cannot write"):
        Results("vae").save(tmp_path / "taken" / "results.json")
