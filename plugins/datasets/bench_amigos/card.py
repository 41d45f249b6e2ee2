"""What a person should know before using AMIGOS."""

from __future__ import annotations

from bench.api import Card

DEFECTS = {
    "no-long-videos": "P08 is among the people, who saw no long video and was not judged by others",
    "no-long-ratings": "P32 is among the people, who did not rate the long videos",
    "nan-eeg": "P09 is among the people, whose EEG is NaN throughout",
    "nan-peripheral": "P12 is among the people, whose ECG and GSR are NaN throughout",
    "flat": "the files lie in one folder, not in one folder per person",
    "another-order": "the videos of each person are in an order of their own",
    "swapped": "valence stands before arousal in labels_selfassessment, so that loading must fail",
}

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
        "40 people, 20 videos: 37 people saw all, 3 saw the 16 short ones, which makes 788 trials",
        "about 65 hours; short videos 51 to 150 s, long ones 14 to 24 minutes; 5 s of baseline before each",
    ),
    defects=(
        "P08, P24 and P28 saw no long video.",
        "P32 did not rate the long videos; their signals are kept without a label.",
        "Some trials of P09, P12, P21, P22, P23, P24 and P33 hold NaN; which ones is not documented.",
        "A modality that is NaN throughout is left out of its recording and counted.",
        "The unit of GSR is not documented; some users take it for a resistance (gsr_as=conductance).",
        "The unit of ECG is not documented either; that of EEG is taken to be uV.",
        "Users describe the order of the videos differently; it is read from VideoIDs of each file.",
        "How many stretches outside raters judged is checked against the length of a video, by a rule of users.",
        "Exchanged arousal and valence are noticed only where a person clearly agrees with outside raters crosswise.",
        "EEG is filtered to 4-45 Hz and average-referenced by the owners, ECG low-passed at 60 Hz.",
    ),
)
