"""Protocols: index by index against scikit-learn, and what they promise over random tables."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import model_selection as sk

from bench.errors import UsageError
from bench_splits.crossed import SubjectStimulusIndependent
from bench_splits.from_file import FromFile
from bench_splits.kfold import StimulusIndependent, SubjectIndependent, TrialKFold, WindowKFold
from bench_splits.subjects import Holdout, LeaveOneSubjectOut


def table_of(rows):
    """From (subject, trial, stimulus, label) of each window."""
    table = pd.DataFrame(rows, columns=["subject", "trial", "stimulus", "label"])
    table["session"], table["recording"] = "1", pd.factorize(table["subject"])[0]
    table["start"] = np.arange(len(table)) * 10.0
    return table.assign(stop=table["start"] + 10.0)


def grid(people=6, stimuli=4, windows=2):
    return table_of(
        [
            (f"S{person}", f"S{person}-{stimulus}", f"film {stimulus}", (person + stimulus) % 2)
            for person in range(people)
            for stimulus in range(stimuli)
            for _ in range(windows)
        ]
    )


@st.composite
def tables(draw):
    people, stimuli = draw(st.integers(2, 7)), draw(st.integers(2, 6))
    pairs = [(person, stimulus) for person in range(people) for stimulus in range(stimuli)]
    counts = draw(st.lists(st.integers(1, 4), min_size=len(pairs), max_size=len(pairs)))
    labels = draw(st.lists(st.integers(0, 2), min_size=len(pairs), max_size=len(pairs)))
    rows = [
        (f"S{person}", f"t{person}/{stimulus}", f"m{stimulus}", label)
        for (person, stimulus), count, label in zip(pairs, counts, labels, strict=True)
        for _ in range(count)
    ]
    return table_of(draw(st.permutations(rows)))


EACH_WINDOW_ONCE = [
    LeaveOneSubjectOut(),
    WindowKFold(k=3),
    WindowKFold(k=3, stratified=True),
    TrialKFold(k=3),
    SubjectIndependent(k=2),
    StimulusIndependent(k=2),
    SubjectStimulusIndependent(subjects=2, stimuli=2),
]
EVERY = [*EACH_WINDOW_ONCE, Holdout(test_share=0.3)]
SEEDED = [protocol for protocol in EVERY if not isinstance(protocol, LeaveOneSubjectOut)]


def name_of(protocol):
    return type(protocol).__name__


def folds_or_refusal(protocol, table):
    try:
        return list(protocol.folds(table))
    except UsageError as refused:
        assert "cannot be spread" in str(refused)  # noqa: PT017 - tiny classes are all that may be refused here
        return []


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("k", [2, 5])
def test_rotations_are_those_of_scikit_learn(k, seed):
    table = grid(6, 5, 3)
    y, people, stimuli = (table[name] for name in ("label", "subject", "stimulus"))
    cases = [
        (WindowKFold(k, seed), sk.KFold(k, shuffle=True, random_state=seed).split(table)),
        (SubjectIndependent(k, seed), sk.StratifiedGroupKFold(k, shuffle=True, random_state=seed).split(y, y, people)),
        (
            StimulusIndependent(k, seed),
            sk.StratifiedGroupKFold(k, shuffle=True, random_state=seed).split(y, y, stimuli),
        ),
    ]
    for protocol, expected in cases:
        for (name, train, test), (number, (its_train, its_test)) in zip(
            protocol.outer(table), enumerate(expected, 1), strict=True
        ):
            assert name == f"fold-{number:02d}"
            np.testing.assert_array_equal(train, its_train)
            np.testing.assert_array_equal(test, its_test)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_whole_trials_are_spread_evenly_over_parts_for_each_person_and_class(k):
    table = grid(6, 5, 3)
    one_per_trial = table.drop_duplicates("trial")
    counts = [
        one_per_trial[one_per_trial["trial"].isin(table["trial"].iloc[test])].groupby(["subject", "label"]).size()
        for _, _, test in TrialKFold(k).outer(table)
    ]
    frame = pd.concat(counts, axis=1).fillna(0)
    assert (frame.max(axis=1) - frame.min(axis=1) <= 1).all()
    sizes = frame.sum()
    assert sizes.max() - sizes.min() <= 1
    assert sizes.sum() == one_per_trial["trial"].nunique()


@pytest.mark.parametrize(("people", "trials", "classes"), [(6, 10, 2), (4, 20, 2), (9, 9, 3)])
def test_people_with_as_many_trials_as_parts_do_not_have_one_class_in_the_same_part(people, trials, classes):
    rows = [(f"S{who}", f"S{who}/{trial}", f"x{trial}", 0) for who in range(people) for trial in range(trials)]
    table = table_of(rows).assign(label=np.tile(np.arange(trials) % classes, people))
    for _, _, test in TrialKFold(min(trials, 10)).outer(table):
        counts = np.bincount(table["label"].iloc[test], minlength=classes)
        assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("seed", [0, 7])
def test_stratified_random_parts_have_as_many_windows_of_each_class_as_scikit_learns(seed):
    table = grid(7, 9, 1).assign(label=np.random.default_rng(seed).permutation(63) < 25).astype({"label": int})
    found = [test for _, _, test in WindowKFold(10, seed, stratified=True).outer(table)]
    theirs = [test for _, test in sk.StratifiedKFold(10, shuffle=True, random_state=seed).split(table, table["label"])]
    assert sorted(np.concatenate(found)) == list(range(63))
    labels = table["label"].to_numpy()
    counts, expected = (
        np.array([np.bincount(labels[test], minlength=2) for test in parts]) for parts in (found, theirs)
    )
    assert (np.ptp(counts, axis=0) <= 1).all()
    assert np.array_equal(np.sort(counts, axis=0), np.sort(expected, axis=0))
    again = [test for _, _, test in WindowKFold(10, seed + 1, stratified=True).outer(table)]
    assert not all(np.array_equal(one, other) for one, other in zip(found, again, strict=True))
    assert any(table["subject"].iloc[test].duplicated().any() for test in found)  # labels alone decide


def test_leaving_people_out_is_scikit_learns_with_their_names():
    table = grid()
    found = list(LeaveOneSubjectOut().outer(table))
    expected = list(sk.LeaveOneGroupOut().split(table, groups=table["subject"]))
    assert [name for name, _, _ in found] == ["S0", "S1", "S2", "S3", "S4", "S5"]
    for (_, train, test), (its_train, its_test) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(train, its_train)
        np.testing.assert_array_equal(test, its_test)


def test_holding_out_a_share_of_people_is_scikit_learns():
    table = grid(9)
    found = list(Holdout(0.3, seed=4, repeats=3).outer(table))
    expected = list(sk.GroupShuffleSplit(3, test_size=0.3, random_state=4).split(table, groups=table["subject"]))
    assert [name for name, _, _ in found] == ["r1-fold-01", "r2-fold-01", "r3-fold-01"]
    for (_, train, test), (its_train, its_test) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(train, its_train)
        np.testing.assert_array_equal(test, its_test)


def test_the_inner_split_is_scikit_learns_group_k_fold():
    table = grid(7)
    rows = np.flatnonzero(table["subject"] != "S3")
    expected = sk.GroupKFold(4, shuffle=True, random_state=0).split(rows, groups=table["subject"].iloc[rows])
    for (fit, held), (its_fit, its_held) in zip(LeaveOneSubjectOut().inner(table, rows, 4), expected, strict=True):
        np.testing.assert_array_equal(fit, rows[its_fit])
        np.testing.assert_array_equal(held, rows[its_held])


@pytest.mark.parametrize("protocol", EACH_WINDOW_ONCE, ids=name_of)
@settings(max_examples=20, deadline=None)
@given(table=tables())
def test_every_window_is_tested_exactly_once(protocol, table):
    folds = folds_or_refusal(protocol, table)
    if folds:
        tested = np.concatenate([fold.test for fold in folds])
        np.testing.assert_array_equal(np.sort(tested), np.arange(len(table)))


@pytest.mark.parametrize("protocol", EVERY, ids=name_of)
@settings(max_examples=20, deadline=None)
@given(table=tables())
def test_no_group_is_in_two_parts_of_a_fold(protocol, table):
    columns = protocol.groups or (None,)
    for fold in folds_or_refusal(protocol, table):
        assert len(fold.train)
        assert len(fold.test)
        for column in columns:
            parts = [
                set(rows if column is None else table[column].iloc[rows])
                for rows in (fold.train, fold.validation, fold.test)
            ]
            assert sum(map(len, parts)) == len(set.union(*parts))


@pytest.mark.parametrize("protocol", EVERY, ids=name_of)
@settings(max_examples=15, deadline=None)
@given(table=tables(), parts=st.integers(2, 6))
def test_inner_parts_hold_out_each_row_at_most_once(protocol, table, parts):
    rows = np.arange(len(table))[::2]
    splits = list(protocol.inner(table, rows, parts))
    assert len(splits) <= parts
    held = np.concatenate([held for _, held in splits]) if splits else rows[:0]
    assert len(np.unique(held)) == len(held)
    assert set(held) <= set(rows)
    if splits and not isinstance(protocol, SubjectStimulusIndependent):
        np.testing.assert_array_equal(np.sort(held), rows)
        assert all(len(fit) + len(part) == len(rows) for fit, part in splits)


@pytest.mark.parametrize("protocol", [p for p in EVERY if p.groups], ids=name_of)
def test_inner_groups_do_not_depend_on_labels_or_the_order_of_rows(protocol):
    table = grid()
    order = np.random.default_rng(0).permutation(len(table))
    shuffled = table.iloc[order].reset_index(drop=True).assign(label=0)
    every = np.arange(len(table))
    for (_, held), (_, other) in zip(protocol.inner(table, every, 3), protocol.inner(shuffled, every, 3), strict=True):
        np.testing.assert_array_equal(held, np.sort(order[other]))


@pytest.mark.parametrize("protocol", SEEDED, ids=name_of)
def test_the_seed_decides_and_repeats_differ(protocol):
    table, options = grid(9, 6), {**vars(protocol)}

    def drawn(**changed):
        return [(name, tuple(test)) for name, _, test in type(protocol)(**{**options, **changed}).outer(table)]

    assert drawn(seed=3) == drawn(seed=3)
    assert drawn(seed=3) != drawn(seed=4)
    once, twice = drawn(seed=3), drawn(seed=3, repeats=2)
    assert [test for _, test in twice[: len(once)]] == [test for _, test in once]
    assert {test for _, test in twice[: len(once)]} != {test for _, test in twice[len(once) :]}
    assert [name for name, _ in twice] == [f"r{repeat}-{name}" for repeat in (1, 2) for name, _ in once]


def test_both_unseen_by_hand():
    table = grid(2, 2, 1)  # rows: (S0, film 0), (S0, film 1), (S1, film 0), (S1, film 1)
    found = {
        tuple(test): tuple(train) for _, train, test in SubjectStimulusIndependent(subjects=2, stimuli=2).outer(table)
    }
    assert found == {(0,): (3,), (1,): (2,), (2,): (1,), (3,): (0,)}


def test_both_unseen_skips_what_was_not_recorded():
    table = grid(3, 3, 1).drop(index=8).reset_index(drop=True).assign(label=0)
    found = list(SubjectStimulusIndependent(subjects=3, stimuli=3).outer(table))
    assert sorted(tuple(test) for _, _, test in found) == [(row,) for row in range(8)]


def test_both_unseen_refuses_a_fold_without_training_windows():
    table = table_of([("S0", "a", "x", 0), ("S0", "b", "y", 1), ("S1", "c", "x", 0)])
    with pytest.raises(UsageError) as refused:
        list(SubjectStimulusIndependent(subjects=2, stimuli=2).outer(table))
    assert "leaves no training windows in" in str(refused.value)


CANNOT = [
    (
        LeaveOneSubjectOut(),
        grid(1),
        "loso needs at least 2 subjects, but there is 1: use more data, or kfold-trial.",
    ),
    (
        SubjectIndependent(),
        grid(3),
        "subject-independent cannot divide 3 subjects into 5 parts: set -o protocol.k=3 or less.",
    ),
    (
        SubjectIndependent(k=1),
        grid(3),
        "subject-independent needs at least 2 parts, but k is 1: set -o protocol.k=2 or more.",
    ),
    (TrialKFold(), grid(2, 2), "kfold-trial cannot divide 4 trials into 10 parts: set -o protocol.k=4 or less."),
    (WindowKFold(), grid(2, 2, 1), "kfold cannot divide 4 windows into 10 parts: set -o protocol.k=4 or less."),
    (
        Holdout(0.95),
        grid(3),
        "The test set of holdout would have 3 of 3 subjects: set -o protocol.test_share between 0 and 0.67.",
    ),
    (
        StimulusIndependent(),
        grid().assign(stimulus=""),
        (
            "stimulus-independent needs stimuli, but this data set names none: "
            "choose subject-independent or kfold-trial."
        ),
    ),
    (
        StimulusIndependent(),
        grid(2, 2, 1).assign(stimulus=["", "a", "b", "c"]),
        (
            "stimulus-independent needs a stimulus for every window, but 1 of 4 have none: "
            "choose a target that labels only windows with a stimulus, or subject-independent."
        ),
    ),
    (
        SubjectStimulusIndependent(),
        grid(6, 3),
        "subject-stimulus-independent cannot divide 3 stimuli into 5 parts: set -o protocol.stimuli=3 or less.",
    ),
    (
        SubjectIndependent(k=4),
        grid(4, 1, 1),
        (
            "Classes cannot be spread over 4 parts, because the largest has 2 windows: "
            "use fewer parts, or a protocol that does not stratify."
        ),
    ),
]


@pytest.mark.parametrize(("protocol", "table", "message"), CANNOT)
def test_what_cannot_be_cut_is_refused_in_one_sentence(protocol, table, message):
    with pytest.raises(UsageError) as refused:
        list(protocol.folds(table))
    assert str(refused.value) == message


# ------------------------------------------------------------------------------------- from a file


def written(tmp_path, text):
    path = tmp_path / "folds.csv"
    path.write_text(text, encoding="utf-8")
    return FromFile(str(path))


def test_a_file_says_who_is_held_out(tmp_path):
    table = grid(4, 2, 1)
    protocol = written(tmp_path, "subject,fold\nS1,b\nS0,a\nS2,b\nS3,train\nS9,c\n")
    found = [(name, train.tolist(), test.tolist()) for name, train, test in protocol.outer(table)]
    assert found == [("b", [0, 1, 6, 7], [2, 3, 4, 5]), ("a", [2, 3, 4, 5, 6, 7], [0, 1])]


@pytest.mark.parametrize(
    ("whole", "kept"), [(True, "subject"), (False, "trial")], ids=["people whole", "people on both sides"]
)
def test_a_file_of_trials_keeps_in_inner_parts_what_it_keeps_in_folds(tmp_path, whole, kept):
    table = grid(6, 4, 2)
    trials = table.drop_duplicates("trial")
    fold = pd.factorize(trials["subject"])[0] % 3 if whole else np.arange(len(trials)) % 3
    lines = trials.assign(fold=fold)[["subject", "session", "trial", "fold"]].to_csv(index=False)
    for held in written(tmp_path, lines).folds(table):
        parts = [set(table[kept].iloc[rows]) for rows in (held.train, held.validation, held.test)]
        assert all(parts)
        assert sum(map(len, parts)) == len(set.union(*parts))


HEADER = "the first line must name fold and one or more of subject, session, trial and stimulus."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f", line 1: there is no column 'fold': {HEADER}"),
        ("subject\nS0\n", f", line 1: there is no column 'fold': {HEADER}"),
        ("fold\n1\n", f", line 1: there is no column 'subject': {HEADER}"),
        ("subjct,fold\n", f", line 1, column 1: 'subjct' is not a known column: {HEADER}"),
        ("subject,fold,fold\n", f", line 1, column 3: 'fold' is named twice: {HEADER}"),
        ("subject,fold\nS0,1\nS1\n", ", line 3: 1 cells under 2 columns: write one cell per column."),
        ("subject,fold\n\nS0,\n", ", line 3, column 2: the fold is empty."),
        ("subject,fold\nS0,1\nS0,2\n", ", line 3: S0 is on line 2 already: delete one of the lines."),
        ("subject,fold\nS0,train\n", " has no test fold: give at least one line a fold other than 'train'."),
        (
            "subject,fold\nS0,1\n",
            (
                ": subject 'S1' is in the data but on no line (1 more is missing): add a line with its fold, "
                "or with the fold 'train' if it is in no test set."
            ),
        ),
        ("subject,fold\nS0,1\nS1,1\nS2,1\n", " leaves no training windows in 1: name a second fold."),
        (
            "subject,fold\nS0,train\nS1,train\nS2,train\nS8,1\n",
            " yields no test windows for these data: no line with a fold matches them.",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_the_remedy(tmp_path, text, message):
    protocol = written(tmp_path, text)
    with pytest.raises(UsageError) as refused:
        list(protocol.outer(grid(3)))
    assert str(refused.value) == protocol.path + message


def test_a_file_that_is_not_there_is_refused_before_data_are_read(tmp_path):
    path = str(tmp_path / "none.csv")
    assert FromFile().refuse(None) == (
        "from-file needs a file: set -o protocol.path=FOLDS.csv, a CSV with the columns subject,fold"
    )
    assert FromFile(path).refuse(None) == (
        f"{path} cannot be read as a CSV file (No such file or directory): "
        "set -o protocol.path to a file of lines like S1,fold-01"
    )
    assert written(tmp_path, "subject,fold\nS0,1\n").refuse(None) is None


def test_a_rare_class_does_not_warn():
    table = grid(6, 4).assign(label=0)
    table.loc[0, "label"] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(SubjectIndependent(k=3).folds(table))) == 3
