"""The languages that FocusHub speaks: those of the page, and of what is written to people."""

from typing import Literal

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = ("en", "de")
DEFAULT: Language = "en"
