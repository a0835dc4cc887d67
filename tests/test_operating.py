"""What whoever runs the server does to accounts from its shell, beside the running server."""

import argparse
import asyncio

import pytest

from server.operating import add_commands, operate
from server.settings import SettingsError, load_settings
from storage.backup import BackupError
from tests.support.product import PASSWORD, SECRET, Person, Product
from tests.test_backup import command

NEW = "an even better one"


def beside(product: Product) -> dict[str, str]:
    return {
        "DATABASE_URL": product.database_url,
        "REDIS_URL": product.redis_url,
        "JWT_SECRET": SECRET,
        "PUBLIC_URL": "https://focus.example.org",
    }


async def signs_in(person: Person, password: str) -> int:
    body = {"email": person.email, "password": password}
    status, _, _ = await person.product.request("POST", "/api/auth/login", body)
    return status


async def test_a_password_that_is_set_from_the_shell_ends_logins_and_connections(
    ada: Person,
) -> None:
    live = await ada.connect()
    status, told = await command(
        "resetpassword", "--email", ada.email, NEW_PASSWORD=NEW, **beside(ada.product)
    )
    assert (status, ada.username in told) == (0, True)
    await live.expect("connection:closing")
    async with asyncio.timeout(30):
        await live.closed.wait()
        while (await ada.call("GET", "/users/me"))[0] != 401:
            await asyncio.sleep(0.05)
    assert (await signs_in(ada, PASSWORD), await signs_in(ada, NEW)) == (401, 200)


async def test_a_link_from_the_shell_lets_its_owner_set_a_password_once(ada: Person) -> None:
    status, told = await command(
        "resetpassword", "--email", ada.email.upper(), "--link", **beside(ada.product)
    )
    address, _, token = told.split()[-1].partition("#")
    assert (status, address) == (0, "https://focus.example.org/reset")
    body = {"token": token, "new_password": NEW}
    confirm = "/api/auth/password-reset/confirm"
    assert (await ada.product.request("POST", confirm, body))[0] == 204
    assert (await ada.product.request("POST", confirm, body))[0] == 422
    assert (await signs_in(ada, PASSWORD), await signs_in(ada, NEW)) == (401, 200)


async def test_who_has_an_account_can_be_made_administrator(ada: Person) -> None:
    made = await command("createadmin", "--email", ada.email, **beside(ada.product))
    assert made == (0, f"{ada.username} is an administrator now.\n")
    token = ada.product.token_for(ada.id, ada.login_id, "admin")
    status, lines, _ = await ada.product.request(
        "GET", "/api/admin/log", headers={"Authorization": f"Bearer {token}"}
    )
    assert status == 200
    assert [(line["action"], line["detail"]) for line in lines if line["user"]["id"] == ada.id] == [
        ("role", "admin")
    ]


async def test_who_is_not_there_gets_no_password(product: Product) -> None:
    status, said = await command(
        "resetpassword", "--email", "no@example.org", "--link", **beside(product)
    )
    assert (status, said.count("\n")) == (2, 1)
    assert said.startswith("focushub: There is no account")


@pytest.mark.parametrize(
    "line, told",
    [
        ("resetpassword --email no@example.org", "NEW_PASSWORD"),
        ("createadmin --email no@example.org --username no", "ADMIN_PASSWORD"),
        ("backup --to /nowhere/at/all.tar", "no directory"),
        ("backup --to - --keep 3", "--keep"),
        ("backup --to /etc/hostname --keep 3", "--keep"),
        ("restore --from /nowhere.tar", "No such file"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_touched(line: str, told: str) -> None:
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers(dest="command"))
    settings = load_settings(
        _env_file=None, database_url="postgresql:///no", redis_url="unix:///no", jwt_secret=SECRET
    )
    with pytest.raises((SettingsError, BackupError, OSError), match=told):
        operate(parser.parse_args(line.split()), settings)
