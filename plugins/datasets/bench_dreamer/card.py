"""The card of DREAMER."""

from __future__ import annotations

from bench.api import Card

CARD = Card(
    title="DREAMER: EEG and ECG while watching film clips, recorded with low-cost devices",
    home="https://zenodo.org/records/546113",
    licence="on request, for research; no redistribution",
    citation=(
        "Katsigiannis and Ramzan (2018), DREAMER: A Database for Emotion Recognition Through EEG and ECG Signals From "
        "Wireless Low-cost Off-the-Shelf Devices, IEEE Journal of Biomedical and Health Informatics 22(1), 98-107, "
        "doi:10.1109/JBHI.2017.2688239"
    ),
    access="request it at https://zenodo.org/records/546113",
    size="about 450 MB (one file); reading it takes about 2 GB of memory",
    counts=(
        "23 subjects, 18 film clips of 65 to 393 s: 414 trials; ratings from 1 to 5",
        "61 s of baseline before each",
    ),
    defects=(
        "The baselines are not read; they are counted as excluded.",
        "EEG and ECG of a trial are assumed to start together; trials where one is longer by 2 s or more are counted.",
        "Exchanged arousal and valence cannot be detected, since nothing else in the file distinguishes them.",
        "The unit of ECG is not documented; that of EEG is assumed to be uV.",
        "All subjects are in one file, so a change to the data of one changes the digest of all.",
        "Subjects have no names in the file: S01 is the first cell of Data.",
    ),
)
