"""Where the data folder is asked for, no test of a large data set may skip."""

import pytest


@pytest.fixture
def nothing(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("ML_FOUNDATIONS_DATA", str(tmp_path))


@pytest.mark.usefixtures("nothing")
def test_what_is_not_here_skips_or_fails(need_data, monkeypatch):
    monkeypatch.delenv("ML_FOUNDATIONS_REQUIRE_DATA", raising=False)
    with pytest.raises(pytest.skip.Exception, match="minilm not here: point ML_FOUNDATIONS_DATA at a folder"):
        need_data("minilm", "digits")
    monkeypatch.setenv("ML_FOUNDATIONS_REQUIRE_DATA", "1")
    with pytest.raises(pytest.fail.Exception, match="ML_FOUNDATIONS_REQUIRE_DATA is set and minilm not here"):
        need_data("minilm")
    need_data("digits", "austen")
