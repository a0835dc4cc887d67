"""Counting how often each of many likenesses has come, in little memory.

Identical lines of a file are told apart by their number, and a file may have two million lines. A
dictionary of them would weigh many times what the file does; two flat arrays weigh 12 bytes a slot.
"""

from array import array


class Occurrences:
    """Room for `most` likenesses; a hash table with open addressing, never more than half full."""

    def __init__(self, most: int) -> None:
        size = 1 << (2 * most + 1).bit_length()
        self._mask = size - 1
        self._known = array("Q", bytes(8 * size))
        self._counts = array("I", bytes(4 * size))

    def count(self, likeness: bytes) -> int:
        """How often it has come before. Likenesses are hashes, so eight bytes tell them apart."""
        value = int.from_bytes(likeness[:8]) or 1
        known, place = self._known, value & self._mask
        while known[place] not in (0, value):
            place = (place + 1) & self._mask
        known[place] = value
        before: int = self._counts[place]
        self._counts[place] = before + 1
        return before
