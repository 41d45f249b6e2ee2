"""The contract that every plugin keeps, for what this package adds. Install the package first."""  # noqa: INP001

import pytest

from bench.checks import Check, contract

CHECKS = [*contract("model", "nearest-mean"), *contract("fusion", "strongest"), *contract("command", "tutorial")]


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_contract(check: Check) -> None:
    check()
