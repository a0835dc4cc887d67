"""Hours of everything at once, and whether anything grows by it."""
