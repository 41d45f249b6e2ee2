"""The card of AMIGOS."""

from __future__ import annotations

from bench.api import Card

CARD = Card(
    title="AMIGOS: affect, personality and mood of individuals and groups (preprocessed release)",
    home="http://www.eecs.qmul.ac.uk/mmv/datasets/amigos/",
    licence="EULA of the owners; no redistribution",
    citation=(
        "Miranda-Correa, Abadi, Sebe and Patras (2021), AMIGOS: A Dataset for Affect, Personality and Mood Research on "
        "Individuals and Groups, IEEE Transactions on Affective Computing 12(2), 479-493, arXiv:1702.02510"
    ),
    access="sign the EULA at http://www.eecs.qmul.ac.uk/mmv/datasets/amigos/download.html",
    size="not published",
    counts=(
        "40 subjects, 20 videos: 37 subjects saw all, 3 saw the 16 short ones, which makes 788 trials",
        "about 65 hours; short videos 51 to 150 s, long ones 14 to 24 minutes; 5 s of baseline before each",
    ),
    defects=(
        "P08, P24 and P28 saw no long video.",
        "P32 did not rate the long videos; their signals are kept without a label.",
        "Some trials of P09, P12, P21, P22, P23, P24 and P33 contain NaN; which ones is not documented.",
        "A modality that is NaN throughout is excluded from its recording and counted.",
        "The unit of GSR is not documented; some publications treat it as a resistance (gsr_as=conductance).",
        "The unit of ECG is not documented either; that of EEG is assumed to be uV.",
        "Publications describe the order of the videos differently; it is read from VideoIDs of each file.",
        "The number of intervals rated by external annotators is checked against the length of a video.",
        "Exchanged arousal and valence are detected only where a subject clearly agrees crosswise with the annotators.",
        "EEG is filtered to 4-45 Hz and average-referenced by the owners, ECG low-passed at 60 Hz.",
    ),
)
