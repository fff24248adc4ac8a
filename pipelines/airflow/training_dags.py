"""DAGs of Airflow 3 that start the training pipeline: on the worker, or on Kubeflow Pipelines.

Put this file into the folder of DAGs (docs/how-to/airflow.md). Airflow needs no package of
Homestead: the tasks run the command ``homestead`` of another environment. What people type reaches
it as variables, never as a part of a command of a shell.
"""

import os
from datetime import timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Param

COMMAND = os.environ.get("HOMESTEAD_COMMAND", "homestead")
# Longest time of a training, its release not counted.
LIMIT = timedelta(hours=6)

PARAMS = {
    "problem": Param("problems/house_price.yaml", type="string", description="problem file"),
    "seed": Param(0, type="integer", description="seed of searches and estimators"),
    "folder": Param(
        os.environ.get("HOMESTEAD_FOLDER", os.path.expanduser("~")),
        type="string",
        description="folder in which the command runs: relative paths and .homestead are below it",
    ),
}
ENVIRONMENT = {
    "HOMESTEAD_COMMAND": COMMAND,
    "PROBLEM": "{{ params.problem }}",
    "SEED": "{{ params.seed }}",
    "WAIT_S": str(int(LIMIT.total_seconds())),
}


def homestead_task(task_id: str, arguments: str) -> BashOperator:
    """Return a task that runs ``homestead``; ``exec`` lets it get the signal that ends the task."""
    return BashOperator(
        task_id=task_id,
        bash_command=f'exec "$HOMESTEAD_COMMAND" {arguments}',
        env=ENVIRONMENT,
        append_env=True,
        cwd="{{ params.folder }}",
        # Time for the command to end by itself after its own limit.
        execution_timeout=LIMIT + timedelta(minutes=5),
        # What failed by itself would fail again, and lost pods are retried by Kubeflow.
        retries=0,
    )


# One training at a time; an empty schedule is a start by hand, by the API or by another DAG.
with DAG(
    "homestead_train",
    description="Train on the worker, and release the winner if it beats the champion.",
    schedule=None,
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    tags=["homestead"],
):
    homestead_task("train", 'train --problem "$PROBLEM" --seed "$SEED"')

# KFP_HOST and KUBEFLOW_TOKEN are the worker's own variables: no token stands in a DAG.
with DAG(
    "homestead_train_on_kubeflow",
    description="Submit the training to Kubeflow Pipelines and wait for its end.",
    schedule=None,
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    tags=["homestead"],
):
    homestead_task("submit", 'submit --problem "$PROBLEM" --seed "$SEED" --wait "$WAIT_S" --cancel')
