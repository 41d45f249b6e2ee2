"""The card of the data set, and the URLs of its files."""

from __future__ import annotations

from bench.api import Card
from bench.readers import Download

FIGSHARE = {  # file number -> file name
    9636466: "CLA-SubjectA-160108-3St-LRHand", 9636463: "CLA-SubjectB-151019-3St-LRHand",
    9636469: "CLA-SubjectB-151020-3St-LRHand", 9636472: "CLA-SubjectB-151215-3St-LRHand",
    9636475: "CLA-SubjectC-151126-3St-LRHand", 9636478: "CLA-SubjectC-151216-3St-LRHand",
    9636481: "CLA-SubjectC-151223-3St-LRHand", 9636484: "CLA-SubjectD-151125-3St-LRHand",
    9636487: "CLA-SubjectE-151225-3St-LRHand", 9636490: "CLA-SubjectE-160119-3St-LRHand",
    9636496: "CLA-SubjectE-160122-3St-LRHand", 9636493: "CLA-SubjectF-150916-3St-LRHand",
    9636505: "CLA-SubjectF-150917-3St-LRHand", 9636502: "CLA-SubjectF-150928-3St-LRHand",
    12400406: "CLA-SubjectJ-170504-3St-LRHand-Inter", 12400412: "CLA-SubjectJ-170508-3St-LRHand-Inter",
    12400409: "CLA-SubjectJ-170510-3St-LRHand-Inter",
}  # fmt: skip
DOWNLOADS = tuple(
    Download(f"{name}.mat", (f"https://ndownloader.figshare.com/files/{number}",)) for number, name in FIGSHARE.items()
)
CARD = Card(
    title="A large electroencephalographic motor imagery dataset for brain-computer interfaces (Kaya 2018)",
    home="https://doi.org/10.6084/m9.figshare.c.3917698.v1",
    licence="CC0 by one public loader, CC BY 4.0 by another; the figshare page of each file decides",
    citation=(
        "Kaya, Binli, Ozbay, Yanar and Mishchenko (2018), A large electroencephalographic motor imagery dataset for "
        "electroencephalographic brain computer interfaces, Scientific Data 5, 180211, doi:10.1038/sdata.2018.211."
    ),
    access=(
        "open, figshare collection 3917698: the 17 files of CLA can be downloaded here; for other paradigms, add "
        "files of the collection to the same folder, or link a folder that contains them"
    ),
    size="about 60 hours of EEG; tens of megabytes per file",
    counts=(
        "13 subjects (A to M), 75 sessions, 77 articles on figshare; about 60,000 cues",
        "CLA: 7 subjects (A to F, J), 17 sessions; HaLT: 12 subjects, 29 sessions",
        "a recording has about three times 15 minutes, with a cue about every 3 s",
    ),
    defects=(
        "Subject F on 150916 (CLA) has no passive cues.",
        (
            "Recordings with -Inter in their name (subject J) have steps of 0.133 uV and a range of 121.6 uV, others "
            "0.01 uV and more than 2 mV."
        ),
        "Files with HFREQ in their name were recorded at 1000 Hz; they are excluded and counted.",
        "The 22nd channel (X3 or X5) is for synchronisation and is dropped; A1 and A2 are the ears.",
        "The hardware filter was 0.53-70 Hz with a notch at 50 Hz.",
        "Cues are about 1 s long, in 5F up to 1.3 s; a segment is the first second.",
        (
            "Codes (HaLT 4 left leg, 5 tongue, 6 right leg; service codes 90, 91, 92, 99) are from copies of the "
            "description file and unconfirmed; a code without a known meaning is excluded and counted."
        ),
        (
            "The meaning of the markers of NoMT is unconfirmed, so NoMT has no labels; FREEFORM is read with the codes "
            "of CLA, although its timing (chosen by the subject) may differ."
        ),
        (
            "Fields of the struct other than nS, sampFreq, marker, data and chnames are not read, since their names "
            "are unconfirmed."
        ),
        "The names of the files on figshare are from a public loader; no checksums are published.",
    ),
)
