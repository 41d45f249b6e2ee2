"""How large a benchmark is: as large as its figures need, or so small that all of them run in a minute.

With BENCH_TINY=1 every benchmark does its work once, on little data, and asserts nothing about time or memory.
"""

import os

TINY = os.environ.get("BENCH_TINY", "") not in ("", "0")


def pick(full, tiny):
    """The one or the other."""
    return tiny if TINY else full
