"""One thread per process for numerical libraries."""

from __future__ import annotations

import os


def one_thread() -> None:
    """Call it before NumPy is loaded: results then do not depend on the number of cores, which `jobs` divides up."""
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
