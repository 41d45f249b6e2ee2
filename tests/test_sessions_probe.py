"""The probe of steps over sessions: sessions with few windows of a class, and how far the predicted share moves."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from bench.api import Recording, Segment, Signal
from bench.running import subsampled_sessions as sessions
from bench.running.subsampled_sessions import Moved, chosen, joined, places_of

GRID = ("run", "--dataset", "synthetic(n_subjects=4,minutes=8)", "--modalities", "eda", "--fusion", "none",
        "--no-baselines")  # fmt: skip


def session(trials=8, windows=7):
    """Windows of 10 s every 5 s, 100 s from trial to trial, of two classes in turn."""
    rows = [(f"t{trial}", trial % 2, 100.0 * trial + 5 * at) for trial in range(trials) for at in range(windows)]
    table = pd.DataFrame(rows, columns=["trial", "label", "start"])
    return table.assign(stop=table["start"] + 10)


@pytest.mark.parametrize("share", sessions.SHARES)
def test_a_session_keeps_one_class_and_little_of_the_other(share):
    table = session()
    pieces = chosen(table, share)
    seconds = np.zeros(2)
    for start, stop, rows in pieces:
        assert (table["start"][rows[0]], table["stop"][rows[-1]]) == (start, stop)
        seconds[table["label"][rows[0]]] += stop - start
    assert seconds[1] / seconds.sum() == pytest.approx(share, abs=0.02)
    assert pieces == sorted(pieces)


def test_a_session_of_one_class_cannot_be_cut_down():
    assert chosen(session().assign(label=1), 0.1) == []
    assert chosen(session().assign(label=0), 0.1) == []


def test_pieces_are_joined_sample_by_sample_and_windows_keep_their_places():
    signals = {"eda": Signal(np.arange(8000.0).reshape(1, -1), 10.0), "ecg": Signal(np.arange(80000.0)[None], 100.0)}
    pieces = [(100.0, 115.0, [3, 4]), (300.0, 310.0, [9])]
    found = joined(Recording("S", signals, [Segment(0, 800, "a", {})]), pieces)
    eda, ecg = (found.signals[name].values for name in ("eda", "ecg"))  # noqa: PD011 - of a signal
    np.testing.assert_array_equal(np.array(eda)[0], [*range(1000, 1150), *range(3000, 3100)])
    assert np.shape(ecg) == (1, 2500)
    assert [(one.start, one.stop) for one in found.segments] == [(0, 15), (15, 25)]
    rows = pd.DataFrame({"trial": ["S/1/0", "S/1/0", "S/1/1"]})
    assert places_of(rows, pieces).tolist() == [3, 4, 9]
    assert places_of(rows.iloc[1:], pieces).tolist() == [-1, 9]  # a step has shortened the first piece


def test_only_steps_over_sessions_are_probed():
    def concerns(**changes):
        step = SimpleNamespace(scope=changes.pop("scope", "session"), calibrates_on=changes.pop("calibrates", ""))
        usual = {"steps": [step], "scalings": [], "quantity": "", "rule": None,
                 "model": SimpleNamespace(inputs="features")}  # fmt: skip
        return sessions.concerns(SimpleNamespace(**{**usual, **changes}))

    assert concerns()
    assert concerns(scope="recording")
    assert not concerns(scope="window")
    assert not concerns(calibrates="rest")
    assert not concerns(quantity="effort")
    assert not concerns(scalings=[1])


def test_a_move_is_a_sentence():
    assert str(Moved("stressed", 0.1, 0.234, 0.33)) == (
        "where 10 % of a session is 'stressed', the share of windows predicted as such moves from 23 % to 33 %"
    )


def test_the_probe_says_how_far_the_predicted_share_moves(bench):
    bench(*GRID, "--preprocess", "zscore").ok()
    audited = bench("audit", "--probe", "--folds", "1")
    sentence = r"^  where (\d+) % of a session is 'stressed', .* from (\d+) % to (\d+) %$"
    moves = re.findall(sentence, audited.err, re.MULTILINE)
    assert [share for share, *_ in moves] == ["10", "90"]
    failed = any(abs(int(after) - int(before)) > 5 for _, before, after in moves)
    close = any(abs(int(after) - int(before)) == 5 for _, before, after in moves)  # rounded
    assert close or f"sessions ({'failed' if failed else 'passed'})" in audited.out
    assert audited.code == 0  # it is not leaky


def test_sessions_that_are_not_changed_move_nothing(bench, monkeypatch):
    """Where all windows of both classes are kept, and steps do not see what lies between trials."""
    monkeypatch.setattr(sessions, "chosen", lambda rows, _: [sessions.piece(one) for _, one in rows.groupby("trial")])
    bench(*GRID, "--preprocess", "minmax").ok()
    monkeypatch.setattr(sessions, "joined", with_pieces)
    audited = bench("audit", "--probe", "--folds", "1")
    moves = re.findall(r"from (\d+) % to (\d+) %$", audited.err, re.MULTILINE)
    assert len(moves) == 2
    assert all(before == after for before, after in moves)


def with_pieces(recording, pieces):
    """The whole recording, in which pieces are segments."""
    segments = [Segment(start, stop, str(number), {}) for number, (start, stop, _) in enumerate(pieces)]
    return Recording(recording.subject, recording.signals, segments, recording.session)
