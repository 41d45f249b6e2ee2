"""What is installed and how it is called, and the contracts about imports."""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml

import bench as package

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SCRIPTS = Path(sysconfig.get_path("scripts"))


def test_the_command_has_three_names(tmp_path):
    commands = [[SCRIPTS / "bench"], [SCRIPTS / "affectbench"], [sys.executable, "-m", "bench"]]
    first, *others = (
        subprocess.run([*command, "list", "executor"], capture_output=True, cwd=tmp_path, encoding="utf-8", check=True)
        for command in commands
    )
    assert "local" in first.stdout
    assert [process.stdout for process in others] == [first.stdout] * 2


def test_the_citation_is_that_of_this_version_and_invents_nothing():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = PROJECT["project"]
    assert citation["authors"] == project["authors"] == [{"name": "The affectbench authors"}]
    assert (citation["title"], citation["license"]) == (project["name"], project["license"])
    assert citation["version"] == package.__version__ == metadata.version("affectbench")
    assert citation["cff-version"] == "1.2.0"
    assert {"doi", "url", "repository-code", "identifiers"}.isdisjoint(citation)


@pytest.mark.parametrize("name", ["bench", "bench_cvxeda", "bench_statistics"])
def test_packages_whose_functions_others_import_are_typed(name):
    [folder] = importlib.util.find_spec(name).submodule_search_locations
    assert (Path(folder) / "py.typed").exists()


# ------------------------------------------------------------------------------------ contracts


@pytest.fixture
def checkout(tmp_path):
    """A copy of what the contracts are about, and a function that checks them there."""
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("bench", "plugins"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    (tmp_path / ".ci").mkdir()
    for file in ("pyproject.toml", ".ci/contracts.py"):
        shutil.copy(ROOT / file, tmp_path / file)

    def check():
        kinds = (str(kind) for kind in (tmp_path / "plugins").iterdir())
        return subprocess.run(
            [sys.executable, ".ci/contracts.py"],
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *kinds]), "COLUMNS": "200"},
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return tmp_path, check


def add_plugin(root, source):
    """Its folder and one line are all that a new plugin touches."""
    folder = root / "plugins" / "models" / "bench_added"
    folder.mkdir()
    (folder / "__init__.py").write_text(source)
    project = (root / "pyproject.toml").read_text(encoding="utf-8")
    head = "[project.entry-points.bench]\n"
    assert head in project
    (root / "pyproject.toml").write_text(project.replace(head, f'{head}added = "bench_added"\n'), encoding="utf-8")


def test_a_new_plugin_is_in_every_contract(checkout):
    root, check = checkout
    add_plugin(root, "import bench_late\nimport bench.data.cache\n")
    (root / "bench" / "specs.py").write_text("import torch\nimport bench_added\nimport bench.cli\n")
    process = check()
    assert process.returncode == 1
    for line in (
        "bench.specs -> bench.cli (l.3)",
        "bench.specs -> bench_added (l.2)",
        "bench_added -> bench.data.cache (l.2)",
        "bench_added -> bench_late (l.1)",
        "bench.specs -> torch (l.1)",
    ):
        assert line in process.stdout
    assert process.stdout.count("BROKEN") == 5


def test_a_module_of_the_core_that_stands_in_no_layer_is_found(checkout):
    root, check = checkout
    (root / "bench" / "added").mkdir()
    (root / "bench" / "added" / "__init__.py").touch()
    process = check()
    assert process.returncode == 1
    assert "bench.added" in process.stdout
    assert process.stdout.count("BROKEN") == 1


def test_folders_and_entry_points_belong_together(checkout):
    root, check = checkout
    (root / "plugins" / "models" / "bench_added").mkdir()
    process = check()
    assert (process.returncode, process.stderr) == (
        1,
        "plugins/models/bench_added has no line in [project.entry-points.bench] of pyproject.toml.\n",
    )
    (root / "plugins" / "models" / "bench_added").rmdir()
    shutil.rmtree(root / "plugins" / "fusion" / "bench_late")
    process = check()
    assert (process.returncode, process.stderr) == (
        1,
        "The entry point 'bench_late' of pyproject.toml has no folder plugins/KIND/bench_late.\n",
    )


def test_every_plugin_stands_once_in_the_project_file():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for module in PROJECT["project"]["entry-points"]["bench"].values():
        assert text.count(f'"{module}"') == 1
