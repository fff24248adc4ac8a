"""Events of one training run: that it has started, and how it ended."""

import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from homestead import __version__
from homestead.names import TRAINING_PIPELINE
from homestead.setting_values import mask_passwords
from homestead.tracking import tags
from homestead.tracking.openlineage.dataset_names import dataset_name

if TYPE_CHECKING:
    from mlflow.entities import Run
    from openlineage.client.event_v2 import RunEvent

PRODUCER = f"urn:homestead:{__version__}"
_DEFAULT_NAMESPACE = "homestead"
# How a run of MLflow ends, and how OpenLineage calls that.
_END_STATES = {"FINISHED": "COMPLETE", "FAILED": "FAIL", "KILLED": "ABORT"}
# Facts of a run that OpenLineage has no facet for, by our tag.
_FACTS = {
    "pipelineRun": tags.PIPELINE_RUN,
    "dataHash": tags.DATA_HASH,
    "dataVersion": tags.DATA_VERSION,
    "labelsHash": tags.LABELS_HASH,
    "featuresHash": tags.FEATURES_HASH,
    "commit": tags.COMMIT,
    "image": tags.IMAGE,
    "environment": tags.ENVIRONMENT,
    "winner": tags.WINNER,
    "decision": tags.DECISION,
    "reason": tags.REASON,
    "version": tags.VERSION,
}


@dataclass(frozen=True)
class TrainedVersion:
    """The version that a run has registered: its model's URI and SHA-256."""

    uri: str
    digest: str


def event_run_id(problem: str, pipeline_run: str) -> str:
    """Return the id of a run, a UUID made from its namespace, pipeline, problem and run.

    Two pipelines that both have a run 7 have two ids; a repeated event has the same.
    """
    name = f"{_namespace()}/{TRAINING_PIPELINE}/{problem}/{pipeline_run}"
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def run_event(run: "Run", status: str, version: TrainedVersion | None = None) -> "RunEvent":
    """Return the event of a parent run's state.

    Args:
        run: the run in MLflow, with its tags.
        status: MLflow's: ``RUNNING`` for the start, or how it ended.
        version: what it has registered, if it has ended with a version.
    """
    from openlineage.client.event_v2 import Job, OutputDataset, Run, RunEvent, RunState
    from openlineage.client.facet_v2 import dataset_version_dataset, job_type_job

    run_tags = run.data.tags
    problem = run_tags.get(tags.PROBLEM, "")
    outputs = []
    if version is not None:
        name = dataset_name(version.uri)
        digest = dataset_version_dataset.DatasetVersionDatasetFacet(
            version.digest, producer=PRODUCER
        )
        outputs.append(OutputDataset(*name, facets={"version": digest}))
    return RunEvent(
        eventType=RunState(_END_STATES.get(status, "START")),
        eventTime=datetime.now(UTC).isoformat(),
        run=Run(
            event_run_id(problem, run_tags.get(tags.PIPELINE_RUN) or run.info.run_id),
            _run_facets(run, status),
        ),
        job=Job(
            _namespace(),
            f"{TRAINING_PIPELINE}.{problem}",
            {
                "jobType": job_type_job.JobTypeJobFacet(
                    processingType="BATCH",
                    integration="HOMESTEAD",
                    jobType="PIPELINE",
                    producer=PRODUCER,
                )
            },
        ),
        inputs=_inputs(run_tags),
        outputs=outputs,
        producer=PRODUCER,
    )


def _inputs(run_tags: dict[str, str]) -> list[Any]:
    from openlineage.client.event_v2 import InputDataset
    from openlineage.client.facet_v2 import dataset_version_dataset

    source = run_tags.get(tags.SOURCE, "")
    if not source:
        return []
    data_hash = dataset_version_dataset.DatasetVersionDatasetFacet(
        run_tags.get(tags.DATA_HASH, ""), producer=PRODUCER
    )
    return [InputDataset(*dataset_name(source), facets={"version": data_hash})]


def _run_facets(run: "Run", status: str) -> dict[str, Any]:
    from openlineage.client.facet_v2 import RunFacet, error_message_run, processing_engine_run

    run_tags = run.data.tags
    facts = {
        name: mask_passwords(run_tags[tag]) for name, tag in _FACTS.items() if run_tags.get(tag)
    }
    training = RunFacet(producer=PRODUCER).with_additional_properties(
        mlflowRun=run.info.run_id, **facts
    )
    facets: dict[str, Any] = {
        "processing_engine": processing_engine_run.ProcessingEngineRunFacet(
            version=__version__, name="homestead", producer=PRODUCER
        ),
        "homestead_training": training,
    }
    if status in ("FAILED", "KILLED"):
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
            message=run_tags.get(tags.REASON) or f"see run {run.info.run_id} in MLflow",
            programmingLanguage="python",
            producer=PRODUCER,
        )
    return facets


def _namespace() -> str:
    return os.environ.get("OPENLINEAGE_NAMESPACE") or _DEFAULT_NAMESPACE
