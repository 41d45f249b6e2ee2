"""Labels in the memory of the process."""

import gc
import sys

import numpy as np


def truth(desk):
    return desk.split.table["label"].to_numpy()[desk.predictions.next.rows]


def open_desk(objects, windows):
    desks = [each for each in objects if type(each).__name__ == "FoldDesk"]
    waiting = [each for each in desks if each.record is None and each.predictions.next]
    [desk] = [each for each in waiting if len(each.predictions.next.rows) == len(windows)][-1:]
    return desk


def collected(windows, cheater=None):
    """What the garbage collector knows."""
    return truth(open_desk(gc.get_objects(), windows))


def frames(windows, cheater):
    """The local variables of callers."""
    frame, found = sys._getframe(), []
    while frame := frame.f_back:
        for value in frame.f_locals.values():
            found += getattr(value, "folds", [])
    return truth(open_desk(found, windows))


def threads(windows, cheater):
    """The local variables of all threads."""
    found = []
    for innermost in sys._current_frames().values():
        frame = innermost
        while frame:
            found += [each for value in frame.f_locals.values() for each in getattr(value, "folds", [])]
            frame = frame.f_back
    return truth(open_desk(found, windows))


def scorer(windows, cheater):
    """Replace the scorer, for once."""
    from bench.running import records

    scored = records.scored

    def perfect(table, predictions, classes, *_):
        records.scored = scored
        return scored(table, np.eye(len(classes))[table["label"].to_numpy()], classes)

    records.scored = perfect
    return np.ones(len(windows))


def metric(windows, cheater):
    """Replace a metric, for once."""
    from bench.scoring import scoring

    scores = scoring.scores

    def perfect(labels, predictions, classes, *_):
        scoring.scores = scores
        return scores(labels, np.eye(len(classes))[labels], classes)

    scoring.scores = perfect
    return np.ones(len(windows))


WAYS = {"collected": collected, "frames": frames, "threads": threads, "scorer": scorer, "metric": metric}
