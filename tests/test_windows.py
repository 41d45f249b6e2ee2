"""Segments become windows, and windows are gathered from contiguous signals only when asked for."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bench.api import Recording, Segment, Signal
from bench.data.segmentation import Windowing, alone, rows
from bench.data.shared import SharedVectors
from bench.data.sources import Vectors, WindowedSignal
from bench.data.windows import INDEX, LabelledWindowSet, WindowSet
from bench.errors import DataError, PluginError

RATE = 8.0


def noise(seconds, rate=RATE, channels=1, seed=0):
    return np.random.default_rng(seed).normal(size=(channels, round(seconds * rate)))


def cut(segments, length=10.0, hop=5.0, seconds=1000.0, **signals):
    """The rows of one recording; where no signals are given, there is a sound one."""
    found = {name: Signal(values, RATE) for name, values in signals.items()} or {"eda": Signal(noise(seconds), RATE)}
    recording = Recording("P1", found, [Segment(*segment) for segment in segments], "2")
    return rows(recording, 7, Windowing(length, hop), ("eda",))


def one(stop, start=0.0, **values):
    return cut([(start, stop, "t", {"stress": "calm"}, "film")], **values)


# -------------------------------------------------------------------------------- how many


@pytest.mark.parametrize(
    ("start", "stop", "length", "hop", "count"),
    [
        (0, 60, 10, 5, 11),  # 0, 5, ..., 50
        (0, 60, 10, 10, 6),
        (0, 60, 10, 1, 51),
        (0, 60, 60, 5, 1),
        (0, 60, 60.1, 5, 0),
        (0, 64.9, 10, 5, 11),
        (0, 65, 10, 5, 12),
        (100, 160, 10, 5, 11),
        (0, 4, 10, 5, 0),  # shorter by more than a hop
        (0, 9.9, 10, 5, 0),  # shorter by less than a hop
        (0, 60, 10, 70, 1),
        (0, 25, 10, 20, 1),
        (0.1, 0.7, 0.2, 0.1, 5),  # (0.6 - 0.2) / 0.1 is 3.9999999999999996 in floating point
        (0.3, 0.9, 0.3, 0.3, 2),
    ],
)
def test_a_segment_holds_as_many_windows_as_counted_by_hand(start, stop, length, hop, count):
    table = one(stop, start, length=length, hop=hop)
    assert len(table) == count
    assert [row["start"] for row in table] == pytest.approx([start + place * hop for place in range(count)])
    assert [row["stop"] - row["start"] for row in table] == pytest.approx([length] * count)


@pytest.mark.parametrize(("start", "stop", "length", "whole"), [
    (0, 60, 3, [(0, 60)]),
    (5, 28.4, 3, [(5, 28.4)]),
    (0, 3, 3, [(0, 3)]),
    (0, 2.9, 3, []),
])  # fmt: skip
def test_a_whole_segment_is_one_window_unless_it_is_too_short(start, stop, length, whole):
    recording = Recording("P1", {"eda": Signal(noise(100), RATE)}, [Segment(start, stop, "t", {"stress": "calm"})])
    table = rows(recording, 7, Windowing(length, 1, whole=True), ("eda",))
    assert [(row["start"], row["stop"]) for row in table] == whole
    assert all(row["bad.eda"] == "" for row in table)


def known(*windowed_signal, seconds=30):
    """A signal that is known there and nowhere else."""
    values = np.full((1, round(seconds * RATE)), np.nan)
    for start, stop in windowed_signal:
        values[:, round(start * RATE) : round(stop * RATE)] = 1
    return Signal(values, RATE)


@pytest.mark.parametrize(
    ("segments", "signals", "found"),
    [
        ([(0, 30)], [known((0, 30))], True),
        ([(15, 30)], [known((15, 30))], True),
        ([(15, 25.3)], [known((15, 25.3)), known((17, 20))], True),
        ([(15, 30)], [known((0, 30))], False),
        ([(0, 25)], [known((0, 25)), known((0, 26))], False),
        ([(0, 15), (15, 30)], [known((0, 30))], False),
        ([], [known((0, 30))], False),
    ],
)
def test_a_recording_is_alone_where_nothing_is_known_of_it_outside_of_one_segment(segments, signals, found):
    named = {str(number): signal for number, signal in enumerate(signals)}
    assert alone(Recording("P1", named, [Segment(*where, "t", {}) for where in segments])) is found


def test_of_whole_segments_each_is_looked_at_to_its_own_end():
    values = noise(30)
    values[0, round(25 * RATE)] = np.nan
    segments = [Segment(0, 10, "a", {}), Segment(10, 24, "b", {}), Segment(24, 30, "c", {}), Segment(30, 40, "d", {})]
    table = rows(Recording("P1", {"eda": Signal(values, RATE)}, segments), 0, Windowing(3, 1, whole=True), ("eda",))
    assert [row["bad.eda"] for row in table] == ["", "", "NaN", "too short"]


def test_a_row_says_who_when_what_was_shown_and_the_labels():
    assert one(12.0, 1.0) == [
        {
            "subject": "P1", "session": "2", "trial": "P1/2/t", "stimulus": "film", "recording": 7, "start": 1.0,
            "stop": 11.0, "calibrates": False, "target.stress": "calm", "bad.eda": "",
        }
    ]  # fmt: skip


@given(
    st.lists(st.tuples(st.floats(0, 30), st.floats(0.5, 90)), max_size=6),
    st.floats(0.5, 30),
    st.floats(0.5, 30),
)
def test_no_window_straddles_two_segments(gaps, length, hop):
    segments, now = [], 0.0
    for place, (gap, duration) in enumerate(gaps):
        segments.append((now + gap, now + gap + duration, str(place), {}))
        now = segments[-1][1]
    table = cut(segments, length, hop)
    for row in table:
        start, stop, *_ = segments[int(row["trial"].rpartition("/")[2])]
        assert start <= row["start"]
        assert row["stop"] <= stop + 1e-6
    for start, stop, name, _ in segments:  # and as many as fit
        starts = [row["start"] for row in table if row["trial"].endswith(f"/{name}")]
        after = starts[-1] + hop if starts else start
        assert after + length > stop - 1e-6


# -------------------------------------------------------------------------------- which can be used


def problems(values, **more):
    return [row["bad.eda"] for row in one(60.0, eda=values, **more)]


def test_a_window_with_a_gap_in_any_channel_cannot_be_used():
    values = noise(60, channels=2)
    values[1, round(17 * RATE)] = np.nan  # inside windows 10-20 and 15-25 only
    assert problems(values) == ["", "", "NaN", "NaN", *[""] * 7]
    values[0, 0] = np.inf
    assert problems(values) == ["NaN", "", "NaN", "NaN", *[""] * 7]


def test_a_window_that_is_constant_in_all_channels_cannot_be_used():
    values = noise(60, channels=2)
    values[0] = 1.0  # one dead channel, or an axis along which a wrist lies still, loses no window
    assert problems(values) == [""] * 11
    values[1, round(20 * RATE) : round(32 * RATE)] = 3.0  # 20-30 lies inside, 25-35 moves at its end
    assert problems(values) == [*[""] * 4, "constant", *[""] * 6]
    values[1, round(32 * RATE) :] = 3.0
    assert problems(values) == [*[""] * 4, *["constant"] * 7]


def test_one_sample_that_moves_at_either_end_is_enough():
    for place in (round(20 * RATE), round(30 * RATE) - 1):
        values = noise(60)
        values[0, round(20 * RATE) : round(30 * RATE)] = 3.0
        values[0, place] = 4.0
        assert problems(values)[4] == ""
    for place in (round(20 * RATE) - 1, round(30 * RATE)):  # outside
        values = noise(60)
        values[0, round(20 * RATE) : round(30 * RATE)] = 3.0
        values[0, place] = 4.0
        assert problems(values)[4] == "constant"


def test_a_gap_is_named_before_a_constant():
    values = np.zeros((1, round(60 * RATE)))
    values[0, 4] = np.nan
    assert problems(values) == ["NaN", *["constant"] * 10]


def test_a_window_beyond_the_end_of_a_signal_is_too_short():
    assert problems(noise(40)) == [*[""] * 7, *["too short"] * 4]
    assert problems(noise(40 - 1 / RATE)) == [*[""] * 6, *["too short"] * 5]
    assert problems(noise(0)) == ["too short"] * 11


def test_infinite_values_in_a_row_raise_no_warning():
    values = noise(60)
    values[0, :100] = np.inf
    assert problems(values)[0] == "NaN"


def test_a_modality_that_a_recording_lacks_is_missing():
    assert [row["bad.eda"] for row in one(25.0, ecg=noise(60))] == ["missing"] * 4


START = "it must start at 0 s or later, and stop after it starts."


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        (
            [(0, 20, "a", {}), (19, 40, "b", {})],
            "segment 'b' starts before 'a' stops; segments must be in order of time and not overlap.",
        ),
        (
            [(30, 40, "a", {}), (0, 20, "b", {})],
            "segment 'b' starts before 'a' stops; segments must be in order of time and not overlap.",
        ),
        ([(20, 10, "a", {})], f"segment 'a' runs from 20 s to 10 s; {START}"),
        ([(10, 10, "a", {})], f"segment 'a' runs from 10 s to 10 s; {START}"),
        ([(-5, 10, "a", {})], f"segment 'a' runs from -5 s to 10 s; {START}"),
        ([(0, math.nan, "a", {})], f"segment 'a' runs from 0 s to nan s; {START}"),
        ([(0, math.inf, "a", {})], f"segment 'a' runs from 0 s to inf s; {START}"),
    ],
)
def test_segments_that_overlap_or_run_backwards_are_refused(segments, message):
    with pytest.raises(DataError) as caught:
        cut(segments)
    assert str(caught.value) == f"Recording P1/2: {message}"


def test_segments_may_touch():
    assert len(cut([(0, 20, "a", {}), (20, 40, "b", {})])) == 6


# -------------------------------------------------------------------------------- gathering


@st.composite
def windowed_signal(draw):
    """Windows in any order of some recordings of different lengths."""
    width = draw(st.integers(1, 12))
    lengths = draw(st.lists(st.integers(width, 40), min_size=1, max_size=3))
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    signals = {number: random.normal(size=(2, length)).astype(np.float32) for number, length in enumerate(lengths)}
    places = draw(
        st.lists(
            st.sampled_from(range(len(lengths))).flatmap(
                lambda number: st.tuples(st.just(number), st.integers(0, lengths[number] - width))
            ),
            max_size=12,
        )
    )
    recording, start = (np.array([place[axis] for place in places], dtype=np.intp) for axis in (0, 1))
    return WindowedSignal(signals, recording, start, width, RATE, ("a", "b"))


def by_hand(source):
    slices = [source.signals[number][:, first : first + source.width]
              for number, first in zip(source.recording.tolist(), source.start.tolist(), strict=True)]  # fmt: skip
    return np.array(slices, dtype=np.float32).reshape(-1, 2, source.width)


@given(windowed_signal(), st.data())
def test_gathered_windows_are_the_slices_cut_by_hand(source, data):
    assert np.array_equal(source.gather(), by_hand(source))
    count = len(source.start)
    chosen = data.draw(st.lists(st.integers(0, max(0, count - 1)), max_size=8 if count else 0))
    some = source.take(np.array(chosen, dtype=np.intp))
    assert np.array_equal(some.gather(), by_hand(source)[chosen])
    assert set(some.signals) == set(source.recording[chosen].tolist())  # nothing of the others


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12), st.integers(1, 4), st.booleans())
def test_windows_of_different_lengths_end_in_nan_and_come_in_batches_of_one_length(lengths, size, scaled):
    random = np.random.default_rng(len(lengths))
    signals = {number: random.normal(size=(2, 40)).astype(np.float32) for number in range(3)}
    who, first = random.integers(0, 3, len(lengths)), random.integers(0, 10, len(lengths))
    scale = np.array([[1.0, 2.0], [0.5, 3.0]]) if scaled else None
    source = WindowedSignal(signals, who, first, 30, RATE, ("a", "b"), scale, np.array(lengths))
    found = source.gather()
    for row, length in enumerate(lengths):
        expected = signals[who[row]][:, first[row] : first[row] + length]
        if scaled:
            expected = (expected - np.float32([[1], [2]])) / np.float32([[0.5], [3]])
        np.testing.assert_array_equal(found[row, :, :length], expected)
        assert np.isnan(found[row, :, length:]).all()
    seen = []
    for rows_, values in source.batches(size):
        assert len(rows_) <= size
        np.testing.assert_array_equal(values, found[rows_][..., : values.shape[-1]])
        assert np.isfinite(values).all()
        seen += rows_.tolist()
    assert sorted(seen) == list(range(len(lengths)))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.data())
def test_shared_vectors_are_those_of_each_window_and_of_no_stimulus_that_is_not_there(places, data):
    table = np.random.default_rng(0).normal(size=(5, 3))
    shared = SharedVectors(table, np.array(places), ("a", "b", "c"))
    rows_ = np.array(data.draw(st.lists(st.sampled_from(range(len(places))), min_size=1)))
    some = shared.take(rows_).scaled(np.array([1.0, 0, 0]), np.array([1.0, 2, 1])).scaled(np.ones(3), 2 * np.ones(3))
    expected = ((table - [1, 0, 0]) / [1, 2, 1] - 1) / 2
    np.testing.assert_allclose(some.values, expected[np.array(places)[rows_]])
    there = sorted(set(np.array(places)[rows_].tolist()))
    np.testing.assert_allclose(some.of(np.arange(len(there))), expected[there])
    assert len(some.table) == len(there)


def overlapping(length=1000, width=100, hop=10):
    """Windows that overlap by 90 %."""
    start = np.arange(0, length - width + 1, hop)
    signal = np.random.default_rng(0).normal(size=(1, length)).astype(np.float32)
    return WindowedSignal({0: signal}, np.zeros(len(start), dtype=np.intp), start, width, RATE, ("a",))


def test_overlap_stores_no_more_than_the_signal():
    source = overlapping()
    assert source.gather().nbytes > 9 * source.signals[0].nbytes
    for part in (source, source.take(np.arange(len(source.start)))):
        assert sum(signal.nbytes for signal in part.signals.values()) == 1000 * 4
        assert np.shares_memory(part.signals[0], source.signals[0])


def test_gathering_waits_until_it_is_asked_for_and_leaves_the_signal_alone():
    source = overlapping()
    part = source.take(np.array([0]))
    source.signals[0][0, 3] = 99.0
    found = part.gather()
    assert found[0, 0, 3] == 99.0
    found[:] = 0.0
    assert source.signals[0][0, 3] == 99.0


# -------------------------------------------------------------------------------- what an estimator sees


def index(count):
    named = {name: np.array([f"{name}{row}" for row in range(count)]) for name in ("subject", "session", "trial",
                                                                                   "stimulus")}  # fmt: skip
    places = {"relative_time": np.arange(count) / count, "trial_order": np.arange(count)}
    return named | {"start": np.arange(count) * 5.0, "stop": np.arange(count) * 5.0 + 10.0} | places


def feature_windows(count=4):
    random = np.random.default_rng(0)
    return WindowSet(
        index(count),
        {
            "eda": Vectors(random.normal(size=(count, 2)), ("eda.mean", "eda.sd")),
            "bvp": Vectors(random.normal(size=(count, 3)), ("bvp.a", "bvp.b", "bvp.c")),
        },
    )


def signal_windows(rates=(RATE, RATE), lengths=(50, 60), widths=(16, 16)):
    random = np.random.default_rng(0)
    sources = {}
    rows = zip(("eda", "eeg"), rates, lengths, (("x",), ("f3", "f4")), widths, strict=True)
    for modality, rate, length, channels, width in rows:
        signals = {number: random.normal(size=(len(channels), length)).astype(np.float32) for number in (3, 5)}
        sources[modality] = WindowedSignal(
            signals, np.array([3, 5, 5, 3]), np.array([0, 5, 10, 20]), width, rate, channels
        )  # fmt: skip
    return WindowSet(index(4), sources)


def test_windows_say_who_and_when_and_what_was_measured():
    windows = feature_windows()
    assert len(windows) == 4
    assert windows.modalities == ("eda", "bvp")
    for name in INDEX:
        assert np.array_equal(getattr(windows, name), index(4)[name])
    assert windows.features("bvp").shape == (4, 3)
    assert windows.only("bvp").features().shape == (4, 3)  # there is only one
    assert windows.feature_names("eda") == ("eda.mean", "eda.sd")
    assert signal_windows().rate("eeg") == RATE
    assert signal_windows().signals("eeg").shape == (4, 2, 16)


def test_merged_features_stand_side_by_side():
    windows = feature_windows()
    merged = windows.merged()
    assert merged.modalities == ("eda+bvp",)
    assert np.array_equal(merged.features(), np.hstack([windows.features("eda"), windows.features("bvp")]))
    assert merged.feature_names() == ("eda.mean", "eda.sd", "bvp.a", "bvp.b", "bvp.c")
    assert np.array_equal(merged.trial, windows.trial)


def test_merged_signals_of_one_rate_are_channels_side_by_side():
    windows = signal_windows()
    merged = windows.merged()
    assert np.array_equal(merged.signals(), np.concatenate([windows.signals("eda"), windows.signals("eeg")], axis=1))
    assert merged.rate() == RATE
    assert merged.take(np.array([2, 0])).signals().shape == (2, 3, 16)


def test_signals_of_a_lower_rate_are_interpolated_where_they_are_merged():
    windows = signal_windows(rates=(32.0, 128.0), widths=(5, 20))
    slow, fast = windows.signals("eda"), windows.signals("eeg")
    merged = windows.merged()
    expected = torch.nn.functional.interpolate(torch.tensor(slow), size=20, mode="linear", align_corners=False)
    assert merged.rate() == 128.0
    assert np.allclose(merged.signals()[:, : slow.shape[1]], expected, rtol=0, atol=1e-6 * np.abs(slow).max())
    assert np.array_equal(merged.signals()[:, slow.shape[1] :], fast)


def reachable(thing, seen=None):
    """Every array that can be reached from an object, through whatever attributes, and what it is a view of."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        yield thing
        if thing.base is not None:
            yield from reachable(thing.base, seen)
    elif isinstance(thing, dict):
        for value in thing.values():
            yield from reachable(value, seen)
    elif isinstance(thing, list | tuple):
        for value in thing:
            yield from reachable(value, seen)
    elif hasattr(thing, "__dict__"):
        yield from reachable(vars(thing), seen)


@pytest.mark.parametrize("labelled", [False, True])
def test_from_some_windows_nothing_of_other_recordings_can_be_reached(labelled):
    windows = signal_windows()
    whole = windows.labelled(np.arange(4), tuple("abcd")) if labelled else windows
    hidden = [source.signals[5] for source in whole._sources.values()]
    part = whole.take(np.array([0, 3]))  # both of recording 3
    for found in reachable(part):
        assert not any(np.shares_memory(found, signal) for signal in hidden)
        assert len(found) <= 2  # neither the index nor the labels of the others
    assert set(part.subject) == {"subject0", "subject3"}


def test_from_some_windows_the_features_of_others_cannot_be_reached():
    windows = feature_windows()
    part = windows.take(np.array([1]))
    others = np.delete(windows.features("bvp"), 1, axis=0)
    for found in reachable(part):
        assert not np.isin(others, found).any()


def test_features_are_read_only_so_that_no_estimator_reaches_the_next():
    windows = feature_windows().merged()
    before = windows.features().copy()
    with pytest.raises(ValueError, match="read-only"):
        windows.features()[0] = 0
    np.testing.assert_array_equal(windows.features(), before)


def test_windows_have_no_labels_until_they_are_those_of_a_training_part():
    windows = feature_windows()
    labelled = windows.labelled(np.array([0, 1, 0, 1]), ("calm", "stressed"))
    assert isinstance(labelled, LabelledWindowSet)
    assert (labelled.labels.tolist(), labelled.classes) == ([0, 1, 0, 1], ("calm", "stressed"))
    for unlabelled in (
        windows,
        windows.merged(),
        labelled.take(np.array([0])),
        labelled.only("eda"),
        labelled.merged(),
    ):
        assert not hasattr(unlabelled, "labels")
        assert not hasattr(unlabelled, "classes")


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: feature_windows().features("ecg"), "An estimator asked for 'ecg'; these windows have eda, bvp."),
        (lambda: feature_windows().features(), "An estimator asked for one modality; these windows have eda, bvp."),
        (lambda: WindowSet(index(2), {}).features(), "An estimator asked for one modality; these windows have none."),
        (lambda: feature_windows().signals("eda"),
         "An estimator asked for signals, but its model declares inputs='features'."),
        (lambda: feature_windows().rate("eda"),
         "An estimator asked for signals, but its model declares inputs='features'."),
        (lambda: signal_windows().features("eda"),
         "An estimator asked for features, but its model declares inputs='signals'."),
        (lambda: signal_windows().feature_names("eda"),
         "An estimator asked for features, but its model declares inputs='signals'."),
    ],
)  # fmt: skip
def test_asking_for_what_is_not_there_says_what_is(ask, message):
    with pytest.raises(PluginError) as caught:
        ask()
    assert str(caught.value) == message
