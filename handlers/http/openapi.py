"""The API document (OpenAPI 3.1), made from the same declarations that validate requests."""

from collections.abc import Sequence
from typing import Any

import msgspec

from handlers.http.limited import LIMIT_HEADERS
from handlers.http.operation import Operation, Upload
from handlers.messages.errors import Problem, status_of
from handlers.messages.examples import example_of, example_problems

_DESCRIPTION = (
    "Sign up or log in to get an access token; send it as a bearer token, or let the browser keep "
    "it as a cookie. Programs may use a personal API token instead, which has scopes. Every error "
    "is application/problem+json with a stable `code`. Commands take an "
    "`Idempotency-Key` (a UUID): sent again, they change nothing and answer the same."
)
_COMMANDS = ("POST", "PUT", "PATCH", "DELETE")
_IF_MATCH = ("/time-entries/{entry_id}",)
_PAGED = {
    "Link": {
        "description": 'the next page, rel="next"; not there on the last one',
        "schema": {"type": "string"},
    },
    "X-Next-Cursor": {
        "description": "the cursor of the next page alone",
        "schema": {"type": "string"},
    },
}


def openapi(operations: Sequence[Operation], base: str, version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these operations below `base`."""
    types: list[Any] = [Problem]
    for op in operations:
        types += [t for t in (op.takes, op.query, op.answer) if t is not None]
    unique = list({repr(t): t for t in types}.values())
    schemas, components = msgspec.json.schema_components(
        unique, ref_template="#/components/schemas/{name}"
    )
    of = {repr(t): schema for t, schema in zip(unique, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for op in operations:
        paths.setdefault(base + op.path, {})[op.method.lower()] = _operation(op, of, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "FocusHub", "version": version, "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": components,
            "headers": {
                name: {"description": text, "schema": {"type": "string"}}
                for name, text in LIMIT_HEADERS.items()
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "token"},
                "api_token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "fh_…",
                    "description": "A personal API token, with the scope that a call names.",
                },
            },
        },
    }


def _operation(op: Operation, of: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": op.handler.__name__,
        "summary": op.summary,
        "tags": [op.tag],
        "parameters": [*_path_parameters(op), *_query(op, of, components), *_headers(op)],
        "responses": _responses(op, of, components),
    }
    if op.need is not None:
        described["security"] = [{"bearer": []}, {"cookie": []}]
        described["description"] = _what_it_needs(op)
    if op.need not in (None, "login"):
        # The names of roles, as OpenAPI 3.1 has them, are scopes.
        described["security"].append({"api_token": [op.need]})
    # A DELETE takes a command id in its body as well, but not every client can send one.
    if op.upload is not None:
        described["requestBody"] = {"required": True, "content": _files(op.upload)}
    elif op.takes is not None and (op.body is not None or op.method != "DELETE"):
        described["requestBody"] = {
            "required": not op.may_lack_body,
            "content": {"application/json": _shown(of[repr(op.takes)], components, request=True)},
        }
    return described


def _what_it_needs(op: Operation) -> str:
    if op.need == "login":
        return "Needs a login: no API token will do."
    return f"An API token needs the scope `{op.need}`."


def _files(upload: Upload) -> dict[str, Any]:
    if upload.field is None:
        return {media: {} for media in upload.media}
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    shape = {"type": "object", "required": [upload.field], "properties": {upload.field: file}}
    return {media: {"schema": shape} for media in upload.media}


def _path_parameters(op: Operation) -> list[dict[str, Any]]:
    number = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": number if name.endswith("_id") else {"type": "string", "minLength": 1},
        }
        for name in op.parameters
    ]


def _query(op: Operation, of: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    if op.query is None:
        return []
    schema = components[of[repr(op.query)]["$ref"].rsplit("/", 1)[1]]
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": field,
        }
        for name, field in schema["properties"].items()
    ]


def _headers(op: Operation) -> list[dict[str, Any]]:
    headers = []
    if op.method in _COMMANDS and op.access != "anyone":
        headers.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "format": "uuid"},
            }
        )
    if op.path in _IF_MATCH and op.method in ("PATCH", "DELETE"):
        headers.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
            }
        )
    if op.may_be_kept:
        headers.append(
            {
                "name": "If-None-Match",
                "in": "header",
                "required": False,
                "description": "the ETag of what one has: 304 if it still holds",
                "schema": {"type": "string"},
            }
        )
    return headers


def _shown(
    schema: dict[str, Any], components: dict[str, Any], *, request: bool = False
) -> dict[str, Any]:
    """A schema with an example of what it means."""
    return {"schema": schema, "example": example_of(schema, components, request=request)}


def _responses(op: Operation, of: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done."}
    if op.answer is not None:
        done["content"] = {
            media: _shown(of[repr(op.answer)], components)
            if "json" in media
            else {"schema": {"type": "string"}}
            for media in op.produces
        }
    done["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in LIMIT_HEADERS}
    if op.query is not None and "cursor" in op.query.__struct_fields__:
        done["headers"] |= _PAGED
    if op.may_be_kept:
        done["headers"]["ETag"] = {"schema": {"type": "string"}}
    codes: dict[int, list[str]] = {}
    for code in _codes_of(op):
        codes.setdefault(status_of(code), []).append(code)
    unchanged = {"304": {"description": "The caller has it already."}} if op.may_be_kept else {}
    return (
        {str(op.status): done}
        | unchanged
        | {
            str(status): {
                "description": ", ".join(sorted(set(names))),
                "content": {
                    "application/problem+json": {
                        "schema": of[repr(Problem)],
                        "examples": example_problems(names),
                    }
                },
            }
            for status, names in sorted(codes.items())
        }
    )


def _codes_of(op: Operation) -> list[str]:
    codes = [*op.errors, "unavailable", "rate_limited"]
    if op.access != "anyone":
        codes += ["unauthenticated", "forbidden"]
    if op.parameters:
        codes.append("not_found")
    if op.takes is not None or op.upload is not None:
        codes += ["malformed", "unsupported_media_type", "too_large", "invalid", "forbidden"]
        codes += ["command_id_reused"] if op.access != "anyone" else []
    if op.query is not None:
        codes.append("invalid")
    return codes
