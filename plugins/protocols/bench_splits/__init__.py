"""Evaluation protocols: those common in papers, and strict ones."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_protocols() -> list[Plugin]:
    return [
        Plugin(
            "loso",
            "bench_splits.subjects:LeaveOneSubjectOut",
            "Leave one subject out: each subject is the test set once.",
        ),
        Plugin("holdout", "bench_splits.subjects:Holdout", "One split: a share of the subjects is the test set."),
        Plugin(
            "subject-independent",
            "bench_splits.kfold:SubjectIndependent",
            "Stratified k-fold over subjects: test subjects are unseen.",
        ),
        Plugin(
            "stimulus-independent",
            "bench_splits.kfold:StimulusIndependent",
            "Stratified k-fold over stimuli: test stimuli are unseen.",
        ),
        Plugin(
            "subject-stimulus-independent",
            "bench_splits.crossed:SubjectStimulusIndependent",
            "Test windows are from unseen subjects and unseen stimuli.",
        ),
        Plugin(
            "kfold-trial",
            "bench_splits.kfold:TrialKFold",
            "K-fold over trials: subjects are in training and test sets.",
        ),
        Plugin(
            "kfold",
            "bench_splits.kfold:WindowKFold",
            "K-fold over random windows: neighbours of test windows are in the training set.",
        ),
        Plugin("from-file", "bench_splits.from_file:FromFile", "Published folds, from a CSV file."),
    ]
