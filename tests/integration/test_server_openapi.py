"""Schemathesis holds the server to its own OpenAPI document."""

from typing import Any, cast

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.serving import Server

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_the_server_conforms_to_its_openapi_document(server: Server) -> None:
    # Not from_url, which leaves its connection open.
    document = schemathesis.openapi.from_dict(httpx.get(f"{server.url}/openapi.json").json())
    operations = [cast(Ok[Any], result).ok() for result in document.get_all_operations()]
    assert len(operations) > 20
    with requests.Session() as session:
        for operation in operations:

            @settings(
                max_examples=15,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def check(case: Any) -> None:
                case.call_and_validate(base_url=server.url, session=session, checks=CHECKS)

            check()
