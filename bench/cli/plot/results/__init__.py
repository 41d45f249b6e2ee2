"""`bench plot comparison` and others: stored or published results as pictures for papers; one file per command."""
