"""Models that are trained on permuted labels, in a worker."""
