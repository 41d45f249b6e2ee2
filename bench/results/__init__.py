"""What a run leaves behind: one folder per cell, one per task, and the record that reproduces them."""
