"""AMIGOS: simulated files in the layout of the release, what is read from them, and what is refused."""

import re
import shutil
from collections import Counter

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from bench.checks import contract
from bench.data.acquisition import simulation
from bench.errors import DataError, UsageError
from bench.registry import Registry
from bench_amigos import layout, swap
from bench_amigos import stand_in as simulated
from bench_amigos.dataset import Amigos

SUBJECTS = ["P01", "P02", "P08", "P09", "P12", "P32"]
UNUSABLE = {"P09": layout.PARTS["eeg"], "P12": slice(14, 17)}  # columns that are NaN
VIDEOS = {**layout.SHORT, **layout.LONG}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Six subjects, some damaged like real ones, with videos in different orders; tests copy what they change."""
    folder = tmp_path_factory.mktemp("amigos") / "AMIGOS"
    known = Registry()
    dataset = known.get("dataset", "amigos").load()()
    assert list(simulation.write(dataset, folder, known, subjects=2, seconds=10)) == SUBJECTS[:2]
    spec = simulation.StandIn(6, 0, 10, (), simulation.simulator(known).simulate)
    for subject in SUBJECTS[2:]:
        simulated.write_subject(folder, subject, spec)
    for subject in SUBJECTS[1:]:
        order = np.random.default_rng(int(subject[1:])).permutation(20)
        variables = {name: cells[:, order] for name, cells in read(folder, subject).items()}
        for data in variables["joined_data"][0]:
            if subject in UNUSABLE and data.size:
                data[:, UNUSABLE[subject]] = np.nan
        savemat(folder / f"Data_Preprocessed_{subject}" / f"Data_Preprocessed_{subject}.mat", variables, oned_as="row")
    return folder


@pytest.fixture
def here(files, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(files.parent))
    return files


@pytest.fixture
def mine(files, tmp_path, monkeypatch):
    """One subject, to be changed: `mine(joined_data=change)` changes what scipy reads, and writes it again."""
    folder = tmp_path / "own" / "amigos"
    folder.mkdir(parents=True)
    monkeypatch.setenv("BENCH_DATA", str(folder.parent))
    person = folder / "Data_Preprocessed_P01.mat"

    def change(**changes):
        variables = read(files, "P01")
        for name, make in changes.items():
            made = make(variables[name])
            if made is not None:
                variables[name] = made
        savemat(person, variables, do_compression=True, oned_as="row")
        return person

    return change


def read(folder, person):
    """The variables as users of the real files read them."""
    name = f"Data_Preprocessed_{person}"
    return {
        key: value
        for key, value in loadmat(folder / name / f"{name}.mat", verify_compressed_data_integrity=False).items()
        if key[0] != "_"
    }


def excluded(recordings):
    return sum((Counter(recording.excluded) for recording in recordings), Counter())


def cell(place, value):
    def change(cells):
        cells[0, place] = value

    return change


# -------------------------------------------------------------------------------------------- as written


def test_the_files_have_the_shapes_that_users_of_the_real_ones_rely_on(here):
    for person in SUBJECTS:
        found = read(here, person)
        assert {name: value.shape for name, value in found.items()} == dict.fromkeys(
            ("joined_data", "labels_selfassessment", "labels_ext_annotation", "VideoIDs"), (1, 20)
        )
        ids = np.hstack(found["VideoIDs"][0]).tolist()
        assert sorted(ids) == sorted(VIDEOS)
        for place, video in enumerate(ids):
            data, rating, outside, name = (
                found[key][0, place]
                for key in ("joined_data", "labels_selfassessment", "labels_ext_annotation", "VideoIDs")
            )
            assert name.shape == (1,)
            if person == "P08":
                assert outside.shape == (1, 0)
            else:  # as one public reader asserts of all its 37 people
                assert len(range(0, len(data) - 640 - 2560, 2560)) == len(outside) - 2
            if person == "P08" and video in layout.LONG:
                assert (data.shape, rating.shape) == ((0, 0), (1, 0))
                continue
            assert data.dtype == np.float64
            assert data.shape[1] == 17
            assert data.shape[0] % 128
            assert rating.shape == ((1, 0) if person == "P32" and video in layout.LONG else (1, 12))


def test_the_order_of_videos_differs_between_people(here):
    orders = {tuple(np.hstack(read(here, person)["VideoIDs"][0])) for person in SUBJECTS}
    assert len(orders) == len(SUBJECTS)


def test_a_full_length_video_has_as_many_rated_intervals_as_the_real_one():
    for video, intervals in VIDEOS.items():
        assert layout.rated_intervals(round((20 * (intervals - 2) + 10) * 128) + 37) == intervals, video
    assert sum(VIDEOS.values()) == 340


# ----------------------------------------------------------------------------------------------- as read


def test_values_labels_and_names_are_those_of_the_file(here):
    for person in SUBJECTS[:2]:
        found = read(here, person)
        recordings = Amigos().load(person)
        assert [recording.session for recording in recordings] == [
            f"v{video}" if video.isdigit() else video for video in np.hstack(found["VideoIDs"][0])
        ]
        assert not excluded(recordings)
        for place, recording in enumerate(recordings):
            data, rating = found["joined_data"][0, place], found["labels_selfassessment"][0, place][0]
            for modality, columns in {"eeg": range(14), "ecg": (14, 15), "eda": (16,)}.items():
                signal = recording.signals[modality]
                assert (signal.rate, len(signal.channels)) == (128, len(columns))
                assert np.array_equal(signal.values, data[:, list(columns)].T.astype(np.float32))
            assert recording.signals["ecg"].channels == ("Right", "Left")
            assert recording.signals["eeg"].channels[:3] == ("AF3", "F7", "F3")
            [segment] = recording.segments
            assert (segment.start, segment.stop) == (5, len(data) / 128)
            assert (segment.targets, segment.stimulus) == ({}, str(found["VideoIDs"][0, place][0]))
            scales = ("arousal", "valence", "dominance", "liking", "familiarity")
            assert segment.ratings == pytest.approx(dict(zip(scales, rating[:5], strict=True)))
            assert segment.ratings["arousal"] != segment.ratings["valence"]


def test_what_is_missing_or_damaged_is_counted_and_costs_nothing_else(here):
    found = {person: Amigos().load(person) for person in SUBJECTS}
    assert {person: len(recordings) for person, recordings in found.items()} == dict.fromkeys(SUBJECTS, 20) | {
        "P08": 16
    }
    assert {person: excluded(recordings) for person, recordings in found.items()} == {
        "P01": {},
        "P02": {},
        "P08": {"video without signals": 4},
        "P09": {"eeg is NaN throughout": 20},
        "P12": {"ecg is NaN throughout": 20, "eda is NaN throughout": 20},
        "P32": {"video without a rating (kept, unlabelled)": 4},
    }
    assert {tuple(recording.signals) for recording in found["P09"]} == {("ecg", "eda")}
    assert {tuple(recording.signals) for recording in found["P12"]} == {("eeg",)}
    assert sum(not recording.segments[0].ratings for recording in found["P32"]) == 4


def test_a_person_with_nothing_but_nan_is_counted(mine):
    mine(joined_data=lambda cells: [each.fill(np.nan) for each in cells[0]] and None)
    [recording] = Amigos().load("P01")
    assert (recording.signals, recording.segments) == ({}, [])
    assert recording.excluded == {"video with nothing but NaN": 20}


def test_a_gap_in_one_modality_stays_in_it(mine):
    def gap(cells):
        cells[0, 0][1000:1100, 3] = np.nan

    mine(joined_data=gap)
    signals = Amigos().load("P01")[0].signals
    assert np.isnan(signals["eeg"].values).sum() == 100
    assert not any(np.isnan(signals[name].values).any() for name in ("ecg", "eda"))


EXCLUDED = "subjects with damaged signals (incomplete=exclude)"


@pytest.mark.parametrize(
    ("options", "subjects", "videos", "counted"),
    [
        ({}, SUBJECTS, 20, {}),
        ({"videos": "short"}, SUBJECTS, 16, {}),
        ({"videos": "long"}, ["P01", "P02", "P09", "P12", "P32"], 4, {"subjects without long videos": 1}),
        ({"incomplete": "exclude"}, ["P01", "P02", "P08", "P32"], 20, {EXCLUDED: 2}),
        (
            {"incomplete": "exclude", "videos": "long"},
            ["P01", "P02", "P32"],
            4,
            {EXCLUDED: 2, "subjects without long videos": 1},
        ),
    ],
)
def test_options_select_subjects_and_videos(here, options, subjects, videos, counted):
    dataset = Amigos(**options)
    assert dataset.subjects() == subjects
    assert dataset.excluded() == counted
    assert len(dataset.load("P01")) == videos


def test_conductance_is_the_inverse_of_what_is_taken_for_a_resistance(mine):
    def damage(cells):
        cells[0, 0][700, 16], cells[0, 0][701, 16] = 0, -1

    mine(joined_data=damage)
    raw = Amigos().load("P01")[0].signals["eda"]
    [values], unit = Amigos(gsr_as="conductance").load("P01")[0].signals["eda"].values, "uS"
    assert (raw.unit, Amigos(gsr_as="conductance").load("P01")[0].signals["eda"].unit) == ("", unit)
    assert np.isnan(values[700:702]).all()
    assert values[:700] == pytest.approx(1e6 / raw.values[0, :700])
    assert 0.5 < values[:700].mean() < 30


def test_the_middle_of_the_scale_is_5_and_thresholds_are_learnt_from_training_trials():
    for target in ("arousal", "valence"):
        rule = Amigos().label_rule(target)
        assert (rule.rating, rule.rule, rule.middle, rule.scope) == (target, "mean", 5, "train")
    assert Amigos(threshold_from="everything").label_rule("arousal").scope == "everything"


def test_flat_folders_are_found(stand_in):
    folder = stand_in("amigos", subjects=2, seconds=6)
    for subject in ("P01", "P02"):
        own = folder / f"Data_Preprocessed_{subject}"
        (own / f"{own.name}.mat").rename(folder / f"{own.name}.mat")
        own.rmdir()
    assert sorted(each.name for each in folder.glob("*.mat")) == [
        "Data_Preprocessed_P01.mat", "Data_Preprocessed_P02.mat",
    ]  # fmt: skip
    dataset = Amigos()
    assert dataset.simulated
    assert dataset.subjects() == ["P01", "P02"]
    assert dataset.files("P02") == [folder / "Data_Preprocessed_P02.mat"]


def test_a_subject_does_not_depend_on_the_number_of_subjects(here, stand_in):
    own = stand_in("amigos", subjects=1, seconds=10)
    for name, value in read(here, "P01").items():
        for one, other in zip(value[0], read(own, "P01")[name][0], strict=True):
            assert np.array_equal(one, other)


# ------------------------------------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"joined_data": lambda cells: cells[:, :19]},
            r"joined_data is a cell array \(1, 19\); expected a cell array \(1, 20\), one cell per video.",
        ),
        (
            {"joined_data": lambda cells: np.zeros((1, 20))},
            r"joined_data is an array of float64 \(1, 20\); expected a cell array \(1, 20\), one cell per video.",
        ),
        (
            {"joined_data": cell(0, np.zeros((17, 2000)))},
            (r", video \w+: joined_data is an array of float64 \(17, 2000\); expected numbers with 17 columns, "
            "or nothing."),
        ),
        (
            {"joined_data": cell(0, np.zeros((640, 17)))},
            r", video \w+: joined_data has 640 samples; the first 640 are the baseline.",
        ),
        (
            {"joined_data": cell(0, np.zeros((640 + 70 * 128, 17)))},
            (r", video \w+: labels_ext_annotation has 2 intervals of 20 s, but joined_data is long enough for 5; "
            "it is truncated, or the cells of two videos are exchanged."),
        ),
        (
            {"labels_selfassessment": cell(0, np.full((1, 11), 5.0))},
            (r", video \w+: labels_selfassessment is an array of float64 \(1, 11\); expected numbers with 12 columns, "
            "or nothing."),
        ),
        (
            {"labels_selfassessment": cell(0, np.full((2, 12), 1.0))},
            r", video \w+: labels_selfassessment has 2 rows; expected one.",
        ),
        (
            {"labels_selfassessment": cell(0, np.array([[3, 9.5, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]]))},
            r", video \w+: valence in labels_selfassessment is 9.5; expected 1 to 9.",
        ),
        (
            {"labels_selfassessment": cell(0, np.array([[3, 5, 1, 1, 1, 0, 0, 7, 0, 0, 0, 0.0]]))},
            r", video \w+: happiness in labels_selfassessment is 7; expected 0 or 1.",
        ),
        (
            {"VideoIDs": cell(0, "11")},
            r": VideoIDs contains the video '11'; known are 4, 5, .*, U1.",
        ),
        (
            {"VideoIDs": lambda cells: cell(0, str(cells[0, 1][0]))(cells)},
            r": VideoIDs contains the video '\w+' twice; each was shown once.",
        ),
        (
            {"VideoIDs": cell(0, "")},
            r", video without a name: joined_data has 1957 samples; expected its name in VideoIDs.",
        ),
    ],
)  # fmt: skip
def test_what_contradicts_the_layout_is_refused_in_a_sentence(mine, change, message):
    file = mine(**change)
    with pytest.raises(DataError, match=f"^{re.escape(str(file))}:? ?{message}$"):
        Amigos().load("P01")


def test_a_missing_variable_and_a_cut_file_are_refused(mine, files):
    person = mine()
    whole = person.read_bytes()
    savemat(person, {name: value for name, value in read(files, "P01").items() if name != "VideoIDs"})
    with pytest.raises(DataError, match="has no variable 'VideoIDs'"):
        Amigos().load("P01")
    person.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"P01.mat is .*; download it again\.$"):
        Amigos().load("P01")


def test_unknown_and_repeated_subjects_are_refused(here, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="There is no subject 'P40'"):
        Amigos().load("P40")
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "own"))
    with pytest.raises(DataError, match="The data set 'amigos' is not on this machine"):
        Amigos().subjects()
    folder = tmp_path / "own" / "amigos"
    shutil.copytree(here / "Data_Preprocessed_P01", folder / "Data_Preprocessed_P01")
    shutil.copy(folder / "Data_Preprocessed_P01" / "Data_Preprocessed_P01.mat", folder)
    with pytest.raises(DataError, match=r"P01 has two files, .*; keep one of them\."):
        Amigos().subjects()
    (folder / "Data_Preprocessed_P01.mat").rename(folder / "Data_Preprocessed_P41.mat")
    with pytest.raises(DataError, match="is not the file of a subject; they are Data_Preprocessed_P01"):
        Amigos().subjects()


# --------------------------------------------------------------------------------------------- exchanged


EXCHANGED = (
    "arousal and valence are exchanged, since the ratings of the subject correlate crosswise with those of the "
    "external annotators; expected labels_selfassessment to start with arousal, valence, and labels_ext_annotation to "
    "be number, valence, arousal."
)


def test_exchanged_arousal_and_valence_are_noticed(mine):
    def exchange(cells):
        for ratings in cells[0]:
            ratings[0, :2] = ratings[0, 1::-1].copy()

    mine(labels_selfassessment=exchange)
    with pytest.raises(DataError, match=f"P01.mat: {re.escape(EXCHANGED)}$"):
        Amigos().load("P01")


def test_exchanged_columns_of_the_annotators_are_noticed(mine):
    mine(
        labels_ext_annotation=lambda cells: (
            [cell(i, each[:, [0, 2, 1]])(cells) for i, each in enumerate(cells[0])] and None
        )
    )
    with pytest.raises(DataError, match="arousal and valence are exchanged"):
        Amigos().load("P01")


def raters(random, subjects, related, own=0.0, external=0.0):
    """(subjects, 20 videos, 4): arousal and valence of the subject in whole points, and of the annotators."""
    arousal, valence = related
    covariance = [[1, own, arousal, 0], [own, 1, 0, valence], [arousal, 0, 1, external], [0, valence, external, 1]]
    made = random.multivariate_normal(np.zeros(4), covariance, (subjects, 20))
    made[..., :2] = np.clip(np.round(5 + 1.7 * made[..., :2]), 1, 9)
    return made


@pytest.mark.parametrize("own", [-0.8, 0.0, 0.8])
@pytest.mark.parametrize("external", [-0.8, 0.0, 0.8])
def test_ratings_that_have_nothing_to_do_with_those_of_others_raise_no_alarm(own, external):
    made = raters(np.random.default_rng(0), 3000, (0.0, 0.0), own, external)
    found = np.array([swap.agreement(person) for person in made])
    assert found.std() == pytest.approx(1, abs=0.08)
    assert (found < -swap.MARGIN).sum() <= 3


def test_strongly_related_ratings_tell_an_exchange_and_weakly_related_ones_are_left_alone():
    random = np.random.default_rng(1)
    weak, strong = (
        np.array([swap.agreement(person) for person in raters(random, 3000, (related, related))])
        for related in (0.2, 0.9)
    )
    assert (weak < -swap.MARGIN).sum() == 0
    assert (strong > swap.MARGIN).mean() > 0.95
    swapped = raters(random, 1, (0.9, 0.9))[0]
    assert swap.agreement(swapped[:, [1, 0, 2, 3]]) == pytest.approx(-swap.agreement(swapped))
    assert swap.agreement(np.column_stack([np.full(20, 5.0), swapped[:, 1:]])) == 0


# ------------------------------------------------------------------------------------- in the harness


def test_the_contract_is_kept(here):
    for check in contract("dataset", "amigos"):
        check()


def test_a_run_learns_from_simulated_people(bench, stand_in, monkeypatch):
    folder = stand_in("amigos", subjects=3, seconds=12)
    monkeypatch.setenv("BENCH_DATA", str(folder.parent))
    outcome = bench(
        "run", "--dataset", "amigos", "--model", "logistic", "--fusion", "early", "--profile", "smoke",
        "--modalities", "ecg,eda", "--no-baselines",
    ).ok()  # fmt: skip
    assert "amigos" in outcome.out
    assert bench.tasks()
