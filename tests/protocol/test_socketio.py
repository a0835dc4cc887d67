"""What the text of Socket.IO v5 asks of a server, statement by statement, over websocket."""

import json
import re

import pytest

from tests.support.product import Person
from tests.support.raw import Endpoint


async def test_connecting_is_answered_with_a_session_id(endpoint: Endpoint, ada: Person) -> None:
    socket = await endpoint.open()
    await socket.send("40" + json.dumps({"token": ada.token}))
    answer = await socket.packet()
    assert re.fullmatch(r'40\{"sid":"[^"]+"\}', answer), answer
    assert json.loads(answer[2:])["sid"] != socket.opening["sid"]
    assert (await socket.packet()).startswith('42["connection:ready",')


@pytest.mark.parametrize("payload", ["", "{}", '{"token":"nonsense"}', '{"token":7}', "[]", "null"])
async def test_a_refused_connection_is_told_why(endpoint: Endpoint, payload: str) -> None:
    socket = await endpoint.open()
    await socket.send("40" + payload)
    answer = await socket.packet()
    assert answer.startswith("44{")
    error = json.loads(answer[2:])
    assert error["data"]["code"] == "unauthenticated"
    assert error["message"] == error["data"]["message"]


async def test_a_refused_client_may_try_again(endpoint: Endpoint, ada: Person) -> None:
    socket = await endpoint.open()
    await socket.send('40{"token":"nonsense"}')
    await socket.until("44")
    await socket.sign_in(ada.token)


@pytest.mark.parametrize("packet", ["40/random", "40/random,", '40/random,{"token":"x"}'])
async def test_an_unknown_namespace_is_refused_in_its_own_name(
    endpoint: Endpoint, packet: str
) -> None:
    socket = await endpoint.open()
    await socket.send(packet)
    answer = await socket.packet()
    assert answer.startswith("44/random,{")
    assert "message" in json.loads(answer[len("44/random,") :])


async def test_who_never_connects_to_a_namespace_is_ended(endpoint: Endpoint) -> None:
    socket = await endpoint.open()
    await socket.ended()


async def test_an_event_with_an_id_is_acknowledged_with_it(endpoint: Endpoint, ada: Person) -> None:
    socket = await endpoint.open()
    await socket.sign_in(ada.token)
    for number in (0, 7, 456, 999_999_999):
        await socket.send(f'42{number}["clock:sync",{{"t0":1}}]')
        assert (await socket.packet()).startswith(f'43{number}[{{"ok":true')


async def test_an_event_without_an_id_is_handled_without_an_answer(
    endpoint: Endpoint, ada: Person
) -> None:
    socket = await endpoint.open()
    await socket.sign_in(ada.token)
    await socket.send('42["clock:sync",{"t0":1}]')
    await socket.send('421["clock:sync",{"t0":2}]')
    assert (await socket.packet()).startswith("431[")


async def test_a_client_leaves_the_namespace_and_comes_back(
    endpoint: Endpoint, ada: Person
) -> None:
    """After 41 events are not handled; the connection below stays and may connect anew."""
    socket = await endpoint.open()
    await socket.sign_in(ada.token)
    await socket.send("41")
    await socket.send('421["clock:sync",{"t0":1}]')
    await socket.sign_in(ada.token)
    await socket.send('422["clock:sync",{"t0":1}]')
    assert (await socket.packet()).startswith("432[")


async def test_acks_of_the_client_that_nobody_asked_for_do_no_harm(
    endpoint: Endpoint, ada: Person
) -> None:
    socket = await endpoint.open()
    await socket.sign_in(ada.token)
    await socket.send("430[]")
    await socket.send("43999[1,2]")
    await socket.send('421["clock:sync",{"t0":1}]')
    assert (await socket.packet()).startswith("431[")


@pytest.mark.parametrize(
    "packet",
    ["4abc", "42abc", "42{}", "42", '42abc["clock:sync",{}]', "49", "4", "7", "x", "", "44{}"],
)
async def test_the_third_packet_that_is_none_ends_the_connection(
    endpoint: Endpoint, ada: Person, packet: str
) -> None:
    """Two are passed over, and what is right beside them is answered."""
    socket = await endpoint.open()
    await socket.sign_in(ada.token)
    for number in (1, 2):
        await socket.send(packet)
        await socket.send(f'42{number}["clock:sync",{{"t0":1}}]')
        assert (await socket.packet()).startswith(f"43{number}[")
    await socket.send(packet)
    closing = await socket.packet()
    assert closing.startswith('42["connection:closing",{"code":"too_many_errors"')
    await socket.ended()


async def test_binary_packets_are_refused(endpoint: Endpoint, ada: Person) -> None:
    """Neither an announced attachment nor a binary frame is ever kept."""
    socket = await endpoint.open()
    await socket.sign_in(ada.token)
    await socket.send('459999999999-["m",{"_placeholder":true,"num":0}]')
    await socket.socket.send_bytes(b"x" * 1000)
    await socket.send('421["clock:sync",{"t0":1}]')
    assert (await socket.packet()).startswith("431[")
    await socket.socket.send_bytes(b"x" * 1000)
    await socket.until('42["connection:closing",{"code":"too_many_errors"')
    await socket.ended()
