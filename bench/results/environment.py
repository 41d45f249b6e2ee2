"""Where numbers were made: versions, machine, state of the code."""

from __future__ import annotations

import functools
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import bench

LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "optuna", "pyarrow", "torch")


@functools.cache
def environment() -> dict[str, Any]:
    """What could make the same command give other numbers elsewhere."""
    return {
        "bench": bench.__version__,
        "code": commit(),
        "python": platform.python_version(),
        "libraries": {name: version for name in LIBRARIES if (version := installed(name))},
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": os.cpu_count(),
    }


def installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def commit() -> str | None:
    """The commit of a checkout and whether it was changed since; nothing for an installed wheel."""
    here = Path(bench.__file__).parent.parent
    if not (here / ".git").exists():
        return None
    try:
        name = git(here, "rev-parse", "HEAD")
        dirty = git(here, "status", "--porcelain", "--untracked-files=no", "--", "bench", "plugins")
    except (OSError, subprocess.SubprocessError):
        return None
    return name + (" (changed)" if dirty else "")


def git(folder: Path, *arguments: str) -> str:
    # no optional locks: a killed run must not leave one behind in the checkout
    command = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()  # noqa: S603


def processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def differences(then: dict[str, Any], now: dict[str, Any], prefix: str = "") -> list[str]:
    """What is not as it was, one line each."""
    lines = []
    for name in sorted({*then, *now}):
        old, new = then.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            lines += differences(old, new, f"{prefix}{name}.")
        elif old != new:
            lines.append(f"{prefix}{name}: {old} then, {new} now")
    return lines
