"""Everything that the API document allows, and much that it forbids, asked of the server.

What comes back must stand in the document: its status, its kind, its shape. The examples are the
same at every run, so that a failure comes again.
"""

import re
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from handlers.http.routes import BASE, OPERATIONS
from tests.support.product import Product

EXAMPLES = 20
# Where passwords are hashed, which is slow by intention.
SLOW = dict.fromkeys(
    (
        "sign_up", "sign_in", "change_password", "change_email", "begin_totp", "disable_totp",
        "renew_recovery_codes",
    ),
    5,
)  # fmt: skip
# In bytes. What is longer is refused before anybody looks at what it asks.
LONGEST_LINE = 8000
# A login that does not exist: no call can end it, so that all have the same token.
NO_LOGIN = 2**40

# What the document cannot say (a zone's name, an instant in the past) is refused all the same.
LEFT_OUT = [positive_data_acceptance]


@pytest.fixture(scope="module")
async def token(shared_product: Product) -> str:
    person = await shared_product.person("fuzz")
    return shared_product.token_for(person.id, NO_LOGIN)


@pytest.fixture(scope="module")
def api(shared_product: Product) -> Any:
    """The document as it is served."""
    return schemathesis.openapi.from_url(f"{shared_product.url}/openapi.json")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda op: op.handler.__name__)
def test_the_server_keeps_to_its_document(operation: Any, api: Any, token: str) -> None:
    """No 5xx, no undocumented status, no other shape, and what is forbidden is refused."""
    described = api[BASE + operation.path][operation.method]
    right = described.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = described.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=SLOW.get(operation.handler.__name__, EXAMPLES),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(right, wrong))
    def ask(case: Case) -> None:
        assume(_line_of(case) < LONGEST_LINE)
        headers = {"Authorization": f"Bearer {token}"}
        case.call_and_validate(headers=headers, excluded_checks=LEFT_OUT)

    ask()


def _line_of(case: Case) -> int:
    """The length of the address as it is sent."""
    sent = case.as_transport_kwargs()
    url = requests.Request(sent["method"], sent["url"], params=sent.get("params")).prepare().url
    return len(url or "")


async def test_a_method_that_is_not_documented_is_not_allowed(
    shared_product: Product, token: str
) -> None:
    """405, and the header names those that are."""
    _, document, _ = await shared_product.request("GET", "/openapi.json")
    bearer = {"Authorization": f"Bearer {token}"}
    for template, methods in document["paths"].items():
        path = re.sub(r"{\w+}", "1", template)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {m.upper() for m in methods}:
            status, problem, headers = await shared_product.request(method, path, {}, bearer)
            assert (status, problem["code"]) == (405, "method_not_allowed"), (method, path)
            allowed = {name for name in headers["Allow"].split(",") if name != "HEAD"}
            assert allowed == {m.upper() for m in methods}
