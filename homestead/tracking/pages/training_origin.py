"""Where a candidate was trained: in the run that logs it, or in an earlier one."""

from datetime import UTC, datetime

from mlflow import MlflowClient

from homestead.tracking import tags
from homestead.training.search import TrainedCandidate


def training_origin(
    mlflow: MlflowClient, parent_run_id: str, trained: TrainedCandidate
) -> dict[str, str]:
    """Return tags of a candidate's run that say when and in which run it was trained.

    A cache, the local runner's or Kubeflow's, may have given a run what another trained.

    Args:
        parent_run_id: the run that logs the candidate.

    Returns:
        Tag values by name; of a training in this run the time alone, and nothing if it is unknown.
    """
    if trained.trained_at is None:
        return {}
    origin = {tags.TRAINED_AT: repr(trained.trained_at)}
    parent = mlflow.get_run(parent_run_id).info
    # MLflow's clock counts milliseconds. An attempt that goes on has the run's first start.
    if trained.trained_at * 1000 >= parent.start_time:
        return origin
    at = datetime.fromtimestamp(trained.trained_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    # Each run that took it over has the tag too; the first one that logged it has trained it.
    runs = mlflow.search_runs(
        [parent.experiment_id],
        f"tags.`{tags.TRAINED_AT}` = '{origin[tags.TRAINED_AT]}'",
        max_results=1,
        order_by=["attributes.start_time ASC"],
    )
    if not runs:
        return {tags.PEOPLE_TRAINED: f"{at}, in an earlier run", **origin}
    first = runs[0].data.tags.get(tags.TRAINED_IN) or runs[0].data.tags[tags.PARENT_RUN]
    return {
        tags.PEOPLE_TRAINED: f"{at}, in run {first}; taken over",
        **origin,
        tags.TRAINED_IN: first,
    }
