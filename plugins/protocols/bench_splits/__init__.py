"""Who is held out: the protocols that papers used, and their strict twins."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_protocols() -> list[Plugin]:
    return [
        Plugin("loso", "bench_splits.people:LeaveOneSubjectOut", "Each person is held out once."),
        Plugin("holdout", "bench_splits.people:Holdout", "One split over people: a share of them is held out."),
        Plugin(
            "subject-independent",
            "bench_splits.rotation:UnseenPeople",
            "Stratified k-fold over people: nobody is on both sides.",
        ),
        Plugin(
            "stimulus-independent",
            "bench_splits.rotation:UnseenStimuli",
            "Stratified k-fold over stimuli: no stimulus is on both sides.",
        ),
        Plugin(
            "subject-stimulus-independent",
            "bench_splits.crossed:UnseenPeopleAndStimuli",
            "Held-out windows are of people and of stimuli that are both unseen.",
        ),
        Plugin(
            "kfold-trial",
            "bench_splits.rotation:WholeTrials",
            "K-fold over whole trials: people are on both sides.",
        ),
        Plugin(
            "kfold",
            "bench_splits.rotation:RandomWindows",
            "K-fold over random windows, as in papers: neighbours of held-out windows are trained on.",
        ),
        Plugin("from-file", "bench_splits.from_file:FromFile", "Folds that somebody published, from a CSV file."),
    ]
