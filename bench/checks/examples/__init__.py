"""Small plugins, recordings and windows for the checks."""
