"""Classifiers of feature vectors from scikit-learn, and baselines that look only at who and when."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_models() -> list[Plugin]:
    return [
        Plugin("logistic", "bench_classical.classifiers:Logistic", "Logistic regression with an L2 penalty."),
        Plugin("svm", "bench_classical.classifiers:SupportVectors", "Support vector machine with an RBF kernel."),
        Plugin("forest", "bench_classical.classifiers:Forest", "Random forest."),
        Plugin("boosting", "bench_classical.classifiers:Boosting", "Gradient boosting of trees on histograms."),
        Plugin("knn", "bench_classical.classifiers:Neighbours", "Nearest neighbours."),
        *(Plugin(name, f"bench_classical.{where}", about, ("baseline",)) for name, where, about in BASELINES),
    ]


BASELINES = (
    ("majority", "frequencies:Majority", "Always the most frequent class of the training part."),
    ("prior", "frequencies:Prior", "Class frequencies of the training part as probabilities."),
    ("stratified", "frequencies:Stratified", "Random classes, drawn as often as they are in the training part."),
    ("always-positive", "frequencies:AlwaysPositive", "Always the positive class."),
    ("subject-identity", "identities:SubjectIdentity", "What the person's windows in the training part were."),
    ("trial-mean", "identities:TrialMean", "What the trial's windows in the training part were."),
    ("stimulus-mean", "identities:StimulusMean", "What windows with the same stimulus in the training part were."),
    ("time-in-session", "sessions:TimeInSession", "What windows at a similar time of their session were."),
)
