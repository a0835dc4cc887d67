"""The OpenID provider as this server knows it: its addresses, its keys, and its word on somebody.

Everything that it says is checked here, by OpenID Connect Core 1.0 §3.1.3.7 and RFC 9207. The
network is somebody else's (`Reach`).
"""

import asyncio
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import jwt
import structlog

from rooms.errors import SigninFailed, Unavailable

# Signed by a key of the provider's own. Never `none`, nor what a shared secret would sign.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
LEEWAY_S = 60
_FRESH_S = 3600.0

log = structlog.get_logger(__name__)


class ProviderAway(Exception):
    """It did not answer, or not as a provider does."""


class Reach(Protocol):
    """The way to the provider. Its calls raise ProviderAway."""

    async def get_json(self, url: str, bearer: str | None = None) -> dict[str, Any]: ...

    async def post_form(
        self, url: str, form: Mapping[str, str], login: tuple[str, str] | None
    ) -> tuple[int, dict[str, Any]]: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """What the operator has set. Without `client_secret` PKCE alone shows who redeems a code."""

    issuer: str
    client_id: str
    client_secret: str | None
    name: str
    scopes: str
    allow_signup: bool


@dataclass(frozen=True, slots=True)
class Claims:
    """Whom the provider speaks of."""

    subject: str
    email: str | None
    email_verified: bool
    name: str
    username: str
    zone: str | None


@dataclass(frozen=True, slots=True)
class _Metadata:
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    token_auth: str
    algorithms: frozenset[str]
    names_itself: bool


class Provider:
    """One provider. What it publishes is kept for an hour, and its keys until one is unknown."""

    def __init__(self, config: OidcConfig, reach: Reach) -> None:
        self.config = config
        self._reach = reach
        self._metadata: _Metadata | None = None
        self._metadata_until = 0.0
        self._keys: list[dict[str, Any]] = []
        self._keys_until = 0.0
        self._reading = asyncio.Lock()

    async def close(self) -> None:
        await self._reach.close()

    async def sign_in_url(self, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        """Where the browser goes to show who it is. Raises Unavailable."""
        metadata = await self._read_metadata()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self.config.client_id,
                "redirect_uri": redirect_uri,
                "scope": self.config.scopes,
                "state": state,
                "nonce": nonce,
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )
        separator = "&" if "?" in metadata.authorization_endpoint else "?"
        return f"{metadata.authorization_endpoint}{separator}{query}"

    async def redeem(
        self, code: str, redirect_uri: str, verifier: str, nonce: str, issuer: str | None
    ) -> Claims:
        """Who stands behind a code. Raises SigninFailed or Unavailable."""
        metadata = await self._read_metadata()
        unnamed = issuer is None and metadata.names_itself
        if unnamed or issuer not in (None, self.config.issuer):
            raise _failed("the answer comes from another provider")
        answer = await self._ask_for_tokens(metadata, code, redirect_uri, verifier)
        id_token = answer.get("id_token")
        if not isinstance(id_token, str):
            raise _failed("there is no id_token")
        told = await self._checked(metadata, id_token, nonce)
        access_token = answer.get("access_token")
        if "email" not in told and metadata.userinfo_endpoint and isinstance(access_token, str):
            told = {**await self._userinfo(metadata, access_token, told["sub"]), **told}
        return _claims_of(told)

    async def _ask_for_tokens(
        self, metadata: _Metadata, code: str, redirect_uri: str, verifier: str
    ) -> dict[str, Any]:
        config = self.config
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        login = None
        if config.client_secret is not None and metadata.token_auth == "client_secret_basic":
            login = (config.client_id, config.client_secret)
        else:
            form["client_id"] = config.client_id
            if config.client_secret is not None:
                form["client_secret"] = config.client_secret
        try:
            status, answer = await self._reach.post_form(metadata.token_endpoint, form, login)
        except ProviderAway as error:
            raise self._away(error) from error
        if status != 200:
            raise _failed(f"the token endpoint answers {status} {str(answer.get('error'))[:80]!r}")
        return answer

    async def _checked(self, metadata: _Metadata, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an id_token that holds, and is for this browser. Raises SigninFailed."""
        try:
            header = jwt.get_unverified_header(token)
            algorithm = header.get("alg")
            if algorithm not in metadata.algorithms:
                raise _failed(f"the id_token is signed by {str(algorithm)[:20]!r}")
            key = await self._key(metadata, header.get("kid"), algorithm)
            told: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=self.config.client_id,
                issuer=self.config.issuer,
                leeway=LEEWAY_S,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except jwt.PyJWTError as error:
            raise _failed(f"the id_token does not hold: {type(error).__name__}") from error
        several = isinstance(told["aud"], list) and len(told["aud"]) > 1
        if told.get("azp", None if several else self.config.client_id) != self.config.client_id:
            raise _failed("the id_token is for another client")
        if not hmac.compare_digest(str(told["nonce"]).encode(), nonce.encode()):
            raise _failed("the id_token is for another browser")
        if not isinstance(told["sub"], str) or not 0 < len(told["sub"]) <= 255:
            raise _failed("the id_token names nobody")
        return told

    async def _userinfo(
        self, metadata: _Metadata, access_token: str, subject: str
    ) -> dict[str, Any]:
        assert metadata.userinfo_endpoint is not None
        try:
            told = await self._reach.get_json(metadata.userinfo_endpoint, access_token)
        except ProviderAway as error:
            raise self._away(error) from error
        if told.get("sub") != subject:
            raise _failed("userinfo speaks of somebody else")
        return told

    async def _key(self, metadata: _Metadata, kid: object, algorithm: str) -> jwt.PyJWK:
        """The key that signed. One that is unknown is looked for anew: keys are rotated, and the
        token has come from the provider itself, so nobody else can have us ask."""
        keys = await self._read_keys(metadata, known=self._keys_until > time.monotonic())
        found = _fitting(keys, kid, algorithm)
        if found is None:
            found = _fitting(await self._read_keys(metadata, known=False), kid, algorithm)
        if found is None:
            raise _failed("the id_token is signed by an unknown key")
        return found

    async def _read_keys(self, metadata: _Metadata, *, known: bool) -> list[dict[str, Any]]:
        if not known:
            try:
                answer = await self._reach.get_json(metadata.jwks_uri)
            except ProviderAway as error:
                raise self._away(error) from error
            listed = answer.get("keys")
            keys = listed if isinstance(listed, list) else []
            self._keys = [key for key in keys if isinstance(key, dict)]
            self._keys_until = time.monotonic() + _FRESH_S
        return self._keys

    async def _read_metadata(self) -> _Metadata:
        async with self._reading:
            if self._metadata is not None and self._metadata_until > time.monotonic():
                return self._metadata
            url = f"{self.config.issuer.rstrip('/')}/.well-known/openid-configuration"
            try:
                self._metadata = _metadata_of(await self._reach.get_json(url), self.config.issuer)
            except ProviderAway as error:
                raise self._away(error) from error
            self._metadata_until = time.monotonic() + _FRESH_S
            return self._metadata

    def _away(self, error: ProviderAway) -> Unavailable:
        log.warning("the OpenID provider does not answer", error=str(error))
        sentence = f"{self.config.name} does not answer. Try again in a moment."
        return Unavailable(sentence, retry_after_s=5)


def _failed(reason: str) -> SigninFailed:
    """The refusal; the reason is the operator's, and goes into the log."""
    log.warning("a sign-in by OpenID Connect failed", reason=reason)
    return SigninFailed()


def _metadata_of(told: dict[str, Any], issuer: str) -> _Metadata:
    if told.get("issuer") != issuer:
        raise ProviderAway("its discovery document names another issuer than OIDC_ISSUER")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not _is_url(told.get(name), issuer):
            raise ProviderAway(f"its discovery document has no {name}")
    auth = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    supported = told.get("id_token_signing_alg_values_supported") or ["RS256"]
    userinfo = told.get("userinfo_endpoint")
    return _Metadata(
        authorization_endpoint=told["authorization_endpoint"],
        token_endpoint=told["token_endpoint"],
        jwks_uri=told["jwks_uri"],
        userinfo_endpoint=userinfo if _is_url(userinfo, issuer) else None,
        token_auth="client_secret_basic" if "client_secret_basic" in auth else "client_secret_post",
        algorithms=ALGORITHMS & frozenset(map(str, supported)),
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
    )


def _is_url(value: object, issuer: str) -> bool:
    """Whether it is an address, and no less safe than the issuer's."""
    schemes = ("https://",) if issuer.startswith("https://") else ("https://", "http://")
    return isinstance(value, str) and value.startswith(schemes)


def _fitting(keys: list[dict[str, Any]], kid: object, algorithm: str) -> jwt.PyJWK | None:
    """The key of this name; without a name the only one that could be meant."""
    found = []
    for key in keys:
        if key.get("use", "sig") != "sig" or (kid is not None and key.get("kid") != kid):
            continue
        if key.get("alg", algorithm) != algorithm:
            continue
        try:
            found.append(jwt.PyJWK(key, algorithm))
        except jwt.PyJWTError:
            continue  # of a kind that is not ours to judge
    return found[0] if len(found) == 1 else None


def _claims_of(told: dict[str, Any]) -> Claims:
    email = told.get("email")
    return Claims(
        subject=told["sub"],
        email=email if isinstance(email, str) and email else None,
        # Some providers write it as a text.
        email_verified=told.get("email_verified") in (True, "true"),
        name=_text(told.get("name")),
        username=_text(told.get("preferred_username")),
        zone=_text(told.get("zoneinfo")) or None,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
