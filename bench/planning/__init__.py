"""From a grid to cells, folds and tasks."""
