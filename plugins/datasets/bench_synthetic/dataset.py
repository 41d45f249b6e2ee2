"""A data set of simulated physiology."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from bench.api import Card, Range, Recording, Segment
from bench.api.simulation import Script, Simulator
from bench.errors import UsageError, unknown
from bench_synthetic.defects import damaged
from bench_synthetic.design import REST, session_seconds, session_trials, trials
from bench_synthetic.parameters import MODALITIES
from bench_synthetic.session import sessions

if TYPE_CHECKING:
    from bench.api import Array
    from bench_synthetic.design import Trial

CLASSES = ("calm", "stressed")


@dataclass(frozen=True)
class Synthetic(Simulator):
    """Simulated subjects under stress, with a known relation of labels to signals.

    `mode` is that relation. effect: stress changes every modality a little. structure: it changes the shape of slow
    waves in the EEG, which rise steeply and fall slowly, or the reverse; level, spread and spectrum are unchanged, so
    that the shape has to be learnt first, for which unlabelled signals suffice (`--pretrain`). null: none. The others
    are traps: labels mean nothing for new data, but windows reveal their trial, stimulus or subject (trial-identity,
    stimulus-identity, and subject-shortcut, where labels are also skewed within each subject). In all modes subjects
    rate the effort of each trial from 1 to 9, with an error, higher under stress; `effort` is a target for regression.

    `defect` damages the recordings as published data sets have been. copied-subject: the second subject has the signals
    and trials of the first. shared-sessions: each session begins with the second half of the one before. repeating: the
    first recording of the first subject repeats itself from its middle on; labels stay those of the trials.
    named-trials: the names of trials begin with their labels.
    """

    seed: Annotated[int, Range(0, 2**31 - 1), "random seed"] = 0
    n_subjects: Annotated[int, Range(1, 1000), "number of subjects; the first ones do not depend on it"] = 12
    minutes: Annotated[float, Range(1, 600), "per subject, over all sessions"] = 20.0
    sessions: Annotated[int, Range(1, 20), "number of sessions per subject"] = 2
    mode: Annotated[
        Literal["effect", "structure", "null", "trial-identity", "stimulus-identity", "subject-shortcut"],
        "relation of labels to signals",
    ] = "effect"
    effect: Annotated[float, Range(0, 10), "size of the effect, or of the waves in mode structure"] = 1.0
    ecg_rate: Annotated[int, Range(64, 1024), "samples per second"] = 128
    eda_rate: Annotated[int, Range(4, 128), "samples per second"] = 8
    bvp_rate: Annotated[int, Range(16, 512), "samples per second"] = 64
    eeg_rate: Annotated[int, Range(64, 1024), "samples per second"] = 128
    eeg_channels: Annotated[int, Range(1, 19), "electrodes"] = 4
    trial_seconds: Annotated[float, Range(5, 600), "length of a trial"] = 45.0
    gap_seconds: Annotated[float, Range(0, 600), "rest between trials"] = 10.0
    defect: Annotated[
        Literal["none", "copied-subject", "shared-sessions", "repeating", "named-trials"],
        "a simulated defect of the recordings, for the audit to find",
    ] = "none"

    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {"n_subjects": 4, "minutes": 8.0},
        "paper": {"n_subjects": 24, "minutes": 40.0},
    }
    card: ClassVar[Card] = Card(
        title="Simulated ECG, EDA, BVP and EEG under stress",
        home="built in",
        licence="MIT",
        citation=(
            "ECG: waves and phase of the dynamical model of McSharry, Clifford, Tarassenko and Smith (2003), "
            "A dynamical model for generating synthetic electrocardiogram signals, IEEE Transactions on Biomedical "
            "Engineering 50(3), 289-294. EDA: Bateman function as in Benedek and Kaernbach (2010), A continuous "
            "measure of phasic electrodermal activity, Journal of Neuroscience Methods 190(1), 80-91. BVP: one pair "
            "of Gaussian waves per beat. EEG: 1/f noise with theta, alpha and beta rhythms."
        ),
        defects=("It is simulated: results concern a method or a protocol, not human subjects.",),
    )

    def __post_init__(self) -> None:
        if session_trials(self) < len(CLASSES):
            need = REST + 2 * self.trial_seconds + self.gap_seconds
            raise UsageError(
                f"A session of {session_seconds(self)} s is too short for two trials of {self.trial_seconds:g} s, "
                f"which take {need:g} s with rest and gap; raise minutes, or lower sessions or trial_seconds."
            )

    @property
    def simulated(self) -> bool:
        return True

    @property
    def modalities(self) -> tuple[str, ...]:
        return MODALITIES

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {"stress": CLASSES}

    @property
    def regression_targets(self) -> Mapping[str, str]:
        return {"effort": "effort"}

    def subjects(self) -> Sequence[str]:
        return [f"P{number:02d}" for number in range(1, self.n_subjects + 1)]

    def subject_index(self, subject: str) -> int:
        """The number of a subject, from 0."""
        names = list(self.subjects())
        if subject not in names:
            raise unknown("subject", subject, names)
        return names.index(subject)

    def load(self, subject: str) -> Sequence[Recording]:
        index = self.subject_index(subject)
        if self.defect == "copied-subject" and index == 1:
            index = 0
        recordings = []
        for number, session in enumerate(sessions(self, index, trials(self, index)), 1):
            segments = [
                Segment(
                    t.start,
                    t.stop,
                    self.trial_name(t),
                    {"stress": CLASSES[t.label]},
                    t.stimulus_name,
                    {"effort": t.effort},
                )
                for t in session.trials
            ]
            recordings.append(Recording(subject, session.signals, segments, str(number)))
        return damaged(recordings, self.defect, first=index == 0)

    def trial_name(self, trial: Trial) -> str:
        return f"{CLASSES[trial.label]}-{trial.name}" if self.defect == "named-trials" else trial.name

    def simulate(self, script: Script) -> Mapping[str, Array]:
        from bench_synthetic.script import simulate

        return simulate(script)

    def digest(self) -> str:
        return "synthetic 1"
