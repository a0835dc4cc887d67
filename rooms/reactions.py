"""What may be sent as a reaction: one emoji, and nothing that can be read as text."""

import re
import unicodedata

MAX_CODE_POINTS = 16

# Emoji among the signs that Unicode does not call symbols of the kind "other" (So), or that stand
# where most such symbols are text.
_OTHERS = "©®‼⁉〰↔⤴⤵◽◾ℹ"

# A sequence of the kinds that `_kind_of` gives: a flag of two letters, a key of a keyboard, a flag
# with tags that name a region, or pictures that are joined, each with a style or a tone of skin.
_EMOJI = re.compile(r"RR|KV?C|F(?:T+E)|[PF]V?S?(?:J[PF]V?S?)*")


def is_emoji(text: str) -> bool:
    """Whether `text` is exactly one emoji, which may be several that are joined."""
    if not 1 <= len(text) <= MAX_CODE_POINTS:
        return False
    return _EMOJI.fullmatch("".join(map(_kind_of, text))) is not None


def _kind_of(char: str) -> str:
    """What a code point can be in an emoji, as one letter; "-" for those of plain text."""
    match char:
        case "\u200d":
            return "J"
        case "\ufe0f":
            return "V"
        case "\u20e3":
            return "C"
        case "\U0001f3f4":
            return "F"
        case "\U000e007f":
            return "E"
    if char in "0123456789#*":
        return "K"
    if "\U0001f1e6" <= char <= "\U0001f1ff":
        return "R"
    if "\U000e0020" <= char <= "\U000e007e":
        return "T"
    category = unicodedata.category(char)
    if category == "Sk":
        return "S" if "\U0001f3fb" <= char <= "\U0001f3ff" else "-"
    if char in _OTHERS:
        return "P"
    # What is not assigned among the pictures (Cn) is a picture of a later Unicode.
    if "\U0001f000" <= char <= "\U0001faff" and category in ("So", "Cn"):
        return "P"
    return "P" if "\u2000" <= char <= "\u3299" and category == "So" else "-"
