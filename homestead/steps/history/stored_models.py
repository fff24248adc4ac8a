"""Models of a problem by digest, as the registry has stored them."""

from typing import TYPE_CHECKING

from homestead.errors import UserError
from homestead.model.onnx_model import Model, read_model
from homestead.tracking import registry, tags

if TYPE_CHECKING:
    from mlflow import MlflowClient


class StoredModels:
    """Reads each model of a problem once."""

    def __init__(self, mlflow: "MlflowClient", problem: str) -> None:
        self._mlflow = mlflow
        self._problem = problem
        self._models: dict[str, Model] = {}
        self._reasons: dict[str, str] = {}
        self._features_hashes: dict[str, str] = {}

    def of_digest(self, digest: str) -> Model | None:
        """Return the model whose file has this SHA-256, or None if it cannot be read."""
        if digest not in self._models and digest not in self._reasons:
            version = registry.version_of_digest(self._mlflow, self._problem, digest)
            if version is None:
                self._reasons[digest] = f"the registry has no model {digest[:12]} any more"
            else:
                registered = self._mlflow.get_model_version(self._problem, version.version)
                self._features_hashes[digest] = registered.tags.get(tags.FEATURES_HASH, "")
                try:
                    self._models[digest] = read_model(version.uri, digest)
                except UserError as error:
                    self._reasons[digest] = str(error)
        return self._models.get(digest)

    def why_missing(self, digest: str) -> str:
        """Return why :meth:`of_digest` returns None."""
        return self._reasons[digest]

    def features_hash(self, digest: str) -> str:
        """Return the SHA-256 of a model's feature definitions, '' if it is not recorded."""
        return self._features_hashes.get(digest, "")
