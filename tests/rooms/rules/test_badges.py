"""[B1] and [B3]: what badges ask for, how far one has come, and the badges there are."""

import json
import re
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.errors import Invalid
from rooms.rules.badge_catalogue import CATALOGUE, TIERS, BuiltIn
from rooms.rules.badges import (
    DEEPEST,
    METRICS,
    MOST_CONDITIONS,
    AllOf,
    AnyOf,
    AtLeast,
    Criteria,
    Metric,
    Progress,
    conditions,
    holds,
    needs,
    parse_criteria,
    progress,
)

TEN_HOURS = {"metric": "total_seconds", "gte": 36_000}
A_WEEK = {"metric": "streak_days", "gte": 7}
A_ROOM = {"metric": "rooms_joined", "gte": 1}

thorough = settings(max_examples=100, deadline=None)


def reached(**values: int) -> dict[Metric, int]:
    return {metric: values.get(metric, 0) for metric in METRICS}


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = TEN_HOURS
    for _ in range(depth):
        value = {"all": [value]}
    return value


def truth_of(value: dict[str, Any], metrics: dict[Metric, int]) -> bool:
    """The rule as it is written, on the JSON itself."""
    said = [metrics[value["metric"]] >= value["gte"]] if "metric" in value else []
    if "all" in value:
        said.append(all(truth_of(part, metrics) for part in value["all"]))
    if "any" in value:
        said.append(any(truth_of(part, metrics) for part in value["any"]))
    return all(said)


def objects(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    lists = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        st.fixed_dictionaries({"all": lists}, optional={"any": lists}),
        st.fixed_dictionaries({"any": lists}),
        st.builds(
            lambda leaf, part: {**leaf, **part}, LEAVES, st.fixed_dictionaries({"any": lists})
        ),
    )


LEAVES = st.fixed_dictionaries({"metric": st.sampled_from(METRICS), "gte": st.integers(1, 5)})
JSON_CRITERIA = st.recursive(LEAVES, objects, max_leaves=6).filter(
    lambda value: str(value).count("metric") <= MOST_CONDITIONS
)
VALUES = st.fixed_dictionaries({metric: st.integers(0, 6) for metric in METRICS})


class TestCriteria:
    def test_one_condition(self) -> None:
        """[B1]"""
        assert parse_criteria(TEN_HOURS) == AtLeast("total_seconds", 36_000)

    def test_lists_may_lie_within_lists(self) -> None:
        """[B1]"""
        value = {"all": [TEN_HOURS, {"any": [A_WEEK, A_ROOM]}]}
        assert parse_criteria(value) == AllOf(
            (
                AtLeast("total_seconds", 36_000),
                AnyOf((AtLeast("streak_days", 7), AtLeast("rooms_joined", 1))),
            )
        )

    def test_a_condition_beside_a_list_must_hold_as_well(self) -> None:
        """[B1]"""
        criteria = parse_criteria({**TEN_HOURS, "any": [A_WEEK, A_ROOM]})
        assert holds(criteria, reached(total_seconds=36_000, rooms_joined=1))
        assert not holds(criteria, reached(total_seconds=36_000))
        assert not holds(criteria, reached(rooms_joined=1))

    @pytest.mark.parametrize(
        "value, place",
        [
            (None, "criteria"),
            ([], "criteria"),
            ({}, "criteria"),
            ({"metric": "karma", "gte": 1}, "criteria.metric"),
            ({"metric": ["entries"], "gte": 1}, "criteria.metric"),
            ({"gte": 1}, "criteria.metric"),
            ({"metric": "entries"}, "criteria.gte"),
            ({"metric": "entries", "gte": 0}, "criteria.gte"),
            ({"metric": "entries", "gte": True}, "criteria.gte"),
            ({"metric": "entries", "gte": 1.5}, "criteria.gte"),
            ({"metric": "entries", "gte": "1"}, "criteria.gte"),
            ({"metric": "entries", "gte": 2**53}, "criteria.gte"),
            ({"metric": "entries", "gte": 1, "lte": 5}, "criteria.lte"),
            ({"all": []}, "criteria.all"),
            ({"all": TEN_HOURS}, "criteria.all"),
            ({"any": [TEN_HOURS, {"metric": "x", "gte": 1}]}, "criteria.any[1].metric"),
            ({"any": [{"all": [A_ROOM, 5]}]}, "criteria.any[0].all[1]"),
            ({"any": [A_ROOM] * (MOST_CONDITIONS + 1)}, "criteria.any"),
            ({**A_ROOM, "any": [A_ROOM] * MOST_CONDITIONS}, "criteria"),
            (nested(DEEPEST + 1), "criteria" + ".all[0]" * DEEPEST + ".all"),
            (nested(900), "criteria" + ".all[0]" * DEEPEST + ".all"),
        ],
    )
    def test_what_is_none_is_refused_with_its_place(self, value: Any, place: str) -> None:
        """[B1] When the badge is saved."""
        with pytest.raises(Invalid) as refusal:
            parse_criteria(value)
        assert [field for field, _ in refusal.value.errors] == [place]

    def test_as_much_as_is_allowed_is_taken(self) -> None:
        assert needs(parse_criteria(nested(DEEPEST))) == {"total_seconds"}
        many = parse_criteria({"any": [A_ROOM] * MOST_CONDITIONS})
        assert len(list(conditions(many))) == MOST_CONDITIONS

    @thorough
    @given(JSON_CRITERIA, VALUES)
    def test_they_hold_as_they_are_written(
        self, value: dict[str, Any], metrics: dict[Metric, int]
    ) -> None:
        """[B1]"""
        assert holds(parsed(value), metrics) == truth_of(value, metrics)

    @thorough
    @given(JSON_CRITERIA, VALUES)
    def test_they_look_at_nothing_but_what_they_need(
        self, value: dict[str, Any], metrics: dict[Metric, int]
    ) -> None:
        criteria = parsed(value)
        some = {metric: metrics[metric] for metric in needs(criteria)}
        assert holds(criteria, some) == holds(criteria, metrics)

    @thorough
    @given(JSON_CRITERIA, VALUES, st.sampled_from(METRICS))
    def test_more_never_loses_a_badge(
        self, value: dict[str, Any], metrics: dict[Metric, int], metric: Metric
    ) -> None:
        """[B1]"""
        criteria, more = parsed(value), {**metrics, metric: metrics[metric] + 1}
        assert holds(criteria, more) >= holds(criteria, metrics)
        assert progress(criteria, more).share >= progress(criteria, metrics).share


def parsed(value: dict[str, Any]) -> Criteria:
    """Through JSON, as they are stored; those that are too deep are made less so."""
    try:
        return parse_criteria(json.loads(json.dumps(value)))
    except Invalid:
        return parsed(next(iter(value.get("all") or value["any"])))


class TestProgress:
    def test_it_is_the_part_of_the_target(self) -> None:
        criteria = parse_criteria(TEN_HOURS)
        found = progress(criteria, reached(total_seconds=9000))
        assert found == Progress(0.25, "total_seconds", 9000, 36_000)

    def test_it_ends_at_one(self) -> None:
        assert progress(parse_criteria(A_ROOM), reached(rooms_joined=9)).share == 1

    def test_of_all_it_is_the_hindmost_and_of_any_the_foremost(self) -> None:
        metrics = reached(total_seconds=18_000, streak_days=1)
        both = [TEN_HOURS, A_WEEK]
        assert progress(parse_criteria({"all": both}), metrics) == (1 / 7, "streak_days", 1, 7)
        assert progress(parse_criteria({"any": both}), metrics).metric == "total_seconds"

    def test_almost_is_not_there(self) -> None:
        criteria = AtLeast("total_seconds", 2**53 - 1)
        assert progress(criteria, reached(total_seconds=2**53 - 2)).share < 1

    @thorough
    @given(JSON_CRITERIA, VALUES)
    def test_it_is_whole_exactly_if_the_criteria_hold(
        self, value: dict[str, Any], metrics: dict[Metric, int]
    ) -> None:
        criteria = parsed(value)
        found = progress(criteria, metrics)
        assert 0 <= found.share <= 1
        assert (found.share == 1) == holds(criteria, metrics)


class TestCatalogue:
    def test_the_promised_keys_are_there(self) -> None:
        """[B3]"""
        promised = """
            first_entry project_10h hours_10 hours_100 hours_1000 streak_1 streak_3 streak_7
            streak_30 streak_100 early_bird night_owl entries_20 entries_500 first_room host_10
        """
        assert set(promised.split()) <= {badge.key for badge in CATALOGUE}

    def test_keys_and_names_are_nobody_elses(self) -> None:
        assert len({badge.key for badge in CATALOGUE}) == len(CATALOGUE)
        assert len({badge.name for badge in CATALOGUE}) == len(CATALOGUE)

    @pytest.mark.parametrize("badge", CATALOGUE, ids=lambda badge: badge.key)
    def test_each_could_be_saved(self, badge: BuiltIn) -> None:
        """[B1]"""
        parse_criteria(json.loads(json.dumps(badge.criteria)))
        assert re.fullmatch("[a-z0-9_]{1,60}", badge.key)
        assert 1 <= len(badge.name) <= 80
        assert 1 <= len(badge.description) <= 500
        assert (badge.family is None) == (badge.tier is None)

    def test_the_tiers_of_a_family_ask_for_more_and_more(self) -> None:
        """[B3]"""
        families = defaultdict(list)
        for badge in CATALOGUE:
            if badge.family is not None:
                assert isinstance(badge.tier, str)
                families[badge.family].append(badge)
        assert "streak" in families
        for badges in families.values():
            assert [badge.tier for badge in badges] == list(TIERS)
            targets = [badge.criteria["gte"] for badge in badges]
            assert targets == sorted(set(targets))
            assert len({badge.criteria["metric"] for badge in badges}) == 1

    def test_the_first_streaks_are_bronze_silver_and_gold(self) -> None:
        """[B3]"""
        tiers = {badge.key: badge.tier for badge in CATALOGUE}
        found = [tiers["streak_1"], tiers["streak_3"], tiers["streak_7"]]
        assert found == ["bronze", "silver", "gold"]

    def test_whoever_does_nothing_has_none(self) -> None:
        for badge in CATALOGUE:
            assert not holds(parse_criteria(badge.criteria), reached())
