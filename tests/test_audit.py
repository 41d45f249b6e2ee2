"""The leakage audit: hand-made tables for each rule, and a brute-force oracle for neighbouring windows."""

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from bench.api import Fold
from bench.audit.audit import VERDICTS, Audit, Finding, audit
from bench.audit.gaps import Gaps, autocovariance, decay
from bench.audit.overlap import Codes
from bench.audit.timeline import Timeline, instants
from bench.cli.output.tables import COLOURS
from bench.leaderboard.comparison import SEVERITY
from bench_splits.crossed import SubjectStimulusIndependent
from bench_splits.kfold import SubjectIndependent, TrialKFold, WindowKFold
from bench_splits.subjects import LeaveOneSubjectOut


def table_of(rows):
    """From (recording, trial, start, stop) of each window; there is one person per recording."""
    table = pd.DataFrame(rows, columns=["recording", "trial", "start", "stop"])
    recording = table["recording"].astype(str)
    table["trial"] = recording + "/" + table["trial"]
    return table.assign(subject="S" + recording, session="1", stimulus="", label=np.arange(len(table)) % 2)


def study(people=12, trials=8, windows=6, step=5.0, seed=0):
    """Windows of 10 s every `step`, 60 s between trials; every person has each of two classes equally often."""
    rows = [
        (person, f"t{trial}", trial * 200.0 + step * window, trial * 200.0 + step * window + 10.0, trial)
        for person in range(people)
        for trial in range(trials)
        for window in range(windows)
    ]
    table = table_of([row[:4] for row in rows])
    random = np.random.default_rng(seed)
    classes = np.array([random.permutation(np.arange(trials) % 2) for _ in range(people)])
    trial = np.array([row[4] for row in rows])
    return table.assign(label=classes[table["recording"], trial], film=[f"film {number}" for number in trial])


def of_films(people=12, films=8):
    """A study whose labels follow the film, for everybody."""
    table = study(people, films)
    label = table["film"].str[-1].astype(int) % 2
    return table.assign(stimulus=table["film"], label=label)


def fold(train, test, validation=()):
    return Fold("fold-01", *(np.array(rows, dtype=np.intp) for rows in (train, validation, test)))


def named(found, name):
    return next((finding for finding in found.findings if finding.name == name), None)


def serious(found):
    return [finding.name for finding in found.findings if finding.severity != "note"]


NEIGHBOURS = [
    # training windows, held-out windows -> finding, severity, share
    ([(0, "a", 0, 10)], [(0, "a", 5, 15)], "shared samples", "leaky", 1.0),
    ([(0, "a", 0, 10)], [(0, "b", 5, 15)], "shared samples", "leaky", 1.0),
    ([(0, "a", 0, 100)], [(0, "b", 40, 50), (1, "c", 40, 50)], "shared samples", "leaky", 0.5),
    ([(0, "a", 40, 50)], [(0, "b", 0, 100)], "shared samples", "leaky", 1.0),
    ([(0, "a", 0, 90), (0, "a", 10, 20)], [(0, "b", 30, 40)], "shared samples", "leaky", 1.0),
    ([(0, "a", 0, 10)], [(0, "a", 10, 20)], "touching windows", "leaky", 1.0),
    ([(0, "a", 0, 10)], [(0, "a", 10 + 1e-12, 20)], "touching windows", "leaky", 1.0),
    ([(0, "a", 10, 20)], [(0, "b", 0, 10)], "touching trials", "note", 1.0),
    ([(0, "a", 0, 10)], [(0, "a", 30, 40), (0, "b", 50, 60)], "trial on both sides", "leaky", 0.5),
]


@pytest.mark.parametrize(("training", "held", "name", "severity", "share"), NEIGHBOURS)
def test_neighbours_are_found(training, held, name, severity, share):
    table = table_of(training + held)
    rows = np.arange(len(table))
    found = named(audit(table, [fold(rows[: len(training)], rows[len(training) :])]), name)
    assert (found.severity, found.share) == (severity, share)


@pytest.mark.parametrize("name", ["shared samples", "touching windows", "touching trials", "trial on both sides"])
def test_windows_apart_or_of_another_recording_are_no_neighbours(name):
    table = table_of([(0, "a", 0, 10), (1, "b", 20, 30), (0, "c", 10.001, 20), (1, "d", 0, 10)])
    assert named(audit(table, [fold([0, 1], [2, 3])]), name) is None


def test_a_window_on_both_sides_shares_its_samples():
    assert named(audit(table_of([(0, "a", 0, 10), (0, "b", 50, 60)]), [fold([0, 1], [1])]), "shared samples").share == 1


@st.composite
def timelines(draw):
    grid = st.integers(0, 12)
    window = st.tuples(st.integers(0, 2), st.sampled_from("ab"), grid, st.integers(1, 6), st.booleans())
    rows = draw(st.lists(window, min_size=1, max_size=25))
    unit = draw(st.sampled_from([1.0, 0.1, 1 / 3, 1 / 700]))
    table = table_of([(recording, trial, at * unit, at * unit + long * unit) for recording, trial, at, long, _ in rows])
    return table, np.array([row[-1] for row in rows])


@settings(max_examples=200, deadline=None)
@given(timelines())
def test_neighbours_are_those_of_comparing_every_pair(case):
    table, training = case
    held = np.flatnonzero(~training)
    shares, meets = np.zeros(len(held), bool), np.zeros(len(held), bool)
    for place, row in enumerate(held):
        for other in np.flatnonzero(training):
            a, b = table.iloc[row], table.iloc[other]
            gap = max(a["start"], b["start"]) - min(a["stop"], b["stop"])
            shares[place] |= a["recording"] == b["recording"] and gap < -1e-9
            meets[place] |= a["recording"] == b["recording"] and gap <= 1e-9
    line = Timeline(table["recording"].to_numpy(), *instants(table["start"].to_numpy(), table["stop"].to_numpy()))
    found = line.overlaps(training, held)
    np.testing.assert_array_equal(found[0], shares)
    np.testing.assert_array_equal(found[1], meets)


def test_random_windows_at_half_overlap_are_leaky_with_the_right_numbers():
    table = study()
    folds = list(WindowKFold().folds(table))
    found = audit(table, folds)
    shared = same = total = 0
    for part in folds:
        training = set(part.train) | set(part.validation)
        for row in part.test:  # neighbours in a trial are neighbours in the table
            near = [other for other in (row - 1, row + 1) if table["trial"].get(other) == table["trial"][row]]
            trial = np.flatnonzero(table["trial"] == table["trial"][row])
            shared += any(other in training for other in near)
            same += any(other in training for other in trial)
            total += 1
    assert found.verdict == "leaky"
    assert named(found, "shared samples").share == pytest.approx(shared / total)
    assert named(found, "trial on both sides").share == pytest.approx(same / total)
    assert named(found, "trial on both sides").text == (
        "100 % of test windows have a training window of the same trial."
    )
    assert named(found, "inner: shared samples").severity == "leaky"


def test_whole_trials_of_balanced_labels_are_subject_dependent():
    found = audit(study(), list(TrialKFold().folds(study())))
    assert (found.verdict, serious(found)) == ("subject-dependent", ["subject on both sides"])
    assert named(found, "inner: subject on both sides").severity == "note"
    assert named(found, "subject on both sides").text.startswith(
        "100 % of test windows are of subjects in the training part, and the subject alone scores 0."
    )


@pytest.mark.parametrize("protocol", [LeaveOneSubjectOut(), SubjectIndependent()], ids=lambda p: type(p).__name__)
def test_unseen_people_are_clean(protocol):
    found = audit(study(), list(protocol.folds(study())))
    assert (found.verdict, serious(found)) == ("clean", [])
    assert named(found, "subject on both sides") is None


def test_people_on_both_sides_are_subject_dependent_whatever_the_person_alone_scores():
    random = np.random.default_rng(5)
    table = study()
    tendency = np.where(np.arange(12) % 2, 0.9, 0.1)
    of_trial = {trial: int(random.random() < tendency[int(trial.split("/")[0])]) for trial in table["trial"].unique()}
    table["label"] = table["trial"].map(of_trial)
    found = audit(table, list(TrialKFold().folds(table)))
    assert (found.verdict, set(serious(found))) == ("subject-dependent", {"subject on both sides"})
    assert audit(table, list(LeaveOneSubjectOut().folds(table))).verdict == "clean"


def test_verdicts_are_in_order():
    folds = list(TrialKFold().folds(study()))
    for scope, verdict in (("session", "subject-dependent"), ("everything", "leaky")):
        assert audit(study(), folds, [("zscore", scope)]).verdict == verdict
    assert VERDICTS == SEVERITY == tuple(COLOURS)


def test_the_person_alone_is_scored_as_by_hand():
    # S0 was trained on classes 0 0 1, so 0 is expected of S0; of S1 1 is expected; S2 is not trained on
    table = table_of([(who, f"t{at}", 100 * at, 100 * at + 10) for who in range(3) for at in range(6)])
    table["label"] = [0, 0, 1, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1]
    found = named(audit(table, [fold([0, 1, 2, 6, 7, 8], [3, 4, 5, 9, 10, 11, 12])]), "subject on both sides")
    # held out: 0 0 1 of S0 and 1 1 0 of S1, each class is right in 2 of 3; of one person alone it is 1 and 0
    assert "the subject alone scores 0.67 [0.50, 0.67] in balanced accuracy, where chance is 0.50" in found.text
    assert found.share == pytest.approx(6 / 7)


def test_labels_that_follow_the_stimulus_leak_where_people_are_on_both_sides():
    table = of_films()
    found = audit(table, list(TrialKFold().folds(table)))
    assert found.verdict == "leaky"
    assert named(found, "stimulus on both sides").text.endswith(
        "and the stimulus alone scores 1.00 [1.00, 1.00] in balanced accuracy, where chance is 0.50, "
        "with subjects on both sides too."
    )


def test_labels_that_follow_the_stimulus_are_a_confound_where_people_are_unseen():
    table = of_films()
    found = audit(table, list(LeaveOneSubjectOut().folds(table)))
    assert (found.verdict, serious(found)) == ("clean", [])
    assert named(found, "stimulus confound").text == (
        "100 % of test windows have a stimulus of the training part, and the stimulus alone scores "
        "1.00 [1.00, 1.00] in balanced accuracy, where chance is 0.50; "
        "the strict twin subject-stimulus-independent holds out both."
    )


def test_both_unseen_has_nothing_on_both_sides():
    table = of_films()
    found = audit(table, list(SubjectStimulusIndependent().folds(table)))
    assert found.verdict == "clean"
    assert {finding.name for finding in found.findings} <= {"sizes", "one class"}


def test_stimuli_that_say_nothing_are_a_note():
    table = study().assign(stimulus=lambda frame: frame["film"])
    found = named(audit(table, list(LeaveOneSubjectOut().folds(table))), "stimulus on both sides")
    assert found.severity == "note"


def test_windows_without_a_stimulus_do_not_share_one():
    table = study()
    assert named(audit(table, list(LeaveOneSubjectOut().folds(table))), "stimulus on both sides") is None


@pytest.mark.parametrize(
    ("scope", "verdict", "text"),
    [
        ("window", "clean", None),
        ("past", "clean", None),
        ("session", "transductive", "Zscore uses the whole session of the test subject."),
        ("recording", "transductive", "Zscore uses the whole recording of the test subject."),
        ("alone", "clean", "Zscore uses whole recordings, each of which is one window."),
        ("everything", "leaky", "Zscore uses data of several subjects, test subjects included."),
    ],
)
def test_what_a_step_declares_decides_as_well(scope, verdict, text):
    found = audit(study(), list(LeaveOneSubjectOut().folds(study())), [("zscore", scope)])
    assert found.verdict == verdict
    assert (named(found, "declared") and named(found, "declared").text) == text


def test_inner_leaks_are_named_and_count():
    table = table_of([(0, "a", 0, 10), (0, "a", 5, 15), (1, "b", 0, 10)])
    found = audit(table, [fold([0], [2], validation=[1])])
    assert found.verdict == "leaky"
    assert set(serious(found)) == {"inner: shared samples", "inner: trial on both sides"}


def test_the_validation_part_is_trained_on():
    table = table_of([(0, "a", 0, 10), (1, "b", 0, 10), (1, "b", 5, 15)])
    assert named(audit(table, [fold([0], [2], validation=[1])]), "shared samples").share == 1


def test_sizes_and_folds_of_one_class_are_noted():
    table = table_of([(who, "a", 20 * at, 20 * at + 10) for who in range(3) for at in range(2)])
    table["label"] = [0, 1, 1, 1, 0, 1]
    found = audit(table, [fold([2, 3], [0, 1], [4, 5]), fold([0, 1], [2, 3], [4, 5])])
    assert named(found, "sizes").text == (
        "2 folds: fit 2 windows of 1 subject, validate 2 windows of 1 subject, test 2 windows of 1 subject; "
        "67 % of all windows are tested."
    )
    assert named(found, "one class").text == "1 of 2 folds test one class only, where AUROC is undefined."


@pytest.mark.parametrize("name", ["label", "label and number", "place", "number", "stimulus"])
def test_names_of_trials_that_predict_labels_of_new_subjects_are_a_note(name):
    table = study(people=12, trials=8)
    prefix, number = table["subject"] + "/1/", table["trial"].str[-1]
    words = pd.Series(np.array(["calm", "stressed"])[table["label"]])
    if name in ("place", "stimulus"):  # the same order, or the same stimuli in any order, for everybody
        table = table.assign(label=number.astype(int) % 2)
    if name == "stimulus":
        table = table.assign(stimulus=number, start=table["start"].where(table["recording"] % 2 == 0, -table["start"]))
        table = table.assign(stop=table["start"] + 10)
    texts = {"label": words + " " + number, "label and number": number + "-" + words, "number": "part-" + number}
    table = table.assign(trial=prefix + texts.get(name, "part-" + number))
    found = named(audit(table, list(LeaveOneSubjectOut().folds(table))), "names of trials")
    if not name.startswith("label"):
        assert found is None
        return
    assert (found.severity, found.share) == ("note", 1.0)
    assert found.text == (
        "The name of a trial alone scores 1.00 [1.00, 1.00] in balanced accuracy, where chance is 0.50, for subjects "
        "outside the training part; estimators get codes instead of names, and the data set should use neutral names "
        "such as part-1."
    )
    assert named(audit(table, list(WindowKFold().folds(table))), "names of trials") is None


def test_training_on_one_class_is_a_note():
    table = table_of([(0, "a", 0, 10), (1, "b", 0, 10), (2, "c", 0, 10)])  # classes 0, 1, 0
    found = audit(table, [fold([0], [1], [2]), fold([0, 1], [2])])
    text = "1 of 2 folds train on one class only, which most models refuse."
    assert named(found, "one class in training").text == text
    assert found.verdict == "clean"


@pytest.mark.parametrize("folds", [[], [fold([], [])], [fold([0, 1], [])], [fold([], [0, 1])]])
def test_empty_folds_are_clean(folds):
    assert audit(table_of([(0, "a", 0, 10), (0, "a", 5, 15)]), folds).verdict == "clean"


def test_an_empty_table_is_clean():
    assert audit(table_of([(0, "a", 0, 10)]).iloc[:0], []).verdict == "clean"


def test_an_audit_is_plain_data():
    found = Audit("clean", (Finding("sizes", "note", "There are no folds.", 0.0),))
    assert audit(study(), []) == found
    assert json.loads(json.dumps(asdict(found)))["findings"][0]["severity"] == "note"


@pytest.mark.parametrize(
    ("name", "seconds"), [("wesad", 120), ("stress-predict", 400), ("wearable-stress", 400), ("eegmmidb", 120)]
)
def test_names_of_trials_of_built_in_data_sets_are_neutral(bench, stand_in, name, seconds):
    stand_in(name, subjects=4, seconds=seconds)
    modality = "eeg" if name == "eegmmidb" else "eda"
    grid = ("run", "--dataset", name, "--modalities", modality, "--fusion", "none", "--no-baselines", "--dry-run")
    found = bench(*grid, "--model", "logistic", "-o", "window.length=2", "-o", "window.hop=2").ok()
    assert "\naudit: " in found.out
    assert "name of a trial" not in found.out


def test_the_smallest_gap_is_that_of_comparing_every_pair():
    random = np.random.default_rng(3)
    table = study(people=3, trials=4, windows=3)
    side = random.integers(0, 3, len(table))
    gaps = Gaps(Codes(table), table)
    gaps.add(np.flatnonzero(side == 1), np.flatnonzero(side == 2))
    smallest = min(
        max(one.start, other.start) - min(one.stop, other.stop)
        for one in table[side == 1].itertuples()
        for other in table[side == 2].itertuples()
        if one.recording == other.recording
    )
    assert gaps.smallest == max(0.0, smallest)


@pytest.mark.parametrize(("time", "word", "share"), [(30.0, "but", 1.0), (4.0, "and", 0.0)])
def test_gaps_are_compared_with_how_long_signals_correlate(time, word, share):
    table = table_of([(0, "a", 0, 10), (0, "b", 25, 35), (1, "a", 0, 10)])
    found = named(audit(table, [fold([0, 2], [1])], correlation_times=lambda: {"eda": time, "ecg": 2.0}), "gap")
    assert (found.severity, found.share) == ("note", share)
    assert found.text == (
        f"Training and test windows of one recording lie 15 s apart at least, {word} level or spread of eda "
        f"correlate over {time:.0f} s."
    )
    assert named(audit(table, [fold([0, 1], [2])], correlation_times=lambda: {"eda": time}), "gap") is None


def test_the_correlation_time_is_that_of_an_autoregressive_process():
    random, keep = np.random.default_rng(0), np.exp(-1 / 40)
    series = lfilter([1], [1, -keep], random.standard_normal((200, 2400)))
    assert decay(sum(map(autocovariance, series))) == pytest.approx(40, abs=4)
    one, count = series[0] - series[0].mean(), series.shape[1]
    by_hand = [one[: count - lag] @ one[lag:] * count / (count - lag) for lag in range(5)]
    np.testing.assert_allclose(autocovariance(series[0])[:5], by_hand)


def test_windows_that_are_tested_again_are_noted():
    table = study(people=3, trials=2, windows=2)
    found = named(audit(table, [fold([0, 1], [4, 5, 6, 7]), fold([0, 1], [6, 7, 8, 9])]), "tested again")
    assert (found.severity, found.share) == ("note", pytest.approx(2 / 6))
    assert found.text == (
        "33 % of tested windows are tested more than once, 2 times at most; their predictions are not independent."
    )
