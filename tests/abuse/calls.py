"""Every call and every event, with the ids of somebody else: the table of `test_foreign_ids.py`.

A call that is new is missing here, and the test says so. Where it takes the id of anything, write
how it is asked for the victim's, and what outsiders and a viewer of the victim's project get;
where it takes none, put it with those that are only one's own.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Probe:
    """One way to ask for what is the victim's: path or event, body or payload.

    `outsider` is the status that strangers and former members get, `viewer` that of somebody who
    may read the victim's project; None where that is the viewer's right, and told elsewhere.
    """

    path: str
    body: Any = None
    outsider: int = 404
    viewer: int | None = 404


def probe(path: str, body: Any = None, outsider: int = 404, viewer: int | None = 404) -> Probe:
    return Probe(path, body, outsider, viewer)


Call = tuple[str, str]
_P, _E, _R, _W = (
    "/projects/{project}",
    "/time-entries/{entry}",
    "/rooms/{slug}",
    "/webhooks/{webhook}",
)
_BOTH = {"ids": ["{entry}", "{other}"]}
_MINE = {"start_time": "2026-03-02T08:00:00Z", "end_time": "2026-03-02T09:00:00Z"}
_MARK = {"name": "taken over"}
_HOOK = {"url": "https://attacker.example", "events": ["*"]}

PROBES: dict[Call, list[Probe]] = {
    ("DELETE", "/auth/logins/{login_id}"): [probe("/auth/logins/{login}")],
    ("DELETE", "/auth/tokens/{token_id}"): [probe("/auth/tokens/{token}")],
    ("GET", "/projects/{project_id}"): [probe(_P, viewer=None)],
    ("PATCH", "/projects/{project_id}"): [
        probe(_P, _MARK, viewer=403), probe(_P, {"archived": True}, viewer=403)],
    ("DELETE", "/projects/{project_id}"): [probe(_P, viewer=403)],
    ("PUT", "/projects/{project_id}/visibility"): [
        probe(f"{_P}/visibility", {"visibility": "public"}, viewer=403)],
    ("GET", "/projects/{project_id}/members"): [probe(f"{_P}/members", viewer=None)],
    ("POST", "/projects/{project_id}/members"): [
        probe(f"{_P}/members", {"user_id": "{me}", "role": "admin"}, viewer=403)],
    ("PATCH", "/projects/{project_id}/members/{user_id}"): [
        probe(f"{_P}/members/{{user}}", {"role": "viewer"}, viewer=403),
        probe(f"{_P}/members/{{me}}", {"role": "owner"}, viewer=403)],
    ("DELETE", "/projects/{project_id}/members/{user_id}"): [
        probe(f"{_P}/members/{{user}}", viewer=403)],
    ("POST", "/projects/{project_id}/leave"): [probe(f"{_P}/leave", viewer=None)],
    ("POST", "/projects/{project_id}/transfer"): [
        probe(f"{_P}/transfer", {"user_id": "{me}"}, viewer=403)],
    ("POST", "/projects/{project_id}/join"): [probe(f"{_P}/join", viewer=None)],
    ("POST", "/projects/{project_id}/invites"): [
        probe(f"{_P}/invites", {"role": "admin"}, viewer=403)],
    ("POST", "/invites/{code}/accept"): [probe("/invites/{code}/accept")],
    ("POST", "/time-entries"): [
        probe("/time-entries", {"project_id": "{project}"}, viewer=403),
        probe("/time-entries", {"project_id": "{project}", **_MINE}, viewer=403)],
    ("PUT", "/time-entries/{entry_id}/end"): [
        probe("/time-entries/{running}/end"), probe(f"{_E}/end")],
    ("GET", "/time-entries"): [
        probe("/time-entries?project_id={project}", outsider=200, viewer=200)],
    ("GET", "/time-entries/{entry_id}"): [probe(_E), probe("/time-entries/{running}")],
    ("PATCH", "/time-entries/{entry_id}"): [
        probe(_E, {"description": "x"}), probe("/time-entries/{own}", {"project_id": "{project}"},
        viewer=403)],
    ("DELETE", "/time-entries/{entry_id}"): [probe(_E), probe("/time-entries/{running}")],
    ("POST", "/time-entries/{entry_id}/restore"): [probe("/time-entries/{deleted}/restore")],
    ("POST", "/time-entries/{entry_id}/resolve"): [
        probe("/time-entries/{running}/resolve", {"action": "discard"})],
    ("POST", "/time-entries/{entry_id}/split"): [probe(f"{_E}/split", {"at": "{half_past}"})],
    ("POST", "/time-entries/merge"): [
        probe("/time-entries/merge", _BOTH),
        probe("/time-entries/merge", {"ids": ["{own}", "{entry}"]}),
        probe("/time-entries/merge", {"ids": ["{own}", "{own_too}"], "gaps": "include",
        "project_id": "{project}"}, viewer=403)],
    ("POST", "/time-entries/{entry_id}/duplicate"): [probe(f"{_E}/duplicate", {})],
    ("POST", "/time-entries/bulk"): [
        probe("/time-entries/bulk", {**_BOTH, "delete": True}),
        probe("/time-entries/bulk", {"ids": ["{own}", "{entry}"], "edit": {"description": "x"}}),
        probe("/time-entries/bulk", {"ids": ["{deleted}"], "restore": True}),
        probe("/time-entries/bulk", {"ids": ["{own}"], "edit": {"project_id": "{project}"}},
        viewer=403)],
    ("GET", "/reports/summary"): [
        probe("/reports/summary?group_by=day&project_id={project}", outsider=200, viewer=200)],
    ("GET", "/export/time-entries"): [
        probe("/export/time-entries?format=json&project_id={project}", outsider=200, viewer=200)],
    ("GET", "/import/{import_id}"): [probe("/import/{import}")],
    ("DELETE", "/import/{import_id}"): [probe("/import/{import}")],
    ("GET", "/calendar/{secret}.ics"): [probe("/calendar/{calendar}.ics")],
    ("POST", "/rooms"): [
        probe("/rooms", {**_MARK, "project_id": "{project}", "visibility": "project"}, viewer=403)],
    ("GET", "/rooms"): [probe("/rooms?project_id={project}", outsider=200, viewer=None)],
    ("GET", "/rooms/{slug}"): [probe(_R, viewer=None)],
    ("PATCH", "/rooms/{slug}"): [probe(_R, _MARK, viewer=403)],
    ("DELETE", "/rooms/{slug}"): [probe(_R, viewer=403)],
    ("GET", "/rooms/{slug}/history"): [probe(f"{_R}/history", viewer=None)],
    ("GET", "/leaderboard"): [
        probe("/leaderboard?scope=project:{project}", viewer=None),
        probe("/leaderboard?scope=room:{room}", viewer=None)],
    ("GET", "/leaderboard/me"): [
        probe("/leaderboard/me?scope=project:{project}", viewer=None),
        probe("/leaderboard/me?scope=room:{room}", viewer=None)],
    ("PUT", "/users/{user_id}/follow"): [probe("/users/{user}/follow", outsider=200, viewer=200)],
    ("GET", "/users/{user_id}/follow"): [probe("/users/{user}/follow", outsider=200, viewer=200)],
    ("DELETE", "/users/{user_id}/follow"): [
        probe("/users/{user}/follow", outsider=204, viewer=204)],
    ("POST", "/notifications/read"): [
        probe("/notifications/read", {"ids": ["{notification}"]}, outsider=200, viewer=200)],
    ("DELETE", "/push/subscriptions"): [
        probe("/push/subscriptions", {"endpoint": "{endpoint}"})],
    ("DELETE", "/push/subscriptions/{subscription_id}"): [
        probe("/push/subscriptions/{subscription}")],
    ("POST", "/webhooks"): [probe("/webhooks", {**_HOOK, "project_id": "{project}"}, viewer=403)],
    ("GET", "/webhooks/{webhook_id}"): [probe(_W)],
    ("PATCH", "/webhooks/{webhook_id}"): [probe(_W, _HOOK)],
    ("DELETE", "/webhooks/{webhook_id}"): [probe(_W)],
    ("POST", "/webhooks/{webhook_id}/secret"): [probe(f"{_W}/secret")],
    ("POST", "/webhooks/{webhook_id}/test"): [probe(f"{_W}/test")],
    ("GET", "/webhooks/{webhook_id}/deliveries"): [probe(f"{_W}/deliveries")],
    ("GET", "/webhooks/{webhook_id}/deliveries/{delivery_id}"): [
        probe(f"{_W}/deliveries/{{delivery}}")],
    ("POST", "/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver"): [
        probe(f"{_W}/deliveries/{{delivery}}/redeliver")],
    ("GET", "/users/{user_id}/profile"): [probe("/users/{user}/profile")],
    ("GET", "/users/{user_id}/badges"): [probe("/users/{user}/badges")],
    ("GET", "/users/{user_id}/activity"): [probe("/users/{user}/activity")],
    ("GET", "/users/{user_id}/timeline"): [probe("/users/{user}/timeline")],
    ("POST", "/focus-session"): [
        probe("/focus-session", {"duration": 5, "timestamp": "{half_past}", "userId": "{user}"},
        outsider=403, viewer=403)],
    ("PUT", "/badges/{badge_id}/image"): [probe("/badges/1/image", outsider=403, viewer=403)],
    ("DELETE", "/badges/{badge_id}/image"): [probe("/badges/1/image", outsider=403, viewer=403)],
    ("POST", "/badges"): [probe("/badges", {}, outsider=403, viewer=403)],
    ("PATCH", "/badges/{badge_id}"): [probe("/badges/1", {}, outsider=403, viewer=403)],
    ("DELETE", "/badges/{badge_id}"): [probe("/badges/1", outsider=403, viewer=403)],
    ("GET", "/admin/users"): [probe("/admin/users?q={user}", outsider=403, viewer=403)],
    ("GET", "/admin/users/{user_id}"): [probe("/admin/users/{user}", outsider=403, viewer=403)],
    ("PATCH", "/admin/users/{user_id}"): [
        probe("/admin/users/{user}", {"role": "admin"}, outsider=403, viewer=403),
        probe("/admin/users/{me}", {"role": "admin"}, outsider=403, viewer=403)],
    ("DELETE", "/admin/users/{user_id}"): [probe("/admin/users/{user}", outsider=403, viewer=403)],
    ("POST", "/admin/users/{user_id}/suspend"): [
        probe("/admin/users/{user}/suspend", {}, outsider=403, viewer=403)],
    ("POST", "/admin/users/{user_id}/restore"): [
        probe("/admin/users/{user}/restore", outsider=403, viewer=403)],
    ("GET", "/admin/log"): [probe("/admin/log?user_id={user}", outsider=403, viewer=403)],
    ("GET", "/admin/server"): [probe("/admin/server", outsider=403, viewer=403)],
}  # fmt: skip

# They take no id, and read what is the caller's alone: nothing of the victim's may be among it.
OWN: tuple[Call, ...] = (
    ("GET", "/auth/logins"), ("GET", "/users/me"), ("GET", "/auth/totp"), ("GET", "/auth/tokens"),
    ("GET", "/projects"), ("GET", "/time-entries/current"), ("GET", "/tags"),
    ("GET", "/reports/heatmap"), ("GET", "/import"), ("GET", "/users/me/export"),
    ("GET", "/calendar"), ("GET", "/streak"), ("GET", "/badges"), ("GET", "/notifications"),
    ("GET", "/notifications/preferences"), ("GET", "/push/key"), ("GET", "/webhooks"),
    ("GET", "/timeline"), ("GET", "/focus-metrics"), ("GET", "/focus-logs"),
    ("GET", "/leaderboard-overall"), ("GET", "/leaderboard-today"),
)  # fmt: skip

# They take no id, and change what is the caller's alone.
OWN_CHANGES: tuple[Call, ...] = (
    ("POST", "/auth/logout"), ("DELETE", "/auth/logins"), ("POST", "/auth/password"),
    ("PATCH", "/users/me"), ("POST", "/auth/verify-email/resend"), ("POST", "/users/me/email"),
    ("POST", "/auth/totp"), ("POST", "/auth/totp/confirm"), ("DELETE", "/auth/totp"),
    ("POST", "/auth/totp/recovery-codes"), ("POST", "/auth/tokens"), ("DELETE", "/users/me"),
    ("POST", "/projects"), ("POST", "/import/time-entries"), ("POST", "/import/account"),
    ("POST", "/calendar"), ("DELETE", "/calendar"), ("PATCH", "/notifications/preferences"),
    ("PUT", "/notifications/preferences"), ("POST", "/push/subscriptions"),
    ("PUT", "/users/me/avatar"), ("DELETE", "/users/me/avatar"), ("POST", "/user/logout"),
    ("POST", "/auth/oidc/link"), ("GET", "/auth/oidc/link"), ("DELETE", "/auth/oidc/link"),
)  # fmt: skip

# For anybody: what they give is a secret, which `test_confused_tokens.py` exchanges for others.
ANYBODY: tuple[Call, ...] = (
    ("POST", "/auth/signup"), ("POST", "/auth/login"), ("POST", "/auth/refresh"),
    ("POST", "/auth/password-reset"), ("POST", "/auth/password-reset/confirm"),
    ("POST", "/auth/verify-email"), ("GET", "/auth/methods"), ("GET", "/auth/oidc"),
    ("GET", "/auth/oidc/callback"), ("POST", "/user/register"), ("POST", "/user/login"),
)  # fmt: skip

_IN = {"room": "{slug}"}
EVENT_PROBES: dict[str, list[Probe]] = {
    "auth:refresh": [probe("auth:refresh", {"token": "{token_of_victim}"}, 403, 403)],
    "channel:subscribe": [
        probe("channel:subscribe", {"channel": "user:{user}"}, 403, 403),
        probe("channel:subscribe", {"channel": "project:{project}"}, viewer=None),
        probe("channel:subscribe", {"channel": "project:{project}", "epoch": "x", "seq": 0},
              viewer=None),
        probe("channel:subscribe", {"channel": "room:{room}"}),
        probe("channel:subscribe", {"channel": "leaderboard:all:project:{project}"}, viewer=None),
        probe("channel:subscribe", {"channel": "leaderboard:all:room:{room}"})],
    "timer:start": [probe("timer:start", {"project_id": "{project}"}, viewer=403)],
    "timer:stop": [probe("timer:stop", {"entry_id": "{running}"})],
    "timer:update": [
        probe("timer:update", {"entry_id": "{running}", "description": "x"}),
        probe("timer:update", {"entry_id": "{entry}", "description": "x"})],
    "timer:discard": [probe("timer:discard", {"entry_id": "{running}"})],
    "notification:read": [
        probe("notification:read", {"ids": ["{notification}"]}, outsider=200, viewer=200)],
    "room:create": [
        probe("room:create", {**_MARK, "project_id": "{project}", "visibility": "project"},
              viewer=403)],
    "room:join": [probe("room:join", _IN, viewer=None)],
    "room:leave": [probe("room:leave", _IN, 200, 200)],
    **{
        f"room:{name}": [probe(f"room:{name}", _IN, viewer=403)]
        for name in ("start", "pause", "resume", "skip", "stop")
    },
    "room:extend": [probe("room:extend", {**_IN, "seconds": 60}, viewer=403)],
    "room:configure": [
        probe("room:configure", {**_IN, "settings": {"capacity": 2}}, viewer=403)],
    "room:transfer": [probe("room:transfer", {**_IN, "user_id": "{me}"}, viewer=403)],
    "room:kick": [probe("room:kick", {**_IN, "user_id": "{user}"}, viewer=403)],
    "room:promote": [
        probe("room:promote", {**_IN, "user_id": "{me}", "role": "cohost"}, viewer=403)],
    "room:intend": [probe("room:intend", {**_IN, "text": "x"}, viewer=403)],
    "room:outcome": [probe("room:outcome", {**_IN, "outcome": "done"}, viewer=403)],
    "room:say": [probe("room:say", {**_IN, "text": "x"}, viewer=403)],
    "room:react": [probe("room:react", {**_IN, "emoji": "\U0001f44d"}, viewer=403)],
}  # fmt: skip

# They take no id, or only leave what one follows.
OWN_EVENTS = ("clock:sync", "channel:unsubscribe", "timer:current", "presence:set")
