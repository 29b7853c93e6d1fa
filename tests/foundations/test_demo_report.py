import pytest

from foundations.demo_report import Report
from foundations.errors import ValueRangeError


def test_a_line_is_printed_and_its_numbers_are_kept(capsys):
    report = Report()
    report("A slope", "about 2", "1.98", met=True, slope=1.984)
    report("Two errors", "below 1", "0.2 and 0.3", met=True, **{"error: plain": 0.2, "error: fast": 0.3})
    assert report == {"slope": 1.984, "error: plain": 0.2, "error: fast": 0.3}
    assert report.missed == []
    first = "A slope\n    expected  about 2\n    got       1.98\n"
    assert capsys.readouterr().out == first + "Two errors\n    expected  below 1\n    got       0.2 and 0.3\n"


def test_a_number_that_misses_its_expectation_says_so(capsys):
    report = Report()
    report("A slope", "about 2", "7.10", met=False, slope=7.1)
    report("A bound", "at most 1", "0.90", met=True, share=0.9)
    assert report.missed == ["A slope"]
    assert capsys.readouterr().out.splitlines()[:4] == [
        "A slope",
        "    expected  about 2",
        "    got       7.10",
        "    missed    this is not as expected",
    ]


def test_a_line_without_a_number_or_with_a_name_used_before_is_refused():
    report = Report()
    with pytest.raises(ValueRangeError, match="numbers by name, got none for 'A slope'"):
        report("A slope", "about 2", "1.98", met=True)
    report("A slope", "about 2", "1.98", met=True, slope=1.98)
    with pytest.raises(ValueRangeError, match="got 'slope' again"):
        report("Another slope", "about 3", "3.01", met=True, slope=3.01)
    assert report == {"slope": 1.98}
