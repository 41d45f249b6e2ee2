"""What a person should know before using ASCERTAIN."""

from __future__ import annotations

from bench.api import Card

DEFECTS = {
    "incomplete": "the last person has no signals of the second half of the clips",
    "gap": "the middle half of the ECG of the first person's first clip is missing",
    "no-eeg": "nobody has EEG",
    "exchanged": "valence stands before arousal in Ratings, so that loading must fail",
}

CARD = Card(
    title="ASCERTAIN: emotion and personality recognition using commercial sensors",
    home="http://mhug.disi.unitn.it/wp-content/ASCERTAIN/ascertain.html",
    licence="EULA of the owners; no redistribution",
    citation=(
        "Subramanian, Wache, Abadi, Vieriu, Winkler and Sebe (2018), ASCERTAIN: Emotion and Personality Recognition "
        "Using Commercial Sensors, IEEE Transactions on Affective Computing 9(2), 147-160, "
        "doi:10.1109/TAFFC.2016.2625250"
    ),
    access="sign the EULA, see http://mhug.disi.unitn.it",
    size="not published",
    counts=("58 people, 36 film clips: 2088 trials", "arousal rated from 0 to 6, valence from -3 to 3"),
    defects=(
        "P44 and P52 are incomplete; clips without signals are left out and counted.",
        "Samples have irregular times; signals are put on a regular grid, longer gaps become NaN (option gap_seconds).",
        "A sample whose time is missing or not after all before it is passed over.",
        "ECG lies in columns 2 and 3 of the file for P01 to P08, in 5 and 6 from P09 on; no file says so.",
        "The rates of GSR and EEG are not documented; both are put on a grid of 32 Hz, as users of the data do.",
        "EEG is taken to be columns 2 to 9 after a time in ms; that is inferred from the shapes that users feed.",
        "Whether the modalities share a clock is not documented; each is taken to begin with the clip.",
        "Units are not documented; standardise per person where they matter.",
        "The scales of engagement, liking and familiarity are not documented and not checked.",
        "Ratings are taken to be in the order of clip numbers, not of presentation, as users of the data do.",
    ),
)
