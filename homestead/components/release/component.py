"""Give the champion to the servers."""

from homestead.components.image import component


@component
def release(problem: str, run_id: str, registered: bool) -> None:
    """Write the release plan: all requests to the registry's champion, if it has a certificate.

    It runs after a kept champion too: a run that was killed between registration and release
    left one that no plan names.
    """
    from homestead.names import TAG_PREFIX
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps import release
    from homestead.steps.progress import report_step
    from homestead.tracking import runs

    with report_step("release") as say:
        parsed, settings = parse_problem(problem), Settings.read()
        version = release.release_champion(parsed.name, settings)
        if version is None:
            say("there is no champion to release")
            return
        if registered:
            runs.open_client(settings).set_tag(run_id, f"{TAG_PREFIX}version", version.version)
        say(f"version {version.version} is released")
