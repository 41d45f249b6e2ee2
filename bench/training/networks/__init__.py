"""What networks are made of: branches in stages, exchanges, dropout, convolutions."""
