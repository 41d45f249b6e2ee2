"""Import contracts, for import-linter: who may import what. `python .ci/contracts.py` checks them.

The packages of plugins are found in `plugins/`, and those of the core in `bench/`, so a new one is in every contract
that concerns it. Modules are imported from wherever they are installed.
"""

from __future__ import annotations

import json
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
Contract = dict[str, Any]

# from the top down; packages on one line do not import each other either
LAYERS = [
    "__main__",
    "cli",
    "checks",
    "session",
    "leaderboard",
    "running",
    "planning",
    "audit",
    "worker",
    "pretraining",
    "training",
    "results",
    "cells",
    "specs",
    "data | scoring",
    "code",
    "registry",
    "foreign",
    "options",
    "discovery",
    "hookspecs",
    "forensics",
    "readers | tabular | digests | threads | progress",
    "api",
    "errors",
]
UPWARDS = [  # for type checkers, or inside a function that needs it
    "bench -> bench.session",
    "bench.api.networks -> bench.training.networks.encoder",
    "bench.api.networks -> bench.training.estimator",
    "bench.api.fusion -> bench.training.networks.exchange",
    "bench.api.sklearn -> bench.tabular.estimators",
    "bench.foreign.standins -> bench.running.calls.descriptions",
    "bench.foreign.imports -> bench.worker.confinement",
    "bench.foreign.imports -> bench.worker.kernel.unlisted_folders",
]
FOR_PLUGINS = {"bench.api", "bench.errors", "bench.forensics", "bench.readers", "bench.tabular", "bench.training"}
WITH_TORCH = {"bench.pretraining", "bench.training"}
TORCH_BESIDE = ["bench.checks.** -> torch"]  # networks are checked with tensors
BETWEEN_PLUGINS = ["bench_ressin.encoders -> bench_images.pictures"]  # the network makes images from its input


def plugins(root: Path = ROOT) -> list[str]:
    """Every folder of a plugin, each of which is an entry point."""
    folders = {path.name: path.relative_to(root) for path in root.glob("plugins/*/bench_*") if path.is_dir()}
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    entries = set(project["entry-points"]["bench"].values())
    for name in sorted(folders.keys() - entries):
        sys.exit(f"{folders[name]} has no line in [project.entry-points.bench] of pyproject.toml.")
    for name in sorted(entries - folders.keys()):
        sys.exit(f"The entry point '{name}' of pyproject.toml has no folder plugins/KIND/{name}.")
    return sorted(folders)


def core(root: Path = ROOT) -> list[str]:
    """The modules and packages in bench."""
    found = (path for path in (root / "bench").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists())
    return sorted(f"bench.{path.stem}" for path in found if path.stem != "__init__")


def contracts(root: Path = ROOT) -> list[tuple[Contract, list[Contract]]]:
    """Options with the contracts that are checked with them."""
    ours, inside = plugins(root), core(root)
    structure: list[Contract] = [
        {
            "name": "The core imports downwards only",
            "type": "layers",
            "containers": ["bench"],
            "layers": LAYERS,
            "exhaustive": True,
            "ignore_imports": UPWARDS,
        },
        {
            "name": "The core knows no plugin",
            "type": "forbidden",
            "source_modules": ["bench"],
            "forbidden_modules": ours,
        },
        {
            "name": f"Plugins import {', '.join(sorted(FOR_PLUGINS))} and nothing else of the core",
            "type": "forbidden",
            "source_modules": ours,
            "forbidden_modules": [name for name in inside if name not in FOR_PLUGINS],
            "allow_indirect_imports": True,
        },
        {
            "name": "Plugins do not import each other",
            "type": "independence",
            "modules": ours,
            "ignore_imports": BETWEEN_PLUGINS,
        },
    ]
    torch: list[Contract] = [
        {
            "name": f"In the core, only {' and '.join(sorted(WITH_TORCH))} import torch",
            "type": "forbidden",
            "source_modules": [name for name in inside if name not in WITH_TORCH],
            "forbidden_modules": ["torch"],
            "allow_indirect_imports": True,
            "ignore_imports": TORCH_BESIDE,
        }
    ]
    at_run_time = {"include_external_packages": True, "exclude_type_checking_imports": True}
    return [({"root_packages": ["bench", *ours]}, structure), ({"root_packages": ["bench"], **at_run_time}, torch)]


def main() -> int:
    failed = 0
    for options, found in contracts():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "contracts.toml"
            path.write_text(toml(options, found), encoding="utf-8")
            failed |= lint_imports(str(path), no_logo=True, no_cache=True)
    return failed


def toml(options: Contract, found: list[Contract]) -> str:
    """Texts, lists and truth are written alike in JSON and TOML."""
    lines = ["[tool.importlinter]", *pairs(options)]
    for contract in found:
        lines += ["[[tool.importlinter.contracts]]", *pairs(contract)]
    return "\n".join(lines)


def pairs(values: Contract) -> list[str]:
    return [f"{key} = {json.dumps(value)}" for key, value in values.items()]


if __name__ == "__main__":
    sys.exit(main())
