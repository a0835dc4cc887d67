"""[P2] What others see of somebody, from what their connections say."""

import random

import pytest

from rooms.presence import (
    MOST_NAMED,
    NOTHING_TOLD,
    Mood,
    News,
    Phase,
    Shown,
    activity_of,
    merge_moods,
    merge_words,
    mood_of,
    news_for,
    phase_shown,
    told_of,
)

Crowd = dict[int, Shown]


@pytest.mark.parametrize(
    "moods, mood",
    [
        ([], "active"),
        (["active"], "active"),
        (["away"], "away"),
        (["away", "away"], "away"),
        (["away", "active"], "active"),
        (["active", "invisible"], "invisible"),
        (["away", "invisible", "active"], "invisible"),
    ],
)
def test_away_only_if_all_are_and_invisible_as_soon_as_one_is(
    moods: list[Mood], mood: Mood
) -> None:
    assert mood_of(moods) == mood
    assert merge_moods((7, m) for m in moods).get(7, "active") == mood


@pytest.mark.parametrize(
    "timer_runs, phases, activity",
    [
        (False, set(), "active"),
        (False, {None}, "active"),
        (True, {"break"}, "focusing"),
        (False, {"work", "break"}, "focusing"),
        (False, {None, "break"}, "break"),
    ],
)
def test_focusing_by_a_timer_or_a_room(
    timer_runs: bool, phases: set[Phase | None], activity: str
) -> None:
    assert activity_of(timer_runs=timer_runs, phases=phases) == activity


@pytest.mark.parametrize(
    "state, phase, shown",
    [
        ("idle", None, None),
        ("idle", "work", None),
        ("running", "work", "work"),
        ("paused", "work", "work"),
        ("running", "short_break", "break"),
        ("paused", "long_break", "break"),
    ],
)
def test_a_pause_belongs_to_its_phase(state: str, phase: str | None, shown: Phase | None) -> None:
    assert phase_shown(state, phase) == shown


def test_a_user_of_two_instances_is_counted_once_and_shown_at_their_busiest() -> None:
    here = [(1, "ada", "active"), (2, "bo", "break")]
    there = [(1, "ada", "focusing"), (2, "bo", "active"), (3, "cy", "focusing")]
    for said in ([here, there], [there, here]):
        assert merge_words(said, {}) == {  # type: ignore[arg-type]
            1: ("ada", "focusing"),
            2: ("bo", "break"),
            3: ("cy", "focusing"),
        }


def test_the_invisible_are_not_counted_and_the_away_are_shown_as_away() -> None:
    said = [[(1, "ada", "focusing"), (2, "bo", "focusing"), (3, "cy", "active")]]
    assert merge_words(said, {1: "invisible", 2: "away", 3: "active"}) == {  # type: ignore[arg-type]
        2: ("bo", "away"),
        3: ("cy", "active"),
    }


def crowd(count: int) -> Crowd:
    return {n: (f"u{n}", "active") for n in range(1, count + 1)}


def test_news_name_who_came_who_left_and_who_changed() -> None:
    told = told_of({1: ("ada", "active"), 2: ("bo", "active"), 3: ("cy", "away")})
    now: Crowd = {2: ("bo", "focusing"), 3: ("cy", "away"), 4: ("di", "active")}
    assert news_for(told, now) == News([4], [1], [2], 3)
    assert news_for(told_of(now), now) is None
    assert news_for(NOTHING_TOLD, {}) is None


def test_above_two_hundred_only_the_count_is_told() -> None:
    few, many = crowd(MOST_NAMED), crowd(MOST_NAMED + 1)
    assert news_for(told_of(few), many) == News([], [], [], MOST_NAMED + 1)
    renamed: Crowd = {**many, 1: ("u1", "away")}
    assert news_for(told_of(many), renamed) is None
    assert news_for(told_of(many), crowd(MOST_NAMED + 7)) == News([], [], [], MOST_NAMED + 7)
    back = news_for(told_of(many), few)
    assert back == News(sorted(few), [], [], MOST_NAMED)


@pytest.mark.parametrize("seed", range(20))
def test_a_client_that_follows_the_rule_has_what_there_is(seed: int) -> None:
    """Whoever applies all news, and keeps no names above 200, has the same at every step."""
    dice = random.Random(seed)
    present: Crowd = {}
    told = NOTHING_TOLD
    has: Crowd = {}
    for _ in range(60):
        for _ in range(dice.choice((1, 3, 40))):
            user_id = dice.randrange(1, 230)
            if dice.random() < 0.35:
                present.pop(user_id, None)
            else:
                present[user_id] = (f"u{user_id}", dice.choice(("active", "away", "focusing")))
        news = news_for(told, present)
        told = told_of(present)
        if news is None:
            continue
        if news.count > MOST_NAMED:
            has = {}
            continue
        for user_id in news.left:
            del has[user_id]
        has.update({user_id: present[user_id] for user_id in news.joined + news.changed})
        assert has == present
        assert news.count == len(present)
