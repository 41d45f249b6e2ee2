"""The scripts of this folder at the tiny size. At full size each is run by itself, as its first lines say."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import cluster_sizes
import gpu
import gpu_table
import heart_rate
import pytest
import torch

from bench.data.acquisition import simulation
from bench.registry import Registry

HERE = Path(__file__).parent
TESTED = {"gpu.py", "heart_rate.py"}  # in this process, by the tests below
OTHERS = {"cluster_sizes.py", "cvxeda_clips.py", "cvxeda_table.py", "damaged_files.py"}  # as processes
#: makes Python believe that nothing is installed but numpy, pluggy, safetensors and torch
BARE = """
import importlib.metadata, sys
absent = "click cvxpy filelock h5py jinja2 joblib matplotlib numba optuna pandas platformdirs pyarrow rich scipy"
sys.modules.update(dict.fromkeys([*absent.split(), "sklearn", "tabulate"]))
importlib.metadata.entry_points = lambda **_: ()
sys.path[:] = [each for each in sys.path if "packages" in each or not each.startswith("{root}")]
"""
TABLES = {"gpu": 7, "pretraining": 5}  # and how many rows a CPU has


def test_every_script_is_tested():
    scripts = {file.name for file in HERE.glob("*.py") if '\nif __name__ == "__main__":' in file.read_text()}
    assert {name for name in scripts if not name.startswith("test_")} == TESTED | OTHERS


@pytest.mark.parametrize("script", sorted(OTHERS))
def test_a_script_without_arguments(script):
    command, environment = [sys.executable, str(HERE / script)], {**os.environ, "BENCH_TINY": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_heart_rate(tmp_path, capsys):
    registry = Registry()
    dataset = registry.get("dataset", "stress-predict").load()()
    assert list(simulation.write(dataset, tmp_path / "data", registry, subjects=1, seconds=60))
    heart_rate.main(tmp_path / "data")
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "1 people, absolute difference in beats per minute"
    assert len(shown) == 2 + 6


def test_gpu_runs_every_way_of_a_cpu_where_nothing_is_installed_but_torch(tmp_path):
    """Without BENCH_TINY, so that --quick alone makes it quick; its processes find as little as it does."""
    out, bare = tmp_path / "out", tmp_path / "bare"
    bare.mkdir()
    (bare / "sitecustomize.py").write_text(BARE.replace("{root}", str(HERE.parent)))
    command = [sys.executable, str(HERE / "gpu.py"), "--out", str(out), "--device", "cpu", "--quick"]
    environment = {name: value for name, value in os.environ.items() if name != "BENCH_TINY"} | {
        "PYTHONPATH": str(bare)
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert {file.name for file in out.iterdir()} == {f"{name}.{kind}" for name in TABLES for kind in ("json", "md")}
    for name, ways in TABLES.items():
        text = (out / f"{name}.md").read_text()
        assert text in done.stdout
        lines = text.splitlines()
        assert len([line for line in lines if line.startswith("| ")]) == 2 + ways
        assert any(line.startswith("- floor, fp32: ") for line in lines)


FAULTS = {
    "hangs": ("import time; time.sleep(60)", "no result after 2 s"),
    "dies by a signal": ("import os; os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
    "prints and dies": ("import os; print('{}', flush=True); os.kill(os.getpid(), 6)", "killed by SIGABRT"),
    "raises": ("raise ZeroDivisionError('a | b')", "ended with code 1"),
    "says nothing": ("print('warming up')", "ended with code 0"),
}


def test_a_way_that_hangs_or_dies_or_raises_loses_itself_alone_and_is_named_with_its_reason(tmp_path):
    speed = {"networks": 1, "precision": "fp32", "step_ms": 1.0, "windows_per_second": 1000.0}
    works = f"import json; print(json.dumps({speed}))"
    codes = {**{name: code for name, (code, _) in FAULTS.items()}, "works": works}
    tables = {"gpu": gpu_table.Table("gpu", tmp_path, 1, 3_600_000, 1, "hours of the job")}
    ways = [gpu.Way("gpu", name, str, seconds=2) for name in codes]
    commands = [[sys.executable, "-c", code] for code in codes.values()]
    gpu.measure_all(list(zip(ways, commands, strict=True)), tables, time.monotonic() + 60)
    rows = [line.split(" | ") for line in tables["gpu"].markdown().splitlines() if line.startswith("| ")][2:]
    assert {row[0].strip("| "): row[-1].strip("| ") for row in rows} == {
        **{name: reason for name, (_, reason) in FAULTS.items()},
        "works": "",
    }
    assert rows[-1][3:6] == ["1000", "1", "1"]
    errors = (tmp_path / "errors.txt").read_text()
    assert "== raises: ended with code 1\nTraceback" in errors
    assert errors.count("== ") == len(FAULTS)


def test_a_way_that_raises_in_its_process_says_what_and_leaves_its_traceback(monkeypatch, capsys):
    def fail(device):
        raise ValueError(f"no memory of {device}")

    monkeypatch.setattr(gpu, "ways", lambda: [gpu.Way("gpu", "fails", fail)])
    with pytest.raises(ValueError, match="no memory of cpu"):
        gpu.measure_here("fails", "cpu")
    assert json.loads(capsys.readouterr().out) == {"note": "ValueError: no memory of cpu"}


def test_what_there_is_no_time_for_is_in_the_table_and_is_not_begun(tmp_path):
    tables = {"gpu": gpu_table.Table("gpu", tmp_path, 1, 1, 1, "hours")}
    gpu.measure_all([(gpu.Way("gpu", "late", str), ["no such command"])], tables, time.monotonic())
    assert tables["gpu"].rows == [{"way": "late", "note": "no time left"}]


def test_the_floor_of_a_step_is_what_takes_longest():
    """By hand: 100 products at 10 a second are 10 s; 2 values and 1 weight of 4 bytes at 1 byte a second are 12 s."""
    table = gpu_table.Table("gpu", HERE, 24, 1, 1, "hours")
    table.limits = {"fp32": 10.0, "bf16": 100.0, "bytes/s": 1.0}
    table.demand = {"operations": 100, "values moved": 2, "weights moved": 1}
    assert table.floor == {"fp32": 24 / 12, "bf16": 24 / 8}
    table.limits["fp32"] = 1.0
    assert table.floor["fp32"] == 24 / 100


def test_gpu_refuses_a_machine_without_a_gpu(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit) as stopped:
        gpu.main(["--out", str(tmp_path)])
    assert stopped.value.code == 1
    assert capsys.readouterr().err == (
        f"torch {torch.__version__} finds no GPU on this machine, so there is nothing to measure. To see that the "
        "script runs, use --device cpu --quick.\n"
    )
    assert not list(tmp_path.iterdir())


def test_the_table_of_cluster_sizes_is_that_of_the_docs():
    page = (HERE.parent / "docs" / "clusters.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in page.splitlines()]
    for each in cluster_sizes.ROWS:
        assert list(cluster_sizes.row(*each)) in rows
