"""What printed results imply and exclude, without any data. Every function allows for rounding."""
