"""The one catalogue of what is written to people outside the page: mails, and what is pushed.

A text is asked for by its key; what stands in braces is put in as it is. A test compares the
languages.
"""

from collections.abc import Mapping

from rooms.rules.languages import DEFAULT, Language
from rooms.rules.texts.de import DE
from rooms.rules.texts.en import EN

TEXTS: Mapping[Language, Mapping[str, str]] = {"en": EN, "de": DE}


def text(language: Language | None, key: str, **values: object) -> str:
    """The text of this key; English for who has chosen no language."""
    return TEXTS[language or DEFAULT][key].format(**values)


def counted(language: Language | None, key: str, number: int) -> str:
    """A number with its noun: the key `<key>.one` for one, else `<key>.other`."""
    return text(language, f"{key}.{'one' if number == 1 else 'other'}", number=number)
