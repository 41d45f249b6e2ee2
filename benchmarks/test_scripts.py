"""The scripts of this folder at the tiny size. At full size each is run by itself, as its first lines say."""

import os
import subprocess
import sys
from pathlib import Path

import gpu
import heart_rate
import pytest
import torch

from bench.data.acquisition import simulation
from bench.registry import Registry

HERE = Path(__file__).parent
TESTED = {"gpu.py", "heart_rate.py"}  # in this process, by the tests below
OTHERS = {"cvxeda_clips.py", "cvxeda_table.py", "damaged_files.py"}  # as processes; they take no arguments
#: runs a script where nothing is installed but numpy, pluggy, safetensors and torch
BARE = """
import importlib.metadata, runpy, sys
absent = "click cvxpy filelock h5py jinja2 joblib matplotlib numba optuna pandas platformdirs pyarrow rich scipy"
sys.modules.update(dict.fromkeys([*absent.split(), "sklearn", "tabulate"]))
importlib.metadata.entry_points = lambda **_: ()
root, *sys.argv = sys.argv[1:]
installed = [each for each in sys.path[1:] if "packages" in each or not each.startswith(root)]
sys.path[:] = [f"{root}/benchmarks", *installed]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
TABLES = {"gpu": 4, "pretraining": 6}  # and how many ways a CPU has


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


@pytest.mark.filterwarnings("ignore")  # of torch, where a CPU does what a GPU is for
def test_gpu_runs_every_way_of_a_cpu(tmp_path):
    gpu.main(["--out", str(tmp_path), "--device", "cpu"])
    for name, ways in TABLES.items():
        lines = (tmp_path / f"{name}.md").read_text().splitlines()
        assert len([line for line in lines if line.startswith("| ")]) == 2 + ways
        assert any(line.startswith("- floor fp32: ") for line in lines)


def test_gpu_is_quick_on_a_cpu_where_that_is_wanted(tmp_path):
    command = [sys.executable, str(HERE / "gpu.py"), "--out", str(tmp_path), "--device", "cpu", "--quick"]
    environment = {name: value for name, value in os.environ.items() if name != "BENCH_TINY"}
    subprocess.run(command, env=environment, capture_output=True, check=True, timeout=180)
    files = {f"{name}.{kind}" for name in TABLES for kind in ("json", "md")}
    assert {file.name for file in tmp_path.iterdir()} == files


def test_gpu_needs_no_more_than_torch(tmp_path):
    script = str(HERE / "gpu.py")
    command = [sys.executable, "-c", BARE, str(HERE.parent), script, "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [*command, "--device", "cpu", "--quick"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=180
    )
    assert done.returncode == 0, done.stderr
    assert {file.name for file in (tmp_path / "out").glob("*.md")} == {f"{name}.md" for name in TABLES}


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
