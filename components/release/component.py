"""Give the champion to the servers."""

from components.image import component


@component
def release(problem: str, run_id: str, registered: bool) -> None:
    """Write the release plan: all requests to the registry's champion, if it has a certificate.

    It runs after a kept champion too: a run that was killed between registration and release
    left one that no plan names.
    """
    from homestead import releasing, tracking
    from homestead.problem import parse_problem
    from homestead.settings import Settings
    from homestead.steps import step

    with step("release") as say:
        parsed, settings = parse_problem(problem), Settings.read()
        version = releasing.release_champion(parsed.name, settings)
        if version is None:
            say("there is no champion to release")
            return
        if registered:
            tracking.client(settings).set_tag(run_id, f"{tracking.TAG}version", version.version)
        say(f"version {version.version} is released")
