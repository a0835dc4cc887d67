"""Encryption as RFC 8291 has it, and the addresses that are pushed to."""

from datetime import UTC, datetime

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from handlers.actions.outside import check_url, is_public
from handlers.jobs.outside import Forbidden, Outside
from handlers.jobs.webpush import authorization, encrypt
from rooms.errors import Invalid
from tests.support.names import Names
from tests.support.pushed import Browser, decoded, encoded, push_service

# RFC 8291, section 5.
TEXT = b"When I grow up, I want to be a watermelon"
PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
    "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
    "lcy4a-fN"
)


def test_the_example_of_the_rfc_comes_out() -> None:
    key = ec.derive_private_key(int.from_bytes(decoded(PRIVATE), "big"), ec.SECP256R1())
    assert encoded(encrypt(TEXT, P256DH, AUTH, salt=decoded(SALT), key=key)) == BODY


def test_only_the_browser_reads_it_and_no_two_are_alike() -> None:
    browser, other = Browser("https://x"), Browser("https://x")
    keys = browser.subscription["keys"]
    first, second = (encrypt(TEXT, keys["p256dh"], keys["auth"]) for _ in range(2))
    assert browser.read(first) == browser.read(second) == TEXT
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]
    with pytest.raises(Exception):  # noqa: B017, PT011
        other.read(first)


@pytest.mark.parametrize(
    "endpoint, audience",
    [
        ("https://push.example.org/a/b?c", "https://push.example.org"),
        ("https://push.example.org:443/a", "https://push.example.org"),
        ("https://push.example.org:8443/a", "https://push.example.org:8443"),
    ],
)
def test_the_sender_says_to_which_origin_it_sends(endpoint: str, audience: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    told = authorization(endpoint, key, "mailto:me@example.org", datetime.now(UTC))
    token = told.removeprefix("vapid t=").partition(",")[0]
    claims = jwt.decode(token, key.public_key(), ["ES256"], audience=audience)
    assert claims["exp"] < datetime.now(UTC).timestamp() + 24 * 3600


INSIDE = """127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1
    255.255.255.255 ::1 :: fe80::1 fe80::1%eth0 fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1
    2002:7f00:1:: 64:ff9b::7f00:1 nonsense""".split()
OUTSIDE = "93.184.216.34 2606:2800:220:1::1 ::ffff:8.8.8.8 64:ff9b::808:808".split()


def test_inside_and_outside() -> None:
    assert [address for address in INSIDE if is_public(address)] == []
    assert [address for address in OUTSIDE if not is_public(address)] == []


async def test_a_name_that_leads_inside_is_found_out_by_the_connection() -> None:
    """Also one that has led outside when it was looked up before."""
    async with push_service() as service:
        port = service.origin.rpartition(":")[2]
        names = Names({"evil.example": ["127.0.0.1"]})
        async with Outside(resolver=names) as outside:
            with pytest.raises(Forbidden):
                await outside.post(f"https://evil.example:{port}/", b"", {})
        assert service.arrived == []


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "http://93.184.216.34/", "https://[::1]/"])
async def test_an_address_inside_is_not_connected_to(url: str) -> None:
    async with Outside() as outside:
        with pytest.raises(Forbidden):
            await outside.post(url, b"", {})


async def test_with_leave_the_own_network_is_open() -> None:
    async with push_service() as service, Outside(allow_private=True) as outside:
        assert await outside.post(f"{service.origin}/x", b"y", {}) == 201
        await check_url("endpoint", f"{service.origin}/x", allow_private=True)
        with pytest.raises(Invalid):
            await check_url("endpoint", "file:///etc/passwd", allow_private=True)
