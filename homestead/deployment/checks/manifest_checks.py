"""All checks of an overlay: schemas, our policy, and the Seldon operator's rules."""

from collections.abc import Callable
from pathlib import Path

from homestead.deployment import seldon
from homestead.deployment.checks.policy_checks import policy_errors
from homestead.deployment.checks.schema_checks import custom_schemas, schema_errors
from homestead.deployment.manifests import Manifest, render
from homestead.errors import UserError


def require_valid_manifests(overlay: Path, report: Callable[[str], None]) -> None:
    """Check an overlay, and report in one line what was checked and what could not be.

    Raises:
        UserError: the overlay has errors; the message has one line for each.
    """
    documents = render(overlay)
    require_valid(documents, str(overlay), report)


def require_valid(documents: list[Manifest], origin: str, report: Callable[[str], None]) -> None:
    """Check rendered objects, and report in one line what was checked and what could not be.

    Args:
        origin: what they are made from, for messages.

    Raises:
        UserError: objects have errors; the message has one line for each.
    """
    errors, unchecked_kinds = schema_errors(documents, custom_schemas())
    errors += policy_errors(documents)
    for document in documents:
        if document["kind"] == seldon.KIND:
            errors += seldon.operator_errors(document)
    if errors:
        raise UserError("\n".join(f"{origin}: {error}" for error in errors))
    note = f"; no schema here for {', '.join(unchecked_kinds)}" if unchecked_kinds else ""
    report(f"{origin}: {len(documents)} objects are valid{note}")
