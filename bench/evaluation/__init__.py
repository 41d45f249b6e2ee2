"""Cells and tasks: what is compared, who is held out, what is fitted, and how it scored."""
