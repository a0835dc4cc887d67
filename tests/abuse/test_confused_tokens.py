"""A secret of one kind opens nothing that secrets of another kind open."""

import re
from typing import Any
from uuid import uuid4

import asyncpg
import jwt
import pytest

from handlers.actions.identity import new_secret, secret_hash
from tests.abuse.test_crowds import refusal
from tests.support.product import PASSWORD, PASSWORD_HASH, SECRET, Person, Product
from tests.support.visitors import refresh_token_of

# What a foreign secret may be answered; never a success, and never an error of ours.
REFUSED = (400, 401, 403, 404, 422)


async def link_of(person: Person, kind: str) -> str:
    """The secret of a link as it stands in a mail."""
    secret = new_secret()
    sql = await asyncpg.connect(person.product.database_url)
    await sql.execute(
        "insert into mail_links values ($1, $2, $3, $4, $5, now(), now() + interval '1 hour')",
        uuid4(), person.id, kind, person.email, secret_hash(secret),
    )  # fmt: skip
    await sql.close()
    return secret


async def secrets_of(person: Person) -> dict[str, str]:
    """One of each kind, all of them good."""
    project = await person.project()
    webhook = await person.post("/webhooks", {"url": "https://93.184.216.34", "events": ["*"]})
    calendar = await person.post("/calendar", {})
    return {
        "access": person.token,
        "refresh": await refresh_token_of(person),
        "api": (await person.post("/auth/tokens", {"name": "a script"}))["token"],
        "reset": await link_of(person, "reset"),
        "verify": await link_of(person, "verify"),
        "invite": (await person.post(f"/projects/{project}/invites", {}))["code"],
        "calendar": calendar["url"].rsplit("/", 1)[1].removesuffix(".ics"),
        "webhook": webhook["secret"],
        # What lies in the database, should somebody have read it there.
        "hash of a refresh token": secret_hash("x").hex(),
        "hash of the password": PASSWORD_HASH,
        "password": PASSWORD,
    }


# Where secrets are shown, and which kinds are taken there.
DOORS: dict[str, tuple[str, ...]] = {
    "header": ("access", "api"),
    "cookie": ("access",),
    "refresh by body": ("refresh",),
    "refresh by cookie": ("refresh",),
    "reset": ("reset",),
    "verify": ("verify",),
    "invite": ("invite",),
    "calendar": ("calendar",),
    "live": ("access", "api"),
}


async def knock(product: Product, other: Person, door: str, secret: str) -> tuple[int, Any]:
    """(status, answer) of showing a secret at a door."""
    bearer = {"Authorization": f"Bearer {other.token}"}
    asked: dict[str, tuple[str, str, Any, dict[str, str]]] = {
        "header": ("GET", "/users/me", None, {"Authorization": f"Bearer {secret}"}),
        "cookie": ("GET", "/users/me", None, {"Cookie": f"token={secret}"}),
        "refresh by body": ("POST", "/auth/refresh", {"refresh_token": secret}, {}),
        "refresh by cookie": ("POST", "/auth/refresh", None, {"Cookie": f"refresh_token={secret}"}),
        "reset": (
            "POST", "/auth/password-reset/confirm",
            {"token": secret, "new_password": "another password"}, {},
        ),
        "verify": ("POST", "/auth/verify-email", {"token": secret}, {}),
        "invite": ("POST", f"/invites/{secret}/accept", None, bearer),
        "calendar": ("GET", f"/calendar/{secret}.ics", None, {}),
    }  # fmt: skip
    method, path, body, headers = asked[door]
    status, answer, _ = await product.request(method, f"/api{path}", body, headers)
    return status, answer


async def test_no_secret_opens_another_kinds_door(product: Product) -> None:
    """Tokens of three kinds, links of four, and what is kept of them."""
    ada, bo = await product.person("ada"), await product.person("bo")
    secrets = await secrets_of(ada)
    opened = []
    for door, kinds in DOORS.items():
        for kind, secret in secrets.items():
            # What has a slash or a space in it is no part of an address.
            in_path = door in ("invite", "calendar")
            if kind in kinds or (in_path and not re.fullmatch(r"[\w.-]+", secret)):
                continue
            if door == "live":
                told = await refusal(product, secret)
                status = 401 if told["code"] == "unauthenticated" else 200
            else:
                status, _ = await knock(product, bo, door, secret)
            if status not in REFUSED:
                opened.append((door, kind, status))
    assert opened == []
    # They are good where they belong, so that the above is refused for its reason.
    for door, kinds in DOORS.items():
        if door not in ("live", "refresh by cookie", "reset"):
            for kind in kinds:
                assert (await knock(product, bo, door, secrets[kind]))[0] in (200, 204), door


@pytest.mark.filterwarnings("ignore:The HMAC key is")
@pytest.mark.parametrize(
    "claims, secret",
    [
        # As whoever has read what else the server signs or makes by its secret might try.
        ({"aud": "oidc"}, SECRET),
        ({"aud": ["other", "another"]}, SECRET),
        ({"role": "admin"}, "x" * 64),
        ({"sid": 0}, "x" * 64),
        ({}, ""),
        ({}, SECRET[::-1]),
    ],
)
async def test_claims_are_worth_what_they_are_signed_by(
    ada: Person, claims: dict[str, Any], secret: str
) -> None:
    own = jwt.decode(ada.token, options={"verify_signature": False})
    head = jwt.encode(own | claims, secret or "x", algorithm="HS256")
    if not secret:
        head = head.rpartition(".")[0] + "."
    status, problem = await ada.call("GET", "/users/me", Authorization=f"Bearer {head}")
    assert (status, problem["code"]) == (401, "unauthenticated")


async def test_what_the_head_names_is_not_looked_at(ada: Person) -> None:
    """Keys by number, by address or in the head itself: there is one key."""
    own = jwt.decode(ada.token, options={"verify_signature": False})
    for head in (
        {"kid": "../../dev/null"}, {"kid": "1' or '1'='1"}, {"jku": "https://attacker.example"},
        {"jwk": {"kty": "oct", "k": "eHh4"}}, {"x5u": "https://attacker.example"},
        {"crit": ["exp"]}, {"b64": False, "crit": ["b64"]},
    ):  # fmt: skip
        token = jwt.encode(own, "y" * 64, algorithm="HS256", headers=head)
        status, _ = await ada.call("GET", "/users/me", Authorization=f"Bearer {token}")
        assert status == 401, head


async def test_a_role_in_a_token_is_not_believed_for_longer_than_the_token(
    product: Product,
) -> None:
    """An administrator's token of somebody who is none any more does no harm to accounts."""
    boss = await product.person("boss", role="admin")
    sql = await asyncpg.connect(product.database_url)
    await sql.execute("update users set role = 'user' where id = $1", boss.id)
    await sql.close()
    victim, criteria = await product.person("victim"), {"metric": "entries", "gte": 1}
    for method, path, body in (
        ("POST", f"/admin/users/{victim.id}/suspend", {}),
        ("PATCH", f"/admin/users/{boss.id}", {"role": "admin"}),
        ("DELETE", f"/admin/users/{victim.id}", None),
        ("POST", "/badges", {"key": "mine", "name": "M", "criteria": criteria}),
    ):
        status, problem = await boss.call(method, path, body)
        assert (status, problem["code"]) == (403, "forbidden"), (method, path, problem)
