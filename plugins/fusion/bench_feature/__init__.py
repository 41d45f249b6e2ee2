"""Feature-level fusion: embeddings are concatenated before the head."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_fusions() -> list[Plugin]:
    about = "Joins the embeddings of all branches before a common head; nothing is exchanged earlier."
    return [Plugin("feature", "bench_feature.feature:Feature", about, ("default",))]
