"""What to know before using PMEmo."""

from bench.api import Card

HOME = "https://github.com/HuiZhangDB/PMEmo"
LICENCE = (
    "code: MIT; data: publicly available to the research community, to be cited; "
    "the song excerpts are under copyright, not needed for the features that are released, and not to be passed on"
)
CITATION = (
    "Zhang, K., Zhang, H., Li, S., Yang, C. and Sun, L. (2018), The PMEmo Dataset for Music Emotion Recognition, "
    "ICMR '18, 135-142, doi:10.1145/3206025.3206037"
)
ACCESS = (
    "open, on Google Drive, which programs cannot download from without its web page: follow the link at {home}, "
    "unpack it and type 'bench data link {name} FOLDER'{note}"
)
BOTH = (
    "27 of 794 songs have no ratings; they are left out and counted.",
    "Flat traces exist; they are left out and counted. Cells that are empty, NaN or infinite are NaN here.",
    "Recordings of which less than 3 s are there, after the start that is skipped, are left out and counted.",
    "The clip is all there is: no rest before it and no order of listening, so drift over a session is unknown.",
    "About 10 people hear each song: whoever splits by person has the songs of a test person in training too.",
    "Clips differ in length from song to song, so that the length of a recording gives away the song.",
    "Static music features (6373 per song, ComParE of openSMILE) are the modality music, where --modalities names it.",
    "The sound of the songs (chorus/1.mp3, or .wav, .flac, .ogg) is read only by steps such as 'music: opensmile'.",
    "Music features of each half second are checked for their shape only; a column 'class' at the end is tolerated.",
)

CARD_2018 = Card(
    title="PMEmo, release of 2018: skin conductance and personal ratings of music",
    home=HOME,
    licence=LICENCE,
    citation=CITATION,
    access=ACCESS.format(
        home=HOME,
        name="pmemo-2018",
        note="; make sure that it is the release of 2018, since that of 2019 has no personal ratings",
    ),
    size="unknown; the release of 2019 has about 1.3 GB",
    counts=(
        "457 people, 794 songs of 38 s on average, 7,962 recordings for each of two listens",
        "7,690 recordings with ratings: by personal thresholds 58.8 % are high in arousal and 57.7 % in valence",
    ),
    defects=(
        *BOTH,
        "Arousal and valence were rated in separate listens, each with its own recording: a target uses its own.",
        "The personal threshold needs both ratings of a song: a listen without its twin has no label by it.",
        (
            "The first line of Annotations/Arousal/1-A.csv is shown nowhere: as users of the real files do, the first "
            "column is taken for the listener, the second for the static rating; the dynamic ones are not read."
        ),
        "The name of the time column of EDA/Arousal/1_100177_A.csv is shown nowhere: the first column is taken for it.",
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
        "401 people, 794 songs of 38 s on average (767 with ratings), 7,960 usable recordings, 15 to 20 a person",
        "songs rated above 0.5: 553 of 767 in valence, 567 in arousal",
    ),
    defects=(
        *BOTH,
        "Ratings are means over the listeners of a song: all of them have the same label, whatever they felt.",
        "The unit of the skin conductance is not stated.",
        "Where one listener's column ends in empty cells, the recording is taken to end there.",
        "Dynamic ratings begin 15 s into the song; they serve as one mean for each song (labels=dynamic).",
    ),
)
