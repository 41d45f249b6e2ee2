"""Errors meant for people: what `unknown` says, and how a command exits."""

import pytest

from bench import errors
from bench.errors import BenchError, UsageError, unknown


@pytest.mark.parametrize(
    ("name", "known", "hint", "message"),
    [
        ("lat", ["late", "early"], "", "There is no fusion 'lat'; did you mean 'late'? Known: early, late."),
        ("xyz", ["late", "early"], "", "There is no fusion 'xyz'. Known: early, late."),
        ("xyz", [], "", "There is no fusion 'xyz'. There is no fusion at all."),
        ("xyz", ["late"], "Look there.", "There is no fusion 'xyz'. Known: late. Look there."),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_and_all_that_exist(name, known, hint, message):
    error = unknown("fusion", name, known, hint)
    assert isinstance(error, UsageError)
    assert str(error) == message


@pytest.mark.parametrize(
    ("name", "code"),
    [("UsageError", 2), ("Refused", 2), ("PluginError", 1), ("DataError", 1), ("TaskError", 1), ("StorageError", 1)],
)
def test_what_was_asked_wrongly_exits_with_2_and_what_failed_with_1(name, code):
    error = getattr(errors, name)
    assert issubclass(error, BenchError)
    assert error.exit_code == code
    assert f"{name} " in errors.__doc__  # the tree that people read has it
