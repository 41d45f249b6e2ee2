"""Packages of others that fail in any way while they are imported or called: they are named, and the rest goes on."""

import contextlib
import sys
import time
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from bench.errors import PluginError
from bench.planning.reporter import Reporter
from bench.registry import Registry
from bench.running.listeners import Listeners
from bench.worker import confinement

DECLARES = """
from bench.api import Plugin, hookimpl
{before}

@hookimpl
def bench_models():
    {inside}
    return [Plugin("{name}", "{package}.model:Mine", "It is broken.")]
"""
EXIT = "it ended the process that imported it, "
SLOW = "it was not imported within 3 s; import large libraries inside functions"
OUTPUT = "import sys; print('[]'); sys.stderr.write('oh'); "
#: name -> (what the module does, what its hook does, problem)
BROKEN = {
    "base-exception": ("class Odd(BaseException): pass\nraise Odd('no')", "", "Odd: no (bench_base_exception/"),
    "keyboard-interrupt": ("raise KeyboardInterrupt", "", "KeyboardInterrupt"),
    "system-exit": ("raise SystemExit(0)", "", "SystemExit: 0 (bench_system_exit/__init__.py:3)"),
    "generator-exit": ("raise GeneratorExit", "", "GeneratorExit"),
    "silent-error": ("class Odd(Exception):\n    def __str__(self): raise SystemExit\nraise Odd", "", "SystemExit"),
    "import-error": ("import xyzzy", "", "ModuleNotFoundError: No module named 'xyzzy'"),
    "syntax": ("def f(:", "", "SyntaxError: "),
    "null": ("x = '\0'", "", "SyntaxError: "),
    "recursion": ("def f(): f()\nf()", "", "RecursionError: maximum recursion depth exceeded"),
    "exit": ("import os; os._exit(0)", "", f"{EXIT}with the exit code 0"),
    "exit-3": ("import os; os._exit(3)", "", f"{EXIT}with the exit code 3"),
    "abort": ("import os; os.abort()", "", f"{EXIT}by SIGABRT"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "", f"{EXIT}by SIGSEGV"),
    "kill": ("import os; os.kill(os.getpid(), 9)", "", f"{EXIT}by SIGKILL"),
    "kill-group": ("import os; os.killpg(os.getpgid(0), 9)", "", f"{EXIT}by SIGKILL"),
    "no-files": ("import os; os.closerange(0, 4096)", "", f"{EXIT}with the exit code"),
    "no-files-loop": ("import os; os.closerange(0, 4096)\nwhile True: pass", "", "it closed the files of the process"),
    "loop": ("while True: pass", "", SLOW),
    "sleep": ("import time; time.sleep(600)", "", SLOW),
    "no-signals": ("import signal as s; [s.signal(n, s.SIG_IGN) for n in (2, 14, 15)]\nwhile True: pass", "", SLOW),
    "thread": ("import threading as t; t.Thread(target=input).start(); raise ValueError('t')", "", "ValueError: t"),
    "child": ("import os\nif os.fork() == 0:\n    while True: pass\nraise ValueError('c')", "", "ValueError: c"),
    "input": ("input()", "", "EOFError: EOF when reading a line"),
    "shouts": ("print('x' * 10**6)\nraise ValueError('loud')", "", "ValueError: loud"),
    "hook-exit": ("", "import os; os._exit(5)", f"{EXIT}with the exit code 5"),
    "hook-base": ("class Odd(BaseException): pass", "raise Odd('hook')", "bench_models: Odd: hook"),
    "hook-loop": ("", "while True: pass", SLOW),
    "hook-endless": ("", "return iter(lambda: Plugin('a', 'a:b', 'A.'), None)", SLOW),
    "hook-type": ("", "return 5", "bench_models: PluginError: return a list of Plugin records, not 5"),
    "hook-name": ("", "return [Plugin('No', 'a:b', 'A.')]", "bench_models: PluginError: the name 'No' is not"),
    "not-marked": ("def bench_fusions(): return []", "", "'bench_fusions' is not marked with @bench.api.hookimpl"),
}  # fmt: skip
#: what is odd, but not wrong
NOISY = {
    "prints": ("print('not json')", "print('[')"),
    "closes": ("import sys; sys.stdout.close(); sys.stderr.close()", ""),
    "closes-files": ("import os; os.close(1); os.close(2)", ""),
    "redirects": ("import os; os.dup2(os.open(os.devnull, os.O_WRONLY), 1)", ""),
    "forks": ("import os; os.fork()", ""),
    "at-exit": ("import atexit, time; atexit.register(time.sleep, 600)", ""),
}


@pytest.fixture
def packages(bench):
    """Folders of packages, installed as an installer does."""
    return [
        bench.package(f"bench-{name}", DECLARES.format(
            name=name, package=f"bench_{name}".replace("-", "_"), before=before, inside=inside or "pass"
        ))
        for name, (before, inside, *_) in (BROKEN | NOISY).items()
    ]  # fmt: skip


def test_commands_list_all_other_plugins_whatever_packages_do(bench, packages):
    began = time.perf_counter()
    alone = bench.process("list", "--json").ok().json
    started = time.perf_counter()
    listed = bench.process("list", "--json", packages=tuple(packages))
    took = time.perf_counter() - started
    found = [entry["name"] for entry in listed.ok().json if entry["name"] not in {entry["name"] for entry in alone}]
    assert {entry["name"] for entry in alone} <= {entry["name"] for entry in listed.json}
    assert set(found) == {*NOISY, "not-marked"}
    assert listed.err == ""
    assert took - (started - began) < 5  # three of them are the limit of those that never end
    broken = bench.process("list", "--broken", "--json", packages=tuple(packages)).ok()
    problems = {entry["distribution"].removeprefix("bench-"): entry["problem"] for entry in broken.json}
    for name, (*_, problem) in BROKEN.items():
        assert problems[name].startswith(problem), name
    assert problems.keys() == BROKEN.keys()
    details = {entry["distribution"]: entry["details"] for entry in broken.json}
    assert details["bench-shouts"].endswith("xxxx")
    text = bench.process("list", "--broken", packages=tuple(packages)).ok()
    assert f"bench_exit_3 (bench-exit-3): {EXIT}with the exit code 3\n" in text.out
    assert "prints" not in text.out


def test_nothing_is_left_running(bench, packages):
    bench.process("list", packages=tuple(packages)).ok()
    time.sleep(0.1)
    left = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if str(bench.folder).encode() in path.read_bytes():
                left.append(path.parent.joinpath("cmdline").read_text())
    assert left == []


@pytest.mark.parametrize(
    "content", [b"[bench]\nno equals sign\n", b"\xff\xfe", b"[bench]\na = b = c d\n", b"a = b\n"], ids=str
)
def test_damaged_metadata_of_a_package_are_no_hindrance(bench, content):
    folder = bench.package("bench-damaged", "")
    (folder / "bench_damaged-1.0.dist-info" / "entry_points.txt").write_bytes(content)
    listed = bench.process("list", "model", "--json", packages=(folder,)).ok()
    assert "logistic" in {entry["name"] for entry in listed.json}


def test_a_package_without_metadata_is_named_as_unknown(bench):
    folder = bench.package("bench-bare", "raise OSError('bare')")
    (folder / "bench_bare-1.0.dist-info" / "METADATA").unlink()
    (broken,) = bench.process("list", "--broken", "--json", packages=(folder,)).ok().json
    assert broken["problem"] == "OSError: bare (bench_bare/__init__.py:1)"


@pytest.mark.parametrize("raised", ["GeneratorExit('x')", "SystemExit('x')", "type('Odd', (BaseException,), {})('x')"])
def test_a_target_that_raises_is_the_plugins_fault_and_prints_to_standard_error(tmp_path, monkeypatch, capsys, raised):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "raising").mkdir()
    (tmp_path / "raising" / "__init__.py").write_text(
        DECLARES.format(name="mine", package="raising", before="", inside="")
    )
    (tmp_path / "raising" / "model.py").write_text(f"print('hello')\nraise {raised}")
    entry = Registry([EntryPoint("raising", "raising", "bench")]).get("model", "mine")
    with pytest.raises(
        PluginError, match=r"^The model 'mine' of unknown cannot be imported: \w+: x \(raising/model.py:2\)"
    ):
        entry.load()
    assert capsys.readouterr().out == ""
    sys.modules.pop("raising", None)


def test_without_fork_each_entry_point_has_an_interpreter(tmp_path, monkeypatch):
    monkeypatch.delattr("os.fork")
    monkeypatch.syspath_prepend(tmp_path)
    for name, before in {"sound": "print('[')", "exits": "import os; os._exit(3)", "loops": "while True: pass"}.items():
        (tmp_path / f"{name}_1.py").write_text(DECLARES.format(name=name, package=name, before=before, inside="pass"))
    (tmp_path / "sitecustomize.py").write_text("import os\ndel os.fork\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    registry = Registry([EntryPoint(name, f"{name}_1", "bench") for name in ("sound", "exits", "loops")])
    assert registry.names("model") == ["sound"]
    assert [(broken.package, broken.problem) for broken in registry.broken] == [
        ("exits_1", "the process that imports it ended without an answer (exit code 3)"), ("loops_1", SLOW)
    ]  # fmt: skip


SPY = """
import os
from pathlib import Path
from bench.api import Plugin, hookimpl

def told(what):
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "done"

DEEDS = {
    "read": lambda: Path("bench-results/cache/labels").read_bytes(),
    "list": lambda: os.listdir("bench-results"),
    "keep": lambda: Path(__file__).with_name("kept").write_text("labels"),
    "elsewhere": lambda: Path("kept").write_text("labels"),
    "own": lambda: Path(__file__).read_text(),
}

@hookimpl
def bench_models():
    return [Plugin("spy", "spying:Spy", ", ".join(f"{name} {told(what)}" for name, what in DEEDS.items()) + ".")]
"""


@pytest.mark.skipif(not confinement.available(), reason="needs Landlock and seccomp")
def test_an_entry_point_cannot_carry_results_to_where_workers_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bench-results" / "cache").mkdir(parents=True)
    (tmp_path / "bench-results" / "cache" / "labels").write_text("0110")
    for folder in (tmp_path, tmp_path / "apart"):  # beside the results, and in a folder of its own
        folder.mkdir(exist_ok=True)
        (folder / "spying.py").write_text(SPY)
        with monkeypatch.context() as patch:
            patch.syspath_prepend(folder)
            about = Registry([EntryPoint("spy", "spying", "bench")]).get("model", "spy").plugin.about
        denied = "PermissionError"
        assert about == f"read {denied}, list {denied}, keep {denied}, elsewhere {denied}, own done."
        assert not [*tmp_path.rglob("kept")]


# -------------------------------------------------------------------------------- listeners


LISTENER = """
import atexit, os, sys, time
from bench.api import hookimpl

count = 0

@hookimpl
def bench_run_started(run):
    global count
    count += 1
    print("to standard error", count)
    {started}

@hookimpl
def bench_task_finished(task):
    global count
    count += 1
    open("{name}.txt", "a").write(str((count, task)))
"""


class Warnings(Reporter):
    def __init__(self):
        self.texts = []

    def warn(self, text):
        self.texts.append(text)


NOT_AGAIN = "; the listeners of this package are not called again in this run"


@pytest.mark.parametrize(
    ("started", "warning"),
    [
        ("pass", None),
        ("raise ValueError('no')", "raised ValueError: no"),
        ("raise SystemExit(3)", "raised SystemExit: 3"),
        ("raise GeneratorExit", "raised GeneratorExit: "),
        ("raise KeyboardInterrupt", "raised KeyboardInterrupt: "),
        ("os._exit(3)", f"ended its process{NOT_AGAIN}"),
        ("os.abort()", f"ended its process{NOT_AGAIN}"),
        ("time.sleep(600)", f"did not return within 4 s{NOT_AGAIN}"),
        ("while True: pass", f"did not return within 4 s{NOT_AGAIN}"),
        ("sys.stdout.close()", None),
        ("os.close(0); os.close(1)", None),
    ],
)
def test_listeners_cannot_end_a_run(tmp_path, monkeypatch, capfd, started, warning):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name, body in {"first": started, "second": "pass"}.items():
        (tmp_path / f"ear_{name}.py").write_text(LISTENER.format(name=name, started=body))
    registry, said = Registry([EntryPoint(name, f"ear_{name}", "bench") for name in ("first", "second")]), Warnings()
    with Listeners(registry, said, limit=4) as listeners:
        listeners.fire("bench_run_started", run=1)
        listeners.fire("bench_task_finished", run=1, task="t")
        listeners.fire("bench_run_finished", run=1)
    assert said.texts == ([f"ear_first: bench_run_started {warning}"] if warning else [])
    assert (tmp_path / "second.txt").read_text() == "(2, 't')"
    assert (tmp_path / "first.txt").exists() == (not warning or NOT_AGAIN not in warning)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.count("to standard error") >= 1
