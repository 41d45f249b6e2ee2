"""Channels by name and against a reference: worked by hand, and against MNE."""

import mne
import numpy as np
import pytest

from bench.api import Recording, Signal
from bench.checks import contract
from bench.errors import DataError, UsageError
from bench_channels.reference import Reference
from bench_channels.selection import Channels

GAP = np.nan
VALUES = [[1.0, 2, 3], [4, 5, 9], [7, 11, 6]]


def applied(step, values=VALUES, channels=("Fz", "Cz", "Pz")):
    recording = Recording("P1", {"eeg": Signal(np.array(values, dtype=float), 128.0, "uV", channels)}, [], "2")
    found = step.apply(recording).signals["eeg"]
    assert (found.rate, found.unit) == (128.0, "uV")
    np.testing.assert_array_equal(recording.signals["eeg"].values, values)  # the given one stays as it is
    return found


@pytest.mark.parametrize("check", contract("preprocessor", "reference", {"to": "average"}), ids=str)
def test_the_contract_holds(check):
    check()


@pytest.mark.parametrize(
    ("names", "channels", "rows"),
    [
        (("Pz", "Fz"), ("Fz", "Cz", "Pz"), [2, 0]),
        (("PZ", "fz"), ("Fz", "Cz", "Pz"), [2, 0]),
        (("FC5", "Iz"), ("Fc5.", "Cz..", "Iz.."), [0, 2]),
        (("Cz", "Fz"), ("EEG Fz", "eeg cz", "EEG Pz"), [1, 0]),
        (("EEG Cz",), ("Fz", "Cz", "Pz"), [1]),
        (("T3", "T6"), ("T7", "P8", "T8"), [0, 1]),
        (("T7", "T8", "P7"), ("T5", "T4", "T3"), [2, 1, 0]),
    ],
)
def test_channels_are_found_however_they_are_spelt(names, channels, rows):
    found = applied(Channels(names), channels=channels)
    assert found.channels == names
    np.testing.assert_array_equal(found.values, np.array(VALUES)[rows])


def test_no_name_keeps_all():
    found = applied(Channels())
    assert found.channels == ("Fz", "Cz", "Pz")
    np.testing.assert_array_equal(found.values, VALUES)


REFERENCES = [
    # every column of VALUES has the mean 4, 6, 6
    (("average",), VALUES, [[-3, -4, -3], [0, -1, 3], [3, 5, 0]]),
    (("Cz",), VALUES, [[-3, -3, -6], [0, 0, 0], [3, 6, -3]]),
    (("pz", "Fz"), VALUES, [[-3, -4.5, -1.5], [0, -1.5, 4.5], [3, 4.5, 1.5]]),
    # the mean of those that have a value; none where there is nothing to compare with
    (("average",), [[1, 2, GAP], [4, GAP, GAP], [7, 4, 6]], [[-3, -1, GAP], [0, GAP, GAP], [3, 1, GAP]]),
    (("Fz", "Pz"), [[1, 2, GAP], [4, GAP, 5], [7, 4, 6]], [[-3, -1, GAP], [0, GAP, GAP], [3, 1, GAP]]),
    (("average",), [[GAP] * 3] * 3, [[GAP] * 3] * 3),
]


@pytest.mark.parametrize(("to", "values", "expected"), REFERENCES)
def test_a_reference_worked_by_hand(to, values, expected):
    found = applied(Reference(to), values)
    np.testing.assert_allclose(found.values, expected, atol=1e-12)
    assert found.channels == ("Fz", "Cz", "Pz")


def test_a_single_channel_has_no_average_to_be_measured_against():
    np.testing.assert_array_equal(applied(Reference(), VALUES[:1], ("Fz",)).values, VALUES[:1])


@pytest.mark.parametrize("to", [("average",), ("Cz",), ("M1", "M2")])
def test_references_are_those_of_mne(to):
    channels = ("Fz", "Cz", "Pz", "M1", "M2")
    values = np.random.default_rng(0).normal(size=(5, 300))
    raw = mne.io.RawArray(values * 1e-6, mne.create_info(list(channels), 128, "eeg"), verbose="error")
    name = "average" if to == ("average",) else list(to)
    expected = mne.set_eeg_reference(raw, name, verbose="error")[0].get_data() * 1e6
    np.testing.assert_allclose(applied(Reference(to), values, channels).values, expected, atol=1e-10)


@pytest.mark.parametrize(
    ("step", "channels", "message"),
    [
        (
            Channels(("Fz", "Czz")),
            ("Fz", "Cz", "Pz"),
            "channels: 'eeg' of P1/2 has no channel 'Czz'; did you mean 'Cz'? Known: Cz, Fz, Pz.",
        ),
        (
            Reference(("M1",)),
            ("Fz", "Cz", "Pz"),
            "reference: 'eeg' of P1/2 has no channel 'M1'. Known: Cz, Fz, Pz.",
        ),
        (
            Channels(("Fz",)),
            (),
            "channels: the channels of 'eeg' of P1/2 have no names; leave this step out for it.",
        ),
    ],
)
def test_a_channel_that_is_not_there_is_named(step, channels, message):
    with pytest.raises(DataError) as error:
        applied(step, channels=channels)
    assert str(error.value) == message


def test_nonsense_is_refused_before_a_file_is_read():
    with pytest.raises(UsageError) as error:
        Channels(("Cz", "T3", "t7"))
    assert str(error.value) == "channels: 'T3' and 't7' are one channel; name it once."
    with pytest.raises(UsageError) as error:
        Reference(())
    assert str(error.value) == "reference: 'to' names nothing; write average, or channels as in M1,M2."
