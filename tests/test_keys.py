"""Which code a row depends on: the modules that its plugins import, as syntax trees, and no others."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import asdict, replace
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from bench.cells.keys import identity
from bench.code import core, dependencies, syntax
from bench.registry import Registry

ROOT = Path(__file__).parent.parent
REGISTRY = Registry()
RUN = ("run", "--dataset", "synthetic(n_subjects=2, minutes=8)", "--modalities", "eda", "--no-baselines", "--fusion",
       "none", "--model", "close,distant,unrelated", "--profile", "smoke")  # fmt: skip


def test_a_default_that_came_later_changes_no_key(summary_of):
    cell = summary_of([0.7, 0.8]).cell
    later = {"objective": "auroc", "searching": {"batch": 2}}
    assert identity(cell) == {name: value for name, value in asdict(cell).items() if name not in later}
    assert identity(replace(cell, **later)) == identity(cell) | later


# ------------------------------------------------------------------------------------- rows

DECLARATION = '''
"""Three models."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_models():
    return [Plugin(name, f"bench_keyed.{name}:Rule", "One.") for name in ("close", "distant", "unrelated")]
'''
MODEL = '''
"""A model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Model

if TYPE_CHECKING:
    from bench_keyed import typed


class Constant:
    """Says what a module far away says."""

    def fit(self, train, validation):
        {imports}

        self.share = {share}

    def predict_proba(self, windows):
        return np.tile([self.share, 1 - self.share], (len(windows), 1))


@dataclass(frozen=True)
class Rule(Model):
    inputs = "features"
    suits = ("classes",)

    def estimator(self, seed, device):
        return Constant()
'''
MODULES = {
    "close": MODEL.format(imports="from bench_keyed.near import SHARE", share="SHARE"),
    "distant": MODEL.format(imports="from .inner import relay", share="relay.shares.SHARE"),
    "unrelated": MODEL.format(imports="pass", share="0.5"),
    "near": "SHARE = 0.5\n",
    "idle": "NOTHING = 0\n",
    "typed": "NOTHING = 0\n",
    "inner/__init__": "",
    "inner/relay": "import keyed_helper.shares as shares  # of another package\n",
}
HELPER = {"__init__": "", "shares": '"""Shares."""\n\n\nSHARE = 0.5\n'}


def write(folder, modules):
    for name, source in modules.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.py").write_text(source, encoding="utf-8")


@pytest.fixture
def packages(bench):
    """An installed package of three models, and another one that a model works with, which nobody has installed."""
    plugins, helper = bench.package("bench-keyed", DECLARATION), bench.folder / "helper"
    write(plugins / "bench_keyed", MODULES)
    write(helper / "keyed_helper", HELPER)
    return plugins, helper


# file, what stands there, what stands there then, models that use it
CHANGES = [
    ("bench_keyed/near", "0.5", "0.6", {"close"}),
    ("bench_keyed/close", "return Constant()", "return Constant() or None", {"close"}),
    ("keyed_helper/shares", "0.5", "0.6", {"distant"}),
    ("keyed_helper/__init__", "", "x = 1\n", {"distant"}),
    ("bench_keyed/__init__", '"One."', '"Another."', {"close", "distant", "unrelated"}),
    ("bench_keyed/inner/relay", "# of", "# still of", set()),
    ("keyed_helper/shares", "Shares", "Other words", set()),
    ("keyed_helper/shares", "\n\n\n", "\n# spaced in another way\n", set()),
    ("bench_keyed/close", "Says what", "It says what", set()),
    ("bench_keyed/idle", "0", "1", set()),
    ("bench_keyed/typed", "0", "1", set()),
]


def change(packages, file, old, new):
    path = next(folder / f"{file}.py" for folder in packages if (folder / f"{file}.py").exists())
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(("file", "old", "new", "users"), CHANGES)
def test_a_change_of_a_module_changes_the_digests_of_exactly_those_that_use_it(
    packages, install, file, old, new, users
):
    for folder in packages:
        install(folder)

    def found():
        core.forget()
        return {
            name: dependencies.code_digest(f"bench_keyed.{name}:Rule") for name in ("close", "distant", "unrelated")
        }

    before = found()
    change(packages, file, old, new)
    after = found()
    assert {name for name in before if after[name] != before[name]} == users


def test_exactly_those_rows_are_done_again_whose_code_has_changed(bench, packages):
    known = set()

    def run():
        bench.process(*RUN, packages=packages).ok()
        records = set((bench.folder / "bench-results" / "cells").glob("*/tasks/*/record.json"))
        new = [json.loads(path.read_text(encoding="utf-8")) for path in records - known]
        known.update(records)
        return sorted(record["cell"]["model"]["name"] for record in new)

    assert run() == ["close", "close", "distant", "distant", "unrelated", "unrelated"]  # two people each
    for file, old, new, users in CHANGES:
        if not users:
            change(packages, file, old, new)
    assert run() == []
    change(packages, "keyed_helper/shares", "0.5", "0.6")
    assert run() == ["distant", "distant"]


# ----------------------------------------------------------------------------- the code of bench

PROGRAM = """
import json, sys
from pathlib import Path
from bench.cells.keys import pretraining_digest
from bench.cells.resolved import ResolvedCell
from bench.code import core
from bench.planning.expansion import Expander
from bench.planning.grid import Grid
from bench.registry import Registry

registry, cells = Registry(), []
names = {"dataset": ["synthetic", "wesad"], "model": ["logistic", "attx", "transformer"], "fusion": ["none"],
         "target": ["stress"], "modalities": ["eda"], "baselines": False}
for more in ({}, {"search": 2}, {"pretrain": ["synthetic"], "model": ["transformer"]}, {"model": ["ressin"]}):
    cells += Expander(Grid.from_mapping(names | more, "test"), registry, "cpu").expand().cells


def keys():
    core.forget()
    found = {}
    for cell in cells:
        resolved, cell = ResolvedCell(cell.cell, registry), cell.cell
        resolved.data_digest = "the same"
        more = [*(["search"] if cell.search else []), *(["pretrained"] if cell.corpora else [])]
        weights = pretraining_digest(resolved) if cell.corpora else ""
        found[" ".join([cell.dataset.name, cell.model.name, *more])] = [resolved.data_key, resolved.key, weights]
    return found


before, after = keys(), []
for file, old, new in json.load(sys.stdin):
    path = Path(file)
    source = path.read_text(encoding="utf-8")
    assert old in source, path
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
    after.append(keys())
    path.write_text(source, encoding="utf-8")
assert before == keys()
print(json.dumps([before, after]))
"""
ADDED = ("\n\n\n", "\n\n\nADDED = 1\n\n\n")
NETWORKS, PRETRAINED, EVERY = {"attx", "transformer", "ressin"}, {"pretrained"}, {"synthetic", "wesad"}
# file, its text before and after, rows with other prepared data, rows with another key, rows with other pre-training
OURS = [
    ("bench_images/pictures.py", *ADDED, set(), {"ressin"}, set()),
    ("bench_wesad/labels.py", *ADDED, {"wesad"}, {"wesad"}, set()),
    ("bench/readers/pickles.py", *ADDED, {"wesad"}, {"wesad"}, set()),
    ("bench/readers/edf.py", *ADDED, set(), set(), set()),
    ("bench/training/engine.py", *ADDED, set(), NETWORKS, PRETRAINED),
    ("bench/pretraining/masked_pretraining.py", *ADDED, set(), PRETRAINED, PRETRAINED),
    ("bench/worker/search.py", *ADDED, set(), {"search"}, set()),
    ("bench/cli/run.py", *ADDED, set(), set(), set()),
    ("bench/cells/keys.py", *ADDED, set(), set(), set()),
    ("bench/api/fusion.py", '"""', '"""Changed: ', set(), set(), set()),
    ("bench/api/protocols.py", *ADDED, set(), EVERY, set()),
    ("bench/api/suites.py", *ADDED, set(), set(), set()),
    ("bench/api/networks.py", *ADDED, set(), NETWORKS, PRETRAINED),
    ("bench/worker/fit_plan.py", "\n\n\n", "\n\n\n# a remark\n", set(), set(), set()),
    ("bench/worker/fit_plan.py", *ADDED, set(), EVERY, set()),
    ("bench/data/cut.py", *ADDED, set(), EVERY, PRETRAINED),
    ("bench/data/segmentation.py", *ADDED, EVERY, EVERY, PRETRAINED),
]


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """The keys of some rows, found by a process with a copy of bench and its plugins, and after each change of that."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "bench", folder / "bench", ignore=shutil.ignore_patterns("__pycache__"))
    for package in (ROOT / "plugins").glob("*/bench_*"):
        shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=folder,
        input=json.dumps([change[:3] for change in OURS]),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.mark.parametrize("number", range(len(OURS)), ids=[f"{change[0]}{change[2][:8]}" for change in OURS])
def test_a_change_of_bench_or_its_plugins_changes_the_keys_of_the_rows_that_use_it(keys, number):
    before, after = keys[0], keys[1][number]
    assert before.keys() == after.keys()
    for row, digests in before.items():
        changed = [old != new for old, new in zip(digests, after[row], strict=True)]
        assert changed == [bool(set(row.split()) & users) for users in OURS[number][3:]], row


@pytest.mark.parametrize(
    "module",
    [*core.RECORDINGS, *core.PREPARATION, *core.FEATURES, *core.TASKS, *core.PRETRAINED_WEIGHTS, *core.IRRELEVANT,
     *(module for part in core.OPTIONAL for module in part)],
)  # fmt: skip
def test_modules_of_bench_that_decide_about_keys_exist(module):
    assert dependencies.specification(module)


def test_tasks_use_the_parts_that_they_should():
    plain, every = core.core_modules(core.TASKS), core.core_modules(core.TASKS, core.OPTIONAL)
    assert {"bench.api", "bench.worker.fit_plan", "bench.data.windows", "bench.data.preparation"} <= set(plain)
    assert not [module for module in every if any(core.within(module, other) for other in core.IRRELEVANT)]
    for area in (name for part in core.OPTIONAL for name in part):
        assert not [module for module in plain if core.within(module, area)]
        assert [module for module in every if core.within(module, area)]


# --------------------------------------------------------------------------------- plugins of ours


@pytest.mark.parametrize(
    ("kind", "name", "uses", "not_these"),
    [
        ("model", "ressin", {"bench_ressin.trunk", "bench_images", "bench_images.pictures"}, {"bench_attx"}),
        ("model", "attx", {"bench_attx", "bench_attx.attx", "bench_attx.blocks"}, {"bench_images.pictures"}),
        ("dataset", "wesad", {"bench_wesad.labels", "bench_wesad.python2_pickle"}, {"bench_papers"}),
    ],
)
def test_the_modules_of_a_plugin_are_found(kind, name, uses, not_these):
    found = dependencies.dependencies(REGISTRY.get(kind, name).plugin.target)
    assert uses <= set(found.modules)
    assert not not_these & set(found.modules)
    assert "bench.api" in found.core
    assert all(module.startswith("bench_") for module in found.modules)


def test_nothing_that_plugins_have_imported_is_missed():
    """A process that has imported every target has loaded no module of a plugin that the walk does not know."""
    program = (
        "import sys; from bench.registry import Registry; registry = Registry()\n"
        "for kind in registry.entries:\n"
        "    for name in registry.names(kind): registry.get(kind, name).load()\n"
        "print(*(name for name in sys.modules if name.startswith('bench_')))"
    )
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    entries = [entry for kind in REGISTRY.entries.values() for entry in kind.values()]
    known = {module for entry in entries for module in dependencies.dependencies(entry.plugin.target).modules}
    assert len(known) > 100
    assert set(process.stdout.split()) <= known


# ------------------------------------------------------------------------------------ which packages


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder on the path of this process, forgotten in the end."""
    monkeypatch.syspath_prepend(tmp_path)
    core.forget()
    yield tmp_path
    core.forget()


def test_libraries_are_no_plugins_unless_nobody_has_installed_them(folder):
    write(folder / "being_written", {"__init__": ""})
    installed = folder / "site-packages"
    write(installed / "settled", {"__init__": ""})
    sys.path.insert(0, str(installed))
    names = ("being_written", "settled", "numpy", "json", "sys", "nowhere")
    assert {name: dependencies.is_plugin(name) for name in names} == {
        "being_written": True, "settled": False, "numpy": False, "json": False, "sys": False, "nowhere": False,
    }  # fmt: skip
    sys.path.remove(str(installed))


def test_all_packages_of_an_installed_plugin_are_its_code(folder):
    """One that is no entry point, too: the installer's list of files names it."""
    write(
        folder / "bench_listed", {"__init__": "", "model": "import listed_helper\nimport numpy\nimport listed_file\n"}
    )
    write(folder / "listed_helper", {"__init__": ""})
    write(folder, {"listed_file": "", "listed_by_nobody": ""})
    info = folder / "bench_listed-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bench-listed\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[bench]\nlisted = bench_listed\n")
    (info / "RECORD").write_text(
        "bench_listed/__init__.py,,\nbench_listed/model.py,,\nlisted_helper/__init__.py,,\nlisted_file.py,,\n"
        "bench_listed-1.0.dist-info/METADATA,,\n../../../bin/listed,,\n"
    )
    found = set(dependencies.dependencies("bench_listed.model:Model").modules)
    assert found == {"bench_listed", "bench_listed.model", "listed_helper", "listed_file"}
    assert not dependencies.is_plugin("listed_by_nobody")


def test_code_is_found_wherever_it_lies(folder):
    """In a namespace package of several folders, in an archive, as one file, as a compiled module, or not at all."""
    for place in ("here", "there"):
        write(
            folder / place / "spread_out", {place: f"from spread_out import {'there' if place == 'here' else 'here'}"}
        )
        sys.path.insert(0, str(folder / place))
    write(folder, {"single_file": "import compiled\nimport archived.inside\n"})
    (folder / f"compiled{EXTENSION_SUFFIXES[0]}").write_bytes(b"\x7fELF")
    with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
        archive.writestr("archived/__init__.py", "")
        archive.writestr("archived/inside.py", "x = 1\n")
    sys.path.insert(0, str(folder / "archive.zip"))
    try:
        assert set(dependencies.dependencies("spread_out.here").modules) == {
            "spread_out",
            "spread_out.here",
            "spread_out.there",
        }
        assert set(dependencies.dependencies("single_file").modules) == {
            "single_file",
            "compiled",
            "archived",
            "archived.inside",
        }
        assert (
            dependencies.dependencies("single_file").modules["compiled"] == hashlib.sha256(b"\x7fELF").hexdigest()[:16]
        )
        assert dependencies.dependencies("not_there_at_all:Model").modules == {}
    finally:
        sys.path[:3] = []


# ------------------------------------------------------------------------------------- syntax trees


def test_the_digest_is_of_the_tree_written_out():
    """By hand, so that it is the same with every version of Python."""
    tree = "Module(body[Assign(targets[Name(id='x',)]valueJoinedStr(values[FormattedValue(valueName(id='y',)"
    tree += "conversion=-1,format_specJoinedStr(values[Constant(value='<',)FormattedValue(valueName(id='w',)"
    tree += "conversion=-1,)]))]))])"
    assert syntax.parse(b"x = f'{y:<{w}}'").digest == hashlib.sha256(tree.encode()).hexdigest()[:16]


SAME = {
    "comments": ("x = 1", "# why\nx = 1  # one"),
    "layout": ("x = f(1, 2)", "x = f(\n    1,\n    2,\n)"),
    "quotes": ("x = 'a'", 'x = "a"'),
    "docstring of a module": ("x = 1", '"""What it is."""\nx = 1'),
    "docstring of a function": ("def f():\n    return 1", 'def f():\n    """Gives one."""\n    return 1'),
    "docstring of a class": ("class A:\n    x = 1", 'class A:\n    """A."""\n\n    x = 1'),
    "docstring of a field": ("class A:\n    x = 1", 'class A:\n    x = 1\n    """The one."""'),
    "code for type checkers": ("x = 1", "if TYPE_CHECKING:\n    import torch\nx = 1"),
    "code for type checkers, in full": ("x = 1", "if typing.TYPE_CHECKING:\n    import torch\nelse:\n    x = 1"),
}
OTHER = {
    "numbers": ("x = 1", "x = 2"),
    "kinds of numbers": ("x = 1", "x = 1.0"),
    "texts that are used": ("x = 'a'", "x = 'b'"),
    "bytes and texts": ("x = 'a'", "x = b'a'"),
    "names": ("x = 1", "y = 1"),
    "order": ("x = 1\ny = 1", "y = 1\nx = 1"),
    "operators": ("x = a + b", "x = a - b"),
    "what is nested": ("x = [[a], b]", "x = [[a, b]]"),
    "unpacking and None": ("x = {**a}", "x = {None: a}"),
    "empty texts": ("x = ['', 'a']", "x = ['a']"),
    "decorators": ("def f():\n    pass", "@cache\ndef f():\n    pass"),
    "code that does not parse": ("x = (", "x = ["),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_what_changes_nothing_keeps_the_digest(one, other):
    assert syntax.parse(one.encode()).digest == syntax.parse(other.encode()).digest


@pytest.mark.parametrize(("one", "other"), OTHER.values(), ids=OTHER)
def test_what_changes_something_changes_the_digest(one, other):
    assert syntax.parse(one.encode()).digest != syntax.parse(other.encode()).digest


@pytest.mark.parametrize(
    ("source", "imports"),
    [
        ("import a.b, c", {"a.b", "c"}),
        ("from a.b import c as d", {"a.b", "a.b.c"}),
        ("from . import a", {".", ".a"}),
        ("from ..a import b", {"..a", "..a.b"}),
        ("def f():\n    if True:\n        import a", {"a"}),
        ("try:\n    import a\nexcept ImportError:\n    import b", {"a", "b"}),
        ("if TYPE_CHECKING:\n    import a\nelif x:\n    import b", {"b"}),
    ],
)
def test_imports_are_found(source, imports):
    assert set(syntax.parse(source.encode()).imports) == imports


def test_trees_are_remembered_by_content(tmp_path, monkeypatch):
    """What an earlier process has parsed is not parsed again, unless the file has changed."""
    from bench.readers import file_digests

    monkeypatch.setattr(file_digests, "_database", None)
    for name, value in (("_memory", None), ("_known", {}), ("_new", {})):
        monkeypatch.setattr(syntax, name, value)
    file_digests.cache_in(tmp_path / "cache")
    file = tmp_path / "module.py"
    file.write_text("import a\n")
    found = syntax.source(file)
    syntax.keep()
    for name, value in (("_memory", None), ("_known", {})):  # as in another process
        monkeypatch.setattr(syntax, name, value)
    monkeypatch.setattr(syntax, "parse", lambda _: pytest.fail("the file is parsed again"))
    assert syntax.source(file) == found == syntax.Source(found.digest, ("a",))
    monkeypatch.undo()
    file.write_text("import b\n")
    assert syntax.source(file).imports == ("b",)
