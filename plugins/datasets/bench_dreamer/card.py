"""What a person should know before using DREAMER."""

from __future__ import annotations

from bench.api import Card

DEFECTS = {
    "wrong-rate": "the file says that ECG has 128 samples per second, so that loading must fail",
    "nan": "one second of the ECG of the first person's first video is NaN",
}

CARD = Card(
    title="DREAMER: EEG and ECG of people who watch film clips, recorded with low-cost devices",
    home="https://zenodo.org/records/546113",
    licence="on request, for research; no redistribution",
    citation=(
        "Katsigiannis and Ramzan (2018), DREAMER: A Database for Emotion Recognition Through EEG and ECG Signals From "
        "Wireless Low-cost Off-the-Shelf Devices, IEEE Journal of Biomedical and Health Informatics 22(1), 98-107, "
        "doi:10.1109/JBHI.2017.2688239"
    ),
    access="request it at https://zenodo.org/records/546113",
    size="about 450 MB (one file); about 2 GB of memory while it is read",
    counts=("23 people, 18 film clips of 65 to 393 s: 414 trials; ratings from 1 to 5", "61 s of baseline before each"),
    defects=(
        "The baselines are not read; they are counted as left out.",
        "EEG and ECG of a trial are taken to begin together; trials are counted where one is longer by 2 s or more.",
        "Exchanged arousal and valence cannot be noticed, since nothing else in the file tells them apart.",
        "The unit of ECG is not documented; that of EEG is taken to be uV.",
        "All people lie in one file, so a change to one person's data changes the digest of everybody.",
        "People have no names in the file: S01 is the first cell of Data.",
    ),
)
