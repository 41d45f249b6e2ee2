"""The trials of nested searches, kept by the harness."""
