"""Results that others can read: files, checks, and what is submitted to a leaderboard."""
