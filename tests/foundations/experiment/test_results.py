"""`results.json`: what is written is what is read, and what is damaged is refused."""

import dataclasses
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import ResultsError
from foundations.experiment import (
    BUDGETS,
    SCHEMA,
    Design,
    Interval,
    Measurement,
    Pilot,
    Plot,
    Result,
    Results,
    Superseded,
    Verdict,
    mean_interval,
    paired_interval,
)
from foundations.experiment.contrast import SIDES
from foundations.experiment.digits import decode, encode, rounded
from foundations.experiment.measurement import STUDENT
from foundations.experiment.record import MAX_BYTES

names = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
numbers = st.one_of(st.floats(), st.floats(0, 1))
losses = st.floats().map(lambda loss: round(loss, 4) if math.isfinite(loss) else loss)


@st.composite
def results(draw, claim=names):
    seeds = draw(st.lists(st.integers(0, 99), min_size=1, max_size=5, unique=True))
    budget = draw(st.sampled_from(BUDGETS))
    values = st.lists(numbers, min_size=len(seeds), max_size=len(seeds))
    return Result(
        claim=draw(claim),
        budget=budget,
        seeds=tuple(seeds),
        metrics={
            name: Measurement(tuple(draw(values))) for name in draw(st.sets(names, min_size=1, max_size=3))
        },
        verdict=Verdict.NOT_JUDGED if budget == "quick" else draw(st.sampled_from(list(Verdict))),
        core_seconds=draw(st.floats(0, 1e5)),
        code="sha256:" + 64 * "0",
        foundations="sha256:" + 64 * "1",
        versions={"python": "3.11.7", "numpy": "2.3.1", "ml-foundations": "0.1.0"},
        machine={"system": "Linux", "machine": "x86_64", "cores": 2},
        command=draw(st.text(max_size=20)),
        fingerprint=draw(st.dictionaries(names, st.lists(losses, min_size=1).map(tuple), max_size=2)),
    )


@st.composite
def full_results(draw, claim=names):
    """Results with all that a designed and tuned claim leaves: items, pilot, plots, superseded results."""
    result = draw(results(claim))
    seeds = len(result.seeds)
    items = st.lists(numbers, min_size=3, max_size=3).map(tuple)
    finite = st.floats(-1e6, 1e6)
    words = st.text(max_size=12)
    grid = (0.1, 0.2, 0.4)
    pilot = Pilot(
        claim=result.claim,
        budget=result.budget,
        seeds=(100, 101),
        grid={"b": grid, "a": grid},
        scores={arm: (*(draw(st.tuples(finite, numbers)) for _ in "01"), (1.0, 2.0)) for arm in "ab"},
        core_seconds=1.5,
        code="sha256:2",
        foundations="sha256:3",
        versions={"numpy": "2.3.1"},
        command="study reproduce",
        accepted=draw(words),
    )
    plot = Plot(
        name=draw(names),
        axis=draw(words),
        left=draw(words),
        right=draw(words),
        values=tuple(draw(numbers) for _ in result.seeds),
        interval=Interval(draw(numbers), draw(numbers), draw(numbers)),
        by=draw(words),
        thresholds={"least": draw(finite)},
        supports=draw(st.sampled_from(SIDES)),
    )
    verdict = st.sampled_from(list(Verdict))
    given = {
        "metrics": {"right": Measurement(tuple(draw(items) for _ in range(seeds))), **result.metrics},
        "design": Design(
            estimand=draw(words),
            predicts=draw(words),
            refuted=draw(words),
            control=draw(words),
            thresholds={"least": draw(finite)},
            gates={"regime": draw(words)},
        ),
        "pilot": draw(st.sampled_from([pilot, None])),
        "best": {"a": draw(finite)},
        "gates": {"regime": draw(verdict)},
        "plots": draw(st.sampled_from([(), (plot,), (plot, plot)])),
        "scale": {"steps": (draw(finite), draw(st.one_of(st.none(), finite)))},
        "horizon": draw(st.one_of(st.none(), verdict)),
    }
    earlier = tuple(Superseded(draw(words), draw(results(st.just(result.claim)))) for _ in range(seeds % 3))
    return dataclasses.replace(result, **given, superseded=earlier)


@given(full_results())
def test_all_that_a_designed_claim_leaves_is_written_and_read(found):
    text = Results("attention", {found.claim: found}).dumps()
    read = Results.loads(text)
    assert read.dumps() == text
    assert repr(read.claims[found.claim]) == repr(found)


@given(full_results(), st.data())
def test_a_field_that_is_damaged_is_an_error_of_two_lines_and_never_another(found, data):
    """One value anywhere in the file becomes something else, or goes."""
    record = json.loads(Results("attention", {found.claim: found}).dumps())
    holder = record["claims"][found.claim]
    while True:
        names = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        inner = holder[name]
        if isinstance(inner, dict | list) and inner and data.draw(st.booleans()):
            holder = inner
            continue
        damage = data.draw(st.sampled_from([None, True, [], {}, "x", -1, [[]], [None], "delete"]))
        if damage == "delete":
            del holder[name]
        else:
            holder[name] = damage
        break
    told = ""
    try:
        Results.loads(json.dumps(record))
    except ResultsError as reason:  # anything else fails the test; what happens to be sound is read
        told = str(reason)
    assert len(told.splitlines()) in (0, 2)


@st.composite
def sets(draw):
    found = draw(st.lists(results(), max_size=3))
    return Results("attention", {result.claim: result for result in found})


@pytest.fixture
def written(tmp_path):
    """A file of results with one claim, as text and as a nested dictionary to damage."""
    result = Result(
        claim="heads",
        budget="standard",
        seeds=(0, 1, 2),
        metrics={"gap": Measurement((0.125, 0.25, 1 / 3)), "loss": Measurement((math.nan, math.inf, 1.0))},
        verdict=Verdict.INCONCLUSIVE,
        core_seconds=1.23456,
        code="sha256:00",
        foundations="sha256:11",
        versions={"python": "3.11.7"},
        machine={"system": "Linux", "cores": 2},
        command="study reproduce attention",
        fingerprint={"one": (2.5, 2.25), "eight": (2.5, math.nan)},
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
    assert '"core_seconds": 1.235' in text
    assert '"eight": [2.5, "NaN"]' in text
    assert text.endswith("}\n")
    assert list(json.loads(text)["claims"]["heads"]) == sorted(json.loads(text)["claims"]["heads"])


def test_what_is_judged_is_what_is_written():
    values = [1 / 3, 2 / 3] * 3
    measured = Measurement(tuple(values))
    assert measured.values == (0.3333333333, 0.6666666667) * 3
    assert tuple(measured.interval) == pytest.approx(tuple(paired_interval(values)), rel=1e-9)
    student = Measurement(tuple(values), STUDENT)
    assert tuple(student.interval) == pytest.approx(tuple(mean_interval(values)), rel=1e-9)


def test_a_result_cannot_be_changed(written):
    result = Results.load(written).claims["heads"]
    with pytest.raises(TypeError):
        result.metrics["gap"] = Measurement((1.0,))  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.verdict = Verdict.SUPPORTED  # type: ignore[misc]


def remedy(entry: str) -> str:
    return (
        f"Restore the file, or move it out of the way with `study reproduce {entry} --discard-results`, "
        "which then measures anew."
    )


LATER = (
    "fingerprint",
    "design",
    "pilot",
    "best",
    "gates",
    "plots",
    "scale",
    "horizon",
    "superseded",
)
"""What results of schema 1 had not."""


def earlier(text: str) -> str:
    """Return results as schema 1 had them."""
    record = json.loads(text)
    record["schema"] = 1
    for claim in record["claims"].values():
        claim["seconds"] = claim.pop("core_seconds")
        for name in LATER:
            del claim[name]
        for metric in claim["metrics"].values():
            del metric["by"]
            values = [decode(value) for value in metric["values"]]
            _, *ends = mean_interval(values)
            metric["interval"] = [encode(rounded(end)) for end in ends]
    return json.dumps(record)


def test_results_of_schema_1_are_read_and_written_as_they_are_now(written):
    now = Results.load(written)
    then = Results.loads(earlier(written.read_text()))
    metrics = {n: Measurement(m.values, STUDENT) for n, m in now.claims["heads"].metrics.items()}
    expected = Result(
        **{
            field.name: getattr(now.claims["heads"], field.name)
            for field in dataclasses.fields(Result)
            if field.name not in (*LATER, "metrics")
        },
        metrics=metrics,
    )
    assert repr(then.claims["heads"]) == repr(expected)
    record = json.loads(then.dumps())
    assert record["schema"] == SCHEMA == 2
    assert record["claims"]["heads"]["core_seconds"] == 1.235
    assert record["claims"]["heads"]["fingerprint"] == {}


@pytest.mark.parametrize(("schema", "first"), [(SCHEMA + 1, "Update ml-foundations. "), (0, ""), (-1, "")])
def test_another_schema_says_which_and_what_to_do(written, schema, first):
    record = json.loads(written.read_text())
    record["schema"] = schema
    written.write_text(json.dumps(record, indent=1))
    line = written.read_text().splitlines().index(f' "schema": {schema}') + 1
    with pytest.raises(ResultsError) as caught:
        Results.load(written, entry="attention")
    what, todo = str(caught.value).split("\n")
    assert what == f"{written}:{line}: has schema version {schema}, this version reads 1 to {SCHEMA}"
    assert todo == first + remedy("attention")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["claims", "heads", "budget"], "slow", "no budget is called 'slow'"),
        (["claims", "heads", "verdict"], "proved", "'proved' is not a valid Verdict"),
        (["claims", "heads", "seeds"], [0, "1", 2], "seeds must hold whole numbers from 0 only, got '1'"),
        (["claims", "heads", "seeds"], [0, -1, 2], "seeds must hold whole numbers from 0 only, got -1"),
        (["claims", "heads", "seeds"], [0, 1, 1], "seeds must hold each number once"),
        (["claims", "heads", "seeds"], [0, 1], "3 values for 2 seeds"),
        (["claims", "heads", "core_seconds"], "long", "core_seconds must be int or float, got 'long'"),
        (["claims", "heads", "code"], None, "code must be str, got None"),
        (["claims", "heads", "fingerprint"], [2.5], "fingerprint must be dict, got [2.5]"),
        (["claims", "heads", "fingerprint", "one"], [2.5, "2"], "one must hold numbers only, got '2'"),
        (["claims", "heads", "metrics", "gap", "mean"], 0.9, "do not follow from the values"),
        (["claims", "heads", "metrics", "gap", "interval"], [0.1, 0.2], "do not follow from the values"),
        (["claims", "heads", "metrics", "gap", "interval"], [0.1], "do not follow from the values"),
        (
            ["claims", "heads", "metrics", "gap", "values"],
            [0.1, True, 0.2],
            "of numbers, only, got True",
        ),
        (["claims", "heads", "metrics", "gap", "spread"], 1, "there is no field 'spread' in results"),
        (["claims", "heads", "seconds"], 1, "there is no field 'seconds' in results"),
        (["claims", "heads"], [], "heads must be dict"),
        (["claims"], [], "claims must be dict"),
        (["entry"], 3, "entry must be str"),
        (["schema"], True, "schema must be int"),
        (["note"], "mine", "there is no field 'note' in results"),
    ],
)
def test_a_file_edited_by_hand_is_refused_with_its_line(written, path, value, message):
    record = json.loads(written.read_text())
    inner = record
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = {"marked": value}
    lines = json.dumps(record, indent=1).splitlines()
    line = next(number for number, text in enumerate(lines, 1) if '"marked"' in text) - 1
    inner[path[-1]] = value
    written.write_text(json.dumps(record, indent=1))
    with pytest.raises(ResultsError) as caught:
        Results.load(written)
    what, todo = str(caught.value).split("\n")
    assert message in what
    place = int(what.removeprefix(f"{written}:").split(":")[0])
    assert place == line or "do not follow" in what or "values for" in what
    assert todo == remedy(written.parent.name)


def nested(depth: int) -> bytes:
    return b'{"schema": 2,\n"entry": ' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", ":1: not valid JSON"),
        (b"", ":1: not valid JSON"),
        (b"[]", ":1: expected an object, got []"),
        (b"null", ":1: expected an object, got None"),
        (b"{\n\xff\xfe", ":2: is not UTF-8 (byte 0xff)"),
        (b"{}", ":1: schema must be int, it is missing"),
        (b'{"schema": 2,\n"entry": NaN}', ":2: 'NaN' is not a number"),
        (b'{"schema": 2,\n"entry": [Infinity]}', ":2: 'Infinity' is not a number"),
        (b'{"schema": 2,\n"entry": -Infinity}', ":2: '-Infinity' is not a number"),
        (b'{"schema": 2,\n"entry": 1e999}', ":2: '1e999' is not a number"),
        (b'{"schema": ' + b"7" * 5000 + b"}", ":1: '777777777777...7777777777777' is not a number"),
        (b'{"schema": 2, "schema": 2}', "the name 'schema' stands twice"),
        (nested(100), ":2: entry must be str, got [[[[[["),
        (nested(100_000), ":2: more than 32 objects or lists within each other"),
        (b'{"a":\n' * 100_000, ":33: more than 32 objects or lists within each other"),
    ],
)
def test_a_damaged_or_hostile_file_is_refused_in_two_short_lines(tmp_path, content, message):
    path = tmp_path / "results.json"
    path.write_bytes(content)
    with pytest.raises(ResultsError) as caught:
        Results.load(path)
    what, todo = str(caught.value).split("\n")
    assert what.removeprefix(str(path)).startswith(message) or message in what
    assert len(what) < len(str(path)) + 120
    assert todo == remedy(tmp_path.name)


def test_the_size_of_a_file_is_bounded_before_it_is_read(tmp_path):
    """The file is sparse: reading it whole would take a terabyte."""
    path = tmp_path / "results.json"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(ResultsError, match=f"larger than {MAX_BYTES >> 20} MiB"):
        Results.load(path)


def test_results_of_another_entry_are_refused(written):
    assert Results.load(written, entry="attention").entry == "attention"
    with pytest.raises(ResultsError, match="holds the results of 'attention', expected 'vae'"):
        Results.load(written, entry="vae")


def test_a_missing_file_says_how_to_get_one(tmp_path):
    with pytest.raises(ResultsError, match="Run `study reproduce"):
        Results.load(tmp_path / "results.json")


def test_a_folder_that_is_a_file_is_one_line(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(ResultsError, match="cannot write"):
        Results("vae").save(tmp_path / "taken" / "results.json")
