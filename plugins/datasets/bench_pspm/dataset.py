"""Any PsPM data set, as a corpus without labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from bench.api import Card, Recording, Segment
from bench.errors import DataError, unknown
from bench.readers import FileDataset, StandIn
from bench_pspm.names import MARKS, Name, recordings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Pspm(FileDataset):
    """Recordings in the format of the PsPM toolbox, from one set or several side by side.

    A file is one session of one person: `SCRV_10_spike_07.mat` is person 07 of the set SCRV_10. Files of several
    sets lie in folders PsPM-FR, PsPM-HRM5 and so on. Each recording is one long segment without a label: a PsPM
    file says when something was shown, not what, so it serves for pre-training.
    """

    name: ClassVar[str] = "pspm"
    root_patterns: ClassVar[tuple[str, ...]] = MARKS
    known_defects: ClassVar[Mapping[str, str]] = {
        "no-ecg": "the last person has skin conductance and heart beats, and no ECG",
        "two-sites": "skin conductance was measured at two sites, which become two channels",
        "empty-channel": "the respiration of the first person has no sample",
        "short-channel": "the ECG of the first person is a second shorter than its file says",
    }
    card: ClassVar[Card] = Card(
        title="PsPM data sets: FR, HRM5, RRM1, RRM2, VIS and their sisters (bachlab)",
        home="https://bachlab.github.io/PsPM/",
        licence="said on the Zenodo page of each set; look there before you pass data on",
        citation=(
            "Each set has its own DOI on Zenodo and its own article, e.g. PsPM-FR: doi:10.5281/zenodo.5573765. The "
            "format is that of PsPM (Psychophysiological Modelling), bachlab.github.io/PsPM."
        ),
        access=(
            "open, on Zenodo: search there for 'PsPM', unpack each set into a folder of its own (PsPM-FR, ...) "
            "below one folder, and link that"
        ),
        size="tens of megabytes to some gigabytes per set",
        counts=("people: SCRV_10 26 (22 files), SCRV_9 22, SCRV_6 20; FR, HRM5, RRM1, RRM2 and VIS unconfirmed",),
        defects=(
            "There are no labels: markers say when something was shown, and only the sets' own other files say what.",
            (
                "File lists, numbers of people, rates and Zenodo records of HRM5, RRM1, RRM2 and VIS are unconfirmed; "
                "any file named *_spike_* or *pspm_* is taken for a recording."
            ),
            (
                "Names are confirmed for sister sets only (SCRV_6, SCRV_9, SCRV_10: SET_spike_PERSON.mat); that what "
                "follows the person is the session is a guess."
            ),
            "Rates and numbers of channels differ between sets; resample, or link one set, before training on them.",
            "Units are as the file says them; skin conductance may be called SCR and be in uS or without a unit.",
            "Readme files say that heart beats and respiration of some sets were never checked.",
            "Channels of all other types (marker, hb, snd, pupil, gaze, derived rates) are left out and counted.",
        ),
    )

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("ecg", "eda", "resp", "emg", "bvp")

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {}

    @cached_property
    def names(self) -> list[Name]:
        """All recordings; a session that exists twice is told."""
        found = recordings(self.folder)
        twice = [each for each, times in Counter((name.subject, name.session) for name in found).items() if times > 1]
        if twice:
            files = " and ".join(str(name.path) for name in found if (name.subject, name.session) == twice[0])
            raise DataError(f"{files} are the same session of '{twice[0][0]}'; keep one of them.")
        return found

    def subjects(self) -> Sequence[str]:
        return list(dict.fromkeys(name.subject for name in self.names))

    def of(self, subject: str) -> list[Name]:
        """The recordings of one person."""
        found = [name for name in self.names if name.subject == subject]
        if not found:
            raise unknown("person", subject, self.subjects())
        return found

    def files(self, subject: str) -> Sequence[Path]:
        return [name.path for name in self.of(subject)]

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_pspm.channels import read

        loaded = []
        for name in self.of(subject):
            contents = read(name.path)
            ends = [signal.values.shape[1] / signal.rate for signal in contents.signals.values()]
            segments = [Segment(0.0, max(ends), "all", {})] if ends else []
            loaded.append(Recording(subject, contents.signals, segments, name.session, contents.excluded))
        return loaded

    def write_stand_in(self, folder: Path, wanted: StandIn) -> Iterator[str]:
        """Simulated files in the folder Data; `seconds` is the length of a recording, four minutes where not given."""
        from bench_pspm.stand_in import write

        return write(folder, wanted)
