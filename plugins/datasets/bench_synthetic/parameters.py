"""The parameters of the physiology, and their sources of variation."""

from __future__ import annotations

from dataclasses import dataclass

MODALITIES = ("ecg", "eda", "bvp", "eeg")


@dataclass(frozen=True)
class Parameter:
    """A positive quantity; its variation is in log units, i.e. 0.1 is about ten percent."""

    name: str
    modality: str
    base: float
    subject: float  # standard deviation between subjects
    session: float  # between the sessions of a subject
    drift: float  # within a session
    effect: float  # for one unit of evidence
    signature: float  # standard deviation between trials, stimuli or subjects in modes that are traps
    lag: float = 2.0  # seconds in which it follows a trial


PARAMETERS = (
    Parameter("heart_rate", "ecg", 68.0, 0.050, 0.020, 0.015, 0.024, 0.12),  # beats per minute
    Parameter("breath_rate", "ecg", 0.25, 0.100, 0.030, 0.030, 0.030, 0.15),  # Hz
    Parameter("sinus_arrhythmia", "ecg", 0.05, 0.250, 0.100, 0.050, -0.200, 0.40),  # share of the heart rate
    Parameter("mayer_wave", "ecg", 0.03, 0.250, 0.100, 0.050, 0.050, 0.40),
    Parameter("r_wave", "ecg", 1.10, 0.100, 0.030, 0.020, 0.000, 0.15),  # mV
    Parameter("t_wave", "ecg", 0.30, 0.120, 0.040, 0.020, -0.070, 0.30),
    Parameter("p_wave", "ecg", 0.12, 0.120, 0.040, 0.020, 0.000, 0.20),
    Parameter("response_rate", "eda", 5.0, 0.150, 0.080, 0.050, 0.400, 0.60),  # per minute
    Parameter("response_size", "eda", 0.25, 0.200, 0.100, 0.050, 0.300, 0.50),  # uS
    Parameter("skin_level", "eda", 4.0, 0.200, 0.100, 0.080, 0.060, 0.35, lag=8.0),
    Parameter("pulse_size", "bvp", 1.0, 0.120, 0.050, 0.040, -0.065, 0.35),  # a.u.
    Parameter("notch", "bvp", 0.40, 0.150, 0.050, 0.020, -0.050, 0.35),  # second wave, share of the first
    Parameter("transit", "bvp", 0.22, 0.080, 0.020, 0.000, -0.010, 0.05),  # s
    Parameter("theta", "eeg", 4.0, 0.120, 0.060, 0.040, 0.050, 0.40),  # uV, as alpha and beta
    Parameter("alpha", "eeg", 7.0, 0.200, 0.080, 0.050, -0.100, 0.40),
    Parameter("beta", "eeg", 3.0, 0.120, 0.060, 0.040, 0.080, 0.40),
    Parameter("background", "eeg", 8.0, 0.100, 0.040, 0.020, 0.000, 0.15),
)
