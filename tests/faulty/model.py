"""Faults while a model is fitted, each a function, and in what it predicts."""

import ctypes
import faulthandler
import gc
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.api import Model


class Base(BaseException):
    pass


class Mute(Exception):  # noqa: N818 - it says nothing
    def __str__(self):
        raise RuntimeError("no words")

    __repr__ = __str__


class Unpicklable(Exception):  # noqa: N818 - what it is
    def __init__(self, text):
        super().__init__(text)
        self.lock, self.itself = threading.Lock(), self


def throw(error):
    raise error


def circular():
    error = ValueError("round and round")
    error.__cause__ = KeyError("other")
    error.__cause__.__cause__ = error
    raise error


def group():
    raise ExceptionGroup("several", [ValueError("one"), TypeError("two")])


def segfault():
    ctypes.string_at(0)


def loop():
    while True:
        pass


def deaf_loop():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    loop()


def leak():
    kept = []
    while True:
        kept.append(np.ones(2_000_000))
        time.sleep(0.01)


def leak_elsewhere():
    """In a process that it starts."""
    if not os.fork():
        os.setsid()
        leak()
    time.sleep(60)


def huge_print():
    for _ in range(200):
        sys.stdout.write("x" * 1_000_000)
    raise ValueError("after much text")


def closed_output():
    os.close(1)
    os.close(2)
    sys.stdout = sys.stderr = None
    raise ValueError("in silence")


def endless_thread(*, daemon):
    threading.Thread(target=time.sleep, args=(1000,), daemon=daemon).start()
    raise ValueError("beside a thread")


def child_left():
    subprocess.Popen(["sleep", "1234.5"])
    subprocess.Popen(["sleep", "1234.5"], start_new_session=True)
    if not os.fork():
        os.setsid()
        if not os.fork():
            os.execvp("sleep", ["sleep", "1234.5"])
        os._exit(0)
    raise ValueError("with children")


def child_kept():
    subprocess.Popen(["sleep", "2345.6"], start_new_session=True)
    Path(os.environ["STARTED"]).touch()
    time.sleep(1000)


def fork_bomb():
    first = os.getpid()
    for _ in range(4):
        os.fork()
    if os.getpid() != first:
        os.setsid()
    time.sleep(1000)


def handlers():
    for number in range(1, 32):
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_IGN)
    raise ValueError("with other handlers")


def modules():
    sys.path.clear()
    sys.modules.clear()
    raise ValueError("without modules")


def recursion():
    return recursion()


def c_stack():
    sys.setrecursionlimit(10**9)
    values = None
    for _ in range(10**6):
        values = [values]
    repr(values)
    recursion()


def moved():
    os.chdir("/")
    os.environ.clear()
    shutil.rmtree(os.environ.get("TMPDIR", tempfile.gettempdir()), ignore_errors=True)
    raise ValueError("elsewhere")


def disk():
    with Path("large").open("wb") as file:
        while True:
            file.seek(2**30, os.SEEK_CUR)
            file.write(b"x")


def no_scratch():
    folder = Path.cwd()
    shutil.rmtree(folder, ignore_errors=True)
    raise ValueError("without a folder")


def no_collector():
    gc.disable()
    gc.set_threshold(0)
    faulthandler.disable()
    os.kill(os.getpid(), signal.SIGSEGV)


def descriptors():
    os.closerange(3, 200)


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (10**6, 10**6))
    np.ones(10**8)


def exit_later():
    threading.Timer(0.3, os._exit, (0,)).start()
    time.sleep(60)


def endless_messages():
    from bench import progress

    while True:
        progress.notify("still at work", 1, 2)


def forked():
    """Both processes go on with the work."""
    os.fork()


FAULTS = {
    "forked": forked,
    "value-error": lambda: throw(ValueError("no value")),
    "os-error": lambda: throw(OSError(28, "No space left on device")),
    "memory-error": lambda: throw(MemoryError()),
    "stop-iteration": lambda: throw(StopIteration()),
    "timeout-error": lambda: throw(TimeoutError("by the plugin")),
    "broken-pipe": lambda: throw(BrokenPipeError("by the plugin")),
    "warning": lambda: throw(UserWarning("as an error")),
    "group": group,
    "system-exit": lambda: sys.exit("goodbye"),
    "system-exit-0": lambda: sys.exit(0),
    "interrupt": lambda: throw(KeyboardInterrupt()),
    "generator-exit": lambda: throw(GeneratorExit()),
    "base": lambda: throw(Base("of its own")),
    "mute": lambda: throw(Mute()),
    "unpicklable": lambda: throw(Unpicklable("with a lock")),
    "circular": circular,
    "long": lambda: throw(ValueError("x" * 10**7)),
    "surrogate": lambda: throw(ValueError("\ud800 \x1b[31m \0")),
    "exit-0": lambda: os._exit(0),
    "exit-3": lambda: os._exit(3),
    "exit-later": exit_later,
    "abort": os.abort,
    "segfault": segfault,
    "silent-segfault": no_collector,
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "kill-group": lambda: os.killpg(0, signal.SIGKILL),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "loop": deaf_loop,
    "sleep": lambda: time.sleep(10**6),
    "endless-messages": endless_messages,
    "leak": leak,
    "leak-elsewhere": leak_elsewhere,
    "huge-print": huge_print,
    "closed-output": closed_output,
    "thread": lambda: endless_thread(daemon=False),
    "daemon-thread": lambda: endless_thread(daemon=True),
    "child-left": child_left,
    "child-kept": child_kept,
    "fork-bomb": fork_bomb,
    "handlers": handlers,
    "modules": modules,
    "recursion": recursion,
    "c-stack": c_stack,
    "moved": moved,
    "disk": disk,
    "no-scratch": no_scratch,
    "descriptors": descriptors,
    "limits": limits,
}
PREDICTIONS = {
    "none": lambda n: None,
    "text": lambda n: "calm",
    "objects": lambda n: np.array([[object(), object()]] * n),
    "labels": np.ones,
    "short": lambda n: np.full((n - 1, 2), 0.5),
    "wide": lambda n: np.full((n, 3), 1 / 3),
    "empty": lambda n: np.empty((0, 2)),
    "nan": lambda n: np.full((n, 2), np.nan),
    "negative": lambda n: np.tile([-1.0, 2.0], (n, 1)),
    "no-sum": lambda n: np.full((n, 2), 0.7),
    "complex": lambda n: np.full((n, 2), 0.5 + 1j),
    "huge": lambda n: np.broadcast_to(0.5, (10**7, 2)),
    "ragged": lambda n: [[0.5, 0.5], [1.0]],
}


@dataclass(frozen=True)
class Faulty(Model):
    fault: str = "none"

    def estimator(self, seed, device):
        if os.environ.get("MENDED"):
            return Estimator("")
        return Estimator(self.fault)


class Estimator:
    def __init__(self, fault):
        self.fault = fault

    def fit(self, train, validation):
        sys.stdout.write(f"fitting {self.fault}\n")
        if self.fault in FAULTS:
            FAULTS[self.fault]()

    def predict_proba(self, windows):
        if self.fault in PREDICTIONS:
            return PREDICTIONS[self.fault](len(windows))
        return np.full((len(windows), 2), 0.5)
