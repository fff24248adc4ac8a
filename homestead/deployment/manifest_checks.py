"""All checks of an overlay: schemas, our policy, and the Seldon operator's rules."""

from collections.abc import Callable
from pathlib import Path

from homestead.deployment import seldon
from homestead.deployment.manifests import render
from homestead.deployment.policy_checks import policy_errors
from homestead.deployment.schema_checks import custom_schemas, schema_errors
from homestead.errors import UserError


def require_valid_manifests(overlay: Path, report: Callable[[str], None]) -> None:
    """Check an overlay, and report in one line what was checked and what could not be.

    Raises:
        UserError: the overlay has errors; the message has one line for each.
    """
    documents = render(overlay)
    errors, unchecked_kinds = schema_errors(documents, custom_schemas())
    errors += policy_errors(documents)
    for document in documents:
        if document["kind"] == seldon.KIND:
            errors += seldon.operator_errors(document)
    if errors:
        raise UserError("\n".join(f"{overlay}: {error}" for error in errors))
    note = f"; no schema here for {', '.join(unchecked_kinds)}" if unchecked_kinds else ""
    report(f"{overlay}: {len(documents)} objects are valid{note}")
