"""cvxEDA against what people use; `python benchmarks/cvxeda_table.py` prints the whole table."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from sizes import pick

table = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("cvxeda_table.py"))))


def test_clips_against_a_parametrised_general_solver(ratio):
    """16 clips each."""
    y, theirs = table.clips(pick(16, 1)), table.parametrised()
    ratio(lambda: table.ours(y), lambda: theirs(y), rounds=3, at_most=1 / 60)


def test_clips_against_neurokit(ratio):
    theirs = table.neurokit()
    if theirs is None:
        pytest.skip("cvxopt is not installed; it is GPL, and only NeuroKit2's cvxEDA needs it")
    y = table.clips(pick(16, 1))
    ratio(lambda: table.ours(y), lambda: theirs(y), rounds=3, at_most=1 / 50)


def test_time_grows_with_the_length(ratio):
    """64,000 samples against 8 times 8,000."""
    (y,) = table.clips(1, pick(64000, 4000))
    pieces = y.reshape(8, -1)
    ratio(lambda: table.cvxeda(y, 50.0), lambda: [table.cvxeda(one, 50.0) for one in pieces], rounds=3, at_most=2)
