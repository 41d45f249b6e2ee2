"""What a stand-in can have wrong on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench_wesad.protocol import RATE, STRESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KNOWN = {
    "wrong-subject": "the pickle of the first person says that it is of another",
    "short-chest": "the first person's chest ECG is a sample shorter than the labels",
    "short-wrist": "the first person's pulse ends two seconds before the labels",
    "float-labels": "the first person's labels are not whole numbers",
    "unknown-code": "the first person's labels hold the code 9",
    "second-stress": "the first person's stress is interrupted, so that there are two runs of it",
    "nan-ecg": "the first person's ECG has no numbers for a second of stress",
    "loose-temperature": "the first person's chest temperature falls by 8 degrees, as of a loose sensor",
    "wrong-order": "the first person's questionnaires have baseline and stress exchanged",
    "python3-pickle": "the first person's pickle was written by Python 3",
    "malicious-pickle": "the first person's pickle would run a command",
    "missing-pickle": "the last person's pickle is missing",
    "missing-questionnaires": "the last person's questionnaires are missing",
    "folder-s12": "there is a folder of S12, who does not exist",
}
OF_THE_LAST = ("missing-pickle", "missing-questionnaires")
MALICIOUS = b"cos\nsystem\n(S'true'\ntR."


def spoil(content: dict[str, Any], wanted: Iterable[str]) -> None:
    """Change what lies in a pickle; the other defects are of files."""
    for name in wanted:
        if name in OF_CONTENT:
            OF_CONTENT[name](content)


def stress(content: dict[str, Any]) -> int:
    """The first sample under stress."""
    return int(np.argmax(content["label"] == STRESS))


def wrong_subject(content: dict[str, Any]) -> None:
    content["subject"] = "S17"


def short_chest(content: dict[str, Any]) -> None:
    content["signal"]["chest"]["ECG"] = content["signal"]["chest"]["ECG"][:-1]


def short_wrist(content: dict[str, Any]) -> None:
    content["signal"]["wrist"]["BVP"] = content["signal"]["wrist"]["BVP"][: -2 * 64]


def float_labels(content: dict[str, Any]) -> None:
    content["label"] = content["label"].astype(np.float64)


def unknown_code(content: dict[str, Any]) -> None:
    content["label"][:RATE] = 9


def second_stress(content: dict[str, Any]) -> None:
    content["label"][stress(content) + RATE] = 0


def nan_ecg(content: dict[str, Any]) -> None:
    content["signal"]["chest"]["ECG"][stress(content) : stress(content) + RATE] = np.nan


def loose_temperature(content: dict[str, Any]) -> None:
    content["signal"]["chest"]["Temp"][stress(content) :] -= np.float32(8)


OF_CONTENT: dict[str, Callable[[dict[str, Any]], None]] = {
    "wrong-subject": wrong_subject,
    "short-chest": short_chest,
    "short-wrist": short_wrist,
    "float-labels": float_labels,
    "unknown-code": unknown_code,
    "second-stress": second_stress,
    "nan-ecg": nan_ecg,
    "loose-temperature": loose_temperature,
}
