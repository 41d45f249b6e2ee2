"""Learning without labels: corpora, masked values, weights and their records."""
