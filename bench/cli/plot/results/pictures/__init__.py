"""What is drawn; the only modules of this folder that import matplotlib."""
