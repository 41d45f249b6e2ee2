"""The card of WAY-EEG-GAL."""

from bench.api import Card

CARD = Card(
    title="WAY-EEG-GAL: EEG and EMG during 3,936 grasp and lift trials with varying weight and friction",
    home="https://figshare.com/collections/_/988376",
    licence="CC BY (unconfirmed; the figshare page of each file decides)",
    citation=(
        "Luciw, Jarocka and Edin (2014), Multi-channel EEG recordings during 3,936 grasp and lift trials with varying "
        "weight and friction, Scientific Data 1, 140047, doi:10.1038/sdata.2014.47."
    ),
    access="open, figshare collection 988376: P1.zip to P12.zip; unpack them into one folder and link it",
    size="about 15 GB unpacked",
    counts=(
        "12 subjects (P1 to P12), 9 series each (108 HS and 108 WS files), and one series of EEG only (HS_P*_ST.mat)",
        "3,936 lifts, 328 per subject; weights 165, 330, 660 g; surfaces sandpaper, suede, silk",
        "EEG 32 channels at 500 Hz, EMG 5 channels at 4000 Hz",
    ),
    defects=(
        "The series ST was withheld for a competition: it contains EEG only and has no labels.",
        "Some series vary only the weight and some only the surface, so that the other target is constant.",
        (
            "Whether EEG is stored in uV or in tenths of a uV is unconfirmed (the authors' own export multiplies by "
            "0.1); values are not scaled."
        ),
        "The unit of EMG is unconfirmed.",
        "The code of 660 g is 4 in one description and 3 in another; both are read as 660 g.",
        (
            "The codes of surfaces are 1 sandpaper, 2 suede, 3 silk by the article and by the authors' computation; "
            "a comment in their code says the opposite. Windows (WS) contain the surface as text, which is used there."
        ),
        "Concatenated windows (WS) have a jump at each joint, at which filters ring.",
        "Subjects notice the weight only when they lift: the first one or two seconds contain nothing about it.",
        "A copy on Kaggle has no EMG, or motion in place of it; its EEG is read, the missing EMG is counted.",
        "The tables of the Kaggle competition (csv) have another format and are not read.",
        "Motion, force and environment (kin, env, misc) are not read.",
    ),
)
