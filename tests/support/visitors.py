"""Those who come without an account in the database: they sign up, and keep their cookies."""

import itertools
import os
from http.cookies import SimpleCookie
from typing import Any

import asyncpg

from handlers.actions.identity import new_secret, secret_hash
from storage.logins import insert_token
from tests.support.product import PASSWORD, Person, Product

_numbers = itertools.count(1)


def newcomer(**fields: Any) -> dict[str, Any]:
    """A signup that nobody has made yet."""
    name = f"new{next(_numbers)}.{os.getpid()}"
    return {"email": f"{name}@example.org", "username": name, "password": PASSWORD} | fields


async def sign_up(product: Product, body: Any, **headers: str) -> tuple[int, Any, Any]:
    """(status, answer, headers) of a signup; X_Request_ID stands for X-Request-ID."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await product.request("POST", "/api/auth/signup", body, sent)


async def sign_in(product: Product, email: str, password: str) -> tuple[int, Any, Any]:
    """(status, answer, headers) of a login."""
    body = {"email": email, "password": password}
    return await product.request("POST", "/api/auth/login", body)


def cookies_of(headers: Any) -> SimpleCookie:
    """The cookies that an answer sets."""
    cookies = SimpleCookie()
    for line in headers.getall("Set-Cookie", ()):
        cookies.load(line)
    return cookies


async def refresh_token_of(person: Person) -> str:
    """A refresh token of the person's login, as signing in with a password would have given."""
    token = new_secret()
    connection = await asyncpg.connect(person.product.database_url)
    try:
        await insert_token(connection, secret_hash(token), person.login_id)
    finally:
        await connection.close()
    return token
