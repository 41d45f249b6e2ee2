"""A worker process without data: it imports what folds need, and forks one child per fold.

guard                    ends what is left when the base has been killed
└── base                 imports libraries
    └── parent           is confined, and imports the plugins of a row
        └── child        is confined further, receives the data of one fold, and ends with it

Where the plugins have left the parent in a state that a fork cannot go on from, a child is a new Python instead.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import gc
import importlib
import os
import resource
import signal
import socket
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from bench.errors import BenchError, sentence
from bench.worker import payload
from bench.worker.confinement import Confinement
from bench.worker.harness import RemoteHarness
from bench.worker.kernel import unlisted_folders
from bench.worker.kernel.inheritance import adopt_orphans, disinherit, end_orphans, leave_signals_to_the_harness
from bench.worker.kernel.temporary_folder import delete_abandoned
from bench.worker.wire import Closed, Wire, close

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.worker.wire import Message

LARGEST_FILE = 4 * 1024**3  # bytes that a worker may write in one file, its log included
PATIENCE = 1.0  # seconds that a process may take to end
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
# a new Python may be confined to folders that it cannot list
SPAWNED = """
import runpy, sys
_, unlisted, end, log, *modules = sys.argv
runpy.run_path(unlisted)["find_modules_there"]()
from bench.worker.server import be_child
be_child(int(end), int(log), modules)
"""


class Server:
    """Answers the harness on one socket. It runs in one thread and holds no data, so that it can be forked."""

    def __init__(self, end: socket.socket, root: str = "") -> None:
        self.harness = os.getppid()
        self.wire, self.root = Wire(end, self.check_harness if root else None), root
        self.started: set[int] = set()
        self.modules: list[str] = []  # that it has imported, those of the base included

    def serve(self) -> NoReturn:
        """Until the harness closes the socket."""
        adopt_orphans()
        while True:
            try:
                message = self.wire.receive()
                self.answer(message)
            except Closed:  # the harness has ended, perhaps without having had the time to clean up
                end_orphans(())
                self.wire.close()
                if self.root:  # somebody may have killed the guard alone, and the harness goes on
                    delete_abandoned(Path(self.root), PATIENCE)
                os._exit(0)

    def check_harness(self) -> None:
        """Raise if the harness has ended while another process still has its end of the socket."""
        if os.getppid() != self.harness:
            raise Closed

    def answer(self, message: Message) -> None:
        values = message.values
        if message.kind == "import":
            self.modules += values["modules"]
            self.wire.send("imported", imported(values["modules"]))
        elif message.kind == "enter":
            sys.path[:] = values["path"]
            os.environ.update(values["environment"])
            if values["confinement"]:
                Confinement.from_json(values["confinement"]).enter()
            self.wire.send("entered", {})
        elif message.kind in ("parent", "child"):
            spawns = message.kind == "child" and unsafe_to_fork()
            number = self.spawn(message) if spawns else os.fork()
            if not number:
                self.become(message)
            close(message.descriptors)
            self.started.add(number)
            self.wire.send("forked", {"process": number})
        elif message.kind == "end":
            found = ended(values["process"], values["patience"])
            self.started.remove(values["process"])
            end_orphans(self.started)
            self.wire.send("ended", found)

    def become(self, message: Message) -> NoReturn:
        """A fork: another server, or a child that works."""
        self.wire.close()
        if message.kind == "child":
            be_child(message.descriptors[0], message.descriptors[1])
        die_with_parent()
        server = Server(socket.socket(fileno=message.descriptors[0]))
        server.modules = [*self.modules]
        server.serve()

    def spawn(self, message: Message) -> int:
        """Start a child as a new Python that imports what this process has imported; it is confined as this one is."""
        for descriptor in message.descriptors:
            os.set_inheritable(descriptor, True)
        command = [sys.executable, "-P", "-c", SPAWNED, unlisted_folders.__file__, *map(str, message.descriptors)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        return os.posix_spawn(sys.executable, [*command, *self.modules], environment)


def unsafe_to_fork() -> str:
    """Why a fork of this process could hang or fail, or nothing.

    In a fork, locks of other threads stay locked for ever, and a driver of a GPU does not work.
    """
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return "uses a GPU"
    return "starts threads" if len(os.listdir("/proc/self/task")) > 1 else ""  # noqa: PTH208 - names alone


def die_with_parent() -> None:
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)


def be_child(end: int, log: int, modules: Sequence[str] = ()) -> NoReturn:
    """Work in this process, from the socket with this descriptor; a new Python imports modules before."""
    die_with_parent()
    leave_signals_to_the_harness()  # again, where this is a new Python
    os.setsid()  # so that whatever the plugin starts can be ended with it
    adopt_orphans()  # likewise what has left the session
    redirect(log)
    imported(modules)
    work(socket.socket(fileno=end))


def imported(modules: Sequence[str]) -> dict[str, str]:
    """Import modules; what a plugin raises while it is imported comes later, where it belongs to a fold."""
    unsafe = ""
    for module in modules:
        try:
            importlib.import_module(module)
        except BaseException:  # noqa: BLE001 - a plugin may raise anything, SystemExit included
            return {"error": traceback.format_exc(), "unsafe": unsafe}
        reason = unsafe_to_fork()
        unsafe = unsafe or (reason and f"{module} {reason}")
    gc.collect()
    gc.freeze()  # the garbage collector then leaves the shared pages of children alone
    return {"error": "", "unsafe": unsafe}


def ended(process: int, patience: float) -> dict[str, float]:
    """Kill a child and all that it has started, and return how it had ended and what it took.

    One that has closed its socket gets some seconds to end by itself, so that its exit code is known.
    """
    limit = time.monotonic() + patience
    while time.monotonic() < limit and not os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        time.sleep(0.01)
    for kill in (os.killpg, os.kill):  # the group is there as soon as the child has called setsid
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(process, signal.SIGKILL)
    _, status, usage = os.wait4(process, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "memory": usage.ru_maxrss,
        "cpu": usage.ru_utime + usage.ru_stime,
    }


def redirect(log: int) -> None:
    """Whatever a plugin or a library prints goes to the log of the fold; there is nothing to read."""
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    close([empty, log])
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)


def limit_file_size() -> None:
    """Bound what this process may write in one file, unless it is bounded further already."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit = LARGEST_FILE if hard == resource.RLIM_INFINITY else min(hard, LARGEST_FILE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def keep_no_compiled_code() -> None:
    """Have numba compile for this process alone, as it could not write its files."""
    caching = sys.modules.get("numba.core.caching")
    if caching is not None:
        caching.Cache.save_overload = lambda *_: None


def work(end: socket.socket) -> NoReturn:
    """Receive a work, do it, and end this process whatever happens."""
    wire = Wire(end)
    packages: set[str] = set()
    try:
        faulthandler.enable(2)
        limit_file_size()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        disinherit([end.fileno()])
        message = wire.receive()
        packages = set(message.values["packages"])
        scratch = Path(message.values["scratch"])
        os.environ.clear()
        os.environ.update(message.values["environment"])
        for name in ("TMPDIR", "HOME", "MPLCONFIGDIR"):
            os.environ[name] = str(scratch)
        tempfile.tempdir = None
        os.chdir(scratch)
        sys.path[:] = message.values["path"]
        if message.values["confinement"]:
            Confinement.from_json(message.values["confinement"]).enter()
        if not message.values["compiles"]:
            keep_no_compiled_code()
        harness = RemoteHarness(wire)
        payload.unpacked(message.values, message.descriptors).run(harness, scratch)
        harness.send("done", {})
    except Closed:
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - a plugin may raise anything; nothing may return to the caller
        with contextlib.suppress(BaseException):
            known = isinstance(error, BenchError)
            trace = traceback.format_exc()
            wire.send("broken", {"message": sentence(error, packages), "traceback": trace, "known": known})
        os._exit(1)
    os._exit(0)
