"""Calls of kubectl on the cluster of its current context."""

import re
import subprocess
from collections.abc import Callable

import yaml

from homestead.deployment.manifests import Manifest
from homestead.errors import UserError

_FIELD_MANAGER = "homestead"
# Of a cluster that is not there, after a line of kubectl's own log for each attempt.
_UNREACHABLE = re.compile(
    r"^(The connection to the server .* was refused|Unable to connect to the server"
    r"|error: current-context|error: context .* does not exist)"
)
_FORBIDDEN = "Error from server (Forbidden)"


class ForbiddenError(UserError):
    """The account of kubectl's current context may not do this."""


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    """Run kubectl and return its standard output.

    Raises:
        ForbiddenError: the account may not do this.
        UserError: kubectl is not installed, no cluster answers, or the cluster refuses.
    """
    try:
        completed = subprocess.run(
            ["kubectl", *arguments],  # noqa: S607
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except FileNotFoundError:
        raise UserError("kubectl is required, and is not in the PATH") from None
    if completed.returncode:
        message = completed.stderr.strip()
        if unreachable := next(filter(_UNREACHABLE.search, reversed(message.splitlines())), None):
            raise UserError(
                f"no cluster answers: {unreachable}\nIs it up, and is it the one of kubectl's"
                " context? kubectl config current-context; of a local one: make kind-up"
            )
        error = ForbiddenError if message.startswith(_FORBIDDEN) else UserError
        raise error(f"kubectl {arguments[0]}: {message}")
    return completed.stdout


def served_kinds() -> set[tuple[str, str]]:
    """Return (apiVersion, kind) of everything that the cluster serves."""
    lines = kubectl("api-resources", "--no-headers").splitlines()
    return {(line.split()[-3], line.split()[-1]) for line in lines if line.strip()}


def apply_objects(documents: list[Manifest], report: Callable[[str], None]) -> None:
    """Apply objects on the server's side, and report kubectl's lines.

    Raises:
        UserError: the cluster refuses one of them.
    """
    if not documents:
        return
    arguments = ("apply", "--server-side", f"--field-manager={_FIELD_MANAGER}", "-f", "-")
    _run_on_objects(arguments, documents, report)


def delete_objects(documents: list[Manifest], report: Callable[[str], None]) -> None:
    """Delete the objects that exist, and report kubectl's lines.

    Raises:
        UserError: the cluster refuses.
    """
    if not documents:
        return
    _run_on_objects(("delete", "--ignore-not-found", "-f", "-"), documents, report)


def _run_on_objects(
    arguments: tuple[str, ...], documents: list[Manifest], report: Callable[[str], None]
) -> None:
    text = yaml.safe_dump_all(documents, sort_keys=False)
    for line in kubectl(*arguments, stdin=text).splitlines():
        report(line)
