"""Lineage of a model version: the data, features and code that it was made from."""

from mlflow import MlflowClient
from pydantic import BaseModel, ConfigDict

from homestead.names import TAG_PREFIX


class Lineage(BaseModel):
    """Origin of a model version; stored as tags of the version.

    Attributes:
        run: the parent run in MLflow.
        data_hash: SHA-256 of the source's bytes, in hex.
        holdout_hash: SHA-256 of the holdout's values, in hex.
        features_hash: SHA-256 of the feature definitions, in hex.
        training_set_hash: SHA-256 of the values of the training set, in hex; empty in versions of
            earlier releases.
        commit: git commit of the code.
    """

    model_config = ConfigDict(frozen=True)
    run: str
    data_hash: str
    commit: str
    holdout_hash: str
    features_hash: str
    training_set_hash: str = ""

    def tags(self) -> dict[str, str]:
        """Return the tags of a registered version."""
        return {f"{TAG_PREFIX}{key}": value for key, value in self.model_dump().items()}


def training_run_id(mlflow: MlflowClient, name: str, version: str) -> str:
    """Return the id of the parent run that trained a version: it holds problem file and sheets."""
    registered = mlflow.get_model_version(name, version)
    return str(registered.tags.get(f"{TAG_PREFIX}run") or registered.run_id)
