"""Small plugins, recordings and windows that contract checks run with."""
