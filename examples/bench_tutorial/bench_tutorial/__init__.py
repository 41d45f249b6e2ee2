"""An example of a plugin package. `hooks` announces its plugins."""
