"""Start of the command as a whole process, against a peer's."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

BENCH = Path(sys.executable).with_name("bench")


@pytest.mark.parametrize("arguments", [["--help"], ["list"]], ids=" ".join)
def test_start(arguments, ratio):
    """Theirs needs benchopt on the PATH (`pipx install benchopt`)."""
    peer = shutil.which("benchopt")

    def run(*command):
        subprocess.run(command, check=True, capture_output=True)

    ratio(lambda: run(BENCH, *arguments), (lambda: run(peer, "--help")) if peer else None, clock=time.perf_counter)
