"""Networks and their training: the only part of the core that imports torch, loaded when a run needs it."""
