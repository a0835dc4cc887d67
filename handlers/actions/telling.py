"""Which events a change of somebody's entries leaves behind, and who gets to read them."""

from collections.abc import Sequence

from handlers.messages.bulk import MOST_EVENTS, EntryBulk
from handlers.messages.common import to_json
from handlers.messages.entries import (
    EntryEvent,
    EntryRef,
    EntryView,
    TimerEvent,
    TimerGone,
    Tracker,
    entry_view,
)
from rooms import timer
from rooms.entry import Entry
from storage.channels import Draft
from storage.timers import LockedUser

_CLOSED = ("created", "edited", "deleted")


class Telling:
    """Who is told what of one user's changes: the user everything, a project what may be seen."""

    def __init__(self, user: LockedUser) -> None:
        self.user = user
        self.tracker = Tracker(id=user.id, username=user.username)
        self._views: dict[int, tuple[Entry, EntryView]] = {}
        self._events: dict[int, tuple[Entry, str]] = {}

    def view_of(self, entry: Entry) -> EntryView:
        kept = self._views.get(entry.id)
        if kept is None or kept[0] is not entry:
            kept = self._views[entry.id] = (entry, entry_view(entry))
        return kept[1]

    def events_of_all(self, changes: Sequence[timer.Change], reason: str) -> list[Draft]:
        """The events of a decision: one in place of many for closed entries, for that `reason`."""
        closed = [change.after for change in changes if change.kind in _CLOSED]
        many = len(closed) > MOST_EVENTS
        drafts = [
            draft
            for change in changes
            if not (many and change.kind in _CLOSED)
            for draft in self.events_of(change)
        ]
        if many:
            bulk = to_json(EntryBulk.of_entries(reason, closed))
            drafts.append(Draft(f"user:{self.user.id}", "entry:bulk", bulk))
        return drafts

    def events_of(self, change: timer.Change) -> list[Draft]:
        own = f"user:{self.user.id}"
        match change.kind:
            case "created" | "edited" | "deleted":
                name = {"created": "created", "edited": "updated", "deleted": "deleted"}
                data = to_json(EntryEvent(entry=self.view_of(change.after)))
                return [Draft(own, f"entry:{name[change.kind]}", data)]
            case "discarded":
                drafts = [Draft(own, "timer:discarded", self._gone(change.after))]
            case kind:
                name_of = "started" if kind == "reopened" else kind
                drafts = [Draft(own, f"timer:{name_of}", self._event(change.after))]
        return drafts + self._project_events(change)

    def _project_events(self, change: timer.Change) -> list[Draft]:
        """What readers of the projects concerned are told; nothing of who hides it [V2]."""
        if not self.user.show_activity:
            return []
        left = change.before.project_id if change.before is not None else None
        now_in = change.after.project_id
        drafts = []
        was_shown = change.before is not None and change.before.running
        if left is not None and was_shown and (left != now_in or change.kind == "discarded"):
            drafts.append(Draft(f"project:{left}", "timer:discarded", self._gone(change.after)))
        if now_in is not None and change.kind != "discarded":
            arrives = change.kind in ("started", "reopened") or left != now_in
            if change.after.running or left == now_in:
                name = "started" if arrives else change.kind
                drafts.append(
                    Draft(f"project:{now_in}", f"timer:{name}", self._shown(change.after))
                )
        return drafts

    def _event(self, entry: Entry) -> str:
        """Encoded once, for the user's channel and the project's."""
        kept = self._events.get(entry.id)
        if kept is None or kept[0] is not entry:
            text = to_json(TimerEvent(entry=self.view_of(entry), user=self.tracker))
            kept = self._events[entry.id] = (entry, text)
        return kept[1]

    def _shown(self, entry: Entry) -> str:
        if not self.user.hide_descriptions:
            return self._event(entry)
        return to_json(TimerEvent(entry=entry_view(entry, hidden=True), user=self.tracker))

    def _gone(self, entry: Entry) -> str:
        return to_json(TimerGone(entry=EntryRef(id=entry.id), user=self.tracker))
