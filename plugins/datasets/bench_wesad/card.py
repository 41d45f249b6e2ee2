"""The card of WESAD."""

from __future__ import annotations

from bench.api import Card

CARD = Card(
    title="WESAD: wearable stress and affect detection",
    home="https://ubi29.informatik.uni-siegen.de/usi/data_wesad.html",
    licence="for scientific, non-commercial purposes, with credit to the owners; no redistribution",
    citation=(
        "P. Schmidt, A. Reiss, R. Duerichen, C. Marberger and K. Van Laerhoven (2018), Introducing WESAD, a multimodal "
        "dataset for wearable stress and affect detection, ICMI 2018, doi:10.1145/3242969.3242985"
    ),
    size="2.2 GB to download, about 17 GB unpacked",
    counts=(
        "15 subjects (S2 to S17 without S12), one session each",
        "minutes: baseline 293.5, stress 166.1, amusement 92.9, meditation 196.8, reading 40.1, transient 658.4",
        "windows of 10 s every 5 s: baseline 3,504, stress 1,976, amusement 1,094; 30.06 % of these are stress",
    ),
    defects=(
        "Code 0 is transient or undefined, about 45 % of the time; it is not 'not stressed', and is excluded.",
        "There is one stress block per subject, with speech and standing: posture and movement reveal it too.",
        "There are two orders of conditions, and baseline is always first: the time in the session reveals it.",
        "S2 and S17: the chest temperature sensor was loose.",
        "S3: the sun shone into the room during the baseline.",
        "S5 may have slept during the first meditation.",
        "S6 and S15 were not stressed, or did not believe in the test.",
        "S8 and S16 were cold.",
        "S2 has no reading block after the baseline.",
        "S14's questionnaires name Medi 2 before Medi 1; here meditations are numbered in order of time.",
        "That codes 5, 6 and 7 are reading after baseline, stress and amusement is inferred.",
        "STAI-6 items are assumed to be at ease, nervous, jittery, relaxed, worried, pleasant, as in public loaders.",
        "PANAS and SSSQ answers are not used, because the order of their items is uncertain.",
        "Copies of text files have different line endings, so there are no checksums of single files.",
        "The owners publish no checksum; that of the archive is from a third party.",
    ),
)
