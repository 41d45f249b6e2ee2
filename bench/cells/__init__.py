"""One row of the leaderboard: its description, its plugins, its content keys and its data."""
