"""10,000 hostile matrices of up to 8 rows, every check on its own share; `make hostile` runs larger ones."""

import pytest

from tests.hostile.suite import CHECKS, failures

MATRICES = 10_000


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_right_answer_or_a_clear_error(check):
    share, seed = -(-MATRICES // len(CHECKS)), CHECKS.index(check)
    found = list(failures(check, share, 8, seed))
    assert not found, f"{len(found)} of {share} fail:\n" + "\n".join(found[:5])
