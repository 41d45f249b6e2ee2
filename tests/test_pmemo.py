"""PMEmo: files as the releases of 2018 and 2019 have them, thresholds of people, and what is refused."""

import re
import shutil
import warnings
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr
from sklearn.cluster import KMeans

from bench.api import Threshold
from bench.checks import contract
from bench.data.acquisition import simulation
from bench.errors import DataError, UsageError
from bench.registry import Registry
from bench_pmemo import ratings
from bench_pmemo.dataset import Pmemo2018, Pmemo2019
from bench_pmemo.personal_threshold import PersonalThreshold, midpoint
from bench_pmemo.release import Pmemo
from bench_pmemo.simulated_songs import simulate_songs

few = settings(deadline=None, max_examples=30)  # k-means takes long on a machine that is busy
BOTH = {"pmemo-2018": Pmemo2018, "pmemo-2019": Pmemo2019}
SUBJECTS, SECONDS = 6, 20


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Both layouts, six listeners and clips of 20 s, written once; a test that changes files copies them."""
    root = tmp_path_factory.mktemp("pmemo")
    known = Registry()
    for name in BOTH:
        dataset = known.get("dataset", name).load()()
        subjects = list(simulation.write(dataset, root / name, known, subjects=SUBJECTS, seconds=SECONDS))
        assert len(set(subjects)) == len(subjects) == SUBJECTS
    return root


@pytest.fixture
def here(written, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(written))
    return written


@pytest.fixture
def copied(written, tmp_path, monkeypatch):
    """A copy of one layout, to be changed."""

    def copy(name):
        monkeypatch.setenv("BENCH_DATA", str(tmp_path / "own"))
        return shutil.copytree(written / name, tmp_path / "own" / name)

    return copy


def edit(path, *changes):
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)


def set_cell(path, line, column, cell):
    """Change one cell, lines and columns counted from 0 with the header as line 0."""
    lines = path.read_text().split("\n")
    cells = lines[line].split(",")
    cells[column] = cell
    lines[line] = ",".join(cells)
    path.write_text("\n".join(lines))


def refused(message):
    return pytest.raises(DataError, match=f"^{re.escape(message)}$")


def recordings(dataset):
    return [recording for subject in dataset.subjects() for recording in dataset.load(subject)]


def eda(recording):
    return recording.signals["eda"].values  # noqa: PD011 - not a table


def excluded(dataset):
    total = Counter(dataset.excluded())
    for recording in recordings(dataset):
        assert bool(recording.excluded) != bool(recording.segments)
        total.update(recording.excluded)
    return total


# --------------------------------------------------------------------------------- what is loaded


def test_columns_of_2019_are_the_recordings(here):
    dataset = Pmemo2019()
    folder = here / "pmemo-2019"
    labels = pd.read_csv(folder / "annotations" / "static_annotations.csv", index_col="musicId")
    found = {(recording.subject, recording.segments[0].stimulus): recording for recording in recordings(dataset)}
    wanted = {}
    for file in (folder / "EDA").glob("*.csv"):
        table = pd.read_csv(file, index_col="time(s)")
        assert table.index.tolist() == [round(sample / 50, 2) for sample in range(SECONDS * 50)]
        wanted |= {(listener, file.stem.removesuffix("_EDA")): table[listener] for listener in table}
    assert found.keys() == wanted.keys()
    for (listener, song), column in wanted.items():
        recording = found[listener, song]
        (segment,) = recording.segments
        assert recording.session == f"song {song}"
        assert (segment.start, segment.stop, segment.trial, segment.stimulus) == (0, SECONDS, song, song)
        assert np.array_equal(eda(recording), column.to_numpy(np.float32)[None])
        assert (recording.signals["eda"].rate, recording.signals["eda"].unit) == (50, "")
        arousal, valence = labels.loc[int(song), ["Arousal(mean)", "Valence(mean)"]]
        assert segment.ratings == {"arousal": arousal, "valence": valence}
        assert segment.targets == {}


def test_files_of_2018_are_the_recordings_and_each_axis_has_its_own(here):
    dataset = Pmemo2018()
    folder = here / "pmemo-2018"
    files = {file.stem: file for file in (folder / "EDA").glob("*/*.csv")}
    for recording in recordings(dataset):
        _, song, axis = recording.session.split()
        letter = axis[0].upper()
        table = pd.read_csv(files.pop(f"{song}_{recording.subject}_{letter}"))
        assert np.array_equal(eda(recording)[0], table["EDA(microsiemens)"].to_numpy(np.float32))
        assert recording.signals["eda"].unit == "uS"
        answers = {
            each: pd.read_csv(folder / "Annotations" / each.capitalize() / f"{song}-{each[0].upper()}.csv", index_col=0)
            for each in ("arousal", "valence")
        }
        own = {each: table["static"][int(recording.subject)] for each, table in answers.items()}
        other = "valence" if axis == "arousal" else "arousal"
        assert recording.segments[0].ratings == {axis: own[axis], "other": own[other]}
        assert all((8 * value).is_integer() for value in own.values())
    assert not files


@pytest.mark.parametrize("name", BOTH)
def test_people_are_listed_with_every_file_that_they_need(here, name):
    dataset = BOTH[name]()
    people = dataset.subjects()
    assert dataset.simulated
    assert people == sorted(people)
    assert all(re.fullmatch(r"\d{6}", person) for person in people)
    assert len(people) == SUBJECTS
    assert dataset.excluded() == {}
    files = dataset.files(people[0])
    assert all(file.is_file() for file in files)
    heard = len(dataset.load(people[0]))
    assert len(files) == (2 * heard if name == "pmemo-2018" else heard + 1)
    with pytest.raises(UsageError, match=r"^There is no subject '1'"):
        dataset.load("1")


def test_songs_and_people_can_be_told_apart(here):
    """Each song is heard by several people and each person hears several songs, with numbers that have gaps."""
    dataset = Pmemo2019()
    pairs = [(recording.subject, recording.segments[0].stimulus) for recording in recordings(dataset)]
    assert min(Counter(song for _, song in pairs).values()) > 1
    assert min(Counter(person for person, _ in pairs).values()) > 1
    numbers = sorted({int(song) for _, song in pairs})
    assert numbers[0] == 1
    assert numbers[-1] > len(numbers)


@pytest.mark.parametrize("name", BOTH)
def test_the_start_of_a_clip_can_be_cut(here, name):
    whole, cut = BOTH[name](), BOTH[name](skip=15.0)
    for before, after in zip(recordings(whole), recordings(cut), strict=True):
        assert after.segments[0].stop == SECONDS - 15
        assert np.array_equal(eda(after), eda(before)[:, 15 * 50 :])
    most = BOTH[name](skip=17.5)
    assert excluded(most) == {"clips with less than 3 s": len(recordings(whole))}


def test_dynamic_ratings_serve_as_their_mean(here):
    table = pd.read_csv(here / "pmemo-2019" / "annotations" / "dynamic_annotations.csv")
    assert table["frameTime"].min() == 15.5
    means = table.groupby("musicId")[["Arousal(mean)", "Valence(mean)"]].mean()
    for recording in recordings(Pmemo2019(labels="dynamic")):
        (segment,) = recording.segments
        assert list(segment.ratings.values()) == pytest.approx(means.loc[int(segment.stimulus)].tolist())


def test_a_stand_in_is_as_large_as_promised(here):
    """Without simulating: 40 people hear 15 to 20 of 60 songs or more, about ten a song, for 30 to 60 s."""
    plan = simulate_songs(simulation.StandIn(40, 0, None, (), lambda script: {}))
    assert len(plan) >= 60
    assert 30 <= min(song.seconds for song in plan) < max(song.seconds for song in plan) <= 60
    heard = Counter(hearing.listener for song in plan for hearing in song.hearings)
    assert len(heard) == 40
    assert 15 <= min(heard.values()) <= max(heard.values()) <= 20
    assert 9 <= np.mean([len(song.hearings) for song in plan]) <= 11
    high = np.mean([song.ratings("arousal").mean() > 0.5 for song in plan])
    assert 0.4 < high < 0.8


def test_in_the_trap_songs_decide_labels_and_mark_everybody_alike():
    plan = simulate_songs(simulation.StandIn(40, 0, None, ("song-effect",), lambda script: {}))
    assert len(plan) >= 60
    for axis in ("arousal", "valence"):
        high = [song.ratings(axis) > 0.5 for song in plan]
        assert all(len(set(each.tolist())) == 1 for each in high)  # whoever hears it
        assert 0.3 < np.mean([each[0] for each in high]) < 0.7
    marks = [song.mark(seed=0)[: 30 * 50] for song in plan]
    assert np.array_equal(marks[0], plan[0].mark(seed=0)[: 30 * 50])
    levels = np.array([mark.mean() for mark in marks])
    assert levels.std() > 5  # in uS; listeners differ by less
    told = [song.ratings("arousal").mean() for song in plan]
    assert abs(spearmanr(levels, told).statistic) < 0.3  # the mark says which song, and not how it is rated


def test_stand_ins_repeat_and_follow_their_seed(tmp_path):
    known = Registry()
    contents = []
    for place, seed in enumerate((0, 0, 1)):
        folder = tmp_path / str(place)
        assert list(simulation.write(Pmemo2019(), folder, known, subjects=2, seconds=4, seed=seed))
        contents.append({file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*.csv")})
    assert contents[0] == contents[1]
    assert contents[0]["EDA/1_EDA.csv"] != contents[2]["EDA/1_EDA.csv"]


# ------------------------------------------------------------------------------------- thresholds


@pytest.mark.parametrize(("threshold", "expected"), [("mean", "mean"), ("median", "median"), ("midpoint", "midpoint")])
@pytest.mark.parametrize("dataset", BOTH.values())
def test_ratings_become_classes_by_the_threshold_that_is_asked_for(dataset, threshold, expected):
    for scope in ("train", "everything"):
        made = dataset(threshold=threshold, threshold_from=scope).label_rule("valence")
        assert made == Threshold("valence", expected, 0.5, scope)


def test_personal_thresholds_are_the_default_where_people_rated():
    assert Pmemo2018(seed=3).label_rule("arousal") == PersonalThreshold(("arousal", "other"), 0, 3, "train")
    assert Pmemo2018(threshold_from="everything").label_rule("valence") == PersonalThreshold(
        ("other", "valence"), 1, 0, "everything"
    )
    with pytest.raises(UsageError, match="^" + re.escape(
        "pmemo-2019 has no ratings of single listeners, which personal thresholds need; "
        "use pmemo-2018, or threshold=midpoint."
    ) + "$"):  # fmt: skip
        Pmemo2019(threshold="personal")


def clusters(seed, count=16):
    """Two clusters of ratings, far apart on both axes."""
    rng = np.random.default_rng(seed)
    low = rng.uniform([0.0, 0.1], [0.2, 0.3], (count // 2, 2))
    return np.concatenate([low, low + np.array([0.6, 0.5])])


def thresholds(points, seed=0):
    return np.array(midpoint(tuple(map(tuple, points.tolist())), seed))


@few
@given(st.integers(0, 1000))
def test_a_threshold_lies_between_two_clusters_on_both_axes(seed):
    points = clusters(seed)
    found = thresholds(points)
    assert np.all(found > points[:8].max(axis=0))
    assert np.all(found < points[8:].min(axis=0))
    assert found == pytest.approx((points[:8].mean(axis=0) + points[8:].mean(axis=0)) / 2)


@few
@given(st.integers(0, 1000), st.floats(0.1, 10), st.floats(-5, 5))
def test_a_threshold_moves_and_grows_with_the_ratings(seed, factor, shift):
    points = clusters(seed)
    assert thresholds(factor * points + shift) == pytest.approx(factor * thresholds(points) + shift)


@few
@given(st.integers(0, 1000), st.integers(0, 5))
def test_the_order_of_songs_does_not_matter(seed, start):
    rng = np.random.default_rng(seed)
    grid = rng.integers(0, 9, (17, 2)) / 8  # ties and several optima are frequent on nine points
    subjects = np.repeat("100083", 17)
    order = rng.permutation(17)
    rule = PersonalThreshold(("arousal", "other"), 0, start)
    learnt = [
        rule.learn(subjects, {"arousal": answers[:, 0], "other": answers[:, 1]}) for answers in (grid, grid[order])
    ]
    assert learnt[0] == learnt[1]


def test_thresholds_are_the_middle_between_the_centres_of_k_means():
    points = np.unique(np.random.default_rng(1).integers(0, 9, (17, 2)) / 8, axis=0)
    centres = KMeans(2, n_init=10, random_state=5).fit(points).cluster_centers_
    assert thresholds(points, 5) == pytest.approx(centres.mean(axis=0))


@pytest.mark.parametrize(
    "points",
    [[[0.125, 0.5], [0.25, 1.0], [1.0, 0.0]], [[0.5, 0.25]] * 7, [[0.5, 0.25]]],
    ids=["fewer than four", "all the same", "one"],
)
def test_where_there_are_no_two_clusters_the_mean_of_the_person_is_the_threshold(points):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert thresholds(np.array(points)) == pytest.approx(np.mean(points, axis=0))


def test_people_are_thresholded_by_their_own_ratings_and_new_ones_by_the_mean_of_thresholds():
    generous, strict = clusters(0) / 2 + 0.4, clusters(0) / 2
    subjects = np.repeat(["100001", "100002"], 16)
    both = np.concatenate([generous, strict])
    answers = {"other": both[:, 0], "valence": both[:, 1]}
    rule = PersonalThreshold(("other", "valence"), 1, 0)
    learnt = rule.learn(subjects, answers)
    assert learnt[""] == pytest.approx((learnt["100001"] + learnt["100002"]) / 2)
    assert rule.label(subjects, answers, learnt).tolist() == [*[0] * 8, *[1] * 8] * 2
    new = {"other": np.zeros(3), "valence": learnt[""] + np.array([-0.01, 0.0, 0.01])}
    assert rule.label(np.repeat("200001", 3), new, learnt).tolist() == [0, 0, 1]  # on the threshold is low


def test_both_axes_are_of_one_clustering():
    points = np.random.default_rng(4).integers(0, 9, (15, 2)) / 8
    subjects = np.repeat("100083", 15)
    arousal = PersonalThreshold(("arousal", "other"), 0, 0).learn(
        subjects, {"arousal": points[:, 0], "other": points[:, 1]}
    )
    valence = PersonalThreshold(("other", "valence"), 1, 0).learn(
        subjects, {"other": points[:, 0], "valence": points[:, 1]}
    )
    assert [arousal["100083"], valence["100083"]] == list(midpoint(tuple(sorted(map(tuple, points.tolist()))), 0))


def test_notes_say_for_whom_the_mean_serves_and_that_well_separated_clusters_do_not_depend_on_the_seed():
    points = np.concatenate([clusters(0), clusters(1), np.full((5, 2), 0.5), clusters(2)[:3]])
    subjects = np.repeat(["100001", "100002", "100003", "100004"], [16, 16, 5, 3])
    rule = PersonalThreshold(("arousal", "other"), 0, 0)
    assert " ".join(rule.notes(subjects, {"arousal": points[:, 0], "other": points[:, 1]})) == (
        "arousal: 2 of 4 subjects have fewer than 4 ratings, or equal ones; their threshold is their mean rating. "
        "arousal: over the seeds 0 to 9 of k-means, the thresholds of 0 subjects change, by at most 0.000, and "
        "0 of 40 labels."
    )


def test_notes_count_the_people_and_labels_that_another_seed_changes():
    felt = np.random.default_rng(3).normal(0.57, 0.25, (8 * 16, 2))  # one cloud, so that k-means has several optima
    points, subjects = np.round(8 * np.clip(felt, 0, 1)) / 8, np.repeat([f"10000{n}" for n in range(8)], 16)
    answers = {"other": points[:, 0], "valence": points[:, 1]}
    learnt = [PersonalThreshold(("other", "valence"), 1, seed).learn(subjects, answers) for seed in range(10)]
    labels = [PersonalThreshold(("other", "valence"), 1, 0).label(subjects, answers, each) for each in learnt]
    apart = [max(each[name] for each in learnt) - min(each[name] for each in learnt) for name in np.unique(subjects)]
    changed = sum(len(set(each)) > 1 for each in zip(*labels, strict=True))
    assert changed > 0
    assert PersonalThreshold(("other", "valence"), 1, 0).notes(subjects, answers)[1] == (
        f"valence: over the seeds 0 to 9 of k-means, the thresholds of {sum(each > 1e-9 for each in apart)} subjects "
        f"change, by at most {max(apart):.3f}, and {changed} of 128 labels."
    )


def test_the_card_tells_how_stable_personal_labels_are(here, bench, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(here))
    said = " ".join(bench("data", "card", "pmemo-2018").ok().out.split())
    for axis in ("arousal", "valence"):
        assert f"{axis}: 0 of {SUBJECTS} subjects have fewer than 4 ratings" in said
        assert f"{axis}: over the seeds 0 to 9 of k-means, the thresholds of" in said
    assert "k-means" not in bench("data", "card", "pmemo-2019").ok().out


@pytest.mark.parametrize(("threshold_from", "leaky"), [("everything", True), ("train", False)])
def test_thresholds_that_have_seen_held_out_songs_are_called_leaky(here, bench, monkeypatch, threshold_from, leaky):
    monkeypatch.setenv("BENCH_DATA", str(here))
    said = bench("run", "--dataset", f"pmemo-2018(threshold_from={threshold_from})", "--modalities", "music",
                 "--protocol", "subject-stimulus-independent(subjects=2, stimuli=2)", "--model", "logistic",
                 "--fusion", "none", "--no-baselines", "-o", "window.length=10", "--dry-run").ok().out  # fmt: skip
    why = "The threshold of arousal uses data of several subjects, test subjects included."
    assert (why in " ".join(said.split()), "leaky" in said, "clean" in said) == (leaky, leaky, not leaky)


# ---------------------------------------------------------------------------------------- control


@pytest.mark.parametrize("name", BOTH)
def test_shuffled_recordings_have_the_skin_conductance_of_others_and_all_else_of_their_own(here, name):
    own, shuffled = (recordings(BOTH[name](shuffled=asked)) for asked in (False, True))

    def told(recording):
        [segment] = recording.segments
        return recording.subject, recording.session, segment.trial, segment.stimulus, segment.ratings

    assert [told(recording) for recording in own] == [told(recording) for recording in shuffled]
    traces, others = ([eda(recording).tobytes() for recording in each] for each in (own, shuffled))
    assert sorted(traces) == sorted(others)  # each is given to one other
    assert not any(one == other for one, other in zip(traces, others, strict=True))
    axes = {trace: recording.session.split()[2:] for trace, recording in zip(traces, own, strict=True)}
    assert all(axes[trace] == recording.session.split()[2:] for trace, recording in zip(others, shuffled, strict=True))
    dataset = BOTH[name](shuffled=True)
    person = dataset.subjects()[0]
    theirs = {dataset.measured(listening).file for listening in dataset.heard(person)}
    assert theirs <= set(dataset.files(person))


# ---------------------------------------------------------------------------------------- damage


def song_numbers(folder):
    return pd.read_csv(folder / "metadata.csv")["musicId"].tolist()


def change_table(path, change):
    table = pd.read_csv(path)
    changed = change(table)
    (table if changed is None else changed).to_csv(path, index=False)


def remove_ratings(folder, song):
    if folder.name == "pmemo-2018":
        for axis in ("Arousal", "Valence"):
            (folder / "Annotations" / axis / f"{song}-{axis[0]}.csv").unlink()
    else:
        change_table(folder / STATIC, lambda table: table[table["musicId"] != song])


def first_trace(folder, song):
    """The file of a song with its first listener in the second column."""
    return min((folder / "EDA").rglob(f"{song}_*.csv"))


@pytest.mark.parametrize("name", BOTH)
def test_unusable_recordings_are_counted_and_the_others_are_loaded(copied, name):
    folder = copied(name)
    numbers = song_numbers(folder)
    remove_ratings(folder, numbers[-1])
    change_table(first_trace(folder, numbers[1]), lambda table: table.isetitem(1, table.iloc[0, 1]))
    set_cell(first_trace(folder, numbers[2]), 501, 1, "")
    for path in folder.rglob("*_features.csv"):
        change_table(path, lambda table: table.assign(**{"class": "?"}))
    dataset = BOTH[name]()
    found = recordings(dataset)
    assert excluded(dataset) == {"songs without ratings": 1, "clips with a flat trace": 1}
    heard = {recording.segments[0].stimulus for recording in found if recording.segments}
    assert len(heard) == len(numbers) - 1
    gaps = [recording for recording in found if recording.segments and np.isnan(eda(recording)).any()]
    assert [np.flatnonzero(np.isnan(eda(each)[0])).tolist() for each in gaps] == [[500]]
    assert gaps[0].segments[0].stop == SECONDS


def test_a_column_that_ends_early_is_a_shorter_recording(copied):
    folder = copied("pmemo-2019")

    def end_early(table):
        table.iloc[-250:, -1] = np.nan

    change_table(folder / "EDA" / f"{song_numbers(folder)[3]}_EDA.csv", end_early)
    stops = Counter(recording.segments[0].stop for recording in recordings(Pmemo2019()))
    assert stops == {20.0: stops.total() - 1, 15.0: 1}


def test_a_recording_without_a_rating_has_none(copied):
    folder = copied("pmemo-2018")
    change_table(folder / "Annotations" / "Valence" / f"{song_numbers(folder)[3]}-V.csv", lambda table: table.iloc[1:])
    given = Counter(tuple(recording.segments[0].ratings) for recording in recordings(Pmemo2018()))
    others = (given.total() - 2) // 2
    assert given == {("arousal", "other"): others, ("other", "valence"): others, ("arousal",): 1, ("other",): 1}


@pytest.mark.parametrize("cells", [["inf"], ["-inf", "nan"], [""]])
def test_cells_without_a_finite_number_are_nan(copied, cells):
    file = copied("pmemo-2019") / "EDA" / "1_EDA.csv"
    for line, cell in enumerate(cells, 10):
        set_cell(file, line, 1, cell)
    dataset = Pmemo2019()
    listener = file.read_text().split(",")[1]
    values = eda(dataset.load(listener)[0])[0]
    assert np.flatnonzero(np.isnan(values)).tolist() == list(range(9, 9 + len(cells)))


def test_a_column_without_any_number_is_left_out(copied):
    file = copied("pmemo-2019") / "EDA" / "1_EDA.csv"
    table = pd.read_csv(file)
    table[table.columns[2]] = np.nan
    table.to_csv(file, index=False)
    assert excluded(Pmemo2019()) == {"clips with less than 3 s": 1}


def test_people_of_songs_without_ratings_are_counted(copied):
    folder = copied("pmemo-2019")
    edit(folder / "EDA" / "1_EDA.csv", (",", ",999999,"))
    lines = (folder / "annotations" / "static_annotations.csv").read_text().split("\n")
    file = folder / "EDA" / "1_EDA.csv"
    file.write_text(re.sub(r"(?m)^(\d[^,]*),", r"\1,5.0,", file.read_text()))
    assert lines[1].startswith("1,")
    lines[1] = lines[1].replace("1,", "2000,", 1)
    (folder / "annotations" / "static_annotations.csv").write_text("\n".join(lines))
    dataset = Pmemo2019()
    assert dataset.excluded() == {
        "songs without ratings": 1,
        "songs with ratings and without recordings": 1,
        "subjects who only heard songs without ratings": 1,
    }
    assert "999999" not in dataset.subjects()


# ---------------------------------------------------------------------------------------- refusals

STATIC = "annotations/static_annotations.csv"
DYNAMIC = "annotations/dynamic_annotations.csv"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("EDA/1_EDA.csv", "time(s)", "time", ": its first column is 'time'; expected 'time(s)'."),
        ("EDA/1_EDA.csv", ",1000", ",x000", ": its column 'x00002' is not a listener; expected six digits, such as 100083."),  # noqa: E501
        ("EDA/1_EDA.csv", "\n0.02,", "\n0.04,", " line 3, column 'time(s)': 0.04 is not 0.02; expected 50 samples per second from 0 on."),  # noqa: E501
        ("EDA/1_EDA.csv", "\n0.0,", "\n15.0,", " line 2, column 'time(s)': 15 is not 0; expected 50 samples per second from 0 on."),  # noqa: E501
        ("EDA/1_EDA.csv", "\n0.5,", "\nsoon,", " line 27, column 'time(s)': 'soon' is not a number."),
        (STATIC, "Arousal(mean)", "Arousal", " has no column 'Arousal(mean)'; it has musicId, Arousal, Valence(mean)."),
        (STATIC, "\n1,0.", "\n1,-1\n0,0.", " line 2 has 2 columns, expected 3."),
        (STATIC, "\n1,0.", "\n0,1.2,0.5\n1,0.", " line 2, column 'Arousal(mean)': 1.2 is not a rating from 0 to 1."),
        (STATIC, "\n1,0.", "\n0,0.5,-2\n1,0.", " line 2, column 'Valence(mean)': -2 is not a rating from 0 to 1."),
        (STATIC, "\n1,", "\n1.5,", " line 2, column 'musicId': '1.5' is not a whole number."),
        (STATIC, "\n1,", "\none,", " line 2, column 'musicId': 'one' is not a whole number."),
        ("features/static_features.csv", "f_6373", "class", " starts with musicId and has 6372 features; expected musicId and 6373 features."),  # noqa: E501
        ("features/dynamic_features.csv", "frameTime", "time", " starts with musicId, time and has 260 features; expected musicId, frameTime and 260 features."),  # noqa: E501
    ],
)  # fmt: skip
def test_what_contradicts_the_release_of_2019_is_refused(copied, file, old, new, message):
    path = copied("pmemo-2019") / file
    edit(path, (old, new))
    with refused(f"{path}{message}"):
        recordings(Pmemo2019())


def test_swapped_columns_are_read_by_their_names(copied):
    before = copied("pmemo-2019") / STATIC
    wanted = ratings.static(before)
    table = pd.read_csv(before)
    table[["Valence(mean)", "musicId", "Arousal(mean)"]].to_csv(before, index=False)
    assert ratings.static(before) == wanted


def test_a_song_that_is_rated_twice_is_refused(copied):
    path = copied("pmemo-2019") / STATIC
    path.write_text(path.read_text() + "1,0.5,0.5\n")
    with refused(f"{path} has more than one line of song 1; expected one."):
        Pmemo2019().subjects()


def test_two_columns_of_a_listener_are_refused(copied):
    path = copied("pmemo-2019") / "EDA" / "1_EDA.csv"
    first, second = path.read_text().split("\n")[0].split(",")[1:3]
    edit(path, (second, first))
    with refused(f"{path} has 2 columns of listener {first}; expected one."):
        Pmemo2019().subjects()


def test_steps_of_dynamic_ratings_are_half_a_second(copied):
    path = copied("pmemo-2019") / DYNAMIC
    edit(path, ("\n1,16.5,", "\n1,17.0,"))
    with refused(f"{path} line 4, column 'frameTime': 17 for song 1 is not 0.5 s after the line above."):
        Pmemo2019(labels="dynamic").subjects()


@pytest.mark.parametrize(
    ("file", "column", "cell", "message"),
    [
        ("Annotations/Arousal/1-A.csv", 0, "7", " line 2, column 'userId': 7 is not a listener of six digits."),
        ("Annotations/Arousal/1-A.csv", 1, "5", " line 2, column 'static': 5 is not a rating from 0 to 1."),
        ("Annotations/Valence/1-V.csv", 1, "good", " line 2, column 'static': 'good' is not a number."),
    ],
)
def test_what_contradicts_the_ratings_of_2018_is_refused(copied, file, column, cell, message):
    path = copied("pmemo-2018") / file
    set_cell(path, 1, column, cell)
    with refused(f"{path}{message}"):
        recordings(Pmemo2018())


def test_two_ratings_of_a_listener_are_refused(copied):
    path = copied("pmemo-2018") / "Annotations" / "Arousal" / "1-A.csv"
    lines = path.read_text().split("\n")
    path.write_text("\n".join([*lines[:2], *lines[1:]]))
    with refused(f"{path} has more than one rating of listener {lines[1][:6]}; expected one."):
        recordings(Pmemo2018())


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("pmemo-2018", "EDA/Arousal/1_100002_A", "EDA/Arousal/1_100002_V",
         "expected a name of song, listener and letter, such as 1_100177_A.csv."),
        ("pmemo-2018", "Annotations/Valence/1-V", "Annotations/Valence/1-A",
         "expected a name of song and letter, such as 1-V.csv."),
        ("pmemo-2019", "EDA/1_EDA", "EDA/one_EDA", "expected the number of a song in its name, such as 1_EDA.csv."),
    ],
)  # fmt: skip
def test_files_with_other_names_are_refused(copied, name, old, new, message):
    folder = copied(name)
    (folder / f"{old}.csv").rename(folder / f"{new}.csv")
    with refused(f"{folder / new}.csv: {message}"):
        BOTH[name]().subjects()


def test_the_release_of_2018_without_ratings_says_what_is_missing(copied):
    folder = copied("pmemo-2018")
    shutil.rmtree(folder / "Annotations")
    with refused(
        f"{folder}: no Annotations/Arousal/*-A.csv; the ratings of each listener are needed for labels: unpack the "
        "folder Annotations of the release of 2018 next to EDA."
    ):
        Pmemo2018().subjects()


# ---------------------------------------------------------------------------------- the real files


def test_the_real_ratings_are_read(recorded):
    found = ratings.static(recorded("pmemo_samples") / "static_annotations_3dp.csv")
    values = pd.DataFrame(found).T
    assert len(values) == 767
    assert {axis: int((values[axis] > 0.5).sum()) for axis in values} == {"arousal": 567, "valence": 553}
    assert {axis: int((values[axis] == 0.5).sum()) for axis in values} == {"arousal": 11, "valence": 9}
    assert (values.mean().round(3).to_dict(), values.std().round(3).to_dict()) == (
        {"arousal": 0.622, "valence": 0.597},
        {"arousal": 0.185, "valence": 0.162},
    )


def test_real_ratings_and_recordings_that_are_brought_to_50_hz_are_loaded(recorded, tmp_path, monkeypatch):
    """The published samples are thinned out; between their points they are filled in."""
    samples, folder = recorded("pmemo_samples"), tmp_path / "PMEmo2019"
    (folder / "EDA").mkdir(parents=True)
    (folder / "annotations").mkdir()
    shutil.copy(samples / "static_annotations_3dp.csv", folder / STATIC)
    courses = []
    for song in (108, 372, 634, 683):
        thin = pd.read_csv(samples / f"{song}_EDA_600pt_zscored.csv", index_col=0)
        times = np.round(np.arange(int(thin.index[-1] * 50) + 1) / 50, 2)
        full = {"time(s)": times} | {name: np.interp(times, thin.index, thin[name]) for name in thin}
        pd.DataFrame(full).to_csv(folder / "EDA" / f"{song}_EDA.csv", index=False)
        courses.append(pd.read_csv(samples / f"{song}_dynamic_mean.csv"))
    pd.concat(courses).to_csv(folder / DYNAMIC, index=False)
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    dataset = Pmemo2019()
    assert not dataset.simulated
    assert dataset.excluded() == {"songs with ratings and without recordings": 763}
    found = recordings(dataset)
    assert Counter(recording.segments[0].stimulus for recording in found) == dict.fromkeys(
        ["108", "372", "634", "683"], 4
    )
    assert all(45 <= recording.segments[0].stop <= 61 for recording in found)
    for static, dynamic in zip(found, recordings(Pmemo2019(labels="dynamic")), strict=True):
        own, course = static.segments[0].ratings, dynamic.segments[0].ratings
        assert course == pytest.approx(own, abs=0.2)  # people answer for a whole song as they do on average


def test_real_recordings_that_were_thinned_out_are_refused(recorded, tmp_path, monkeypatch):
    samples, folder = recorded("pmemo_samples"), tmp_path / "PMEmo2019"
    (folder / "annotations").mkdir(parents=True)
    shutil.copy(samples / "static_annotations_3dp.csv", folder / STATIC)
    (folder / "EDA").mkdir()
    path = folder / "EDA" / "108_EDA.csv"
    shutil.copy(samples / "108_EDA_600pt_zscored.csv", path)
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    with refused(f"{path} line 3, column 'time(s)': 0.08 is not 0.02; expected 50 samples per second from 0 on."):
        Pmemo2019().load("100083")


# ---------------------------------------------------------------------------------- all of it


@pytest.mark.parametrize(
    ("name", "options"), [("pmemo-2018", {}), ("pmemo-2018", {"threshold": "mean"}), ("pmemo-2019", {"skip": 5})]
)
def test_it_keeps_the_contract(here, name, options):
    for check in contract("dataset", name, options):
        check()


def test_how_ratings_become_classes_does_not_change_what_is_loaded():
    assert Pmemo.label_options == Pmemo2019.label_options == ("threshold", "threshold_from")
    assert Pmemo2018.label_options == ("threshold", "threshold_from", "seed")


def test_neither_can_be_downloaded_and_both_say_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    for name, dataset in BOTH.items():
        assert not dataset.downloads
        with pytest.raises(DataError, match=f"bench data link {name} FOLDER"):
            dataset().subjects()


@pytest.mark.parametrize(
    ("dataset", "threshold_from", "verdict"),
    [("pmemo-2018", "train", "clean"), ("pmemo-2018", "everything", "leaky"), ("pmemo-2019", "train", "clean")],
)
def test_a_run_says_whose_ratings_made_the_labels(bench, written, dataset, threshold_from, verdict):
    bench(
        "run", "--data", written, "--dataset", dataset, "--fusion", "none", "--no-baselines",
        "--profile", "smoke", "-o", f"dataset.threshold_from={threshold_from}",
    ).ok()  # fmt: skip
    (shown,) = bench("show", "--json").ok().json
    assert (shown["n_subjects"], shown["simulated"]) == (SUBJECTS, True)
    assert shown["audit"]["verdict"] == verdict
    without = {"without a label for arousal": shown["n_windows"]}
    assert shown.get("excluded_windows", {}) == (without if dataset == "pmemo-2018" else {})


def test_a_control_is_called_one_wherever_its_rows_stand(bench, written):
    """On the terminal and on a page, where whole clips are called that, and songs are counted."""
    bench("run", "--data", written, "--dataset", "pmemo-2018", "--fusion", "none", "--no-baselines", "--profile",
          "smoke", "-o", "dataset.shuffled=true", "-o", "window.whole=true", "-o", "window.length=3").ok()  # fmt: skip
    remark = "control: skin conductance is that of random other recordings"
    shown = bench("show").ok().out
    assert f"\n{remark}\n" in shown
    assert " stimuli, " in shown
    bench("leaderboard", "--to", "leaderboard", "--format", "md").ok()
    page = (bench.folder / "leaderboard" / "README.md").read_text()
    assert f"- **{remark}**\n" in page
    assert "; windows are whole segments of 3 s or more\n" in page


def test_networks_that_have_learnt_from_the_other_release_may_know_the_people_who_are_held_out(bench, written):
    told = bench(
        "run", "--data", written, "--dataset", "pmemo-2018", "--pretrain", "pmemo-2019", "--model", "transformer",
        "--preprocess", "resample(16)", "--fusion", "none", "--no-baselines", "--profile", "smoke", "--dry-run",
    ).ok()  # fmt: skip
    assert (
        "Pre-training on 'pmemo-2019', which shares subjects with 'pmemo-2018', uses data of several subjects"
        in told.out
    )
    assert "audit: leaky" in told.out


def test_skin_conductance_of_a_stand_in_follows_arousal(stand_in):
    stand_in("pmemo-2019", subjects=6, seconds=45)
    dataset = Pmemo2019()
    activity, arousal = [], []
    for subject in dataset.subjects():
        heard = dataset.load(subject)
        activity += rankdata([np.abs(np.diff(eda(recording)[0, ::25])).sum() for recording in heard]).tolist()
        arousal += [recording.segments[0].ratings["arousal"] for recording in heard]
    assert spearmanr(activity, arousal).statistic > 0.4


# ----------------------------------------------------------------------------- music


@pytest.mark.parametrize("name", BOTH)
def test_songs_have_their_features_as_vectors(here, name):
    dataset = BOTH[name]()
    [file] = dataset.stimulus_files()
    released = pd.read_csv(file).set_index("musicId")
    names, vectors = dataset.stimulus_vectors("music")
    assert (len(names), list(names)) == (6373, list(released)[:6373])
    assert list(vectors) == [str(song) for song in released.index]
    for song in released.index[:3]:
        np.testing.assert_allclose(vectors[str(song)], released.loc[song].to_numpy()[:6373], rtol=1e-12)


def test_windows_are_given_the_vector_of_their_song_where_it_is_asked_for(here, tmp_path):
    from bench.cells import data
    from bench.data.cache import Cache
    from bench.planning.expansion import Expander
    from bench.planning.grid import Grid

    def loaded(**asked):
        grid = Grid(dataset=("pmemo-2019",), fusion=("early",), baselines=False, **asked)
        [cell] = Expander(grid, Registry()).expand().cells
        return data.load(cell, Cache(tmp_path), lambda *_: None).everything.windows

    windows = loaded(modalities=("eda", "music"))
    _, vectors = Pmemo2019().stimulus_vectors("music")
    assert windows.modalities == ("eda", "music")
    assert windows.feature_names("music")[0].startswith("music.")
    np.testing.assert_array_equal(windows.features("music"), [vectors[song] for song in windows.stimulus])
    merged = windows.merged().features()
    np.testing.assert_array_equal(merged, np.hstack([windows.features("eda"), windows.features("music")]))


def test_music_takes_part_only_where_it_is_asked_for(here, tmp_path):
    from bench.planning.expansion import Expander
    from bench.planning.grid import Grid

    cells = Expander(Grid(dataset=("pmemo-2019",), baselines=False), Registry()).expand().cells
    assert {cell.cell.modalities for cell in cells} == {("eda",)}


def test_without_the_table_of_features_no_window_has_music(copied, bench, monkeypatch):
    folder = copied("pmemo-2019")
    shutil.rmtree(folder / "features")
    arguments = ("run", "--dataset", "pmemo-2019", "--fusion", "none", "--no-baselines", "--modalities")
    monkeypatch.setenv("BENCH_DATA", str(folder.parent))
    told = bench(*arguments, "music")
    assert told.code == 1
    assert re.search(
        r"No window of 'pmemo-2019' can be used for the target 'arousal' \(\d+ missing in music\)", told.err
    )
    bench(*arguments, "eda", "--dry-run").ok()


def test_a_song_with_two_rows_of_features_is_refused(copied):
    table = copied("pmemo-2019") / "features" / "static_features.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join([*lines, lines[1]]) + "\n")
    with refused(f"{table} has more than one row for song {lines[1].partition(',')[0]}."):
        Pmemo2019().stimulus_vectors("music")
