"""Panels of a release in steps: how far it is, what it is judged by, and who follows it."""

from homestead.monitoring.dashboards.panels import Panel, stat, table, timeseries
from homestead.monitoring.dashboards.queries import age_s, events_per_second, selected_series

_NONE = "no release under way"


def release_panels() -> list[Panel]:
    """Return the panels without ids and positions."""
    return [
        table(
            "Release",
            "State of the newest release. awaiting_approval: `homestead release approve` or"
            " `rollback`. rolled_back: the release's report says why.",
            f"max by (namespace, state) ({selected_series('homestead_release_state')}) == 1",
            ("namespace", "state"),
            runbooks=("HomesteadReleaseUndecided", "HomesteadReleaseRolledBack"),
        ),
        timeseries(
            "Challenger's share in the release",
            "Share of the subjects that its plan gives to the challenger. Flat for hours:"
            " `homestead release status` says what it waits for.",
            "percentunit",
            (f"max({selected_series('homestead_release_traffic_share')})", "share"),
            runbooks=("HomesteadReleaseUndecided",),
        ),
        timeseries(
            "Requests of the release",
            "Requests assigned to champion or challenger, and those that both predicted. Too few"
            " pairs: give the release time, or a larger paired_share.",
            "reqps",
            (events_per_second("homestead_release_requests_total", "role"), "{{role}}"),
            (events_per_second("homestead_release_pairs_total"), "both"),
            runbooks=("HomesteadReleaseUndecided",),
        ),
        timeseries(
            "One-sided failures",
            "Requests that one of the two models failed on and the other did not. The challenger's"
            " are evidence against it; `homestead release rollback` does not wait for the verdict.",
            "reqps",
            (
                events_per_second("homestead_release_failures_total", "side, kind"),
                "{{side}}: {{kind}}",
            ),
            runbooks=("HomesteadChallengerFails",),
        ),
        stat(
            "Plan in effect for",
            "Since the last server put the release plan into effect. Longer than the release's"
            " present step: servers do not follow the plan; read their log.",
            "s",
            age_s("homestead_release_plan_timestamp_seconds"),
            no_data="no server",
            runbooks=("HomesteadReleasePlanErrors",),
        ),
        stat(
            "Release step",
            "Step of the newest release, from 1; the problem file lists them under release.steps.",
            "prefix:step ",
            f"max({selected_series('homestead_release_step')})",
            no_data="no release yet",
        ),
        stat(
            "Release under way for",
            "Since its start. After release.max_hours it is rolled back: decide before.",
            "s",
            age_s("homestead_release_started_timestamp_seconds"),
            no_data=_NONE,
            runbooks=("HomesteadReleaseUndecided",),
        ),
        stat(
            "Present step for",
            "Since its present step began. Longer than release.min_step_minutes: it waits for"
            " requests, or for a verdict.",
            "s",
            age_s("homestead_release_step_timestamp_seconds"),
            no_data=_NONE,
            runbooks=("HomesteadReleaseUndecided",),
        ),
        stat(
            "Release controller",
            "Since it last succeeded. More than 10 minutes during a release: read its job's log, or"
            " run `homestead release advance`.",
            "s",
            age_s(
                "homestead_task_finished_timestamp_seconds", 'task="release"', 'outcome="succeeded"'
            ),
            no_data="never ran",
            runbooks=("HomesteadReleaseControllerAbsent",),
        ),
        timeseries(
            "Servers in a release",
            "Servers that have the release's plan in effect, and others. Others for more than a"
            " minute: read their log, which names what they cannot load.",
            "suffix: servers",
            (f"max by (plan) ({selected_series('homestead_release_servers')})", "{{plan}}"),
            runbooks=("HomesteadReleaseServersDiffer",),
        ),
        timeseries(
            "Releases, by end",
            "Promoted, rolled back, or superseded by another. Many roll-backs: the holdout is not"
            " like the requests; look at the split and at drift.",
            "suffix: releases",
            (f"max by (end) ({selected_series('homestead_releases')})", "{{end}}"),
            runbooks=("HomesteadReleaseRolledBack",),
        ),
    ]
