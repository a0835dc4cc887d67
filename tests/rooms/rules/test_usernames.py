"""Usernames that are made from names are ones that may be taken."""

import re
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.rules.usernames import usernames_of

TAKEN = re.compile(r"[a-zA-Z0-9_.-]{3,32}")


@pytest.mark.parametrize(
    "name, first",
    [
        ("Ada Lovelace", "ada-lovelace"),
        ("  José Ñandú ", "jose-nandu"),
        ("x", "user-x"),
        ("李小龍", "user"),
        ("", "user"),
        ("..--..", "user"),
        ("a" * 40, "a" * 32),
    ],
)
def test_the_first_one_reads_like_the_name(name: str, first: str) -> None:
    assert next(usernames_of(name)) == first


@given(st.text(max_size=90))
def test_whatever_the_name_is_they_are_valid_and_all_different(name: str) -> None:
    found = list(islice(usernames_of(name), 120))
    assert all(TAKEN.fullmatch(one) for one in found)
    assert len(set(found)) == len(found)
