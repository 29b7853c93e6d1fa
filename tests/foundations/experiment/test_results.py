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
from foundations.experiment.measurement import STUDENT

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
