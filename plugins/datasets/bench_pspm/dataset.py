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
from bench_pspm.names import ROOT_PATTERNS, RecordingName, find_recordings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Pspm(FileDataset):
    """Recordings in the format of the PsPM toolbox, from one or several sets.

    A file is one session of one subject: `SCRV_10_spike_07.mat` is subject 07 of the set SCRV_10. Several sets are
    in folders PsPM-FR, PsPM-HRM5 and so on. Each recording is one segment without a label, for pre-training, since
    PsPM files contain the times of stimuli, not their classes.
    """

    name: ClassVar[str] = "pspm"
    root_patterns: ClassVar[tuple[str, ...]] = ROOT_PATTERNS
    card: ClassVar[Card] = Card(
        title="PsPM data sets: FR, HRM5, RRM1, RRM2, VIS and their sisters (bachlab)",
        home="https://bachlab.github.io/PsPM/",
        licence="on the Zenodo page of each set; read it before redistributing data",
        citation=(
            "Each set has its own DOI on Zenodo and its own article, e.g. PsPM-FR: doi:10.5281/zenodo.5573765. The "
            "format is that of PsPM (Psychophysiological Modelling), bachlab.github.io/PsPM."
        ),
        access=(
            "open, on Zenodo: search there for 'PsPM', unpack each set into a folder of its own (PsPM-FR, ...) "
            "below one folder, and link that"
        ),
        size="tens of megabytes to some gigabytes per set",
        counts=("subjects: SCRV_10 26 (22 files), SCRV_9 22, SCRV_6 20; FR, HRM5, RRM1, RRM2 and VIS unconfirmed",),
        defects=(
            "There are no labels: markers are the times of stimuli, whose classes are in other files of each set.",
            (
                "File lists, numbers of subjects, rates and Zenodo records of HRM5, RRM1, RRM2 and VIS are "
                "unconfirmed; any file named *_spike_* or *pspm_* is read as a recording."
            ),
            (
                "Names are confirmed only for sister sets (SCRV_6, SCRV_9, SCRV_10: SET_spike_SUBJECT.mat); that the "
                "session follows the subject is a guess."
            ),
            "Rates and numbers of channels differ between sets; resample, or link one set, before training on them.",
            "Units are those of the files; skin conductance may be called SCR and be in uS or without a unit.",
            "According to readme files, heart beats and respiration of some sets were never checked.",
            "Channels of all other types (marker, hb, snd, pupil, gaze, derived rates) are excluded and counted.",
        ),
    )

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("ecg", "eda", "resp", "emg", "bvp")

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {}

    @cached_property
    def names(self) -> list[RecordingName]:
        """All recordings; raises where a session has two."""
        names = find_recordings(self.folder)
        counts = Counter((name.subject, name.session) for name in names)
        if repeated := [session for session, count in counts.items() if count > 1]:
            files = " and ".join(str(name.path) for name in names if (name.subject, name.session) == repeated[0])
            raise DataError(f"{files} are the same session of '{repeated[0][0]}'; keep one of them.")
        return names

    def subjects(self) -> Sequence[str]:
        return list(dict.fromkeys(name.subject for name in self.names))

    def names_of(self, subject: str) -> list[RecordingName]:
        """The recordings of one subject."""
        names = [name for name in self.names if name.subject == subject]
        if not names:
            raise unknown("subject", subject, self.subjects())
        return names

    def files(self, subject: str) -> Sequence[Path]:
        return [name.path for name in self.names_of(subject)]

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_pspm.channels import read

        recordings = []
        for name in self.names_of(subject):
            contents = read(name.path)
            seconds = [signal.values.shape[1] / signal.rate for signal in contents.signals.values()]
            segments = [Segment(0.0, max(seconds), "all", {})] if seconds else []
            recordings.append(Recording(subject, contents.signals, segments, name.session, contents.excluded))
        return recordings

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        """Simulated files in the folder Data; `seconds` is the length of a recording, four minutes by default."""
        from bench_pspm.stand_in import write

        return write(folder, spec)
