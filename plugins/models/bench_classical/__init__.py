"""Classifiers and regressions of feature vectors, and baselines that look only at who and when."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_models() -> list[Plugin]:
    return [
        Plugin("logistic", "bench_classical.classifiers:Logistic", "Logistic regression with an L2 penalty."),
        Plugin("svm", "bench_classical.classifiers:SupportVectors", "Support vector machine with an RBF kernel."),
        Plugin("forest", "bench_classical.classifiers:Forest", "Random forest."),
        Plugin("boosting", "bench_classical.classifiers:Boosting", "Gradient boosting of trees on histograms."),
        Plugin("knn", "bench_classical.classifiers:Neighbours", "Nearest neighbours."),
        Plugin(
            "linear",
            "bench_classical.regressors:Linear",
            "Multiple linear regression, for targets that are numbers.",
        ),
        Plugin(
            "svr",
            "bench_classical.regressors:SupportVectorRegression",
            "Support vector regression with an RBF kernel, for targets that are numbers.",
        ),
        *(Plugin(name, f"bench_classical.{where}", about, ("baseline",)) for name, where, about in BASELINES),
    ]


BASELINES = (
    ("majority", "frequencies:Majority", "Always the most frequent class of the training part."),
    ("prior", "frequencies:Prior", "Class frequencies of the training part as probabilities."),
    ("stratified", "frequencies:Stratified", "Random classes, drawn as often as they are in the training part."),
    ("always-positive", "frequencies:AlwaysPositive", "Always the positive class."),
    ("mean", "frequencies:Mean", "Always the mean of the training part, of targets that are numbers."),
    ("subject-identity", "identities:SubjectIdentity", "What the person's windows in the training part were."),
    ("trial-mean", "identities:TrialMean", "What the trial's windows in the training part were."),
    ("stimulus-mean", "identities:StimulusMean", "What windows with the same stimulus in the training part were."),
    ("time-in-session", "sessions:TimeInSession", "What windows at a similar time of their session were."),
)
