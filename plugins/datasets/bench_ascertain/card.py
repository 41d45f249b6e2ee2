"""The card of ASCERTAIN."""

from __future__ import annotations

from bench.api import Card

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
    counts=("58 subjects, 36 film clips: 2088 trials", "arousal rated from 0 to 6, valence from -3 to 3"),
    defects=(
        "P44 and P52 are incomplete; clips without signals are excluded and counted.",
        "Samples have irregular times; signals are resampled to a regular grid; gaps become NaN (option gap_seconds).",
        "A sample whose time is missing, or not later than those before it, is dropped.",
        "ECG is in columns 2 and 3 of the file for P01 to P08, in 5 and 6 from P09 on; this is not documented.",
        "The rates of GSR and EEG are not documented; both are resampled to 32 Hz, as in published code.",
        "EEG is assumed to be columns 2 to 9 after a time in ms, which is inferred from published code.",
        "Whether the modalities share a clock is not documented; each is assumed to start with the clip.",
        "Units are not documented; standardise per subject where they matter.",
        "The scales of engagement, liking and familiarity are not documented and not checked.",
        "Ratings are assumed to be in the order of clip numbers, not of presentation, as in published code.",
    ),
)
