"""The version that a caller has of something, by `If-Match`."""

from handlers.http.call import Call
from rooms.errors import Invalid


def if_match(call: Call) -> int | None:
    """The version that the caller has; None if any will do. Raises Invalid for another form."""
    text = call.request.headers.get("If-Match")
    if text is None or text.strip() == "*":
        return None
    number = text.strip().removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdecimal() and 0 < len(number) <= 9):
        raise Invalid.field("If-Match", "must be the version in quotes")
    return int(number)
