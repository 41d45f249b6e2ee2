"""The processes that this one starts for workers: those that import libraries, and their folder."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import progress
from bench.running.limits import Stopped
from bench.worker import wire
from bench.worker.kernel.temporary_folder import locked_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from bench.worker.wire import Wire

GRACE = 5.0  # seconds that workers may take to end
MOST = 12  # parents that are kept
FILES = 65_536  # that a process may have open; old kernels take long to close a range of millions
LIBRARIES = ("pandas", "sklearn.model_selection", "scipy.special", "bench.worker.fold", "bench.worker.signals",
             "bench.worker.rehearsal", "bench.worker.pretraining", "bench.tabular.estimators")  # fmt: skip
NETWORKS = ("torch", "torch.optim", "torch._dynamo", "torch.func", "bench.training.engine",
            "bench.pretraining.corpora", "bench.pretraining.masked_pretraining")  # fmt: skip


@dataclass
class Parent:
    """A process without data that has imported what folds need."""

    wire: Wire
    users: int = 0  # works that run below it
    sending: threading.Lock = field(default_factory=threading.Lock)
    receiving: threading.Lock = field(default_factory=threading.Lock)
    expected: deque[Reply] = field(default_factory=deque)  # in the order in which they arrive

    def ask(self, kind: str, values: Mapping[str, Any], descriptors: Sequence[int] = ()) -> Mapping[str, Any]:
        return self.begin(kind, values, descriptors).wait()

    def begin(self, kind: str, values: Mapping[str, Any], descriptors: Sequence[int] = ()) -> Reply:
        """Ask, and wait for the reply later."""
        reply = Reply(self)
        with self.sending:
            self.expected.append(reply)
            self.wire.send(kind, values, descriptors=descriptors)
        return reply


@dataclass
class Reply:
    """The reply of a parent, whose other users may read it first."""

    parent: Parent
    values: Mapping[str, Any] | None = None

    def wait(self) -> Mapping[str, Any]:
        with self.parent.receiving:
            while self.values is None:
                values = self.parent.wire.receive().values
                self.parent.expected.popleft().values = values
        return self.values


class Processes:
    """The processes that this one has started, and the folder in which they may write."""

    def __init__(self) -> None:
        allow_open_files()
        self.root, self._owned = locked_folder()
        self.owner = os.getpid()
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.parents: dict[Hashable, Parent] = {}
        self._bases: dict[bool, tuple[Parent, subprocess.Popen[bytes]]] = {}
        self.started: list[subprocess.Popen[bytes]] = []
        self._said: set[str] = set()

    def base(self, *, networks: bool) -> Parent:
        """A process that has imported libraries; one with torch, and one without."""
        if networks not in self._bases:
            ours, theirs = wire.pair(self.check)
            command = [sys.executable, "-P", "-m", "bench.worker", str(theirs.fileno()), str(self.root)]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path())}
            null: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
            process = subprocess.Popen(  # noqa: S603 - this Python, and a module of bench
                command, pass_fds=[theirs.fileno()], env=environment, start_new_session=True, **null
            )
            self.started.append(process)
            theirs.close()
            base = Parent(ours)
            self._bases[networks] = base, process
            base.ask("import", {"modules": [*LIBRARIES, *(NETWORKS if networks else ())]})
        return self._bases[networks][0]

    @contextlib.contextmanager
    def parent(self, key: Hashable, start: Callable[[], Parent]) -> Iterator[Parent]:
        """The parent of this key, started where there is none; those that nobody has used for long are ended."""
        with self.lock:
            unused = [other for other, parent in self.parents.items() if not parent.users and other != key]
            for other in unused[: max(0, len(self.parents) + 1 - MOST)]:
                self.parents.pop(other).wire.close()
            parent = self.parents[key] = self.parents.pop(key) if key in self.parents else start()
            parent.users += 1
        try:
            yield parent
        finally:
            parent.users -= 1

    def forget_ended(self) -> None:
        """Start other processes in place of those that somebody has ended."""
        with self.lock:
            self._bases = {key: base for key, base in self._bases.items() if not base[0].wire.closed}
            self.parents.clear()

    def remark_once(self, text: str) -> None:
        """What would be said of each parent alike."""
        if text not in self._said:
            self._said.add(text)
            progress.remark(text)

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder that one worker may write in, which is deleted afterwards."""
        self.root.mkdir(exist_ok=True)  # a process that was cut off from this one may have deleted it
        folder = Path(tempfile.mkdtemp(dir=self.root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def check(self) -> None:
        """Raise if the run is being stopped."""
        if self.stopped.is_set():
            raise Stopped

    def stop(self) -> None:
        """End all of them at once, by letting each see that nobody listens: it then ends what plugins have started."""
        self.stopped.set()
        for base, _ in self._bases.values():
            with contextlib.suppress(OSError):
                base.wire.end.shutdown(socket.SHUT_RDWR)
        for process in self.started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for parent in (*self.parents.values(), *(base for base, _ in self._bases.values())):
            if not parent.users:  # other threads see that it has ended
                parent.wire.close()
        shutil.rmtree(self.root, ignore_errors=True)


def allow_open_files() -> None:
    """Let this process, and the workers that it starts, open more files, since each subject has some."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # other systems
        import resource

        now, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
        if resource.RLIM_INFINITY != now < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


_processes: list[Processes] = []
_inherited: list[Processes] = []
_first = threading.Lock()


def processes() -> Processes:
    """Those of this process, which are kept from run to run."""
    with _first:
        if _processes and _processes[0].owner != os.getpid():  # this process is a fork of the one that started them
            _inherited.append(_processes.pop())  # kept, since deleting it would release the lock of its folder
        if not _processes:
            _processes.append(Processes())
        return _processes[0]


def stop_workers() -> None:
    """End all workers of this process."""
    while _processes:
        started = _processes.pop()
        if started.owner == os.getpid():
            started.stop()


atexit.register(stop_workers)


def environment() -> dict[str, str]:
    """The variables of this process, without those that name folders of data."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BENCH_")}


def path() -> list[str]:
    """Where this process imports from."""
    return [each or os.getcwd() for each in sys.path]  # noqa: PTH109 - as Python understands an empty entry
