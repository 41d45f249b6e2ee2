"""What a worker may touch: the installation, its own scratch folder, and nothing else."""

from __future__ import annotations

import functools
import importlib.util
import site
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bench.worker.kernel import landlock, seccomp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: sandbox: a process of its own that the kernel confines; process: one that is not confined; shared: one process for
#: several folds, on a GPU; inline: the process of the harness
Level = Literal["sandbox", "process", "shared", "inline"]

SYSTEM = (
    "/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/proc/cpuinfo", "/proc/meminfo",
    "/sys/devices/system/cpu", "/sys/fs/cgroup", "/dev/urandom", "/dev/random", "/dev/zero",
)  # fmt: skip


@dataclass(frozen=True)
class Confinement:
    """The files of a worker."""

    readable: tuple[str, ...]
    writable: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Confinement:
        return cls(tuple(values["readable"]), tuple(values["writable"]))

    def enter(self) -> None:
        """Confine this process, for good."""
        landlock.restrict([*self.readable, *SYSTEM], [*self.writable, "/dev/null"])
        seccomp.restrict()


def available() -> bool:
    """Whether this platform can confine a worker."""
    return landlock.version() >= landlock.OLDEST and seccomp.available()


def best() -> Level:
    """The strongest level of this platform."""
    if available():
        return "sandbox"
    return "process" if sys.platform == "linux" else "inline"


@functools.lru_cache(maxsize=64)
def installation(modules: tuple[str, ...], hidden: tuple[Path, ...], path: tuple[str, ...]) -> tuple[str, ...]:
    """The folders of Python, of its path and of the packages of these modules, without what is hidden.

    Landlock cannot take anything away, so a folder that contains something hidden is replaced by what lies beside it.
    """
    prefixes = [sys.prefix, sys.base_prefix, sys.exec_prefix, *site.getsitepackages(), site.getusersitepackages()]
    packages = [folder for module in modules for folder in folders_of(module)]
    roots = {Path(root).resolve() for root in (*prefixes, *path, *packages) if Path(root).exists()}
    closed = [each.resolve() for each in hidden]
    return tuple(dict.fromkeys(str(each) for root in sorted(roots) for each in without(root, closed)))


def folders_of(module: str) -> list[str]:
    """Where the top-level package of a module lies, as an editable installation may have it anywhere."""
    try:
        spec = importlib.util.find_spec(module.partition(".")[0])
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    return list(spec.submodule_search_locations or ([spec.origin] if spec.origin else []))


def without(root: Path, hidden: Sequence[Path]) -> Iterator[Path]:
    """The root, or what is in it beside hidden paths."""
    if any(root.is_relative_to(path) for path in hidden):
        return
    inside = [path for path in hidden if path.is_relative_to(root)]
    if not inside:
        yield root
        return
    for child in sorted(root.iterdir()):
        yield from without(child, inside)
