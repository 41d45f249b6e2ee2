"""Discovery of plugins: packages of strangers, sound and broken, as real modules behind entry points."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from bench.errors import PluginError, UsageError
from bench.planning.reporter import Reporter
from bench.registry import Broken, Registry
from bench.running.listeners import Listeners

DECLARES = "from bench.api import Plugin, hookimpl\n"
SOUND = """
@hookimpl
def bench_models():
    return [Plugin("mine", "{package}.model:Mine", "One of mine.", ("baseline",))]
"""
MODEL = """
from dataclasses import dataclass
from bench.api import Model

@dataclass(frozen=True)
class Mine(Model):
    def estimator(self, seed, device):
        raise NotImplementedError

class Bare(Model):
    def estimator(self, seed, device):
        raise NotImplementedError

@dataclass(frozen=True)
class Other:
    size: int = 1

def function():
    pass
"""
THAWED = """
from dataclasses import dataclass
from bench.api import Staged
@dataclass
class Mine(Staged):
    size: int = 1
"""
NOT_FROZEN = "cannot inherit non-frozen dataclass from a frozen one"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes a package that declares this, and gives its entry point."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, declaration, value=None, **modules):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").write_text(DECLARES + declaration.replace("{package}", name))
        for module, source in modules.items():
            (folder / f"{module}.py").write_text(source)
        return EntryPoint(name=name, value=value or name, group="bench")

    yield write
    for name in [name for name, module in sys.modules.items() if getattr(module, "__file__", None)
                 and str(tmp_path) in str(module.__file__)]:  # fmt: skip
        del sys.modules[name]


def problems(registry):
    return [(broken.package, broken.problem) for broken in registry.broken]


# -------------------------------------------------------------------------------- what is found


def test_every_plugin_of_this_distribution_loads_with_its_version():
    registry = Registry()
    ours = [entry for kind in registry.entries.values() for entry in kind.values()
            if entry.distribution == "affectbench"]  # fmt: skip
    assert [broken for broken in registry.broken if broken.distribution == "affectbench"] == []
    assert {entry.kind for entry in ours} == {
        "dataset", "preprocessor", "model", "fusion", "protocol", "suite", "executor"
    }  # fmt: skip
    for entry in ours:
        assert entry.load().__module__.partition(".")[0] == entry.package
        assert entry.version


def test_a_package_found_through_its_entry_point_is_as_good_as_ours(package):
    registry = Registry([package("one_of_mine", SOUND, model=MODEL)])
    entry = registry.get("model", "mine")
    assert (entry.kind, entry.name, entry.package) == ("model", "mine", "one_of_mine")
    assert (entry.plugin.about, entry.plugin.tags) == ("One of mine.", ("baseline",))
    assert registry.names("model") == ["mine"]
    assert registry.find("mine") == [entry]
    assert registry.broken == []


def test_a_folder_with_its_metadata_is_found_as_installed(package, tmp_path):
    package("one_of_mine", SOUND, model=MODEL)
    info = tmp_path / "one_of_mine-2.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: one-of-mine\nVersion: 2.5\n")
    (info / "entry_points.txt").write_text("[bench]\nmine = one_of_mine\n")
    registry = Registry()
    entry = registry.get("model", "mine")
    assert (entry.distribution, entry.version) == ("one-of-mine", "2.5")
    assert "logistic" in registry.names("model")


def test_what_a_record_names_is_imported_only_when_it_is_asked_for(package):
    registry = Registry([package("one_of_mine", SOUND, model=MODEL)])
    assert registry.get("model", "mine").load().__name__ == "Mine"
    assert "one_of_mine.model" not in sys.modules  # a worker has described it
    assert registry.imported_here().get("model", "mine").load().__name__ == "Mine"
    assert "one_of_mine.model" in sys.modules


def test_one_module_may_provide_several_kinds_and_commands(package):
    source = """
@hookimpl
def bench_models():
    return (Plugin("a", "x.y:A", "A."), Plugin("b-2", "x.y:B", "B."))

@hookimpl
def bench_fusions():
    yield Plugin("a", "x.y:A", "A.")

@hookimpl
def bench_commands():
    return [Plugin("c", "x.y:c", "C.")]
"""
    registry = Registry([package("several", source)])
    assert registry.names("model") == ["a", "b-2"]
    assert [entry.kind for entry in registry.find("a")] == ["model", "fusion"]
    assert registry.names("command") == ["c"]
    assert registry.broken == []


def test_an_object_may_be_the_plugin_instead_of_a_module(package):
    source = """
class Mine:
    @hookimpl
    def bench_models(self):
        return [Plugin("mine", "x.y:A", "A.")]

mine = Mine()
"""
    registry = Registry([package("objects", source, value="objects:mine")])
    assert registry.names("model") == ["mine"]
    assert registry.broken == []


# -------------------------------------------------------------------------------- what is broken

WRONG = [
    ("raise RuntimeError('no licence')", "RuntimeError: no licence (broken/__init__.py:2)"),
    ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all' (broken/__init__.py:2)"),
    ("def (", "SyntaxError: invalid syntax (__init__.py, line 2)"),
    ("raise SystemExit('install the driver first')", "SystemExit: install the driver first (broken/__init__.py:2)"),
    (
        THAWED,
        f"TypeError: {NOT_FROZEN} (broken/__init__.py:5); write @dataclass(frozen=True)",
    ),
    ("@hookimpl\ndef bench_model():\n    return []", "there is no hook 'bench_model'; did you mean 'bench_models'?"),
    ("@hookimpl\ndef quite_another():\n    return []", "there is no hook 'quite_another'"),
    ("def bench_models():\n    return []", "'bench_models' is not marked with @bench.api.hookimpl"),
    (
        "@hookimpl\ndef bench_models():\n    return ['nearest']",
        "bench_models: PluginError: expected bench.api.Plugin records, got 'nearest'",
    ),
    (
        "@hookimpl\ndef bench_models():\n    return None",
        "bench_models: PluginError: return a list of Plugin records, not None",
    ),
    (
        "@hookimpl\ndef bench_models():\n    return Plugin('near', 'a.b:C', 'A.')",
        "bench_models: PluginError: return a list of Plugin records, not one Plugin",
    ),
    (
        "@hookimpl\ndef bench_models():\n    raise KeyError('home')",
        "bench_models: KeyError: 'home' (broken/__init__.py:4)",
    ),
    (
        "@hookimpl\ndef bench_models():\n    raise SystemExit(3)",
        "bench_models: SystemExit: 3 (broken/__init__.py:4)",
    ),
    (
        "@hookimpl\ndef bench_models():\n    yield Plugin('good', 'a.b:C', 'Good.')\n    raise OSError('gone')",
        "bench_models: OSError: gone (broken/__init__.py:5)",
    ),
    *(
        (
            f"@hookimpl\ndef bench_models():\n    return [Plugin({record})]",
            f"bench_models: PluginError: {reason}",
        )
        for record, reason in [
            ("'Nearest', 'a.b:C', 'A.'", "the name 'Nearest' is not lower-case words joined by hyphens"),
            ("'near mean', 'a.b:C', 'A.'", "the name 'near mean' is not lower-case words joined by hyphens"),
            ("'near_mean', 'a.b:C', 'A.'", "the name 'near_mean' is not lower-case words joined by hyphens"),
            ("'near--mean', 'a.b:C', 'A.'", "the name 'near--mean' is not lower-case words joined by hyphens"),
            ("'near\\n', 'a.b:C', 'A.'", r"the name 'near\n' is not lower-case words joined by hyphens"),
            ("'', 'a.b:C', 'A.'", "the name '' is not lower-case words joined by hyphens"),
            ("5, 'a.b:C', 'A.'", "the name 5 is not lower-case words joined by hyphens"),
            ("'near', 'a.b.C', 'A.'", "the target 'a.b.C' of 'near' is not 'package.module:Class'"),
            ("'near', 'a.b:', 'A.'", "the target 'a.b:' of 'near' is not 'package.module:Class'"),
            ("'near', dict, 'A.'", "the target <class 'dict'> of 'near' is not 'package.module:Class'"),
            ("'near', 'a.b:C', None", "the description None of 'near' is not a text"),
            ("'near', 'a.b:C', 'A.', None", "the tags None of 'near' are not a tuple of texts"),
            ("'near', 'a.b:C', 'A.', 'baseline'", "the tags 'baseline' of 'near' are not a tuple of texts"),
            ("'near', 'a.b:C', 'A.', (1,)", "the tags (1,) of 'near' are not a tuple of texts"),
        ]
    ),
]


@pytest.mark.parametrize(("source", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_a_broken_package_is_reported_and_breaks_only_itself(package, source, problem):
    registry = Registry([package("broken", source), package("sound", SOUND, model=MODEL)])
    assert problems(registry) == [("broken", problem)]
    assert registry.names("model") == ["mine"]
    assert registry.get("model", "mine").load().__name__ == "Mine"


def test_what_was_raised_is_kept_with_its_traceback(package):
    (broken,) = Registry([package("broken", "def f():\n    raise ValueError('deep')\nf()")]).broken
    assert isinstance(broken, Broken)
    assert (broken.distribution, broken.problem) == ("unknown", "ValueError: deep (broken/__init__.py:3)")
    assert broken.details.startswith("Traceback (most recent call last):")
    assert "in f\n" in broken.details


def test_a_hook_with_an_argument_that_does_not_exist_is_reported_by_its_name(package):
    registry = Registry(
        [package("broken", "@hookimpl\ndef bench_models(folder):\n    return []"), package("sound", SOUND)]
    )
    ((name, problem),) = problems(registry)
    assert name == "broken"
    assert problem.startswith("PluginValidationError: Plugin 'broken' for hook 'bench_models'")
    assert "Argument(s) {'folder'} are declared in the hookimpl but can not be found in the hookspec" in problem
    assert registry.names("model") == ["mine"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("entry:absent", "AttributeError: module 'entry' has no attribute 'absent'"),
        ("nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
    ],
)
def test_an_entry_point_that_leads_nowhere_is_reported(package, value, problem):
    assert problems(Registry([package("entry", SOUND, value=value)])) == [(value, problem)]


def test_an_entry_point_to_something_without_attributes_is_not_fatal(package):
    registry = Registry([package("entry", "things = [1, 2]", value="entry:things"), package("sound", SOUND)])
    assert registry.names("model") == ["mine"]


def test_functions_of_other_libraries_are_not_taken_for_hooks(package):
    source = SOUND + "\nclass Answers:\n    def __getattr__(self, name):\n        return 1\n\nanything = Answers()\n"
    assert Registry([package("answers", source)]).broken == []


# -------------------------------------------------------------------------------- two of one name

TWICE = (
    "Two packages provide the model 'mine': first of unknown and second of unknown; "
    "uninstall one of them, or rename yours."
)


def test_two_packages_with_one_name_are_refused_naming_both(package):
    fusion = "\n@hookimpl\ndef bench_fusions():\n    return [Plugin('mine', 'a.b:C', 'A.')]\n"
    registry = Registry([package("second", SOUND), package("first", SOUND + fusion)])
    assert problems(registry) == [("second", TWICE)]
    with pytest.raises(UsageError) as caught:
        registry.get("model", "mine")
    assert str(caught.value) == TWICE
    assert registry.names("model") == []
    assert registry.find("mine")[0].kind == "fusion"  # another kind is another plugin


def test_finding_a_doubled_name_of_one_kind_says_so(package):
    registry = Registry([package("second", SOUND), package("first", SOUND)])
    with pytest.raises(UsageError) as caught:
        registry.find("mine")
    assert str(caught.value) == TWICE


def test_a_third_of_the_same_name_is_reported_and_does_not_win(package):
    registry = Registry([package(name, SOUND) for name in ("first", "second", "third")])
    assert problems(registry) == [("second", TWICE), ("third", TWICE)]
    assert registry.names("model") == []


# -------------------------------------------------------------------------------- what is asked for


def test_asking_for_what_does_not_exist_names_the_nearest_and_what_failed_to_load(package):
    registry = Registry(
        [package("sound", SOUND), package("broken", "raise OSError('no home')"), package("also", "import xyzzy")]
    )
    failed = (
        "Failed to load: also (ModuleNotFoundError: No module named 'xyzzy' (also/__init__.py:2)), broken (OSError: no "
        "home (broken/__init__.py:2)); 'bench list --broken' shows tracebacks."
    )
    with pytest.raises(UsageError) as caught:
        registry.get("model", "mine2")
    assert str(caught.value) == f"{failed} There is no model 'mine2'; did you mean 'mine'? Known: mine."
    with pytest.raises(UsageError) as caught:
        registry.get("dataset", "wesad")
    assert str(caught.value) == f"{failed} There is no dataset 'wesad'. There is no dataset at all."
    with pytest.raises(UsageError) as caught:
        registry.find("xyz")
    assert str(caught.value) == f"{failed} There is no plugin 'xyz'. 'bench list' shows all of them."


def test_where_nothing_failed_to_load_nothing_is_said_of_it(package):
    registry = Registry([package("sound", SOUND)])
    with pytest.raises(UsageError) as caught:
        registry.get("model", "xyz")
    assert str(caught.value) == "There is no model 'xyz'. Known: mine."
    with pytest.raises(UsageError) as caught:
        registry.find("mines")
    assert str(caught.value) == "There is no plugin 'mines'; did you mean 'mine'? 'bench list' shows all of them."


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("sound.absent:Mine", "cannot be imported: ModuleNotFoundError: No module named 'sound.absent'."),
        ("sound.model:Absent", "cannot be imported: AttributeError: module 'sound.model' has no attribute 'Absent'."),
        ("sound.exits:Mine", "cannot be imported: SystemExit: no driver (sound/exits.py:1)."),
        (
            "sound.thawed:Mine",
            f"cannot be imported: TypeError: {NOT_FROZEN} (sound/thawed.py:4); write @dataclass(frozen=True).",
        ),
        ("sound.model:Bare", "is not a dataclass derived from bench.api.Model: sound.model:Bare."),
        ("sound.model:Other", "is not a dataclass derived from bench.api.Model: sound.model:Other."),
        ("sound.model:function", "is not a dataclass derived from bench.api.Model: sound.model:function."),
    ],
)
def test_a_target_that_is_missing_or_of_the_wrong_class_is_the_plugins_fault(package, target, message):
    declaration = f"@hookimpl\ndef bench_models():\n    return [Plugin('mine', '{target}', 'One.')]"
    modules = {"exits": "raise SystemExit('no driver')", "thawed": THAWED}
    registry = Registry([package("sound", declaration, model=MODEL, **modules)])
    assert registry.broken == []
    with pytest.raises(PluginError) as caught:
        registry.get("model", "mine").load()
    assert str(caught.value) == f"The model 'mine' of unknown {message}"


def test_a_preprocessor_may_be_a_step_a_scaling_a_feature_table_or_a_recipe(package):
    declaration = "@hookimpl\ndef bench_preprocessors():\n    return [Plugin('mine', 'sound.model:Mine', 'One.')]"
    registry = Registry([package("sound", declaration, model=MODEL)])
    with pytest.raises(PluginError) as caught:
        registry.get("preprocessor", "mine").load()
    assert str(caught.value) == (
        "The preprocessor 'mine' of unknown is not a dataclass derived from "
        "bench.api.Preprocessor or bench.api.Scaling or bench.api.StimulusFeatures or bench.api.Extractor or "
        "bench.api.PreprocessingPreset: sound.model:Mine."
    )


# -------------------------------------------------------------------------------- events


def test_listeners_are_named_by_package_and_get_what_the_run_tells(package, tmp_path):
    source = """
from pathlib import Path

@hookimpl
def bench_run_started(run):
    Path(run).write_text("started")

@hookimpl
def bench_run_finished():
    pass
"""
    registry = Registry([package("tracker", source), package("sound", SOUND)])
    assert registry.listeners == [("tracker", "bench_run_started"), ("tracker", "bench_run_finished")]
    with Listeners(registry, Reporter()) as listeners:
        listeners.fire("bench_run_started", run=str(tmp_path / "mark"))
        assert Path(tmp_path / "mark").read_text() == "started"


def test_a_package_that_failed_to_load_does_not_listen(package):
    source = """
@hookimpl
def bench_run_started(run):
    pass

@hookimpl
def bench_suites(wrong):
    return []
"""
    registry = Registry([package("tracker", source)])
    assert len(registry.broken) == 1
    assert registry.listeners == []
