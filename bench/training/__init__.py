"""Networks and their training: the engine that trains many at once. Imports torch."""
