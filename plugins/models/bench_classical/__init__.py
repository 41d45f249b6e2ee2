"""Classifiers and regressors of feature vectors, and trivial baselines that use only the index."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_models() -> list[Plugin]:
    return [
        Plugin("logistic", "bench_classical.classifiers:Logistic", "Logistic regression with an L2 penalty."),
        Plugin("svm", "bench_classical.classifiers:SupportVectors", "Support vector machine with an RBF kernel."),
        Plugin("forest", "bench_classical.classifiers:Forest", "Random forest."),
        Plugin("boosting", "bench_classical.classifiers:Boosting", "Gradient boosting of trees on histograms."),
        Plugin("knn", "bench_classical.classifiers:Neighbours", "k nearest neighbours."),
        Plugin(
            "linear",
            "bench_classical.regressors:Linear",
            "Multiple linear regression.",
        ),
        Plugin(
            "svr",
            "bench_classical.regressors:SupportVectorRegression",
            "Support vector regression with an RBF kernel.",
        ),
        *(Plugin(name, f"bench_classical.{where}", about, ("baseline",)) for name, where, about in BASELINES),
    ]


BASELINES = (
    ("majority", "frequencies:Majority", "The most frequent class of the training part."),
    ("prior", "frequencies:Prior", "The class frequencies of the training part."),
    ("stratified", "frequencies:Stratified", "Random classes with the frequencies of the training part."),
    ("always-positive", "frequencies:AlwaysPositive", "The positive class."),
    ("mean", "frequencies:Mean", "The mean of the training part, for regression."),
    (
        "subject-identity",
        "identities:SubjectIdentity",
        "Class frequencies or mean of the subject in training.",
    ),
    ("trial-mean", "identities:TrialMean", "Class frequencies or mean of the trial in training."),
    ("stimulus-mean", "identities:StimulusMean", "Class frequencies or mean of the stimulus in training."),
    ("time-in-session", "sessions:TimeInSession", "Class frequencies or mean at a similar time of the session."),
    (
        "relative-time",
        "sessions:RelativeTime",
        "Class frequencies or mean at a similar share of the session.",
    ),
    ("trial-order", "identities:TrialOrder", "Class frequencies or mean of trials at the same place of the session."),
)
