"""Tasks to executors and back, with progress, events and records."""
