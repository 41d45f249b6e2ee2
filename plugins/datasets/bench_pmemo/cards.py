"""The cards of both releases of PMEmo."""

from bench.api import Card

HOME = "https://github.com/HuiZhangDB/PMEmo"
LICENCE = (
    "code: MIT; data: publicly available to the research community, to be cited; "
    "the song excerpts are under copyright, not needed for the released features, and must not be redistributed"
)
CITATION = (
    "Zhang, K., Zhang, H., Li, S., Yang, C. and Sun, L. (2018), The PMEmo Dataset for Music Emotion Recognition, "
    "ICMR '18, 135-142, doi:10.1145/3206025.3206037"
)
ACCESS = (
    "open, on Google Drive, which needs a browser: follow the link at {home}, unpack the archive and run "
    "'bench data link {name} FOLDER'{note}"
)
BOTH = (
    "27 of 794 songs have no ratings; they are excluded and counted.",
    "Flat traces are excluded and counted. Cells that are empty, NaN or infinite are NaN.",
    "Recordings with less than 3 s after the skipped start are excluded and counted.",
    "There is no rest before a clip and no order of clips, so drift over a session is unknown.",
    "About 10 subjects hear each song: folds by subject have the songs of a test subject in training too.",
    "Clips differ in length between songs, so that the length of a recording reveals the song.",
    "Static music features (6373 per song, ComParE of openSMILE) are the modality music, if --modalities contains it.",
    "The sound of the songs (chorus/1.mp3, or .wav, .flac, .ogg) is read only by steps such as 'music: opensmile'.",
    "Music features per half second are only checked for their shape; a column 'class' at the end is accepted.",
)

CARD_2018 = Card(
    title="PMEmo, release of 2018: skin conductance and personal ratings of music",
    home=HOME,
    licence=LICENCE,
    citation=CITATION,
    access=ACCESS.format(
        home=HOME,
        name="pmemo-2018",
        note="; check that it is the release of 2018, since that of 2019 has no personal ratings",
    ),
    size="unknown; the release of 2019 has about 1.3 GB",
    counts=(
        "457 subjects, 794 songs of 38 s on average, 7,962 recordings for each of two axes",
        "7,690 recordings with ratings: with personal thresholds, 58.8 % are high in arousal and 57.7 % in valence",
    ),
    defects=(
        *BOTH,
        "Arousal and valence were rated while listening twice, with a recording each: a target uses its own.",
        "A personal threshold needs both ratings of a song: recordings without the other rating have no label.",
        (
            "The header of Annotations/Arousal/1-A.csv is not documented: as in published code, the first column is "
            "the listener and the second the static rating; dynamic ratings are not read."
        ),
        "The time column of EDA/Arousal/1_100177_A.csv is not documented: the first column is assumed to be it.",
        "Means of the personal ratings (A_static.csv, V_static.csv and the dynamic ones) are not read.",
    ),
)

CARD_2019 = Card(
    title="PMEmo, release of 2019: skin conductance and mean ratings of music",
    home=HOME,
    licence=LICENCE,
    citation=CITATION,
    access=ACCESS.format(home=HOME, name="pmemo-2019", note=""),
    size="about 648 MB to download, 1.3 GB unpacked",
    counts=(
        "401 subjects, 794 songs of 38 s on average (767 with ratings), 7,960 usable recordings, 15 to 20 per subject",
        "songs rated above 0.5: 567 of 767 in arousal, 553 in valence",
    ),
    defects=(
        *BOTH,
        "Ratings are means over the listeners of a song: all of them have the same label.",
        "The unit of the skin conductance is not stated.",
        "Where the column of a listener ends with empty cells, the recording ends there.",
        "Dynamic ratings start 15 s into the song; their mean per song is used (labels=dynamic).",
    ),
)
