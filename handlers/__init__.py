"""What reacts to a message: `actions` are the use cases, `http`, `socket` and `jobs` the doors."""
