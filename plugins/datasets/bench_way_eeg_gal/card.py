"""What a person should know before using it."""

from bench.api import Card

CARD = Card(
    title="WAY-EEG-GAL: EEG and EMG during 3,936 grasp and lift trials with varying weight and friction",
    home="https://figshare.com/collections/_/988376",
    licence="CC BY (unconfirmed; the figshare page of each file decides)",
    citation=(
        "Luciw, Jarocka and Edin (2014), Multi-channel EEG recordings during 3,936 grasp and lift trials with varying "
        "weight and friction, Scientific Data 1, 140047, doi:10.1038/sdata.2014.47."
    ),
    access="open, figshare collection 988376: P1.zip to P12.zip; unpack them beside each other and link their folder",
    size="about 15 GB unpacked",
    counts=(
        "12 people (P1 to P12), 9 series each (108 HS and 108 WS files), and one series of EEG alone (HS_P*_ST.mat)",
        "3,936 lifts: 12 people with 328 each; weights 165, 330, 660 g; surfaces sandpaper, suede, silk",
        "EEG 32 channels at 500 Hz, EMG 5 channels at 4000 Hz",
    ),
    defects=(
        "The series ST was kept back for a competition: it holds EEG alone and has no labels.",
        "Some series change the weight alone and some the surface alone, so one of the two targets is constant there.",
        (
            "Whether EEG is stored in uV or in tenths of a uV is unconfirmed (the authors' own export multiplies by "
            "0.1); values are left as they are."
        ),
        "The unit of EMG is unconfirmed.",
        "The code of 660 g is 4 in one description and 3 in another; both are read as 660 g.",
        (
            "The codes of surfaces are 1 sandpaper, 2 suede, 3 silk by the article and by the authors' computation; "
            "a comment in their code says the opposite. Windows (WS) say the surface as a text, which is used there."
        ),
        "Windows (WS) that are put one after the other have a jump at each joint, in which filters ring.",
        "A person knows the weight only when lifting: the first second or two of a lift say nothing about it.",
        "A copy on Kaggle has no EMG, or motion in its place; its EEG is read and the missing EMG is counted.",
        "The tables of the Kaggle competition (csv) are another format and are not read.",
        "Motion, force and environment (kin, env, misc) are not read.",
    ),
)
