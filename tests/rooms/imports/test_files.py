"""Tables and JSON that are read piece by piece, and what is told apart in them."""

import json
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.errors import Malformed
from rooms.imports.items import items
from rooms.imports.lines import Cells, Table, joined, parted
from rooms.imports.occurrences import Occurrences
from rooms.imports.ours import guarded, unguarded
from rooms.imports.row import Refused
from rooms.imports.survey import Survey

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def cut(text: str, at: list[int]) -> list[str]:
    """The text in pieces."""
    places = sorted({min(place, len(text)) for place in at} | {0, len(text)})
    return [text[a:b] for a, b in pairwise(places) if a < b]


@settings(max_examples=60, deadline=None)
@given(st.lists(JSON), st.lists(st.integers(0, 400)), st.sampled_from([None, 1]))
def test_an_array_is_read_whatever_pieces_it_comes_in(
    values: list[Any], at: list[int], indent: int | None
) -> None:
    text = json.dumps(values, indent=indent)
    found = list(items(cut(text, at)))
    assert [item.value for item in found] == values
    lines = text.split("\n")
    for item in found if indent else []:
        assert lines[item.line - 1].strip()[0] == json.dumps(item.value)[0]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(), JSON), st.lists(st.integers(0, 400)))
def test_an_object_is_read_field_by_field(fields: dict[str, Any], at: list[int]) -> None:
    found = list(items(cut(json.dumps(fields), at)))
    expected = [
        (name, value)
        for name, field in fields.items()
        for value in (field if isinstance(field, list) else [field])
    ]
    assert [(item.section, item.value) for item in found] == expected


@pytest.mark.parametrize(
    "text",
    ["", "1", '"x"', "[", "[1", "[1,]", "[1 2]", "[1]]", "[NaN]", "{1: 2}", '{"a" 1}', '{"a": 1,}',
     "[" * 100_000, '["' + "x" * 10, "[-]", "[1e]", "[" + "1" * 5000 + "]"],
)  # fmt: skip
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="line 1"):
        list(items([text]))


def test_the_line_that_is_no_json_is_told() -> None:
    with pytest.raises(Malformed, match="line 3"):
        list(items(["[\n1,\n", "x]"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=3), max_size=40))
def test_likenesses_are_counted_as_by_a_dictionary(groups: list[list[bytes]]) -> None:
    likenesses = [likeness for group in groups for likeness in group * 2]
    table, expected = Occurrences(len(likenesses)), Counter[bytes]()
    for likeness in likenesses:
        same = likeness[:8]
        assert table.count(likeness) == expected[same]
        expected[same] += 1


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_what_is_guarded_comes_back_and_is_no_formula(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


TAG = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1).filter(
    lambda tag: tag == tag.strip()
)


@settings(max_examples=60, deadline=None)
@given(st.lists(TAG))
def test_tags_come_back_from_one_cell(tags: list[str]) -> None:
    assert parted(joined(tags)) == tags


def test_rows_know_their_line_behind_cells_of_several_lines() -> None:
    """Also in a table that is parted by semicolons, and begins late."""
    text = '\n\nA;"B"\n1;"x\ny"\n\n2;z;\n3;4;5\n6;"open\n'
    found = list(Table(text.splitlines(keepends=True)))
    assert found[0] == Cells(4, {"a": "1", "b": "x\ny"})
    assert found[1] == Cells(7, {"a": "2", "b": "z"})
    assert found[2] == Refused(8, "it has 3 cells, for 2 columns")
    assert [row.line for row in found] == [4, 7, 8, 9]


def test_a_cell_without_end_is_refused_and_the_rest_is_read() -> None:
    lines = ["a,b\n", '1,"' + "x" * 90_000 + "\n", "y" * 90_000 + "\n", "2,3\n"]
    found = list(Table(lines))
    assert isinstance(found[0], Refused)
    assert found[0].line == 2
    assert found[-1] == Cells(4, {"a": "2", "b": "3"})


def test_two_projects_of_one_name_get_two_names() -> None:
    survey = Survey()
    for name, group in [("Site", "North"), ("Site", "South"), ("Atlas", "9"), ("Atlas", "10")]:
        survey.note_project(name, group)
    names = [
        survey.name_of(*one)
        for one in [("Site", "North"), ("Site", "South"), ("Atlas", "9"), ("Atlas", "10")]
    ]
    assert names == ["Site", "Site (South)", "Atlas", "Atlas (2)"]
    survey.note_project("x" * 80, "1")
    survey.note_project("x" * 80, "2")
    assert len(survey.name_of("x" * 80, "2")) == 80
