"""The simulated data set: its design, its physiology against the truth, and its traps."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import neurokit2 as nk
import numpy as np
import pytest
from scipy.signal import welch
from scipy.stats import spearmanr

from bench.errors import UsageError
from bench_synthetic.dataset import Synthetic
from bench_synthetic.design import trials
from bench_synthetic.noise import coloured, peak, stream
from bench_synthetic.session import sessions
from bench_synthetic.skin import DECAY, RISE, bateman
from bench_synthetic.truth import truth

MODES = ("effect", "null", "trial-identity", "stimulus-identity", "subject-shortcut")
BALANCED = ("effect", "null", "trial-identity", "stimulus-identity")


def values(recordings):
    return [signal.values for recording in recordings for signal in recording.signals.values()]


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def labels(dataset, subject):
    return [
        (segment.stimulus, segment.targets["stress"])
        for recording in dataset.load(subject)
        for segment in recording.segments
    ]


@pytest.fixture(scope="module")
def small():
    return Synthetic(n_subjects=4, minutes=8.0)


@pytest.fixture(scope="module")
def large():
    dataset = Synthetic()
    return {subject: truth(dataset, subject) for subject in dataset.subjects()}


# ------------------------------------------------------------------------------------ reproducible


@pytest.mark.parametrize("mode", MODES)
def test_people_are_the_same_in_any_order_and_in_any_company(mode):
    dataset = Synthetic(n_subjects=3, minutes=5.0, mode=mode)
    forwards = {subject: dataset.load(subject) for subject in dataset.subjects()}
    bigger = replace(dataset, n_subjects=9)
    for subject in reversed(dataset.subjects()):
        again = bigger.load(subject)
        assert same(values(forwards[subject]), values(again))
        assert [r.segments for r in forwards[subject]] == [r.segments for r in again]


def test_seeds_people_and_sessions_differ(small):
    first = small.load("P01")
    for other in (replace(small, seed=1).load("P01"), small.load("P02")):
        assert not any(np.array_equal(a, b) for a, b in zip(values(first), values(other), strict=True))
    assert not np.array_equal(first[0].signals["ecg"].values, first[1].signals["ecg"].values)


def test_the_rate_of_one_modality_leaves_the_others_alone(small):
    slow, fast = small.load("P01")[0].signals, replace(small, ecg_rate=256).load("P01")[0].signals
    assert fast["ecg"].values.shape == (1, 240 * 256)
    assert all(np.array_equal(slow[name].values, fast[name].values) for name in ("eda", "bvp", "eeg"))


# ------------------------------------------------------------------------------------------- shape


@pytest.mark.parametrize(
    ("modality", "rate", "unit", "channels", "bounds"),
    [
        ("ecg", 128, "mV", ("II",), (-2.0, 4.0)),
        ("eda", 8, "uS", ("finger",), (0.0, 40.0)),
        ("bvp", 64, "a.u.", ("finger",), (-5.0, 7.0)),
        ("eeg", 128, "uV", ("F3", "F4", "P3", "P4"), (-300.0, 500.0)),
    ],
)
def test_signals_have_their_rate_length_unit_and_a_plausible_size(small, modality, rate, unit, channels, bounds):
    for subject in small.subjects():
        for recording in small.load(subject):
            signal = recording.signals[modality]
            assert (signal.rate, signal.unit, signal.channels) == (rate, unit, channels)
            assert signal.values.shape == (len(channels), 240 * rate)
            assert signal.values.dtype == np.float32
            assert np.isfinite(signal.values).all()
            assert bounds[0] < signal.values.min() < signal.values.max() < bounds[1]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("options", [{}, {"minutes": 7.3, "sessions": 3, "trial_seconds": 12.5, "gap_seconds": 0.0}])
def test_segments_are_in_order_apart_and_inside(mode, options):
    dataset = Synthetic(n_subjects=1, mode=mode, **{"minutes": 8.0, **options})
    for recording in dataset.load("P01"):
        bounds = np.array([(segment.start, segment.stop) for segment in recording.segments])
        assert (np.diff(bounds, axis=1) == dataset.trial_seconds).all()
        assert (bounds[1:, 0] - bounds[:-1, 1] == dataset.gap_seconds).all()
        assert bounds[0, 0] > 0
        ends = {signal.values.shape[1] / signal.rate for signal in recording.signals.values()}
        assert len(ends) == 1
        assert bounds[-1, 1] <= ends.pop()
        assert len({segment.trial for segment in recording.segments}) == len(recording.segments)


# ------------------------------------------------------------------------------------------ labels


@pytest.mark.parametrize("mode", BALANCED)
def test_labels_are_balanced_within_each_person(mode):
    dataset = Synthetic(n_subjects=6, mode=mode)
    for person in range(6):
        assert Counter(trial.label for trial in trials(dataset, person)) == {0: 10, 1: 10}


@pytest.mark.parametrize("mode", MODES)
def test_each_person_sees_each_stimulus_once_in_an_own_order(mode):
    dataset = Synthetic(n_subjects=5, mode=mode)
    orders = [[trial.stimulus for trial in trials(dataset, person)] for person in range(5)]
    assert all(sorted(order) == list(range(20)) for order in orders)
    assert len({tuple(order) for order in orders}) == 5


@pytest.mark.parametrize("mode", ["effect", "null", "trial-identity"])
def test_labels_are_independent_of_the_stimulus(mode):
    people = 400
    dataset = Synthetic(n_subjects=people, mode=mode)
    stressed = np.zeros(20)
    for person in range(people):
        for trial in trials(dataset, person):
            stressed[trial.stimulus] += trial.label
    assert np.abs(stressed - people / 2).max() < 4 * np.sqrt(people / 4)


def test_in_stimulus_identity_the_stimulus_decides_the_label():
    dataset = Synthetic(n_subjects=3, minutes=8.0, mode="stimulus-identity")
    seen = {pair for subject in dataset.subjects() for pair in labels(dataset, subject)}
    assert len(seen) == len(dict(seen)) == 8
    assert Counter(dict(seen).values()) == {"calm": 4, "stressed": 4}


def test_in_subject_shortcut_half_of_the_people_lean_each_way():
    dataset = Synthetic(n_subjects=12, mode="subject-shortcut")
    counts = Counter(sum(trial.label for trial in trials(dataset, person)) for person in range(12))
    assert counts == {3: 6, 17: 6}


# ---------------------------------------------------------------------------------- what labels do


@pytest.mark.parametrize("mode", MODES)
def test_only_an_effect_lets_labels_reach_the_signals(mode):
    dataset = Synthetic(minutes=5.0, mode=mode)
    plan = trials(dataset, 0)
    swapped = [replace(trial, label=1 - trial.label) for trial in plan]
    pairs = [
        (first.signals[name].values, second.signals[name].values)
        for first, second in zip(sessions(dataset, 0, plan), sessions(dataset, 0, swapped), strict=True)
        for name in dataset.modalities
    ]
    assert {np.array_equal(a, b) for a, b in pairs} == {mode != "effect"}


def test_evidence_points_to_the_label_but_not_always_and_differs_between_modalities(large):
    seen = {name: [] for name in Synthetic().modalities}
    sign = []
    for person in large.values():
        for session in person:
            sign += [2 * trial.label - 1 for trial in session.trials]
            for name, numbers in session.evidence.items():
                seen[name] += list(numbers)
    hits = {name: np.mean(np.sign(numbers) == sign) for name, numbers in seen.items()}
    assert all(0.7 < hit < 0.93 for hit in hits.values())
    noise = [np.array(numbers) - np.array(sign) * np.mean(np.array(numbers) * sign) for numbers in seen.values()]
    assert np.abs(np.corrcoef(noise) - np.eye(4)).max() < 0.25
    assert np.mean(np.sign(sum(np.array(numbers) for numbers in seen.values())) == sign) > max(hits.values()) + 0.03


def test_without_an_effect_there_is_no_evidence():
    for session in truth(Synthetic(minutes=5.0, mode="null"), "P01"):
        assert all(not numbers.any() for numbers in session.evidence.values())


# -------------------------------------------------------------------------------------- physiology


def test_detected_r_peaks_are_the_true_beats(small):
    for subject in small.subjects():
        session = truth(small, subject)[0]
        signal = session.signals["ecg"]
        cleaned = nk.ecg_clean(signal.values[0].astype(float), sampling_rate=signal.rate)
        found = nk.ecg_peaks(cleaned, sampling_rate=signal.rate)[1]["ECG_R_Peaks"] / signal.rate
        beats = session.beats[(session.beats > 1) & (session.beats < 239)]
        found = found[(found > 0.9) & (found < 239.1)]
        assert np.mean(np.abs(found[None] - beats[:, None]).min(axis=1) < 0.05) >= 0.97
        assert np.mean(np.abs(found[:, None] - beats[None]).min(axis=1) < 0.05) >= 0.97
        assert 60 / np.diff(found).mean() == pytest.approx(60 / np.diff(beats).mean(), rel=0.01)


def test_hearts_beat_as_people_s_do(large):
    for person in large.values():
        for session in person:
            intervals = np.diff(session.beats)
            assert 50 < 60 / intervals.mean() < 95
            assert 0.01 < intervals.std() < 0.15
            assert intervals.min() > 0.35


def test_pulses_follow_beats_after_the_transit_time(small):
    session = truth(small, "P01")[0]
    signal = session.signals["bvp"]
    beats = session.beats[(session.beats > 2) & (session.beats < 235)]
    after = np.arange(round(0.8 * signal.rate))
    rows = signal.values[0][np.round(beats * signal.rate).astype(int)[:, None] + after]
    assert 0.2 < rows.mean(axis=0).argmax() / signal.rate < 0.5


def test_a_response_is_the_bateman_function():
    rate = 16.0
    driver = np.zeros(400)
    driver[7] = 0.3
    time = np.maximum(np.arange(400) - 7, 0) / rate
    shape = np.exp(-time / DECAY) - np.exp(-time / RISE)
    fine = np.linspace(0, 10, 100001)
    height = (np.exp(-fine / DECAY) - np.exp(-fine / RISE)).max()
    np.testing.assert_allclose(bateman(driver, rate), 0.3 * shape / height, atol=1e-9)


def test_skin_conductance_rises_after_each_true_onset(large):
    rises = []
    for person in large.values():
        for session in person:
            signal = session.signals["eda"]
            onsets = np.round(session.responses * signal.rate).astype(int)
            assert (np.diff(session.responses) >= 1.0).all()
            onsets = onsets[onsets < signal.values.shape[1] - 8]
            rises += list(signal.values[0][onsets + 8] - signal.values[0][onsets])
    assert np.mean(np.array(rises) > 0) > 0.95


def in_trials(large, name, measure):
    """Evidence of a modality and a measure of each trial, less the mean of the person."""
    pairs = []
    for person in large.values():
        rows = np.array(
            [
                (session.evidence[name][i], measure(session, trial))
                for session in person
                for i, trial in enumerate(session.trials)
            ]
        )
        pairs.append(rows - rows.mean(axis=0))
    return np.concatenate(pairs).T


def cut(session, name, trial):
    signal = session.signals[name]
    return signal.values[:, round(trial.start * signal.rate) : round(trial.stop * signal.rate)]


def inside(times, trial):
    return times[(times > trial.start) & (times < trial.stop)]


def band(low, high):
    def power(session, trial):
        frequency, density = welch(cut(session, "eeg", trial), 128, nperseg=256)
        return np.log(density[:, (frequency >= low) & (frequency < high)].mean())

    return power


@pytest.mark.parametrize(
    ("modality", "measure", "direction"),
    [
        ("ecg", lambda session, trial: 1 / np.diff(inside(session.beats, trial)).mean(), 1),
        ("eda", lambda session, trial: len(inside(session.responses, trial)), 1),
        ("eda", lambda session, trial: cut(session, "eda", trial).std(), 1),
        ("bvp", lambda session, trial: cut(session, "bvp", trial).std(), -1),
        ("eeg", band(8, 12), -1),
        ("eeg", band(16, 26), 1),
        ("eeg", band(5, 7), 1),
    ],
    ids=["heart rate", "responses", "conductance", "pulse amplitude", "alpha", "beta", "theta"],
)
def test_each_modality_follows_its_evidence_in_the_direction_of_stress(large, modality, measure, direction):
    evidence, measured = in_trials(large, modality, measure)
    assert direction * spearmanr(evidence, measured).statistic > 0.3


@pytest.mark.parametrize(("mode", "key"), [("trial-identity", "name"), ("stimulus-identity", "stimulus")])
def test_a_signature_tells_trials_or_stimuli_apart(mode, key):
    dataset = Synthetic(n_subjects=2, mode=mode)
    log = [
        {
            (trial.session, trial.name) if key == "name" else trial.stimulus: band(8, 12)(session, trial)
            for session in truth(dataset, subject)
            for trial in session.trials
        }
        for subject in dataset.subjects()
    ]
    first, second = (np.array([person[k] for k in sorted(person)]) for person in log)
    agreement = np.corrcoef(first, second)[0, 1]
    assert first.std() > 0.25
    assert (agreement > 0.7) == (mode == "stimulus-identity")


def test_coloured_noise_has_unit_variance_and_its_rhythm():
    noise = coloured(stream(0, "test"), 3, 50000, 128, peak(10, 1))
    assert noise.std() == pytest.approx(1, abs=0.05)
    frequency, density = welch(noise, 128, nperseg=512)
    assert frequency[density.mean(axis=0).argmax()] == pytest.approx(10, abs=0.5)


# ------------------------------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"minutes": 3.0},
            (
                "A session of 90 s is too short for two trials of 45 s, which take 120 s with rest and gap; "
                "raise minutes, or lower sessions or trial_seconds."
            ),
        ),
    ],
)
def test_options_that_make_no_sense_are_refused_in_a_sentence(options, message):
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        Synthetic(**options)


def test_an_unknown_subject_is_refused(small):
    with pytest.raises(UsageError) as caught:
        small.load("P05")
    assert re.fullmatch(
        r"There is no subject 'P05'; did you mean 'P0[1-4]'\? Known: P01, P02, P03, P04\.", str(caught.value)
    )


@pytest.mark.parametrize("profile", Synthetic.profiles)
def test_profiles_keep_four_trials_of_each_class(profile):
    dataset = Synthetic(**Synthetic.profiles[profile])
    assert min(Counter(trial.label for trial in trials(dataset, 0)).values()) >= 4
