"""Lines of a calendar (RFC 5545)."""

from hypothesis import given
from hypothesis import strategies as st

from rooms.calendar import escaped, folded


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_a_folded_line_is_the_same_when_it_is_unfolded(line: str) -> None:
    """At most 75 octets without the line break, and whole characters."""
    text = folded(line)
    assert text.endswith("\r\n")
    assert max(len(part.encode()) for part in text.split("\r\n")) <= 75
    assert text.replace("\r\n ", "").removesuffix("\r\n") == line


def test_a_text_has_no_line_breaks_nor_separators_of_its_own() -> None:
    assert escaped("a\\b;c,d\r\ne\rf\x07") == "a\\\\b\\;c\\,d\\ne\\nf"
