"""The contract of every plugin in this package. Install the package first."""  # noqa: INP001

import subprocess
import sys
from collections.abc import Iterator

import pytest

from bench.checks import Check, contract

NAMES = [
    ("model", "extra-trees"), ("model", "nearest-mean"), ("model", "small-cnn"), ("fusion", "most-confident"),
    ("fusion", "exchange-all"), ("fusion", "gated-sum"), ("dataset", "lab-stress"), ("preprocessor", "difference"),
    ("protocol", "later-session"), ("suite", "days"), ("executor", "processes"), ("command", "tutorial"),
]  # fmt: skip
CHECKS = [check for kind, name in NAMES for check in contract(kind, name)]


@pytest.fixture(autouse=True, scope="session")
def _simulated_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A simulated copy of the data set, which the checks of a data set in files need."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCH_DATA", str(tmp_path_factory.mktemp("data")))
        subprocess.run([sys.executable, "-m", "bench", "data", "simulate", "lab-stress", "--subjects", "2"], check=True)
        yield


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_contract(check: Check) -> None:
    check()
