"""What the trivial baselines know, in words, since their names alone do not say it."""

KNOWS = {
    "always-positive": "nothing, and predicts the positive class",
    "majority": "which class is the most frequent in training",
    "prior": "the class frequencies of the training part",
    "stratified": "the class frequencies of the training part, and guesses with them",
    "mean": "the mean of the training part",
    "subject-identity": "who the subject is",
    "trial-mean": "which trial it is, if the trial was in training",
    "stimulus-mean": "which stimulus it is, if it was in training",
    "time-in-session": "the time since the session began",
    "relative-time": "the share of the session that has passed",
    "trial-order": "the place of the trial in the session",
}


def knowing(model: str) -> str:
    """`, which sees no signal but knows ...`; empty for a baseline of another package."""
    return f", which sees no signal and knows only {KNOWS[model]}," if model in KNOWS else ""
