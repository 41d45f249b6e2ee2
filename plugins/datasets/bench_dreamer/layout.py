"""The documented layout of the DREAMER file."""

from __future__ import annotations

FILE = "DREAMER.mat"
N_SUBJECTS = 23
N_VIDEOS = 18
EEG = ("AF3", "F7", "F3", "FC5", "T7", "P7", "O1", "O2", "P8", "T8", "FC6", "F4", "F8", "AF4")
RATES = {"eeg": 128.0, "ecg": 256.0}
CHANNELS = {"eeg": EEG, "ecg": ("1", "2")}
RATINGS = {"valence": "ScoreValence", "arousal": "ScoreArousal", "dominance": "ScoreDominance"}  # 1 to 5
MIDPOINT = 3.0
BASELINE = 61  # seconds of the recording before each video
SHORTEST, LONGEST = 65, 393  # seconds of a video
TOLERANCE = 2.0  # seconds by which EEG and ECG of a video may differ in length without being counted
