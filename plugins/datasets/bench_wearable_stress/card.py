"""The card of wearable-stress."""

from __future__ import annotations

from bench.api import Card

CARD = Card(
    title="Wearable stress: wrist recordings of 36 subjects under stressful tasks, and of 31 on a bicycle",
    home="https://physionet.org/content/wearable-device-dataset/1.0.1/",
    licence="Open Data Commons Attribution 1.0",
    citation=(
        "Hongn, Bosch, Prado, Ferrández and Bonomini (2025), Wearable Physiological Signals under Acute Stress and "
        "Exercise Conditions, Scientific Data, doi:10.1038/s41597-025-04845-9; and the PhysioNet record Wearable "
        "Device Dataset from Induced Stress and Structured Exercise Sessions, version 1.0.1, doi:10.13026/he0v-tf17"
    ),
    size="48 MB as an archive, 196 MB in 707 files",
    counts=(
        "36 subjects: S01 to S18 with version 1 of the protocol, f01 to f18 with version 2",
        "36 stress sessions, 30 aerobic and 31 anaerobic ones; a subject is the same in all of them",
        (
            "median seconds: baseline 600, Stroop 109, TMCT (arithmetic) 193, first rest 576, second rest 404, real "
            "opinion 34, opposite opinion 33, subtraction 34"
        ),
        "stress sessions: 68,294 s of baseline and rests, 13,287 s of tasks; aerobic 65,807 s, anaerobic 50,015 s",
        "windows of 10 s every 5 s: rest 13,505, stress 2,430, aerobic 13,118, anaerobic 9,957",
    ),
    defects=(
        (
            "That stages lie between certain presses of the button is inferred from the number and distance of the "
            "presses and from public code; the owners' description does not say so."
        ),
        "Time between stages, such as that of questionnaires, has no label and is not used.",
        (
            "All subjects of a version do the tasks in the same order, baseline first and subtraction last: any drift "
            "over the session reveals them, and the two versions differ in their order."
        ),
        "S02, stress: the files repeat themselves from 1,548 s on, after the last stage, and are cut there.",
        "f07, stress: a dock covered the sensors of pulse and temperature; only eda and acc are read.",
        (
            "f14, stress: the connection was lost after the baseline; its 91 s are NaN, and the 232 s from there to "
            "the first task are not used."
        ),
        (
            "S11, aerobic, and S16, anaerobic: the connection was lost for 220 s and 52 s, which are NaN; each part is "
            "a trial."
        ),
        "S12 and f14 to f18 have no aerobic session, and f14 to f18 no anaerobic one.",
        "S03 and S07, aerobic, and S06, anaerobic, stopped early; their sessions are read as they are.",
        (
            "The class of the target session is that of a whole recording: exercise includes the rests around it, "
            "which are longer in version 2; of the stress session, its stages are used."
        ),
        "Starts are shifted by the owners, and the order of a subject's sessions does not follow from them.",
        "HR starts 10 s after the other sensors; its first 10 s, also of a second part, are NaN here.",
        (
            "IBI.csv is not read: the device leaves out doubtful beats, which are 43 % of the time of stress sessions; "
            "that of S01, anaerobic, is empty, and that of S02, stress, begins again in the middle."
        ),
        "The first values of EDA.csv are low, before the sensor has settled.",
        "Acceleration has steps of 1/64 g: a still wrist gives constant windows, which are not used.",
        "Version 1 has men, and version 2 women and one man: sex and the order of tasks cannot be told apart.",
    ),
)
