"""The domain: what a timer, an entry, a room, a streak or a board *is*.

Nothing in here waits, reads or writes anything, asks for the time or throws dice: state, command
and `now` come in as arguments, decisions go out as values. Only the standard library is imported,
and of it only what is pure; `tests/test_layout.py` holds us to that.
"""
