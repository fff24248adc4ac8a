"""Event of Kubernetes for each change of a release, for whoever looks at the plan's ConfigMap."""

from datetime import UTC, datetime

from homestead.errors import UserError
from homestead.names import release_config_map
from homestead.release.config_map_store import cluster_api
from homestead.release.plan_store import config_map_namespace
from homestead.release.record import ReleaseRecord
from homestead.settings import Settings

_COMPONENT = "homestead-release"
# The API server refuses longer messages.
_MAX_MESSAGE_LENGTH = 1024
_WARNINGS = ("rolling_back", "rolled_back")
_EXISTS = 409


def write_cluster_event(settings: Settings, record: ReleaseRecord) -> None:
    """Create the Event of a release's latest change, if the plan is in a cluster.

    Its name is derived from the change, so that of two controllers one creates it.

    Raises:
        UserError: no cluster is configured, or the Event cannot be created.
    """
    namespace = config_map_namespace(settings)
    if not namespace:
        return
    from kubernetes import client

    at = datetime.fromtimestamp(record.changed_at, UTC)
    state = record.state.replace("_", " ")
    message = (
        f"Release {record.id}, version {record.challenger.version}: {state}, step"
        f" {record.step + 1}, {record.traffic_share:.0%} of the subjects. {record.reason}"
    )
    event = client.CoreV1Event(
        metadata=client.V1ObjectMeta(name=f"{record.id}.{record.revision}", namespace=namespace),
        involved_object=client.V1ObjectReference(
            api_version="v1",
            kind="ConfigMap",
            name=release_config_map(record.problem),
            namespace=namespace,
        ),
        reason="Release" + "".join(word.capitalize() for word in state.split()),
        message=message[:_MAX_MESSAGE_LENGTH],
        type="Warning" if record.state in _WARNINGS else "Normal",
        source=client.V1EventSource(component=_COMPONENT),
        first_timestamp=at,
        last_timestamp=at,
        count=1,
    )
    try:
        cluster_api().create_namespaced_event(namespace, event)
    except client.ApiException as error:
        if error.status != _EXISTS:
            raise UserError(f"Event of release {record.id}: {error.reason}") from None
