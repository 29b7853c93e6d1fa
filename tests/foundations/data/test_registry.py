"""The table of data sets is what the modules declare: adding one touches no other file."""

import dataclasses
import importlib
import pkgutil
import sys

import pytest

from foundations.data import DataError, registry, sets


def test_a_module_is_all_that_a_data_set_needs(tmp_path, monkeypatch):
    (tmp_path / "a_new_one.py").write_text(
        "from foundations.data.source import Source\n"
        "SOURCES = (Source(name='new', description='d', licence='l', home='h', citation='c', read=dict),)\n"
    )
    monkeypatch.setattr(sets, "__path__", [*sets.__path__, str(tmp_path)])
    fresh = importlib.util.module_from_spec(registry.__spec__)
    registry.__spec__.loader.exec_module(fresh)
    try:
        assert {source.name for source in fresh.SOURCES} - {source.name for source in registry.SOURCES} == {
            "new"
        }
        assert fresh.find("new").licence == "l"
    finally:
        sys.modules.pop("foundations.data.sets.a_new_one", None)


def test_every_module_declares_something_and_the_table_is_sorted():
    names = [source.name for source in registry.SOURCES]
    assert names == sorted(names)
    declared = []
    for module in pkgutil.iter_modules(sets.__path__):
        sources = importlib.import_module(f"{sets.__name__}.{module.name}").SOURCES
        assert sources, module.name
        declared += [source.name for source in sources]
    assert sorted(declared) == names


def test_two_of_one_name_are_an_error():
    one = registry.find("digits")
    other = dataclasses.replace(one, description="another")
    with pytest.raises(
        DataError, match=r"two data sets are called 'digits', in sets/a\.py and sets/b\.py: rename"
    ):
        registry._table([("a", (one,)), ("b", (other,))])
