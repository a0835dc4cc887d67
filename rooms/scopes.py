"""What an API token may do: each call and event needs one scope, and a token has some."""

from typing import Literal, get_args

Scope = Literal["read", "timer", "write", "admin"]
# What no API token may do, whatever it has: passwords, logins, tokens and the like.
Need = Scope | Literal["login"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
# What a token may do for which nothing was asked: everything but an administrator's work.
DEFAULT: tuple[Scope, ...] = ("read", "timer", "write")
