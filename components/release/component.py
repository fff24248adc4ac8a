"""Give the champion to the servers."""

from components.image import component


@component
def release(problem: str, run_id: str, registered: bool) -> None:
    """Write the release plan: all requests to the registry's champion, if it has a certificate."""
    from homestead import releasing, tracking
    from homestead.problem import parse_problem
    from homestead.settings import Settings
    from homestead.steps import step

    with step("release") as say:
        parsed, settings = parse_problem(problem), Settings.read()
        if registered:
            version = releasing.release_champion(parsed.name, settings)
            tracking.client(settings).set_tag(run_id, f"{tracking.TAG}version", version.version)
            say(f"version {version.version} answers all requests")
        else:
            say("nothing to release")
