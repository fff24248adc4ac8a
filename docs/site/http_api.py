"""Reference of the server's HTTP interface, from its OpenAPI document."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs.site.markdown import code, code_block, table
from homestead.bundled import find_file
from homestead.names import DEFAULT_PROBLEM_FILE
from homestead.problem.contract import Contract
from homestead.problem.loader import load_problem
from homestead.serving.app import ADAPTERS
from homestead.serving.openapi import openapi_document


def http_api() -> str:
    """Return a section for each path, with an example of the default problem."""
    contract = Contract.from_problem(load_problem(find_file(Path(DEFAULT_PROBLEM_FILE))))
    document = openapi_document(contract, ADAPTERS)
    return "\n\n".join(_sections(document["paths"]))


def _sections(paths: dict[str, Any]) -> Iterator[str]:
    errors: dict[str, str] = {}
    for path, operations in paths.items():
        for method, operation in operations.items():
            yield f"## `{method.upper()} {path}`"
            tags = ", ".join(operation.get("tags", []))
            yield f"{operation['summary']} ({tags})." if tags else f"{operation['summary']}."
            yield from _parameters(operation)
            yield from _example(operation)
            if method == "post":
                errors |= {
                    status: response["description"]
                    for status, response in operation["responses"].items()
                    if status != "200"
                }
    yield "## Status codes"
    yield table(["status", "meaning"], [[code(s), text] for s, text in sorted(errors.items())])


def _parameters(operation: dict[str, Any]) -> Iterator[str]:
    rows = [
        [code(parameter["name"]), parameter["in"], parameter.get("description", "")]
        for parameter in operation.get("parameters", [])
    ]
    if rows:
        yield table(["parameter", "in", "meaning"], rows)


def _example(operation: dict[str, Any]) -> Iterator[str]:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        if "example" in content:
            yield f"A request's body ({code(kind)}):"
            yield code_block(json.dumps(content["example"], indent=1), "json")
