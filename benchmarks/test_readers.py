"""Reading a pickle of a person in the layout of WESAD, against Python's own unpickler, which executes what it reads."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sizes import TINY, pick

from bench.readers import pickles

SECONDS = pick(300, 5)  # 47 MB of text
PEAK = """
import pickle, re, sys
from pathlib import Path
from bench.readers import pickles
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
path, before = Path(sys.argv[2]), peak()
if sys.argv[1] == "ours":
    data = pickles.read(path)
else:
    with path.open("rb") as file:
        data = pickle.load(file, encoding="latin1")
print(peak() - before)
"""


def array(values, place):
    """As Python 2 wrote it in protocol 0: bytes as a text with escapes."""
    shape = b"".join(b"I%d\n" % length for length in values.shape)
    kind = values.dtype.str[1:].encode()
    return b"".join([
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(", shape, b"tcnumpy\ndtype\n(S'",
        kind, b"'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS", repr(values.tobytes())[1:].encode(),
        b"\np%d\ntb" % place,
    ])  # fmt: skip


@pytest.fixture(scope="module")
def person(tmp_path_factory):
    chance = np.random.default_rng(0)
    count = 700 * SECONDS
    columns = {
        name: (chance.integers(20000, 45000, (count, 1)) / 2**16 - 0.5) * 3 for name in ("ECG", "EMG", "EDA", "Resp")
    }
    columns |= {"ACC": chance.normal(size=(count, 3)), "Temp": chance.normal(33, 1, (count, 1)).astype("f4")}
    columns |= {"label": chance.integers(0, 8, count).astype("i4")}
    path = tmp_path_factory.mktemp("readers") / "S2.pkl"
    with path.open("wb") as file:
        file.write(b"(d")
        for place, (name, values) in enumerate(columns.items()):
            file.write(b"S'%s'\n" % name.encode() + array(values, place) + b"s")
        file.write(b".")
    return path


def test_time(person, ratio):
    def theirs():
        with person.open("rb") as file:
            pickle.load(file, encoding="latin1")

    ratio(lambda: pickles.read(person), theirs, rounds=5)


def test_memory(person, benchmark, capsys):
    """The highest that a fresh process reaches, less what it had before, which Linux tells."""

    def peak(which):
        command = [sys.executable, "-c", PEAK, which, str(person)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    ours, theirs = benchmark.pedantic(lambda: (peak("ours"), peak("theirs")), rounds=1)
    if TINY:
        return  # so little that it may all lie below what the process had used before
    benchmark.extra_info["ratio"] = ours / theirs
    with capsys.disabled():
        shown = f"ours {ours / 1e3:.0f} MB, theirs {theirs / 1e3:.0f} MB"
        print(f"\n{benchmark.name}: {shown}, ours / theirs {ours / theirs:.2f}")
    assert ours / theirs < 1.2
