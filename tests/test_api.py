"""`bench.api`: its names, where they are defined, and what importing them costs."""

import ast
import importlib
import inspect
import subprocess
import sys

import pytest

import bench.api
from bench.api import MODULE_OF, MODULES

HEAVY = {"numpy", "pandas", "torch", "sklearn", "scipy", "optuna", "bench.training", "bench.tabular"}
ARRAYS = {"Array", "Rows"}  # types of NumPy, and so the only names that import it


def imported(statement):
    """The modules that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys; print(*sys.modules)"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


def test_type_checkers_see_the_names_that_are_loaded_lazily():
    tree = ast.parse(inspect.getsource(bench.api))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.asname: node.module for node in block.body for alias in node.names}
    assert seen == {name: f"bench.api.{module}" for name, module in MODULE_OF.items()}


@pytest.mark.parametrize("module", MODULES)
def test_each_name_is_defined_in_its_module(module):
    for name in MODULES[module]:
        assert getattr(bench.api, name) is getattr(importlib.import_module(f"bench.api.{module}"), name)
    assert set(MODULES[module]) <= set(dir(bench.api))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'bench\.api' has no attribute 'Modell'$"):
        bench.api.Modell  # noqa: B018
    with pytest.raises(ImportError):
        from bench.api import Modell  # noqa: F401


def test_importing_the_contract_imports_nothing_heavy():
    names = sorted(set(MODULE_OF) - ARRAYS)
    loaded = imported(f"from bench.api import {', '.join(names)}\nfrom bench.api import papers, simulation")
    assert not loaded & HEAVY


def test_announcing_a_plugin_imports_one_module_of_the_contract():
    loaded = imported("from bench.api import Plugin, hookimpl")
    assert {name for name in loaded if name.startswith("bench")} == {"bench", "bench.api", "bench.api.plugin"}
