"""The page knows built-in badges by the server's own English words."""

import re

from rooms.rules.badge_catalogue import CATALOGUE
from tests.support.product import ROOT

_TEXT = re.compile(r'^  "badge\.(name|how)\.(\w+)": "(.*)",$', re.MULTILINE)


def test_the_page_has_each_badge_as_the_server_has_it() -> None:
    source = (ROOT / "static/js/text/en/badges.js").read_text(encoding="utf-8")
    known = {(what, key): text for what, key, text in _TEXT.findall(source)}
    expected = {("name", badge.key): badge.name for badge in CATALOGUE}
    assert known == expected | {("how", badge.key): badge.description for badge in CATALOGUE}
