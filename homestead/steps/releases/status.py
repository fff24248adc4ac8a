"""Status of a problem's releases: what is intended, and what disagrees with it."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from homestead.deployment.seldon import API_VERSION, KIND, RESOURCE
from homestead.deployment.seldon_release import release_obstacles
from homestead.names import CHAMPION, object_name
from homestead.release.analysis.result import Analysis
from homestead.release.config_map_store import cluster_api
from homestead.release.plan import ReleasePlan
from homestead.release.plan_store import config_map_namespace
from homestead.release.record import ReleaseRecord
from homestead.release.transitions import desired_plan
from homestead.settings import Settings
from homestead.steps.releases.controller import Controller, describe_state
from homestead.steps.releases.effects import describe_plan, is_followed, wanted_aliases
from homestead.tracking import registry

# What servers write of themselves, as a heartbeat twice a minute.
_SERVED_PLANS = sa.table(
    "served_plans",
    *map(sa.column, ("server", "problem", "plan_digest", "seen_at", "error")),
)
_SILENT_AFTER_S = 90.0
_NOT_FOUND = 404


@dataclass(frozen=True)
class ReleaseStatus:
    """What is under way and what answers.

    Attributes:
        record: the release that the plan follows; None before the first.
        waiting: the one that waits for its end.
        analysis: of a release that is under way; None for others.
        disagreements: sentences on what is not as the record says.
    """

    record: ReleaseRecord | None
    waiting: ReleaseRecord | None
    plan: ReleasePlan | None
    analysis: Analysis | None
    disagreements: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Yield the status as lines for people."""
        record = self.record
        if record is None:
            yield "no release yet: homestead train registers and releases a first model"
        else:
            yield (
                f"release {record.id}: version {record.challenger.version}:"
                f" {describe_state(record)}"
            )
            yield f"  {record.reason}"
        if self.plan is not None:
            yield f"plan: {describe_plan(self.plan)}"
        if self.analysis is not None:
            yield f"analysis: {self.analysis.verdict.replace('_', ' ')}: {self.analysis.reason}"
            for test in self.analysis.tests:
                estimate = "none" if test.estimate is None else f"{test.estimate:.4g}"
                yield (
                    f"  {test.name}: {test.verdict}, {test.title} {estimate}"
                    f" ({test.low:.4g} to {test.high:.4g}, {test.observations} observations)"
                )
        if self.waiting is not None:
            yield f"waiting: release {self.waiting.id} of version {self.waiting.challenger.version}"
        for line in self.disagreements:
            yield f"disagrees: {line}"
        if self.disagreements:
            yield "homestead release advance heals what the controller may change"


def read_status(controller: Controller) -> ReleaseStatus:
    """Read what is intended and what is so; change nothing.

    Raises:
        UserError: the database or the plan cannot be read.
    """
    records, name = controller.records, controller.problem.name
    plan, record = controller.store.read(), records.ruling(name)
    analysis = None
    if record is not None and record.is_live:
        analysis = controller.analyse(record)
    return ReleaseStatus(
        record=record,
        waiting=records.waiting(name),
        plan=plan,
        analysis=analysis,
        disagreements=(
            *_disagreements(controller, plan, record),
            *_deployed_otherwise(controller.settings, name),
        ),
    )


def _disagreements(
    controller: Controller, plan: ReleasePlan | None, record: ReleaseRecord | None
) -> Iterator[str]:
    if record is not None:
        wanted = desired_plan(record)
        if wanted is not None and not is_followed(plan, wanted, record):
            found = "there is none" if plan is None else describe_plan(plan)
            yield f"the plan: {found}; release {record.id} asks that {describe_plan(wanted)}"
    try:
        aliases = registry.aliases(controller.mlflow, controller.problem.name)
    except Exception as error:  # MLflow's errors are of many kinds, and the rest is worth showing
        yield f"the registry cannot be read: {error}"
        return
    if record is not None:
        for alias, version in wanted_aliases(record, aliases).items():
            if aliases.get(alias) != version:
                yield (
                    f"the registry: alias {alias} is {_version(aliases.get(alias))}, release"
                    f" {record.id} asks for {_version(version)}"
                )
        if record.has_ended and CHAMPION not in aliases:
            yield "the registry: alias champion was taken away; the next winner is a first model"
    elif plan is not None and aliases.get(CHAMPION) not in (None, plan.champion.version):
        yield (
            f"the registry: champion is {_version(aliases.get(CHAMPION))}, the plan's is version"
            f" {plan.champion.version}"
        )
    yield from _served_otherwise(controller, plan)


def _served_otherwise(controller: Controller, plan: ReleasePlan | None) -> Iterator[str]:
    """Yield what servers say that they serve, where it is not the plan."""
    engine = controller.records.engine
    if plan is None or not sa.inspect(engine).has_table(_SERVED_PLANS.name):
        return
    columns = _SERVED_PLANS.c
    query = sa.select(columns.server, columns.plan_digest, columns.error).where(
        columns.problem == plan.problem,
        columns.seen_at > controller.clock() - _SILENT_AFTER_S,
    )
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(columns.server)).all()
    for server, digest, error in rows:
        if digest != plan.digest:
            reason = f": {error}" if error else "; servers follow within seconds"
            yield f"server {server}: serves another plan{reason}"


def _deployed_otherwise(settings: Settings, problem: str) -> Iterator[str]:
    """Yield what of the problem's SeldonDeployment disagrees with its plan; nothing on a laptop.

    Raises:
        UserError: no cluster is configured, though the plan is in one.
    """
    namespace = config_map_namespace(settings)
    if not namespace:
        return
    from kubernetes import client

    name, (group, _, version) = object_name(problem), API_VERSION.partition("/")
    objects = client.CustomObjectsApi(cluster_api().api_client)
    try:
        found = objects.get_namespaced_custom_object(group, version, namespace, RESOURCE, name)
    except client.ApiException as error:
        reason = f"it cannot be read: {error.reason}"
        if error.status == _NOT_FOUND:
            reason = f"there is none in namespace {namespace}; homestead deploy creates it"
        yield f"{KIND} {name}: {reason}"
        return
    for obstacle in release_obstacles(found, problem):
        yield f"{KIND} {name}: {obstacle}"


def _version(version: str | None) -> str:
    return "absent" if version is None else f"version {version}"
