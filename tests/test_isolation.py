"""Plugins that cheat learn nothing about held-out labels in a confined worker, and everything inline."""

import ctypes
import json
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bench.results.permutation_record import PermutedFold
from bench.worker import confinement

pytestmark = pytest.mark.skipif(not confinement.available(), reason="this platform cannot confine processes")

CHANCE, FOUND = 0.65, 0.9  # accuracies of a fold without and with labels; one class for all windows has 0.5
# without inner fits, whose windows some cheats would take for the held-out ones
GRID = ("run", "--profile", "smoke", "--no-baselines", "--jobs", "1", "--json", "--calibrate", "none")
NULL = ("--dataset", "synthetic(mode=null, n_subjects=3)")
ONE = (*NULL, "--modalities", "eda", "--fusion", "none")
DIRECT = ("cache", "predictions", "environments", "descriptors", "collected", "frames", "threads", "scorer", "metric")
SIGNALS = ("mapped", "registry")
CHANNELS = (
    "global", "environment", "temporary", "tmp", "shm", "beside", "pycache", "parent-folder", "shared-mapping",
    "descriptor", "sysv", "keyring", "times", "modes", "attributes", "locks", "socket",
)  # fmt: skip
ORDER = ("counting", "permutation", "trials", "names")  # which the harness prevents at every level
SENT = "A plugin has sent the harness what no worker sends: "
NOT_PROBABILITIES = "Predictions are not probabilities: each row must be finite, not negative, and sum to 1."
MESSAGES = {
    "unpredicted": "Some held-out windows were not predicted.",
    "nan": NOT_PROBABILITIES,
    "bytes": NOT_PROBABILITIES,
    "shape": "Predictions have the shape (N, 2); expected (N, 2).",
    "wide": "Predictions have the shape (N, 7); expected (N, 2).",
    "early": f"{SENT}predictions that nobody has requested",
    "unknown": f"{SENT}a call 'labels' that there is not",
    "private": f"{SENT}a call '_next' that there is not",
    "missing": f"{SENT}a call 'fitted' with other values (KeyError: 'parameters')",
    "wrong-type": f"{SENT}a call 'fitted' with other values "
    "(ValueError: invalid literal for int() with base 10: 'many')",
    "other-task": f"{SENT}a call 'finished' that there is not",
    "scales": f"{SENT}scales of other modalities",
    "search": f"{SENT}a search that nobody has requested",
    "done": "A plugin has ended the work of this fold before all held-out windows were predicted; run it with "
    "--isolation inline to debug it.",
    "pickled": f"{SENT}bytes that are no header",
    "pickled-values": f"{SENT}bytes that are no header",
    "long": f"{SENT}a header of 4294967295 bytes",
    "huge-array": f"{SENT}arrays of 16000000000000 bytes",
    "objects": f"{SENT}an array of type object and shape (N, 2)",
    "deep": f"{SENT}bytes that are no header",
    "endless-descriptors": f"{SENT}descriptors",
}


def cheats(ways, model="cheat"):
    return [f"{model}(way={way})" for way in ways]


class Cheating:
    """The installed package, which knows where results and prepared data lie."""

    def __init__(self, bench):
        self.bench, self.names = bench, list[str]()
        self.folder = bench.package("cheating", "")
        package = self.folder / "cheating"
        shutil.copytree(Path(__file__).parent / "cheating", package, dirs_exist_ok=True)
        (package / "__pycache__").mkdir(exist_ok=True)
        (package / "slots").mkdir()
        for slot in range(2048):
            (package / "slots" / str(slot)).touch()

    def __call__(self, level, *arguments, out=""):
        """A run at a level. The accuracies of its rows and what was said."""
        out = f"{out}{level}"
        self.names.append(secrets.token_hex(3))
        cache = self.bench.folder / f"{out}-cache"
        places = {"OUT": str(self.bench.folder / out), "CACHE": str(cache), "NAME": self.names[-1]}
        text = "".join(f"{name} = {value!r}\n" for name, value in places.items())
        (self.folder / "cheating" / "places.py").write_text(text)
        said = self.bench.process(*GRID, *arguments, "--isolation", level, "--out", out, packages=(self.folder,),
                                  BENCH_CACHE=str(cache))  # fmt: skip
        found = {}
        for (label, _), folder in self.bench.tasks(out).items():
            record = json.loads((folder / "record.json").read_text())
            assert record["isolation"] == level
            found.setdefault(label, []).append(record["metrics"]["accuracy"])
        return found, said

    def clean(self):
        """What channels leave outside: files, and shared memory and keys of the kernel."""
        libc = ctypes.CDLL(None)
        for name in self.names:
            for folder in (Path("/tmp"), Path("/dev/shm")):
                (folder / name).unlink(missing_ok=True)
            if (segment := libc.shmget(int(name, 16), 1, 0o600)) >= 0:
                libc.shmctl(segment, 0, None)
            if (key := libc.syscall(250, 10, -4, b"user", name.encode(), 0)) >= 0:
                libc.syscall(250, 9, key, -4)


@pytest.fixture(scope="module")
def cheating(shared_bench):
    found = Cheating(shared_bench)
    yield found
    found.clean()


def assert_through(accuracies, ways):
    best = {label: max(folds) for label, folds in accuracies.items() if "way=" in label}
    assert len(best) == len(ways)
    assert {label: score for label, score in best.items() if score < FOUND} == {}


def assert_at_chance(accuracies, ways, folds=3):
    cheated = {label: scores for label, scores in accuracies.items() if "way=" in label}
    assert len(cheated) == len(ways)
    assert all(len(scores) == folds for scores in cheated.values())
    assert {label: scores for label, scores in cheated.items() if max(scores) > CHANCE} == {}


def test_ways_to_labels_are_closed_in_a_worker_and_open_inline(cheating):
    models = ("logistic", *cheats(DIRECT + CHANNELS), *cheats(SIGNALS, "cheat-signals"))
    for level, verify in (("sandbox", assert_at_chance), ("inline", assert_through)):  # inline leaves traces
        accuracies, said = cheating(level, *ONE, "--model", ",".join(models))
        said.ok()
        verify(accuracies, DIRECT + CHANNELS + SIGNALS)


def test_labels_true_or_permuted_stay_out_of_reach_of_models_that_are_trained_on_permutations(cheating):
    """Held-out windows of a permutation have two labels: both are at chance. What remembers other fits is found."""
    ways = ("cache", "predictions", "frames", "collected", "threads", "tmp")
    grid = (*ONE, "--model", ",".join(cheats((*ways, "global"))), "--permute", "19")
    _, said = cheating("sandbox", *grid, out="permuted-")
    failed = [line for line in said.err.splitlines() if line.startswith("Failed: ")]
    assert len(failed) == 1
    assert re.match(
        r"Failed: cheat\(way=global\) · none · eda, 00\d-P0\d.s0.permuted: Trained again on the true ", failed[0]
    )
    found = {}
    for (label, task), folder in cheating.bench.tasks("permuted-sandbox").items():
        if "global" in label:
            continue
        labels = pq.read_table(folder / "predictions.parquet")["label"].to_numpy()
        file = folder.parents[1] / "permutations" / f"{task}.npz"
        permuted = PermutedFold.from_bytes(file.read_bytes())
        chosen = permuted.predictions.argmax(axis=2)
        own, true = (chosen == permuted.labels).mean(), (chosen == labels).mean()
        found.setdefault(label, []).append(max(own, true))
    assert_at_chance(found, ways)


def test_a_fusion_that_reads_labels_finds_none_in_a_worker(cheating):
    grid = (*NULL, "--modalities", "eda,bvp", "--fusion", "peeking", "--protocol", "holdout")
    [inline] = cheating("inline", *grid, out="fusion-")[0].values()
    [confined] = cheating("sandbox", *grid, out="fusion-")[0].values()
    assert min(inline) >= FOUND
    assert max(confined) <= CHANCE


@pytest.mark.parametrize("level", ["inline", "sandbox"])
def test_order_and_names_of_held_out_windows_tell_nothing_at_any_level(cheating, level):
    grid = ("--dataset", "ordered", "--fusion", "none", "--protocol", "holdout")
    accuracies, said = cheating(level, *grid, "--model", ",".join(cheats(ORDER)), out="order-")
    said.ok()
    assert_at_chance(accuracies, ORDER, folds=1)


def test_forged_messages_end_their_own_task_with_a_reason(cheating):
    grid = (*ONE, "--protocol", "holdout", "--model", ",".join([*cheats(MESSAGES), "logistic"]))
    accuracies, said = cheating("sandbox", *grid, out="messages-")
    assert said.code == 1
    assert set(accuracies) == {"logistic · none · eda"}
    told = [line for line in said.err.splitlines() if line.startswith("Failed: ")]
    told = [re.sub(r"(shape|expected) \(\d+", r"\1 (N", line) for line in told]  # the size of a block
    assert told == [
        f"Failed: cheat(way={way}) · none · eda, 000-fold-01.s0: {message}" for way, message in MESSAGES.items()
    ]
    assert said.json
    assert not list(cheating.bench.folder.rglob("harmed"))


def test_predictions_are_the_same_at_every_level(bench):
    grid = ("run", "--profile", "smoke", "--dataset", "synthetic(n_subjects=3)", "--modalities", "ecg,eda", "--fusion",
            "early", "--protocol", "holdout", "--no-baselines", "--model", "attx,logistic")  # fmt: skip
    levels = ("sandbox", "process", "inline")
    for level in levels:
        bench.process(*grid, "--isolation", level, "--out", level).ok()
    first, *others = (bench.contents("predictions.parquet", level) for level in levels)
    assert len(first) == 2
    assert others == [first, first]


# ----------------------------------------------------------------------- what a confined process may do

PREPARED = """
import array, ctypes, errno, fcntl, mmap, os, resource, signal, socket, struct, sys, tempfile
from pathlib import Path
libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    if libc.syscall(*(ctypes.c_long(each) if isinstance(each, int) else each for each in arguments)) < 0:
        raise OSError(ctypes.get_errno(), "refused")
def place():
    try:
        return int(Path(f"/proc/{other}/maps").read_text().partition("-")[0], 16)
    except PermissionError:
        return 4096
outside, scratch, other = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
from bench.worker.confinement import Confinement, installation
if sys.argv[4] == "confined":
    os.chdir(scratch)
    readable = installation((), (outside,), tuple(sys.path))
    Confinement((*readable, "/proc/self"), (str(scratch),)).enter()
try:
    exec(sys.argv[5])
except OSError as error:
    sys.exit(errno.errorcode[error.errno])
"""
ATTEMPTS = {
    "read a file": "(outside / 'secret').read_bytes()",
    "list a folder": "list(outside.iterdir())",
    "write a file": "(outside / 'secret').write_bytes(b'')",
    "truncate a file": "os.truncate(outside / 'secret', 0)",
    "make a file": "(outside / 'other').touch()",
    "link a file": "os.link(outside / 'secret', scratch / 'link')",
    "rename a file": "os.rename(outside / 'secret', scratch / 'moved')",
    "make a pipe": "os.mkfifo(outside / 'pipe')",
    "read through a link": "os.symlink(outside / 'secret', scratch / 'link'); (scratch / 'link').read_bytes()",
    "list processes": "list(Path('/proc').iterdir())",
    "the environment of a process": "Path(f'/proc/{other}/environ').read_bytes()",
    "the memory of a process": "open(f'/proc/{other}/mem', 'rb')",
    "the descriptors of a process": "list(Path(f'/proc/{other}/fd').iterdir())",
    "the folder of a process": "list(Path(f'/proc/{other}/cwd').iterdir())",
    "the root of a process": "list(Path(f'/proc/{other}/root/tmp').iterdir())",
    "its own root": "list(Path('/proc/self/root/etc').iterdir())",
    "write to the installation": "os.remove(tempfile.mkstemp(dir=sys.prefix)[1])",
    "trace a process": "call(101, 16, other, 0, 0)",
    "read the memory of a process": "b = ctypes.create_string_buffer(8); pair = ctypes.c_size_t * 2; "
    "call(310, other, pair(ctypes.addressof(b), 8), 1, pair(place(), 8), 1, 0)",
    "take a descriptor": "call(438, os.pidfd_open(other), 0, 0)",
    "signal a process": "os.kill(other, 0)",
    "stop a process": "os.kill(other, signal.SIGSTOP); os.kill(other, signal.SIGCONT)",
    "limit a process": "resource.prlimit(other, resource.RLIMIT_CORE, (0, 0))",
    "slow a process": "os.setpriority(os.PRIO_PROCESS, other, 5)",
    "move a process": "os.sched_setaffinity(other, {0})",
    "TCP": "socket.socket().connect(('127.0.0.1', 9))",
    "UDP": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    "an abstract socket": "socket.socket(socket.AF_UNIX).bind(chr(0) + f'cheating-{other}')",
    "shared memory": "call(29, 0, 4096, 0o600)",
    "semaphores": "call(64, 0, 1, 0o600)",
    "messages": "call(68, 0, 0o600)",
    "a queue": "call(240, b'cheating', 0o100 | 2, 0o600, 0)",
    "keys": "call(248, b'user', b'cheating', b'x', 1, -2)",
    "notice of accesses": "call(294, 0)",
    "asking for locks": "fcntl.fcntl(os.open(sys.executable, os.O_RDONLY), 36, struct.pack('hhqqi', 0, 0, 0, 1, 0))",
    "a lease": "fcntl.fcntl(os.open(sys.executable, os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK)",
    "io_uring": "call(425, 4, ctypes.create_string_buffer(200))",
}
REFUSED = {"EPERM", "EACCES", "EXDEV"}
MAY_FAIL = ("TCP", "io_uring", "a lease", "keys", "messages", "a queue")  # nobody listens, or no such kernel
IGNORED = {
    "mode": ("os.chmod(outside / 'secret', 0o640)", lambda found: found.st_mode & 0o777),
    "times": ("os.utime(outside / 'secret', (1, 1))", lambda found: found.st_mtime_ns),
}


@pytest.fixture(scope="module")
def other():
    """Another process of the same user, as the harness is for a worker."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], env={"SECRET": "1"})
    yield process.pid
    process.kill()
    process.wait()


@pytest.fixture
def attempt(tmp_path, other):
    """`attempt("confined", code)`: the name of the error that ended it, or an empty text."""
    outside, scratch = tmp_path / "outside", tmp_path / "scratch"

    def run(level, code):
        for folder in (outside, scratch):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        (outside / "secret").write_text("label")
        (outside / "secret").chmod(0o600)
        command = [sys.executable, "-c", PREPARED, outside, scratch, other, level, code]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        return done.stderr.strip().rpartition("\n")[2]

    run.secret = outside / "secret"
    return run


@pytest.mark.skipif(sys.platform != "linux" or not sys.maxsize > 2**32, reason="numbers of system calls")
@pytest.mark.parametrize("what", ATTEMPTS)
def test_a_confined_process_cannot_reach_beyond_itself(attempt, what):
    if what not in MAY_FAIL:
        assert attempt("free", ATTEMPTS[what]) == ""
    assert attempt("confined", ATTEMPTS[what]) in REFUSED


@pytest.mark.parametrize("what", IGNORED)
def test_a_confined_process_cannot_write_into_what_everybody_can_read_of_a_file(attempt, what):
    code, shown = IGNORED[what]
    before = {}
    for level in ("free", "confined"):
        assert attempt(level, "pass") == ""
        before[level] = shown(attempt.secret.stat())
    assert attempt("free", code) == ""
    assert shown(attempt.secret.stat()) != before["free"]
    assert attempt("confined", code) == ""
    assert shown(attempt.secret.stat()) not in (0o640, 10**9)


def test_a_confined_process_can_do_its_work(attempt):
    work = """
import wave
Path('new').touch()
assert Path('new').exists()
Path('file').write_bytes(b'x' * 1000)
with tempfile.TemporaryFile(dir=scratch) as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    file.write(b'x')
os.rename('file', 'other')
os.sched_setaffinity(0, os.sched_getaffinity(0))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
assert os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)[1] == 0
"""
    assert attempt("confined", work) == ""


# ------------------------------------------------------------------------------------- plugin objects


def test_a_plugin_travels_to_a_worker_as_its_options_alone():
    """It may hold more: a protocol, for example, that keeps the table that it has divided."""
    from bench.worker import payload
    from bench_splits.subjects import Holdout

    protocol = Holdout(test_share=0.5)
    object.__setattr__(protocol, "table", {"label": [0, 1]})
    with payload.packed((protocol, {"again": protocol})) as (places, descriptors):
        import os

        found, again = payload.unpacked(places, [os.dup(each) for each in descriptors])
    assert found == protocol
    assert found is again["again"]
    assert not hasattr(found, "table")


def test_workers_import_nothing_from_the_working_folder(bench):
    (bench.folder / "bench").mkdir()
    (bench.folder / "bench" / "__init__.py").write_text("raise SystemExit('the wrong bench')\n")
    bench.process("run", "--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--no-baselines").ok()


# ------------------------------------------------------------------------------------- what a fold costs


def test_features_travel_once():
    """Modalities are columns of one table, which is sent instead of each of them."""
    import os

    import numpy as np

    from bench.data.sources import Vectors
    from bench.worker import payload

    values = {
        name: Vectors(np.full((1000, 10), place), tuple("abcdefghij")) for place, name in enumerate(("eda", "ecg"))
    }
    with payload.packed(Vectors.in_one_table(values)) as (places, descriptors):
        size = os.fstat(descriptors[0]).st_size
        found = payload.unpacked(places, [os.dup(each) for each in descriptors])
    assert size < 1.1 * sum(each.values.nbytes for each in values.values())
    assert all(np.array_equal(found[name].values, each.values) for name, each in values.items())
    assert np.shares_memory(found["eda"].table, found["ecg"].values)


def test_shared_memory_is_found_by_asking_as_by_reading(monkeypatch, tmp_path):
    import mmap

    from bench.worker.kernel import inheritance

    with (tmp_path / "file").open("w+b") as file:
        file.write(b"x" * 4096)
        file.flush()
        readable = mmap.mmap(file.fileno(), 4096, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ)
    everything = mmap.mmap(-1, 8192, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
    asked = inheritance.queried()
    if asked is None:
        pytest.skip("this kernel cannot be asked")
    monkeypatch.setattr(inheritance, "queried", lambda: None)
    assert asked == inheritance.shared_memory()
    assert {len(readable), len(everything)} <= {stop - start for start, stop, _, _ in asked}
