"""Starting is cheap: commands that compute nothing import nothing heavy."""

import subprocess
import sys

import pytest

HEAVY = {"torch", "numpy", "pandas", "scipy", "sklearn", "optuna", "pyarrow", "rich", "matplotlib", "numba", "cvxpy"}
PROGRAM = """
import sys
from bench.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert not end.code, end.code
print(*sorted(name.partition(".")[0] for name in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["list"], ["list", "model"], ["list", "--json"], ["list", "--broken"],
     ["run", "--help"], ["info", "--help"], ["show", "--help"], ["leaderboard", "--help"], ["check", "--help"],
     ["forensics", "--help"],
     ["data", "--help"], ["data", "list", "--help"], ["plot", "signals", "--help"], ["plot", "eda", "--help"]],
    ids=" ".join,
)  # fmt: skip
def test_no_heavy_module_is_imported(arguments):
    program = PROGRAM.format(arguments=arguments)
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    loaded = set(process.stderr.split())
    assert "bench" in loaded
    assert not HEAVY & loaded
    assert process.stdout
