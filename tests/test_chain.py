"""Chains as people type them: which steps they come to, for which modalities, and what is refused."""

import pytest

from bench.api import Scaling, StimulusFeatures
from bench.cells.resolved import chain_label
from bench.errors import UsageError
from bench.planning.expansion import Expander
from bench.planning.grid import Grid
from bench.registry import Registry

REGISTRY = Registry()
FILTERED = "bandpass(low=5, high=15) | zscore | resample(rate=256)"


def source(preprocess, *modalities, dataset="synthetic", **options):
    grid = Grid(dataset=(dataset,), preprocess=preprocess, modalities=modalities, options=options)
    return Expander(grid, REGISTRY).source(dataset)


def steps(preprocess, *modalities, **given):
    """What a chain comes to, as people would type it again."""
    chain = source(preprocess, *modalities, **given).chain
    return chain_label(
        (*chain.steps, *chain.stimulus_steps, *chain.scalings), chain.features, lambda choice: choice.label(REGISTRY)
    )


@pytest.mark.parametrize(
    ("typed", "modalities", "expected"),
    [
        ("", (), ""),
        ("zscore", (), "zscore"),
        ("zscore|statistics", (), "zscore | statistics"),
        ("bandpass(5,15) | zscore | resample(256)", (), FILTERED),
        ("ecg: bandpass(5,15) | zscore | resample(256)", (), f"ecg: {FILTERED}"),
        (" ecg , eda : zscore ; eeg:clip(-3, 3)", (), "ecg,eda: zscore; eeg: clip(low=-3, high=3)"),
        ("ecg: zscore; statistics", (), "ecg: zscore; statistics"),
        ("zscore; ecg: resample(256)", (), "zscore; ecg: resample(rate=256)"),
        ("ecg: zscore; eda: resample(8)", ("eda",), "eda: resample(rate=8)"),
        ("ecg,eda: zscore", ("eda", "bvp"), "eda: zscore"),
        ("eeg: channels(F3,F4)", (), "eeg: channels(names=(F3,F4))"),
        ("ecg: zscore | standardise", (), "ecg: zscore | standardise"),
        ("zscore | statistics(scr=0.05)", (), "zscore | statistics(scr=0.05)"),
        ("ecg: attx", ("ecg",), "ecg: bandpass(low=5, high=15) | zscore | resample(rate=256)"),
        ("attx | clip(-5,5)", ("ecg",), ("ecg: bandpass(low=5, high=15) | zscore | resample(rate=256); "
         "clip(low=-5, high=5)")),
        ("raw", (), ""),
    ],
)  # fmt: skip
def test_a_chain_is_read_as_it_is_meant(typed, modalities, expected):
    assert steps(typed, *modalities) == expected


@pytest.mark.parametrize(
    ("typed", "modalities", "message"),
    [
        ("eegg: zscore", (), "'synthetic' has no modality 'eegg'; did you mean 'eeg'? Known: bvp, ecg, eda, eeg."),
        ("statistics | zscore", (), "'statistics' makes feature vectors, so it must be the last step of the chain."),
        ("standardise | zscore", (), ("'standardise' is learnt inside each fold, so 'zscore' cannot come after it; "
         "put it last.")),
        ("ecg: standardise; ecg: zscore", (), ("'standardise' is learnt inside each fold, so 'zscore' cannot come "
         "after it; put it last.")),
        ("bandpass(15,5)", (), None),
        ("zscore |", (), "A step is missing in the chain 'zscore |'; write one, or leave out what joins it."),
        ("ecg: ; eda: zscore", (), ("A step is missing in the chain 'ecg: ; eda: zscore'; write one, or leave out what "
         "joins it.")),
        ("ecg: zscore | statistics; eda: statistics", (), ("'statistics' makes feature vectors, so it must be the last "
         "step of the chain. It is for all modalities: write it once, as in 'ecg: zscore; statistics'.")),
        ("attx", ("ecg", "bvp"), ("The preset 'attx' is for ecg and eda and says nothing of bvp; leave it out of "
         "--modalities, or write the steps as in --preprocess 'bvp: zscore'.")),
    ],
)  # fmt: skip
def test_a_chain_that_makes_no_sense_is_one_sentence(typed, modalities, message):
    with pytest.raises(UsageError) as caught:
        source(typed, *modalities)
    assert message is None or str(caught.value) == message


def test_a_scaling_of_one_modality_leaves_the_steps_of_another_alone():
    assert steps("ecg: standardise; eda: zscore") == "eda: zscore; ecg: standardise"


def test_a_recipe_brings_its_modalities_and_its_windows():
    found = source("attx")
    assert (found.required_modalities, found.window) == (("ecg", "eda"), {"length": 10.0, "hop": 5.0, "whole": False})
    assert source("transformer").window == {"length": 10.0, "hop": 10.0, "whole": False}
    assert source("transformer", **{"window.hop": "2.5"}).window == {"length": 10.0, "hop": 2.5, "whole": False}
    assert source("attx", "eda").required_modalities == ("eda",)


def test_a_row_is_named_after_its_recipe_unless_a_step_was_changed():
    assert source("attx").chain.preset == "attx"
    assert source("attx(order=2)").chain.preset == "attx(order=2)"
    assert source("attx | clip(-5,5)").chain.preset == ""
    assert source("attx", **{"bandpass.causal": "true"}).chain.preset == ""


@pytest.mark.parametrize(
    ("preset", "dataset", "message"),
    [
        ("attx", "stress-predict", ("The preset 'attx' is for ecg and eda, but 'stress-predict' has no ecg (it has "
         "bvp, eda, temp, acc, hr); to go on with the rest, use --modalities eda.")),
        ("ressin", "eegmmidb", "The preset 'ressin' is for eda, but 'eegmmidb' has no eda (it has eeg)."),
    ],
)  # fmt: skip
def test_a_recipe_whose_modality_is_absent_says_what_is_there(preset, dataset, message):
    with pytest.raises(UsageError) as caught:
        source(preset, dataset=dataset)
    assert str(caught.value) == message


# ---------------------------------------------------------------------------- vectors of stimuli


@pytest.mark.parametrize(
    ("typed", "modalities", "expected"),
    [
        ("music: standardise", ("music",), "music: standardise"),
        ("eda: zscore; music: standardise", ("eda", "music"), "eda: zscore; music: standardise"),
        ("eda: zscore; music: standardise", ("eda",), "eda: zscore"),
        ("music: opensmile | standardise", ("eda", "music"), "music: opensmile | standardise"),
        ("zscore; music: opensmile(eGeMAPSv02)", ("eda", "music"), "zscore; music: opensmile(features=eGeMAPSv02)"),
        ("eda,music: standardise", ("music",), "music: standardise"),
    ],
)
def test_steps_for_vectors_stand_beside_those_for_signals(typed, modalities, expected):
    assert steps(typed, *modalities, dataset="pmemo-2019") == expected


@pytest.mark.parametrize(
    ("typed", "modalities", "message"),
    [
        ("music: zscore", ("music",), "'zscore' changes signals, and {vectors}."),
        ("eda,music: zscore", ("eda", "music"), "'zscore' changes signals, and {vectors}."),
        ("music: standardise", (), ("The chain has steps for music, which takes part only where it is named: add "
         "--modalities eda,music.")),
        ("eda: opensmile", ("eda", "music"), "{opensmile}, and eda is recorded; write 'music: opensmile'."),
        ("opensmile", ("eda", "music"), "{opensmile}; write 'music: opensmile'."),
        ("music: standardise | opensmile", ("music",), ("'standardise' is learnt inside each fold, so 'opensmile' "
         "cannot come after it; put it last.")),
        ("music: opensmile | opensmile(emobase)", ("music",), ("The vectors of music cannot be computed twice, by "
         "'opensmile' and by 'opensmile'; write one of them.")),
    ],
)  # fmt: skip
def test_a_step_that_is_not_for_what_it_is_written_for_says_what_is(typed, modalities, message):
    kinds = {name: REGISTRY.get("preprocessor", name).load() for name in REGISTRY.names("preprocessor")}
    others = ", ".join(
        f"'music: {name}'" for name, kind in kinds.items() if issubclass(kind, (StimulusFeatures, Scaling))
    )
    vectors = f"music is one vector per stimulus, which takes other steps: {others}"
    opensmile = "'opensmile' computes vectors of stimuli from their files"
    with pytest.raises(UsageError) as caught:
        source(typed, *modalities, dataset="pmemo-2019")
    assert str(caught.value) == message.format(vectors=vectors, opensmile=opensmile)


def test_a_step_for_vectors_says_that_a_data_set_has_none():
    with pytest.raises(UsageError) as caught:
        source("ecg: opensmile", "ecg")
    assert str(caught.value) == "'opensmile' computes vectors of stimuli from their files, and 'synthetic' has none."
