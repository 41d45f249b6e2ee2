"""Where numbers were computed: versions, processor, state of the code."""

import functools
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import bench

LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "optuna", "pyarrow", "torch")
CAPABILITIES = {"avx512f": "AVX512", "avx2": "AVX2"}  # flag of a processor -> what torch calls it
GENERIC = "DEFAULT"  # torch's word for kernels without vector instructions


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What could make the same command give other numbers elsewhere; it names neither a user nor a machine."""

    bench: str  # version
    commit: str | None  # of a checkout
    python: str
    libraries: Mapping[str, str] = field(default_factory=dict)
    system: str
    cpu: str
    cpu_capability: str = ""  # the vector instructions that kernels may use: AVX512, AVX2, ...
    blas: str = ""  # that NumPy uses, and for which type of processor its kernels are
    cores: int | None


@functools.cache
def environment() -> Environment:
    """That of this process."""
    return Environment(
        bench=bench.__version__,
        commit=commit(),
        python=platform.python_version(),
        libraries={name: version for name in LIBRARIES if (version := installed(name))},
        system=f"{platform.system()} {platform.machine()}",
        cpu=processor(),
        cpu_capability=cpu_capability(),
        blas=blas(),
        cores=os.cpu_count(),
    )


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
    return cpuinfo("model name") or platform.processor()


def cpuinfo(name: str) -> str:
    """An entry of the first processor in /proc/cpuinfo, where there is one."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(name):
                return line.partition(":")[2].strip()
    return ""


def cpu_capability() -> str:
    """As torch has it where it is loaded; otherwise what it would choose: its variable, or the processor's flags."""
    torch = sys.modules.get("torch")
    if torch is not None:
        return str(torch.backends.cpu.get_cpu_capability())
    chosen = os.environ.get("ATEN_CPU_CAPABILITY", "").upper()
    if chosen:
        return chosen
    flags = cpuinfo("flags").split()
    return next((name for flag, name in CAPABILITIES.items() if flag in flags), GENERIC if flags else "")


def blas() -> str:
    """Name, version and processor type of the BLAS that NumPy has loaded, such as `openblas 0.3.30 Haswell`."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return ""
    loaded = [found for found in threadpool_info() if found["user_api"] == "blas"]
    loaded.sort(key=lambda found: "numpy.libs" not in found["filepath"])
    words = ("internal_api", "version", "architecture")
    return " ".join(str(loaded[0][word]) for word in words if loaded[0].get(word)) if loaded else ""


def differences(then: Mapping[str, Any], now: Mapping[str, Any], prefix: str = "") -> list[str]:
    """One line per value that differs."""
    lines = []
    for name in sorted({*then, *now}):
        old, new = then.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            lines += differences(old, new, f"{prefix}{name}.")
        elif old != new:
            lines.append(f"{prefix}{name}: {old} then, {new} now")
    return lines
