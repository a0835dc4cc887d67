"""[R5] A reaction is one emoji, and never something to read."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.reactions import MAX_CODE_POINTS, is_emoji

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
LONGEST_KISS = "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏿"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    "text",
    [
        "👍", "🎉", "😀", "🔥", "☕", "✅", "⭐", "♥", "❤", "❤\ufe0f", "☺\ufe0f", "©\ufe0f",
        "‼\ufe0f", "⁉\ufe0f", "↔\ufe0f", "⤴\ufe0f", "〰\ufe0f", "㊗\ufe0f", "ℹ\ufe0f", "▶\ufe0f",
        "◾",
    ],
)  # fmt: skip
def test_one_picture_is_an_emoji_with_and_without_its_style(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize("text", ["👍🏻", "👋🏽", "✊🏿", "☝🏼", "🕵🏾", "🧑🏽\u200d💻"])
def test_a_picture_may_have_a_tone_of_skin(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize("text", ["🇨🇭", "🇺🇳", "🏳\ufe0f\u200d🌈", "🏴\u200d☠\ufe0f", "🏴", ENGLAND])
def test_flags_are_emoji(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize("key", "0123456789#*")
def test_keys_are_emoji_but_what_stands_on_them_is_not(key: str) -> None:
    assert is_emoji(f"{key}\ufe0f\u20e3")
    assert is_emoji(f"{key}\u20e3")
    assert not is_emoji(key)
    assert not is_emoji(f"{key}\ufe0f")


@pytest.mark.parametrize(
    "text",
    [FAMILY, LONGEST_KISS, "👩\u200d🚀", "🐻\u200d❄\ufe0f", "🙂\u200d↔\ufe0f", "🏋🏽\u200d♂\ufe0f"],
)
def test_joined_pictures_are_one_emoji(text: str) -> None:
    assert is_emoji(text)


def test_a_picture_that_this_python_does_not_know_yet_is_an_emoji() -> None:
    """Phones learn new ones before servers do."""
    later = next(
        char for char in map(chr, range(0x1FAFF, 0x1FA00, -1)) if unicodedata.category(char) == "Cn"
    )
    assert is_emoji(later)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\t", "\n", "\u00a0", "\u200b", "\u2800\u2800", "\x00",
        "a", "Z", "ß", "ж", "中", "あ", "ا", "ok", "<b>", "&", "!", "+", "€", "^", "½", "٣", "42",
        ":-)", "\ufffd", "\ufffc", "\ue000",
    ],
)  # fmt: skip
def test_text_is_no_emoji(text: str) -> None:
    assert not is_emoji(text)


@pytest.mark.parametrize(
    "text", ["👍a", "a👍", "👍 ", " 👍", "👍\n", "👍!", "👍\u200da", "👍\u0301"]
)
def test_text_beside_an_emoji_is_refused(text: str) -> None:
    assert not is_emoji(text)


@pytest.mark.parametrize(
    "text", ["\u202e", "\u202d\u202c", "\u2066\u2069", "\u200e", "\u061c", "\u202e👍", "👍\u202e"]
)
def test_what_turns_the_direction_of_text_is_refused(text: str) -> None:
    assert not is_emoji(text)


@pytest.mark.parametrize(
    "text",
    [
        "\u200d", "\ufe0f", "\ufe0e", "\u20e3", "🏽", "🇨", "🇨🇭🇩", "🇨a", "\U000e0067", "\u0301",
        "👍\u200d", "\u200d👍", "👍\u200d\u200d👍", "👍🏽🏽", "❤\ufe0f\ufe0f", "👍\u20e3",
        "❤\ufe0e", ENGLAND[:-1], "👍" + ENGLAND[1:], "🏴\U000e007f",
    ],
)  # fmt: skip
def test_parts_of_an_emoji_are_none(text: str) -> None:
    assert not is_emoji(text)


@pytest.mark.parametrize(
    "text", ["👍👍", "🇨🇭🇨🇭", "1\ufe0f\u20e32\ufe0f\u20e3", "👍" * 200, "a" * 200]
)
def test_it_is_one_and_no_more(text: str) -> None:
    assert not is_emoji(text)


def test_it_has_sixteen_code_points_at_most() -> None:
    joined = "\u200d".join("👍" * 8)
    assert len(joined) == MAX_CODE_POINTS - 1
    assert is_emoji(joined)
    assert is_emoji(joined + "\ufe0f")
    assert not is_emoji(joined + "\u200d👍")
    assert not is_emoji("\u200d".join("👍" * 200))


@given(
    emoji=st.sampled_from(
        ["👍", "👋🏽", "❤\ufe0f", "🇨🇭", "1\ufe0f\u20e3", FAMILY, LONGEST_KISS, ENGLAND]
    ),
    place=st.floats(0, 1),
    char=st.characters(categories=["L", "N", "P", "Z", "Cc", "Co", "Cs"]),
)
@settings(max_examples=300, deadline=None)
def test_an_emoji_with_anything_to_read_in_it_is_none(emoji: str, place: float, char: str) -> None:
    at = round(place * len(emoji))
    assert is_emoji(emoji)
    assert not is_emoji(emoji[:at] + char + emoji[at:])


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF)))
@settings(max_examples=300, deadline=None)
def test_of_the_letters_and_signs_of_europe_only_the_two_marks_of_law_are_emoji(text: str) -> None:
    assert not is_emoji(text) or text in "©®"
