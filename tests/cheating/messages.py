"""Messages to the harness that no honest worker sends."""

import gc
import pickle
import struct

import numpy as np


def harness():
    [found] = [each for each in gc.get_objects() if type(each).__name__ == "RemoteHarness"]
    return found


def call(kind, values=None, arrays=()):
    return harness().call(kind, {"task": 0, **(values or {})}, arrays)


FACTS = {"parameters": None, "training": None}


def unpredicted():
    call("finished", {"cpu": 0})


def predicted(values):
    """Predictions of the first block, made by a function of its size."""
    call("fitting")
    windows = call("fitted", FACTS)
    call("predicted", arrays=[values(len(windows))])
    call("finished", {"cpu": 0})


def done():
    call("done", {})


def raw(content):
    harness().wire.end.sendall(content)
    harness().wire.receive()


class Harmful:
    def __reduce__(self):
        return exec, ("import pathlib; pathlib.Path('harmed').touch()",)


def pickled():
    content = pickle.dumps(Harmful())
    raw(struct.pack("!I", len(content)) + content)


WAYS = {
    "unpredicted": unpredicted,
    "nan": lambda: predicted(lambda count: np.full((count, 2), np.nan)),
    "shape": lambda: predicted(lambda count: np.full((count + 1, 2), 0.5)),
    "wide": lambda: predicted(lambda count: np.full((count, 7), 1 / 7)),
    "bytes": lambda: predicted(lambda count: np.ones((count, 2), np.uint8)),
    "early": lambda: call("predicted", arrays=[np.full((64, 2), 0.5)]),
    "unknown": lambda: call("labels"),
    "private": lambda: call("_next"),
    "missing": lambda: call("fitted"),
    "wrong-type": lambda: call("fitted", {"parameters": "many", "training": None}),
    "other-task": lambda: call("finished", {"task": 7, "cpu": 0}),
    "scales": lambda: call("scaled", {"learnt": {"eda": [[0], [0]]}}),
    "search": lambda: call("ask"),
    "done": done,
    "pickled": pickled,
    "pickled-values": lambda: raw(struct.pack("!I", 20) + b"\x80\x04" + b"0" * 18),
    "long": lambda: raw(struct.pack("!I", 2**32 - 1)),
    "huge-array": lambda: raw(framed(b'["predicted", {"task": 0}, [["<f8", [1000000000000, 2]]], 0]')),
    "objects": lambda: raw(framed(b'["predicted", {"task": 0}, [["|O", [64, 2]]], 0]')),
    "deep": lambda: raw(framed(b"[" * 100_000)),
    "endless-descriptors": lambda: raw(framed(b'["predicted", {"task": 0}, [], 1]') + b"x"),
}


def framed(header):
    return struct.pack("!I", len(header)) + header
