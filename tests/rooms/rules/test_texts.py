"""What is written to people, in every language."""

from datetime import date
from string import Formatter

import pytest

from rooms.rules.account_letters import NEWS_KINDS, link_letter, news_letter
from rooms.rules.languages import LANGUAGES, Language
from rooms.rules.notices import KINDS, Week, digest_of, duration, notice_of
from rooms.rules.texts import TEXTS

WEEK = Week(date(2026, 3, 2), 3 * 3600 + 300, 1, 12, ("Early bird",), 4)


def fields_of(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def test_every_language_says_the_same_with_the_same_values() -> None:
    assert set(TEXTS) == set(LANGUAGES)
    english = TEXTS["en"]
    for language, texts in TEXTS.items():
        assert list(texts) == list(english), language
        for key, text in texts.items():
            assert fields_of(text) == fields_of(english[key]), (language, key)
            assert text == text.strip() != ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_words_for_all_that_is_written(language: Language) -> None:
    for data in ({}, {"name": "{x}", "days": 7, "description": "a\nb", "host": "x", "by": "bo"}):
        for kind in (*KINDS, "a_kind_of_tomorrow"):
            notice = notice_of(kind, data, language)
            assert notice.title
            assert notice.body
            assert "\n" not in notice.title
    for kind in NEWS_KINDS:
        assert news_letter(kind, "{detail}", language).title
    for link in ("reset", "verify", "change"):
        assert link_letter(link, "s3cret", language).path.endswith("#s3cret")  # type: ignore[arg-type]


def test_a_digest_in_german() -> None:
    notice = digest_of(WEEK, "de")
    assert notice.title == "Deine Woche: 3 Std. 05 Min. Fokus"
    assert notice.body.splitlines() == [
        "Fokuszeit: 3 Std. 05 Min. an 1 Tag",
        "Serie: 12 Tage",
        "Platz in der Rangliste aller: 4",
        "Neue Abzeichen: Early bird",
    ]
    assert duration(59, "de") == "0 Min."


def test_who_has_chosen_no_language_is_written_to_in_english() -> None:
    assert digest_of(WEEK, None) == digest_of(WEEK, "en")
