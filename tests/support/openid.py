"""A strict OpenID provider: a process of its own that checks what its clients send by the letter.

`python -m tests.support.openid` serves on a port of 127.0.0.1, which it prints. Whoever comes is
let in at once as the person that `/control` was told last; the same call makes it misbehave.
"""

import asyncio
import base64
import hashlib
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.product import ROOT

CLIENT_ID, CLIENT_SECRET = "focushub", "sécret: with/odd chars"
PERSON = {
    "sub": "ada",
    "email": "ada.lovelace@example.org",
    "email_verified": True,
    "name": "Ada Lovelace",
    "preferred_username": "ada.l",
    "zoneinfo": "Europe/London",
}


@dataclass
class _Key:
    kid: str
    private: rsa.RSAPrivateKey

    @classmethod
    def new(cls) -> "_Key":
        return cls(secrets.token_hex(4), rsa.generate_private_key(65537, 2048))

    def public(self) -> dict[str, Any]:
        jwk: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(
            self.private.public_key(), as_dict=True
        )
        return {**jwk, "kid": self.kid, "use": "sig", "alg": "RS256"}


@dataclass
class _State:
    issuer: str = ""
    key: _Key = field(default_factory=_Key.new)
    person: dict[str, Any] = field(default_factory=lambda: dict(PERSON))
    redirect_uris: list[str] = field(default_factory=list)
    # claims of the next tokens that are not as they should be; and how else it misbehaves
    claims: dict[str, Any] = field(default_factory=dict)
    alg: str = "RS256"
    deny: bool = False
    down: bool = False
    only_userinfo: bool = False
    foreign_key: bool = False
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)


_STATE = web.AppKey("state", _State)


def make_app(issuer: str) -> web.Application:
    app = web.Application(middlewares=[_break_down])
    app[_STATE] = _State(issuer)
    app.router.add_get("/.well-known/openid-configuration", _discover)
    app.router.add_get("/authorize", _authorize)
    app.router.add_post("/token", _token)
    app.router.add_get("/jwks", _jwks)
    app.router.add_get("/userinfo", _userinfo)
    app.router.add_post("/control", _control)
    return app


@web.middleware
async def _break_down(request: web.Request, handler: Any) -> web.StreamResponse:
    if request.app[_STATE].down and request.path != "/control":
        return web.Response(status=503, text="out of order")
    response: web.StreamResponse = await handler(request)
    return response


async def _control(request: web.Request) -> web.Response:
    """Set fields of the state; `rotate` makes a new key in place of the old one."""
    state = request.app[_STATE]
    for name, value in (await request.json()).items():
        if name == "rotate":
            state.key = _Key.new()
        else:
            assert hasattr(state, name), name
            setattr(state, name, value)
    return web.json_response({})


async def _discover(request: web.Request) -> web.Response:
    at = request.app[_STATE].issuer
    return web.json_response(
        {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/jwks",
            "userinfo_endpoint": f"{at}/userinfo",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
    )


async def _authorize(request: web.Request) -> web.Response:
    state, asked = request.app[_STATE], request.query
    if asked.get("client_id") != CLIENT_ID or asked.get("redirect_uri") not in state.redirect_uris:
        return web.Response(status=400, text="unknown client or redirect_uri")
    answer = {"state": asked.get("state", ""), "iss": state.issuer, "session_state": "x"}
    good = (
        asked.get("response_type") == "code"
        and "openid" in asked.get("scope", "").split()
        and asked.get("code_challenge_method") == "S256"
        and len(asked.get("code_challenge", "")) == 43
        and asked.get("state")
        and asked.get("nonce")
    )
    if not good or state.deny:
        answer["error"] = "access_denied" if good else "invalid_request"
    else:
        answer["code"] = code = secrets.token_urlsafe(16)
        state.codes[code] = {
            "redirect_uri": asked["redirect_uri"],
            "challenge": asked["code_challenge"],
            "nonce": asked["nonce"],
            "until": time.time() + 60,
        }
    url = f"{asked['redirect_uri']}?{urlencode(answer)}"
    return web.Response(status=302, headers={"Location": url})


async def _token(request: web.Request) -> web.Response:
    state, form = request.app[_STATE], await request.post()
    if not _is_client(request.headers.get("Authorization", "")):
        return web.json_response({"error": "invalid_client"}, status=401)
    code = state.codes.pop(str(form.get("code")), None)
    verifier = str(form.get("code_verifier", "")).encode()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=")
    good = (
        form.get("grant_type") == "authorization_code"
        and code is not None
        and code["redirect_uri"] == form.get("redirect_uri")
        and code["until"] > time.time()
        and 43 <= len(verifier) <= 128
        and secrets.compare_digest(code["challenge"], challenge)
    )
    if not good or code is None:
        return web.json_response({"error": "invalid_grant"}, status=400)
    access_token = secrets.token_urlsafe(16)
    state.tokens[access_token] = dict(state.person)
    id_token = _signed(state, code["nonce"])
    return web.json_response(
        {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 60,
            "id_token": id_token,
        }
    )


def _is_client(header: str) -> bool:
    kind, _, given = header.partition(" ")
    client_id, _, secret = base64.b64decode(given).decode().partition(":")
    return kind == "Basic" and (unquote(client_id), unquote(secret)) == (CLIENT_ID, CLIENT_SECRET)


def _signed(state: _State, nonce: str) -> str:
    now = int(time.time())
    person = {"sub": state.person["sub"]} if state.only_userinfo else state.person
    claims = {
        "iss": state.issuer,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 60,
        "nonce": nonce,
        **person,
        **state.claims,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    if state.alg == "none":
        return jwt.encode(claims, "", algorithm="none")
    if state.alg == "HS256":  # as if the client's secret were a key
        return jwt.encode(claims, CLIENT_SECRET * 2, algorithm="HS256")
    key = _Key.new().private if state.foreign_key else state.key.private
    return jwt.encode(claims, key, algorithm=state.alg, headers={"kid": state.key.kid})


async def _jwks(request: web.Request) -> web.Response:
    return web.json_response({"keys": [request.app[_STATE].key.public()]})


async def _userinfo(request: web.Request) -> web.Response:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    person = request.app[_STATE].tokens.get(token)
    return web.json_response(person or {}, status=200 if person else 401)


async def _serve() -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    await runner.cleanup()
    issuer = f"http://127.0.0.1:{port}"
    runner = web.AppRunner(make_app(issuer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    print(issuer, flush=True)
    await asyncio.Event().wait()


@dataclass
class OpenId:
    """The provider, from the test's side."""

    issuer: str
    http: aiohttp.ClientSession

    async def tell(self, **fields: Any) -> None:
        async with self.http.post(f"{self.issuer}/control", json=fields) as response:
            assert response.status == 200

    async def behave(self) -> None:
        """As at the start, but for its addresses and keys."""
        await self.tell(
            person=PERSON, claims={}, alg="RS256", deny=False, down=False, only_userinfo=False,
            foreign_key=False,
        )  # fmt: skip


@asynccontextmanager
async def openid_provider() -> AsyncIterator[OpenId]:
    """A provider in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.openid"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        issuer = (await asyncio.to_thread(process.stdout.readline)).strip()
        async with aiohttp.ClientSession() as http:
            yield OpenId(issuer, http)
    finally:
        process.terminate()
        process.wait(5)
        process.stdout.close()


if __name__ == "__main__":
    asyncio.run(_serve())
