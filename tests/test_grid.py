"""Grids as typed, saved and read back, and the cells and refusals that they come to."""

import functools
from dataclasses import dataclass, fields, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Annotated, ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.api import Card, Dataset, Extractor, Fusion, Model, Plugin, Preprocessor, Protocol, Range, hookimpl
from bench.errors import Refused, UsageError
from bench.planning.expansion import Expander, Refusal
from bench.planning.grid import Grid
from bench.planning.plan import RunSettings, make_plan
from bench.planning.reporter import Reporter
from bench.registry import Registry

# -------------------------------------------------------------------------------- plugins that are never run


class NoData(Dataset):
    """One that must not be touched before a combination has been accepted."""

    card: ClassVar[Card] = Card("Nothing", "nowhere", "MIT", "none")

    def subjects(self):
        raise AssertionError("read")

    def load(self, subject):
        raise AssertionError("read")

    def digest(self):
        raise AssertionError("read")


@dataclass(frozen=True)
class Two(NoData):
    people: Annotated[int, Range(1, 99)] = 20
    profiles: ClassVar = {"smoke": {"people": 3}, "paper": {"people": 50}}
    modalities = ("eda", "bvp", "ecg")
    targets: ClassVar = {"stress": ("calm", "stressed"), "valence": ("low", "high")}


@dataclass(frozen=True)
class One(NoData):
    modalities = ("eda",)
    targets: ClassVar = {"stress": ("calm", "stressed")}


@dataclass(frozen=True)
class Corpus(NoData):
    modalities = ("eda",)
    targets: ClassVar = {}


class Learner(Model):
    def estimator(self, seed, device):
        raise AssertionError("built")


@dataclass(frozen=True)
class Vectors(Learner):
    width: Annotated[int, Range(1, 99)] = 8
    profiles: ClassVar = {"smoke": {"width": 2}}


@dataclass(frozen=True)
class Raw(Learner):
    inputs: ClassVar = "signals"
    devices: ClassVar = ("cpu", "cuda")
    width: int = 1


@dataclass(frozen=True)
class Base(Learner):
    inputs: ClassVar = "index"


@dataclass(frozen=True)
class Choosy(Learner):
    def refuse(self, combination):
        return f"choosy wants no {combination.fusion.__class__.__name__}." if combination.modalities != ("bvp",) else ""


@dataclass(frozen=True)
class Alone(Fusion):
    one_modality: ClassVar = True


@dataclass(frozen=True)
class Joined(Fusion):
    strength: float = 1.0


@dataclass(frozen=True)
class Whole(Protocol):
    parts: int = 3

    def outer(self, table):
        raise AssertionError("cut")


@dataclass(frozen=True)
class Step(Preprocessor):
    low: float = 1.0
    high: float = 2.0

    def apply(self, recording):
        raise AssertionError("applied")


@dataclass(frozen=True)
class Table(Extractor):
    bins: int = 4

    def extract(self, windows, rate, modality, channels):
        raise AssertionError("extracted")


def plugin(name, cls, *tags):
    return Plugin(name, f"{__name__}:{cls.__name__}", "It is made up.", tags)


@hookimpl
def bench_datasets():
    return [plugin("two", Two), plugin("one", One), plugin("corpus", Corpus)]


@hookimpl
def bench_models():
    return [plugin("vectors", Vectors), plugin("raw", Raw), plugin("guess", Base, "baseline"),
            plugin("always", Base, "baseline"), plugin("choosy", Choosy)]  # fmt: skip


@hookimpl
def bench_fusions():
    return [plugin("none", Alone), plugin("joined", Joined)]


@hookimpl
def bench_protocols():
    return [plugin("whole", Whole)]


@hookimpl
def bench_preprocessors():
    return [plugin("step", Step), plugin("statistics", Table), plugin("other", Table)]


@functools.cache
def registry():
    """The plugins above. Not made when this module is imported, since that imports it once more."""
    return Registry([EntryPoint(name="made-up", value=__name__, group="bench")])


GRID = Grid(("two",), model=("vectors",), fusion=("none", "joined"), protocol=("whole",), baselines=False)


def expand(device="cpu", **values):
    found = Expander(replace(GRID, **values), registry(), device).expand()
    cells, requested = ([each.cell for each in of] for of in (found.cells, found.requested))
    return replace(found, cells=cells, requested=requested)


def rows(expansion):
    return [(cell.model.name, cell.fusion.name, cell.modalities) for cell in expansion.cells]


# -------------------------------------------------------------------------------- as a file

WORDS = st.lists(st.text(max_size=8), max_size=3).map(tuple)
SOME = st.lists(st.text(max_size=8), min_size=1, max_size=3).map(tuple)
GRIDS = st.builds(
    Grid,
    dataset=SOME,
    target=WORDS,
    modalities=WORDS,
    preprocess=st.text(),
    model=SOME,
    fusion=SOME,
    protocol=SOME,
    seed=st.lists(st.integers(0, 2**31), min_size=1, max_size=3).map(tuple),
    options=st.dictionaries(st.text(), st.text(), max_size=3),
    profile=st.sampled_from(["smoke", "small", "paper"]),
    search=st.integers(0, 100),
    objective=st.sampled_from(["", "auroc"]),
    baselines=st.booleans(),
)


@given(GRIDS)
@example(Grid(options={'a "quoted"\n\\ name': "\x7f\x00\x1f\u2028😀"}))
def test_a_grid_that_is_written_is_read_back_as_the_same(tmp_path_factory, grid):
    path = tmp_path_factory.mktemp("grid") / "grid.toml"
    path.write_text(grid.to_toml(), encoding="utf-8")
    assert Grid.from_toml(path) == grid


def test_a_file_may_be_written_by_hand(tmp_path):
    path = tmp_path / "grid.toml"
    path.write_text(
        'dataset = "wesad"\nseed = 3\nbaselines = false\n[options]\nmodel.C = 0.1\nmodel.stages = [1, 3]\n'
        '"window.length" = "5"\nmodel.deep.er = true\n'
    )
    assert Grid.from_toml(path) == Grid(
        ("wesad",),
        seed=(3,),
        baselines=False,
        options={"model.C": "0.1", "model.stages": "1,3", "model.deep.er": "True", "window.length": "5"},
    )


def test_every_key_of_a_grid_can_be_missing():
    assert Grid.from_mapping({}, "a suite") == Grid()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "modle = 'a'",
            (
                "There is no key of a grid (in FILE) 'modle'; did you mean 'model'? Known: baselines, calibrate, "
                "compile, dataset, deterministic, fusion, modalities, model, objective, options, precision, "
                "preprocess, pretrain, profile, protocol, search, seed, target."
            ),
        ),
        ("profile = 'reduced'", "There is no profile 'reduced'. Known: paper, small, smoke."),
        ("profile = ['smoke']", "The key 'profile' of a grid (in FILE) takes a text, not ['smoke']."),
        ("seed = []", "A run needs one seed or more, as in --seed 0,1,2."),
        ("seed = '0'", "The key 'seed' of a grid (in FILE) takes whole numbers, not '0'."),
        ("seed = [1, 1.5]", "The key 'seed' of a grid (in FILE) takes whole numbers, not [1, 1.5]."),
        ("seed = [-1]", "The key 'seed' of a grid (in FILE) takes whole numbers, not [-1]."),
        ("seed = true", "The key 'seed' of a grid (in FILE) takes whole numbers, not True."),
        ("model = []", "A grid (in FILE) needs a model; 'bench list model' shows them."),
        ("model = 5", "The key 'model' of a grid (in FILE) takes texts, not 5."),
        ("dataset = ['a', 1]", "The key 'dataset' of a grid (in FILE) takes texts, not ['a', 1]."),
        ("search = 'many'", "The key 'search' of a grid (in FILE) takes a whole number up to 10000, not 'many'."),
        ("baselines = 'no'", "The key 'baselines' of a grid (in FILE) takes true or false, not 'no'."),
        (
            "preprocess = ['a']",
            ("The key 'preprocess' of a grid (in FILE) takes a text, as in 'zscore | statistics', not ['a']."),
        ),
        ("options = 'x'", "The key 'options' of a grid (in FILE) takes a table, as in \"model.C\" = \"0.1\", not 'x'."),
        ("model = ?", "FILE is not TOML as 'bench run --save' writes it: Invalid value (at line 1, column 9)."),
    ],
)
def test_a_file_that_is_no_grid_says_which_key_and_what_it_takes(tmp_path, text, message):
    path = tmp_path / "grid.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        Grid.from_toml(path)
    assert str(caught.value) == message.replace("FILE", str(path))


def test_a_file_that_is_no_text_says_so(tmp_path):
    path = tmp_path / "grid.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"^.*grid\.toml is not text in UTF-8 \(byte 0\)\.$"):
        Grid.from_toml(path)


def test_the_defaults_name_plugins_that_are_installed():
    installed, grid = Registry(entry_points(group="bench")), Grid()
    for kind in ("dataset", "model", "fusion", "protocol"):
        for name in getattr(grid, kind):
            assert installed.get(kind, name).load()
    assert {item.name for item in fields(Grid)} >= {"seed", "options"}


# -------------------------------------------------------------------------------- rows


def test_without_fusion_there_is_a_row_for_each_modality_and_with_it_one():
    assert rows(expand()) == [
        ("vectors", "none", ("eda",)),
        ("vectors", "none", ("bvp",)),
        ("vectors", "none", ("ecg",)),
        ("vectors", "joined", ("eda", "bvp", "ecg")),
    ]


def test_all_rows_are_scored_on_the_windows_that_all_chosen_modalities_share():
    expansion = expand(modalities=("ecg", "eda", "ecg"), baselines=True)
    assert {cell.required_modalities for cell in expansion.cells} == {("ecg", "eda")}
    assert rows(expansion)[:3] == [
        ("vectors", "none", ("ecg",)), ("vectors", "none", ("eda",)), ("vectors", "joined", ("ecg", "eda"))
    ]  # fmt: skip


def test_baselines_come_along_once_for_each_target_and_are_not_what_was_asked_for():
    expansion = expand(baselines=True, target=("stress", "valence"), search=5)
    base = [cell for cell in expansion.cells if cell not in expansion.requested]
    assert [(cell.target, cell.model.name, cell.fusion.name, cell.modalities, cell.search) for cell in base] == [
        (target, name, "none", (), 0) for target in ("stress", "valence") for name in ("always", "guess")
    ]
    assert all(cell.features is None for cell in base)
    assert [cell.search for cell in expansion.requested] == [5] * 8


def test_a_baseline_that_was_asked_for_is_one_row_among_the_others():
    expansion = expand(model=("guess", "vectors"), fusion=("none",), baselines=True)
    assert [cell.model.name for cell in expansion.cells] == ["guess", "vectors", "vectors", "vectors", "always"]
    assert len(expansion.requested) == 4


def test_options_of_a_role_do_not_disturb_the_baselines_that_come_along():
    expansion = expand(baselines=True, options={"model.width": "5", "fusion.strength": "2"}, fusion=("joined",))
    assert [cell.model.options for cell in expansion.cells] == [{"width": 5}, {}, {}]
    assert [cell.fusion.options for cell in expansion.cells] == [{"strength": 2.0}, {}, {}]


def test_the_first_target_is_the_default_and_every_dataset_has_its_own():
    expansion = expand(dataset=("two", "one"), fusion=("none",))
    assert [(cell.dataset.name, cell.target, cell.modalities) for cell in expansion.cells] == [
        ("two", "stress", ("eda",)), ("two", "stress", ("bvp",)), ("two", "stress", ("ecg",)),
        ("one", "stress", ("eda",)),
    ]  # fmt: skip


# -------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("profile", "spec", "given", "width"),
    [
        ("small", "vectors", {}, 8),
        ("smoke", "vectors", {}, 2),
        ("smoke", "vectors", {"model.width": "3"}, 3),
        ("smoke", "vectors", {"model.width": "3", "vectors.width": "4"}, 4),
        ("smoke", "vectors(width=5)", {"vectors.width": "4"}, 5),
        ("smoke", "vectors(6)", {"vectors.width": "4"}, 6),
    ],
)
def test_what_is_said_nearer_wins_over_the_role_and_the_role_over_the_profile(profile, spec, given, width):
    models = (spec,) if spec == "vectors" else (spec, "vectors")  # for which the option counts
    expansion = expand(profile=profile, model=models, options=given, fusion=("joined",))
    assert expansion.cells[0].model.options == {"width": width}
    assert [cell.profile for cell in expansion.cells] == [profile] * len(models)


def test_a_role_reaches_all_its_plugins_and_a_name_only_its_own():
    both = expand(model=("vectors", "raw"), fusion=("joined",), options={"model.width": "7"})
    assert [cell.model.options["width"] for cell in both.cells] == [7, 7]
    one = expand(model=("vectors", "raw"), fusion=("joined",), options={"raw.width": "7"})
    assert [cell.model.options["width"] for cell in one.cells] == [8, 7]


def test_steps_and_features_are_roles_of_their_own():
    given = {"preprocess.low": "0.5", "features.bins": "9", "window.length": "4", "protocol.parts": "2"}
    (cell,) = expand(preprocess="step(high=3)", fusion=("joined",), options=given).cells
    assert [(step.name, step.options) for step in cell.steps] == [("step", {"low": 0.5, "high": 3.0})]
    assert (cell.features.name, cell.features.options) == ("statistics", {"bins": 9})
    assert cell.window == {"length": 4.0, "hop": 5.0, "whole": False}
    assert cell.protocol.options == {"parts": 2}
    (cell,) = expand(preprocess="step | other", fusion=("joined",), options={"features.bins": "9"}).cells
    assert (cell.features.name, cell.features.options) == ("other", {"bins": 9})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"width": "3"}, "The option 'width' does not say whose it is; write for instance model.width."),
        (
            {"modle.width": "3"},
            (
                "There is no part of this run 'modle'; did you mean 'model'? Known: dataset, features, fusion, model, "
                "preprocess, protocol, search, window. The name of a plugin that takes part works as well."
            ),
        ),
        (
            {"raw.width": "3"},
            (
                "There is no part of this run 'raw'. Known: dataset, features, fusion, model, "
                "preprocess, protocol, search, window. The name of a plugin that takes part works as well."
            ),
        ),
        ({"model.zeta": "3"}, "Model 'vectors' has no option 'zeta'. Known: width."),
        ({"vectors.width": "x"}, "model 'vectors': 'width' takes a whole number from 1 to 99, not 'x'."),
        ({"window.length": "0"}, "window: 'length' takes a number from 0.1 to 3600, not 0."),
        ({"dataset.people": "100"}, "dataset 'two': 'people' takes a whole number from 1 to 99, not 100."),
    ],
)
def test_an_option_that_nobody_takes_is_refused(given, message):
    with pytest.raises(UsageError) as caught:
        expand(options=given)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"model": ("vector",)},
            ("There is no model 'vector'; did you mean 'vectors'? Known: always, choosy, guess, raw, vectors."),
        ),
        ({"modalities": ("eeg",)}, "'two' has no modality 'eeg'; did you mean 'ecg'? Known: bvp, ecg, eda."),
        ({"target": ("arousal",)}, "'two' has no target 'arousal'. Known: stress, valence."),
        ({"preprocess": "other | step"}, "'other' makes feature vectors, so it must be the last step of the chain."),
        (
            {"preprocess": "statistics | other"},
            (
                "'statistics' makes feature vectors, so it must be the last step of the chain. "
                "It is for all modalities: write it once, as in 'ecg: zscore; statistics'."
            ),
        ),
    ],
)
def test_what_does_not_exist_or_has_no_order_is_refused(values, message):
    with pytest.raises(UsageError) as caught:
        expand(**values)
    assert str(caught.value) == message


@pytest.mark.parametrize("target", [(), ("stress",)])
def test_a_data_set_without_labels_is_refused(target):
    with pytest.raises(UsageError) as caught:
        expand(dataset=("corpus",), target=target)
    assert str(caught.value) == "'corpus' has no labels with these options; it serves for pre-training."


# -------------------------------------------------------------------------------- features


@pytest.mark.parametrize(
    ("model", "chain", "steps", "features"),
    [
        ("vectors", "", [], "statistics"),
        ("vectors", "step", ["step"], "statistics"),
        ("vectors", "step | step(3) | other", ["step", "step"], "other"),
        ("raw", "step", ["step"], None),
        ("guess", "step | other", ["step"], None),
    ],
)
def test_models_get_features_of_the_chain_or_the_default_ones_where_they_want_them(model, chain, steps, features):
    cell = expand(model=(model,), preprocess=chain, fusion=("none",)).cells[0]
    assert [step.name for step in cell.steps] == steps
    assert (cell.features.name if cell.features else None) == features


# -------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("values", "refusals"),
    [
        (
            {"model": ("guess",), "fusion": ("joined",)},
            [
                (
                    "two · guess · joined · eda+bvp+ecg · whole",
                    "guess learns from no modality, so there is nothing to fuse; use --fusion none",
                )
            ],
        ),
        (
            {"modalities": ("bvp",), "fusion": ("joined",)},
            [
                (
                    "two · vectors · joined · bvp · whole",
                    "joined joins two modalities or more, and only bvp is here; use --fusion none",
                )
            ],
        ),
        (
            {"model": ("raw(3)",), "fusion": ("joined(2)",), "preprocess": "other"},
            [
                (
                    "two · raw(width=3) · joined(strength=2) · eda+bvp+ecg · whole",
                    "raw learns from signals, but the chain ends in feature vectors (other)",
                )
            ],
        ),
        (
            {"device": "cuda:1", "modalities": ("eda",), "fusion": ("none",)},
            [("two · vectors · none · eda · whole", "vectors runs on cpu only; leave out --device cuda:1")],
        ),
        (
            {"device": "tpu", "model": ("raw",), "modalities": ("eda",), "fusion": ("none",)},
            [("two · raw · none · eda · whole", "raw runs on cpu and cuda only; leave out --device tpu")],
        ),
        ({"device": "cuda", "model": ("raw",), "fusion": ("none",)}, []),
        ({"device": "auto", "fusion": ("none",)}, []),
        (
            {"model": ("choosy",)},
            [
                ("two · choosy · none · eda · whole", "choosy wants no Alone"),
                ("two · choosy · none · ecg · whole", "choosy wants no Alone"),
                ("two · choosy · joined · eda+bvp+ecg · whole", "choosy wants no Joined"),
            ],
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_reason(values, refusals):
    assert expand(**values).refusals == [Refusal(label, reason) for label, reason in refusals]


def test_what_makes_sense_beside_it_goes_on():
    assert rows(expand(model=("choosy", "guess"))) == [("choosy", "none", ("bvp",)), ("guess", "none", ())]


def test_a_run_of_which_nothing_is_left_is_refused_before_a_file_is_read_or_written(tmp_path):
    settings = RunSettings(tmp_path / "out", tmp_path / "cache", "cpu")
    grid = replace(GRID, dataset=("one",), fusion=("joined",), baselines=True)
    with pytest.raises(Refused) as caught:
        make_plan(grid, registry(), settings, Reporter())
    assert str(caught.value) == (
        "Nothing is left to run: one · vectors · joined · eda · whole: "
        "joined joins two modalities or more, and only eda is here; use --fusion none."
    )
    assert list(Path(tmp_path).iterdir()) == []
