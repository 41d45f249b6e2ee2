"""The contract that every plugin keeps, for what this package adds. Install the package first."""  # noqa: INP001

import pytest

from bench.checks import Check, contract

NAMES = [("dataset", "gait"), ("model", "nearest-mean"), ("fusion", "strongest"), ("command", "tutorial")]
CHECKS = [check for kind, name in NAMES for check in contract(kind, name)]


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_contract(check: Check) -> None:
    check()
