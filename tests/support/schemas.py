"""The two documents of the API, held against everything that a test sees.

Whatever `Product.request` is answered and `Live` gets is checked here; tests/conftest.py fails the
test in which something did not fit. Objects may have no field that the document does not name.
"""

import ast
import functools
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from handlers.http.openapi import openapi
from handlers.http.routes import BASE, OPERATIONS
from handlers.socket.asyncapi import SENT, asyncapi
from handlers.socket.events import EVENTS

# It ends every connection that could hear it.
UNHEARD = {"account:closed"}

# What did not fit, in the test that runs; and what has been seen so far, by all of them.
faults: list[str] = []
answered: set[tuple[str, int]] = set()
sent: set[str] = set()
acked: set[str] = set()


def seen() -> list[list[Any]]:
    """What has been seen so far, as a worker of pytest-xdist can tell it."""
    return [sorted(map(list, answered)), sorted(sent), sorted(acked)]


def note_seen(told: list[list[Any]]) -> None:
    """What another process has seen."""
    answered.update((name, status) for name, status in told[0])
    sent.update(told[1])
    acked.update(told[2])


def unseen() -> set[str]:
    """The events, acks and answers of the documents that no test has met."""
    done = {(op.handler.__name__, op.status) for op in OPERATIONS}
    lacking = {f"{name} {status}" for name, status in done - answered}
    return lacking | set(SENT) - sent - UNHEARD | {f"ack of {e}" for e in set(EVENTS) - acked}


def check_answer(method: str, path: str, status: int, body: Any) -> None:
    """Hold the JSON answer to a call against the OpenAPI document."""
    operation = _operation_of(method, path.partition("?")[0])
    if operation is None:
        return
    name = operation.handler.__name__
    answered.add((name, status))
    described = _paths()[BASE + operation.path][operation.method.lower()]["responses"]
    if str(status) not in described:
        if status != 500:  # no document promises one; tests that break something look at it
            faults.append(f"{method} {path}: {status} is not documented")
        return
    content = described[str(status)].get("content", {})
    json_kind = next((c for c in content.values() if "schema" in c), None)
    if json_kind is not None and not isinstance(body, str):
        _check(f"{method} {path} {status}", _answers(), json_kind["schema"], body)


def check_event(name: str, payload: Any) -> None:
    """Hold an event of the server's against the AsyncAPI document."""
    sent.add(name)
    if name not in SENT:
        faults.append(f"{name} is not documented")
        return
    _check(name, _events(), _messages()[name]["payload"], payload)


def check_replayed(name: str, data: Any) -> None:
    """The same for an event that came with a subscription, without its envelope."""
    if name not in SENT:
        faults.append(f"{name} is not documented")
        return
    shape = _messages()[name]["payload"]["properties"]["data"]
    _check(f"{name}, replayed", _events(), shape, data)


def check_ack(event: str, ack: Any) -> None:
    """Hold an ack against the AsyncAPI document."""
    described = _messages().get(event)
    if not isinstance(ack, dict) or not ack.get("ok") or described is None:
        return
    acked.add(event)
    _check(f"ack of {event}", _events(), described["x-ack-data"], ack["data"])
    for one in ack["data"].get("events", ()) if isinstance(ack["data"], dict) else ():
        check_replayed(one["event"], one["data"])


def faults_of_examples() -> Iterator[str]:
    """What of the documents' examples does not fit the schema beside it."""
    for what, components, schema, example in _examples():
        for error in _validator(id(components), repr(schema)).iter_errors(example):
            place = "/".join(map(str, error.instance_path))
            yield f"{what}: {place}: {error.message[:200]}"


def without_example() -> Iterator[str]:
    """The bodies of the documents that have no example."""
    for path, methods in _paths().items():
        for method, call in methods.items():
            for content in _contents(call):
                if "schema" in content and not {"example", "examples"} & set(content):
                    yield f"{method} {path}"
    for name, message in _messages().items():
        if not message.get("examples"):
            yield name


def _examples() -> Iterator[tuple[str, dict[str, Any], Any, Any]]:
    for path, methods in _paths().items():
        for method, call in methods.items():
            for content in _contents(call):
                if "example" in content:
                    yield f"{method} {path}", _answers(), content["schema"], content["example"]
                for code, one in content.get("examples", {}).items():
                    yield f"{method} {path} {code}", _answers(), content["schema"], one["value"]
    for name, message in _messages().items():
        for one in message["examples"]:
            yield name, _events(), message["payload"], one["payload"]


def _contents(call: Any) -> Iterator[Any]:
    """The JSON bodies of a call: what it takes, and what it answers."""
    bodies = [call.get("requestBody", {}), *call["responses"].values()]
    for body in bodies:
        for media, content in body.get("content", {}).items():
            if "json" in media:
                yield content


def _check(what: str, components: dict[str, Any], schema: Any, value: Any) -> None:
    validator = _validator(id(components), repr(schema))
    for error in validator.iter_errors(value):
        place = "/".join(map(str, error.instance_path))
        faults.append(f"{what}: {place}: {error.message[:300]}")


@functools.cache
def _validator(components_id: int, schema: str) -> Any:
    components = next(c for c in (_answers(), _events()) if id(c) == components_id)
    return jsonschema_rs.Draft202012Validator(
        # The schema was made of plain values, so it reads as it was written.
        {"components": {"schemas": components}, **_read(schema)},
        validate_formats=True,
    )


def _read(schema: str) -> dict[str, Any]:
    read: dict[str, Any] = _closed(ast.literal_eval(schema))
    return read


@functools.cache
def _openapi() -> dict[str, Any]:
    return openapi(OPERATIONS, BASE, "0")


@functools.cache
def _asyncapi() -> dict[str, Any]:
    return asyncapi("0")


def _paths() -> Any:
    return _openapi()["paths"]


def _messages() -> Any:
    return _asyncapi()["channels"]["socket"]["messages"]


@functools.cache
def _answers() -> dict[str, Any]:
    return _closed(_openapi()["components"]["schemas"])


@functools.cache
def _events() -> dict[str, Any]:
    return _closed(_asyncapi()["components"]["schemas"])


def _closed(schema: Any) -> Any:
    """A schema whose objects have no fields but those they name."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if closed.get("type") == "object" and "properties" in closed and "enum" not in closed:
        closed.setdefault("additionalProperties", False)
    return closed


@functools.cache
def _operation_of(method: str, path: str) -> Any:
    if not path.startswith(BASE):
        return None
    for operation in sorted(OPERATIONS, key=lambda op: op.path.count("{")):
        pattern = re.sub(r"{(\w+)(?::([^}]*))?}", lambda m: f"({m[2] or '[^/]+'})",
                         operation.pattern)  # fmt: skip
        if operation.method == method and re.fullmatch(pattern, path.removeprefix(BASE)):
            return operation
    return None
