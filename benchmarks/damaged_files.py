"""How readers of foreign files take damage: copies with random bytes, each read in a process of its own.

    python benchmarks/damaged_files.py [COPIES]

Counts, for our readers and for SciPy and pyedflib: copies that are read, copies that are refused with an exception, and
copies that end the process or take more than five seconds of processor time.
"""

import os
import random
import resource
import signal
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pyedflib
import scipy.io
from sizes import pick

from bench.readers import edf, matlab

MEMORY = 4 << 30  # bytes of address space
SECONDS = 5  # of processor time


def write_matlab(path, compressed):
    cells = np.empty((1, 4), object)
    cells[0] = [np.arange(6.0).reshape(3, 2), np.empty((0, 0)), "10", "Fp1"]
    numbers = {"numbers": np.arange(12.0).reshape(3, 4), "waves": np.array([[1 + 2j, 3 - 4j]]), "id": "N1"}
    struct = {"id": "A", "data": np.arange(3.0)[:, None], "inner": {"names": cells}}
    scipy.io.savemat(path, {**numbers, "cells": cells, "o": struct}, do_compression=compressed, oned_as="row")


def write_edf(path):
    with pyedflib.EdfWriter(str(path), 2, file_type=pyedflib.FILETYPE_EDFPLUS) as writer:
        head = {"dimension": "uV", "sample_frequency": 160, "physical_min": -200.0, "physical_max": 300.0,
                "digital_min": -32768, "digital_max": 32767, "transducer": "", "prefilter": ""}  # fmt: skip
        writer.setSignalHeaders([{**head, "label": f"C{number}"} for number in range(2)])
        writer.writeAnnotation(1.25, 2.5, "T1")
        writer.writeSamples([np.random.default_rng(number).uniform(-200, 300, 800) for number in range(2)])


def read_edf(path):
    recording = edf.read(path)
    for label in set(recording.labels):
        recording.values([label])


def read_pyedflib(path):
    with pyedflib.EdfReader(str(path)) as reader:
        for number in range(reader.signals_in_file):
            reader.readSignal(number)
        reader.readAnnotations()


MATLAB_READERS = {"ours": matlab.read, "SciPy": scipy.io.loadmat}
FILES = {
    "MATLAB 5": (lambda path: write_matlab(path, compressed=False), 128, MATLAB_READERS),
    "MATLAB 5, compressed": (lambda path: write_matlab(path, compressed=True), 128, MATLAB_READERS),
    "EDF": (write_edf, 0, {"ours": read_edf, "pyedflib": read_pyedflib}),
}


def damage(content, first, chance):
    """A copy with up to eight random bytes from `first` on, one in five cut off."""
    copy = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        copy[chance.randrange(first, len(copy))] = chance.choice([chance.randrange(256), 0, 1, 127, 128, 255])
    if chance.random() < 0.2:
        del copy[chance.randrange(len(copy)) :]
    return bytes(copy)


def outcome(read, path):
    """In a child process, which may crash."""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        warnings.simplefilter("ignore")
        try:
            read(path)
        except Exception:  # noqa: BLE001 - any exception is a refusal
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {0: "read", 1: "refused", -signal.SIGPROF: "took too long"}.get(status, "ended the process")


def main(copies):
    with tempfile.TemporaryDirectory() as folder:
        for kind, (write, first, readers) in FILES.items():
            path = Path(folder) / "file"
            write(path)
            content = path.read_bytes()
            for name, read in readers.items():
                chance = random.Random(1)
                counts = Counter()
                for _ in range(copies):
                    path.write_bytes(damage(content, first, chance))
                    counts[outcome(read, path)] += 1
                shown = ", ".join(f"{count} {what}" for what, count in counts.most_common())
                print(f"{kind:<22} {name:<9} {shown}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else pick(3000, 3))
