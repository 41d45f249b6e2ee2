"""How large a benchmark is: as large as its figures need, or so small that all of them run in a minute.

With BENCH_TINY=1 every benchmark does its work once, on little data, and asserts nothing about time or memory. So does
a script that has an option --quick; sizes are constants of modules, so it is looked for before arguments are read.
"""

import os
import sys

TINY = os.environ.get("BENCH_TINY", "") not in ("", "0") or "--quick" in sys.argv


def pick(full, tiny):
    """The one or the other."""
    return tiny if TINY else full
