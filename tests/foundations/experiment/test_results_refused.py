"""`results.json` of another schema, damaged, hostile or missing: refused in two lines that say what to do."""

import dataclasses
import json

import pytest

from foundations.errors import ResultsError
from foundations.experiment import (
    SCHEMA,
    Measurement,
    Result,
    Results,
    mean_interval,
)
from foundations.experiment.digits import decode, encode, rounded
from foundations.experiment.measurement import STUDENT
from foundations.experiment.record import MAX_BYTES


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
