"""Pages cannot drift: what is generated is up to date, and what the README tells people to type can be typed."""

import importlib.util
import inspect
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from bench import api, hookspecs
from bench.api import MODULES
from bench.cli import main
from bench.discovery import HOOKS

ROOT = Path(__file__).parent.parent


def loaded(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def used():
    """The command lines of the README's section on use."""
    block = re.search(r"## Use\n\n```text\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    return [
        command.strip()
        for line in block.splitlines()
        for command in line.partition("  #")[0].split(";")
        if command.strip()
    ]


def test_generated_pages_are_up_to_date():
    assert loaded("generate").stale() == []


def test_no_page_contains_a_placeholder():
    assert loaded("generate").placeholders() == []


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_a_sentence(hook):
    assert re.fullmatch(r"[A-Z].+\.", getattr(hookspecs, hook).__doc__)


def test_the_hook_on_the_page_is_that_of_the_tutorial():
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    record = re.search(r"return \[(Plugin\(.*\))\]", page)[1]
    assert record in (ROOT / "examples/bench_tutorial/bench_tutorial/hooks.py").read_text(encoding="utf-8")


def test_the_reference_lists_every_name_of_the_contract():
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    classes = {name for names in MODULES.values() for name in names if inspect.isclass(getattr(api, name))}
    assert {name for name in classes if f"### {name}\n" not in page} == set()


def test_the_reference_lists_every_reader_and_shows_defaults():
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    for name in ("tables.read", "matlab.read", "pickles.read", "edf.read", "empatica.signals", "archives.extract"):
        assert f"### {name}\n\n`{name.partition('.')[2]}(" in page
    defaults = {"validates -> bool": "`False`", "decides_late -> bool": "whether `combine` is overridden"}
    for method, default in defaults.items():
        assert re.search(rf"^- `{method}`: .* \*Default:\* {default}\.$", page, re.MULTILINE)


def test_the_readme_names_every_extra_that_users_need():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    opening = (ROOT / "README.md").read_text(encoding="utf-8").partition("## What it is")[0]
    for name in extras.keys() - {"test", "benchmark"}:
        assert f"[{name}]'" in opening or f"`{name}`" in opening


def test_the_readme_opens_with_one_command_that_runs_and_one_that_tests():
    first, second = loaded("commands").commands()
    assert "pip install -q -c constraints.txt . && .venv/bin/bench run " in first
    assert second.endswith("pip install -q -c constraints.txt -e '.[test]' && .venv/bin/pytest")
    assert (ROOT / "README.md").read_text(encoding="utf-8").index(second) < 500


@pytest.mark.parametrize("line", used())
def test_what_the_readme_types_can_be_typed(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("grid.toml", "bench-results/runs/NAME.json", "leaderboard/results/NAME.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    program, name, *arguments = shlex.split(line)
    assert program == "bench"
    root = main.make_context("bench", [], resilient_parsing=True)
    main.get_command(root, name).make_context(name, arguments, parent=root).close()
