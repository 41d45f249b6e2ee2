"""The leaderboard as Markdown and as one static page."""
