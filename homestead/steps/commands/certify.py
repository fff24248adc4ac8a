"""Sign the certificates of an earlier version of Homestead: in its home, or with its registry."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path

from homestead.errors import UserError
from homestead.release.plan import read_plan
from homestead.settings import Settings


def certify_all(settings: Settings, report: Callable[[str], None]) -> None:
    """Sign what the registry holds without a signature, for each of its problems.

    Nothing is done without a registry: that of a home is made with its first training.

    Raises:
        UserError: a release plan cannot be read or written, or there is no key to sign with.
    """
    if settings.has_own_registry and not settings.tracking_file.exists():
        return
    from homestead.steps.releases.certificates import certify_problem
    from homestead.tracking import registry, runs

    for problem in registry.problems(runs.open_client(settings)):
        certify_problem(problem, settings, report)
    report("certificates are signed")


def certify_home(problem: str, settings: Settings, report: Callable[[str], None]) -> None:
    """Sign the certificates of a home's plan before its server starts, unless they are.

    A process of its own does it: the server needs none of the registry's libraries.
    """
    if not settings.has_own_registry or not settings.tracking_file.exists():
        return
    path: Path = settings.release_plan(problem)
    try:
        if read_plan(path).is_certified:
            return
    except UserError:
        # The server's own message is better.
        return
    report(f"{problem}: the release is of an earlier version: its certificates are signed once")
    process = multiprocessing.get_context("spawn").Process(
        target=certify_and_report, args=(problem, settings)
    )
    process.start()
    process.join()


def certify_and_report(problem: str, settings: Settings) -> None:
    """Sign the certificates of a plan; show what was done, or why it could not be."""
    import click

    try:
        from homestead.steps.releases.certificates import certify_plan

        certify_plan(problem, settings, lambda text: click.echo(text, err=True))
    except Exception as error:
        # A home that is read-only, an image without MLflow: the server says what can be done.
        click.echo(f"{problem}: no certificate could be signed: {error}", err=True)
