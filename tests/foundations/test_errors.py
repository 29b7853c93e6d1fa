import pickle
import subprocess
import sys

import pytest
import sklearn.exceptions

from foundations.errors import (
    ComplexError,
    ConvergenceWarning,
    DataConversionWarning,
    DTypeError,
    FoundationsError,
    NotFittedError,
)


@pytest.mark.parametrize("ours", [NotFittedError, DataConversionWarning, ConvergenceWarning])
def test_with_scikit_learn_imported_it_is_theirs_as_well(ours):
    theirs = getattr(sklearn.exceptions, ours.__name__)
    one = ours("call fit")
    assert isinstance(one, ours)
    assert isinstance(one, theirs)
    assert str(one) == "call fit"
    assert type(one) is type(ours("again"))
    assert repr(one) == f"{ours.__name__}('call fit')"
    again = pickle.loads(pickle.dumps(one))
    assert isinstance(again, ours)
    assert isinstance(again, theirs)
    assert again.args == ("call fit",)


def test_without_scikit_learn_it_is_ours_and_imports_nothing():
    code = (
        "import pickle, sys\n"
        "from foundations.errors import DataConversionWarning, NotFittedError\n"
        "import foundations.estimators\n"
        "assert type(NotFittedError('x')) is NotFittedError\n"
        "assert type(DataConversionWarning('x')) is DataConversionWarning\n"
        "assert not any(name.startswith('sklearn') for name in sys.modules)\n"
        "print(type(pickle.loads(sys.stdin.buffer.read())) is NotFittedError)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(NotFittedError("of a process that has scikit-learn")),
        capture_output=True,
        check=True,
    )
    assert told.stdout.strip() == b"True"


def test_complex_numbers_are_a_wrong_type_and_a_wrong_value():
    assert issubclass(ComplexError, DTypeError)
    assert issubclass(ComplexError, FoundationsError)
    assert issubclass(ComplexError, ValueError)
