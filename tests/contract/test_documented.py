"""Everything that the server says has the shape that its documents give it.

Each answer, ack and event that any test here meets is held against the documents as it comes
(tests/support/schemas.py), and a whole run fails that leaves one of them out (tests/conftest.py).
Here: that this notices what does not fit.
"""

from typing import Any

import pytest

from tests.support import schemas
from tests.support.product import Person

ENVELOPE = {"channel": "user:1", "epoch": "e", "seq": 1, "at": "2026-11-21T08:00:00.000Z"}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"entry": {"id": "1"}, "user": {"id": 1, "username": "ada"}},
        {"entry": {"id": 1}, "user": {"id": 1, "username": "ada"}, "more": 1},
    ],
    ids=["nothing", "another type", "a field too many"],
)
def test_an_event_of_another_shape_is_noticed(data: dict[str, Any]) -> None:
    schemas.check_event("timer:discarded", {**ENVELOPE, "data": data})
    assert schemas.faults.pop(0).startswith("timer:discarded")
    schemas.faults.clear()


def test_an_unknown_event_is_noticed() -> None:
    schemas.check_event("timer:exploded", ENVELOPE)
    assert schemas.faults.pop() == "timer:exploded is not documented"
    schemas.sent.discard("timer:exploded")


async def test_an_answer_of_another_shape_is_noticed(ada: Person) -> None:
    right = await ada.get("/users/me")
    schemas.check_answer("GET", "/api/users/me", 200, {**right, "id": "one"})
    assert len(schemas.faults) == 1
    schemas.faults.clear()
    schemas.check_answer("GET", "/api/users/me", 418, {})
    assert schemas.faults.pop() == "GET /api/users/me: 418 is not documented"
    schemas.answered.discard(("read_profile", 418))


def test_every_example_fits_its_schema() -> None:
    """Of requests, answers and refusals, and of every event and ack."""
    wrong = list(schemas.faults_of_examples())
    assert wrong == []


def test_nothing_lacks_an_example() -> None:
    assert list(schemas.without_example()) == []
