"""Rules that are not tied to a live room: days and sums, streaks, badges, boards."""
